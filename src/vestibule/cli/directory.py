"""The sending side's source directory: the company's own people and groups."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.output import asked, done, print_json, say, show_one, show_rows
from vestibule.cli.sending import with_sending
from vestibule.provisioning.wording import number_of

if TYPE_CHECKING:
    from vestibule.provisioning.source import Person
    from vestibule.sending import Sending

app = typer.Typer(
    no_args_is_help=True, help="Your company's own directory, from which applications are filled."
)

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

_FOLDER = typer.Argument(..., help="Has people.csv, and may have groups.csv and memberships.csv.")
_CHANGES = typer.Option(
    [], "--changes", help="A folder of changes to lay over it; may be given several times."
)


@app.command("import")
def import_(
    ctx: typer.Context,
    folder: Path = _FOLDER,
    changes: list[Path] = _CHANGES,
    accept_leavers: bool = typer.Option(
        False, "--accept-leavers", help="Let more than a fifth leave at once, the directory or their groups."
    ),
) -> None:
    """Read a directory from CSV files. Again: only what changed. Broken rows are told, good ones imported.

    people.csv begins login,email,firstName,lastName; further columns bear the names of Okta's user
    profile; status is ACTIVE, SUSPENDED or DEPROVISIONED. groups.csv has id,name; memberships.csv
    group,login. Whoever is no longer in people.csv is deprovisioned.
    """
    from vestibule.provisioning.import_csv import UnreadableFile, read_directory  # noqa: PLC0415
    from vestibule.provisioning.source import difference, needs_consent  # noqa: PLC0415
    from vestibule.refused import Refused  # noqa: PLC0415
    from vestibule.sending import new_source_id  # noqa: PLC0415

    try:
        reading, faults = read_directory(folder, changes)
    except UnreadableFile as unreadable:
        raise Refused(f"Nothing was imported. {unreadable}") from None

    async def work(sending: Sending) -> dict[str, Any]:
        known = await sending.store.known()
        change = difference(known, reading, new_source_id)
        if needs_consent(known, change) and not accept_leavers:
            raise Refused(
                f"Nothing was imported: {len(change.people_gone)} of {len(known.people)} people and "
                f"{len(change.members_removed)} of {len(known.memberships)} memberships are missing in {folder}. "
                "If they did leave, say --accept-leavers."
            )
        await sending.store.apply_source(change)
        return {
            "people_added": len(change.people_added),
            "people_changed": len(change.people_changed),
            "people_gone": len(change.people_gone),
            "groups_added": len(change.groups_added),
            "groups_changed": len(change.groups_changed),
            "groups_gone": len(change.groups_gone),
            "members_added": len(change.members_added),
            "members_removed": len(change.members_removed),
            "faults": [{"file": f.file, "line": f.line, "reason": f.reason} for f in faults],
        }

    result = with_sending(ctx, work)
    for fault in faults:
        say(f"Not imported: {fault}")
    parts = [
        f"{number_of(result[key], *words)} {key.rpartition('_')[2]}"
        for key, words in _COUNTED.items()
        if result[key]
    ]
    done(ctx, f"Imported: {', '.join(parts) or 'nothing changed'}.", result)
    if faults:
        raise typer.Exit(1)


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """List everybody in the directory."""

    async def work(sending: Sending) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        after = ""
        while page := await sending.store.people(after):
            rows += [_row(person) for person in page]
            after = page[-1].login.casefold()
        return rows

    show_rows(
        ctx,
        with_sending(ctx, work),
        {"login": "Login", "displayName": "Name", "email": "E-mail", "status": "Status"},
        nothing="The directory is empty. Begin with: vestibule directory import FOLDER.",
    )


@app.command("groups")
def groups(ctx: typer.Context) -> None:
    """List the groups."""

    async def work(sending: Sending) -> list[dict[str, Any]]:
        found = await sending.store.source_groups()
        return [
            {"id": g.id, "name": g.name, "members": count, "description": g.description} for g, count in found
        ]

    columns = {"name": "Group", "members": "Members", "description": "Description"}
    show_rows(ctx, with_sending(ctx, work), columns, nothing="There are no groups.")


@app.command("show")
def show(ctx: typer.Context, login: str = typer.Argument(..., help="A login, or an id.")) -> None:
    """Show one person."""

    async def work(sending: Sending) -> dict[str, Any]:
        person = await sending.store.person(login)
        return {**_row(person), **person.attributes, "groups": await sending.store.groups_of(person.id)}

    record = with_sending(ctx, work)
    if asked(ctx).json:
        print_json(record)
    else:
        show_one(ctx, record, {key: key for key in record})


def _row(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "login": person.login,
        "email": person.email,
        "displayName": person.shown_name,
        "status": str(person.status),
    }
