"""One person as ``user show`` prints them: what SCIM says, and beside it what SCIM does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.told import role_lines, told_moment
from vestibule.refused import Refused

if TYPE_CHECKING:
    from vestibule.cli.tenant_room import TenantRoom
    from vestibule.directory.resource import Resource

_STATES = {
    "managed": "managed by the identity provider",
    "unclaimed": "existed before; no identity provider manages them yet",
    "tombstone": "deleted by the identity provider",
}
_NOT_ATTRIBUTES = frozenset({"schemas", "id", "meta", "groups", "externalId"})


class Unknown(Refused):
    """Nobody, or more than one, is meant by the word."""


async def person_record(room: TenantRoom, word: str) -> dict[str, Any]:
    """The SCIM resource with ``state``, ``access``, ``role`` and its reason beside it. ``Unknown`` for nobody."""
    from vestibule.directory.facts import Waiting  # noqa: PLC0415
    from vestibule.directory.telling import role_reason  # noqa: PLC0415
    from vestibule.scim.fold import fold_user_name  # noqa: PLC0415

    person = await one_person(room, word)
    story = await room.log.story_of(room.tenant.id, person.id)
    reviews = [review for review in await room.log.reviews(room.tenant.id) if person.id in review.candidates]
    values = {person.id, person.user_name or "", person.external_id or ""} - {""}
    waiting = Waiting(frozenset(fold_user_name(value) for value in values))
    waits = (await room.directory.facts(room.tenant.id, (waiting,)))[waiting]
    return {
        **await room.rendered(person),
        "state": person.state.value,
        "active": person.active,
        "access": person.access.value,
        "role": person.role,
        "roleExplanation": role_reason(story),
        "managedBy": room.connection_name(person.connection),
        "unresolvedIn": [{"group": group, "value": value} for group, value, _ in waits],
        "openReviews": [review.id for review in reviews],
    }


async def one_person(room: TenantRoom, word: str) -> Resource:
    """The one person of the tenant that the word means. ``Unknown`` for nobody or several."""
    from vestibule.directory.named import people_named  # noqa: PLC0415

    people = await people_named(room.directory, room.tenant.id, room.connection, word)
    if not people:
        raise Unknown(
            f"Nobody in tenant {room.tenant.slug!r} has the id, userName or e-mail address {word!r}. "
            f"`vestibule user list {room.tenant.slug} --all` shows everybody."
        )
    if len(people) > 1:
        listed = ", ".join(f"{person.user_name} ({person.id})" for person in people)
        raise Unknown(f"{word!r} fits several people: name one by the id. They are {listed}.")
    return people[0]


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
