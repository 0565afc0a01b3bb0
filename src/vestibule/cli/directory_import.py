"""``vestibule directory import``: a source is read, and what it changes is shown or kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.output import asked, done, print_json, say, show_rows
from vestibule.cli.sending import desk_of, with_sending
from vestibule.provisioning.wording import number_of

if TYPE_CHECKING:
    from vestibule.provisioning.importing import Import
    from vestibule.sending import Sending

imports = typer.Typer()

_PERSON, _GROUP, _MEMBER = ("person", "people"), ("group",), ("member",)
_COUNTED = {
    "people_added": _PERSON,
    "people_changed": _PERSON,
    "people_gone": _PERSON,
    "groups_added": _GROUP,
    "groups_changed": _GROUP,
    "groups_gone": _GROUP,
    "members_added": _MEMBER,
    "members_removed": _MEMBER,
}

_SOURCE = typer.Argument(
    ...,
    metavar="SOURCE",
    help="A folder with people.csv, a .json or .jsonl file, a SCIM base URL, or a .toml file that declares a source.",
)
_CHANGES = typer.Option(
    [], "--changes", help="Of CSV: a folder of changes to lay over it; may be given several times."
)
_SET = typer.Option(
    [], "--set", metavar="SETTING=VALUE", help="A setting of the source, as token=env:TOKEN; several times."
)


@imports.command("import")
def import_(
    ctx: typer.Context,
    source: str = _SOURCE,
    changes: list[str] = _CHANGES,
    kind: str = typer.Option("", help="csv, json, jsonl, scim, ldap or sql, where SOURCE does not say."),
    settings: list[str] = _SET,
    name: str = typer.Option(
        "", "--name", help="The source's own name: people and groups of other sources are left alone."
    ),
    plan: bool = typer.Option(
        False, "--plan", "--dry-run", help="Show who would join, change and leave. Nothing is kept."
    ),
    safeguard: int = typer.Option(
        None,
        min=0,
        max=100,
        help="Refuse to lose more than so many per cent of the people or memberships "
        "(default: VESTIBULE_IMPORT_SAFEGUARD, 20).",
    ),
    accept_leavers: bool = typer.Option(
        False, "--accept-leavers", help="Let more leave at once, the directory or their groups."
    ),
) -> None:
    """Read the directory from a source. Again: only what changed. Broken rows are told, good ones imported.

    Attributes bear the names of Okta's user profile: login, email, firstName, lastName, …; status is ACTIVE,
    SUSPENDED or DEPROVISIONED. Whoever is no longer in the source is deprovisioned.
    """
    given = _settings(settings)
    if changes:
        given["changes"] = changes

    async def work(sending: Sending) -> Import:
        share = None if safeguard is None else safeguard / 100
        declared = sending.declared_source(source, kind=kind, name=name, given=given)
        prepared = await sending.prepare_import(declared, share=share)
        if not plan:
            source_name = declared.name or declared.kind
            await desk_of(sending).keep_import(prepared, source_name, accept_leavers=accept_leavers)
        return prepared

    prepared = with_sending(ctx, work)
    if plan:
        _show_plan(ctx, prepared)
    else:
        _tell(ctx, prepared)
    if prepared.faults:
        raise typer.Exit(1)


def _show_plan(ctx: typer.Context, prepared: Import) -> None:
    record = _record(prepared)
    if asked(ctx).json:
        print_json({**record, "changes": prepared.rows(), "safeguard": prepared.losses})
        return
    _tell_faults(prepared)
    columns = {"what": "What", "kind": "Kind", "name": "Who", "detail": "Detail"}
    show_rows(ctx, prepared.rows(), columns, nothing="Nothing would change.")
    say(f"Would be imported: {_in_words(record)}. Nothing was kept.")
    if prepared.losses:
        say(f"The safeguard would stop it: {prepared.losses} would be gone. See --accept-leavers.")


def _tell(ctx: typer.Context, prepared: Import) -> None:
    record = _record(prepared)
    _tell_faults(prepared)
    done(ctx, f"Imported: {_in_words(record)}.", record)


def _tell_faults(prepared: Import) -> None:
    for fault in prepared.faults:
        say(f"Not imported: {fault}")


def _record(prepared: Import) -> dict[str, Any]:
    faults = [{"file": f.file, "line": f.line, "reason": f.reason} for f in prepared.faults]
    return {**prepared.counts(), "faults": faults}


def _in_words(record: dict[str, Any]) -> str:
    parts = [
        f"{number_of(record[key], *words)} {key.rpartition('_')[2]}"
        for key, words in _COUNTED.items()
        if record[key]
    ]
    return ", ".join(parts) or "nothing changed"


def _settings(given: list[str]) -> dict[str, Any]:
    """``attributes.login=uid`` is a row of a setting that is a table."""
    from vestibule.refused import Refused  # noqa: PLC0415

    settings: dict[str, Any] = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign or not name:
            raise Refused("--set takes SETTING=VALUE, as in --set token=env:TOKEN.")
        table, dot, row = name.partition(".")
        if dot:
            settings.setdefault(table, {})[row] = value
        else:
            settings[name] = value
    return settings
