"""One person as ``user show`` prints them: what SCIM says, and beside it what SCIM does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.told import role_lines, told_moment

if TYPE_CHECKING:
    from vestibule.web.tenant_room import TenantRoom

_STATES = {
    "managed": "managed by the identity provider",
    "unclaimed": "existed before; no identity provider manages them yet",
    "tombstone": "deleted by the identity provider",
}
_NOT_ATTRIBUTES = frozenset({"schemas", "id", "meta", "groups", "externalId"})


async def named_person_record(room: TenantRoom, word: str) -> dict[str, Any]:
    """The record of the one person that the word means. ``UnknownPerson``, ``SeveralPeople``."""
    from vestibule.web.person_record import one_person, person_record  # noqa: PLC0415

    return await person_record(room, await one_person(room, word))


def print_person(record: dict[str, Any]) -> None:
    """For a person to read."""
    title = record.get("displayName") or record.get("userName")
    typer.secho(str(title), bold=True)
    rows = [
        ("Id", record["id"]),
        ("External id", record.get("externalId")),
        ("State", _STATES[record["state"]]),
        ("Managed by", f"connection {record['managedBy']}" if record["managedBy"] else None),
        ("Active", "yes" if record["active"] else "no, says the identity provider"),
        ("Access", record["access"]),
        ("Role", record["role"]),
        ("Created", told_moment(record["meta"]["created"])),
        ("Changed", f"{told_moment(record['meta']['lastModified'])} (version {_number(record)})"),
    ]
    _print_rows([(label, value) for label, value in rows if value])
    if record["role"]:
        typer.echo("\nWhy this role")
        for line in role_lines(record["roleExplanation"]):
            typer.echo(f"  {line}")
    typer.echo("\nAttributes")
    shown = [
        (path, value)
        for name, whole in record.items()
        if name not in _NOT_ATTRIBUTES and name not in _BESIDE
        for path, value in _flat(name, whole)
    ]
    _print_rows(shown, indent="  ")
    for line in _same_type(record):
        typer.echo(f"  Note: {line}")
    groups = record.get("groups") or []
    typer.echo("\nTeams")
    _print_rows(
        [(str(group.get("display") or "—"), group["value"]) for group in groups] or [("none", "")], "  "
    )
    if record["unresolvedIn"]:
        typer.echo("\nNamed as a member, and not resolved yet")
        _print_rows([(wait["group"], f"as {wait['value']}") for wait in record["unresolvedIn"]], "  ")
    if record["openReviews"]:
        typer.echo("\nWaiting for review: " + ", ".join(record["openReviews"]))
    typer.echo(f"\nThe whole story: vestibule explain {record['id']}")


_BESIDE = frozenset(
    {"state", "active", "access", "role", "roleExplanation", "managedBy", "unresolvedIn", "openReviews"}
)


def _number(record: dict[str, Any]) -> str:
    """``W/"3"`` → 3."""
    return str(record["meta"]["version"]).strip('W/"')


def _print_rows(rows: list[tuple[str, Any]], indent: str = "") -> None:
    width = max((len(label) for label, _ in rows), default=0)
    for label, value in rows:
        typer.echo(f"{indent}{label:<{width}}  {value}".rstrip())


def _same_type(record: dict[str, Any]) -> list[str]:
    """Values that a client cannot tell apart by their type (K28)."""
    from vestibule.directory.same_type import several_of, told  # noqa: PLC0415

    own = {name: whole for name, whole in record.items() if name not in _NOT_ATTRIBUTES | _BESIDE}
    extensions = [
        (f"{urn}:{name}", value)
        for urn, whole in own.items()
        if isinstance(whole, dict)
        for name, value in whole.items()
    ]
    return [
        told(path, type, count)
        for path, value in (*own.items(), *extensions)
        for type, count in several_of(value).items()
    ]


def _flat(name: str, value: Any) -> list[tuple[str, str]]:
    """``name.givenName`` and its value; what is multi-valued, one line for each value."""
    if isinstance(value, dict):
        prefix = "" if name.startswith("urn:") else f"{name}."
        return [pair for key, inner in value.items() for pair in _flat(f"{prefix}{key}", inner)]
    if isinstance(value, list):
        return [(name, _element(item)) for item in value]
    return [(name, str(value).lower() if isinstance(value, bool) else str(value))]


def _element(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    marks = [str(item[key]) for key in ("type",) if item.get(key)] + ["primary"] * (
        item.get("primary") is True
    )
    if "value" in item:
        return f"{item['value']} ({', '.join(marks)})" if marks else str(item["value"])
    return ", ".join(f"{key} {value}" for key, value in item.items())
