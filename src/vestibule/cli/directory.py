"""The sending side's source directory: the company's own people and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.directory_console import administrators, serving
from vestibule.cli.directory_import import imports
from vestibule.cli.directory_token import tokens
from vestibule.cli.output import asked, print_json, show_one, show_rows
from vestibule.cli.sending import with_sending

if TYPE_CHECKING:
    from vestibule.provisioning.source import Person
    from vestibule.sending import Sending

app = typer.Typer(
    no_args_is_help=True, help="Your company's own directory, from which applications are filled."
)


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
        nothing="The directory is empty. Begin with: vestibule directory import SOURCE.",
    )


@app.command("groups")
def groups(ctx: typer.Context) -> None:
    """List the groups."""

    async def work(sending: Sending) -> list[dict[str, Any]]:
        found = await sending.store.source_groups()
        names = {group.id: group.name for group, _ in found}
        inner: dict[str, list[str]] = {}
        for outer, member in await sending.store.nested_groups():
            inner.setdefault(outer, []).append(names.get(member, member))
        return [
            {
                "id": group.id,
                "name": group.name,
                "members": count,
                "groups": sorted(inner.get(group.id, [])),
                "description": group.description,
            }
            for group, count in found
        ]

    columns = {"name": "Group", "members": "Members", "groups": "Groups in it", "description": "Description"}
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


@app.command("audit")
def audit(ctx: typer.Context) -> None:
    """Who did what to the directory and its applications, oldest first."""

    async def work(sending: Sending) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        after = 0
        while page := await sending.store.audit(after):
            rows += [
                {
                    "seq": entry.seq,
                    "at": entry.at,
                    "actor": entry.actor,
                    "action": entry.action,
                    "subject": f"{entry.subject_type} {entry.subject_id}".strip(),
                    "details": dict(entry.details),
                }
                for entry in page
            ]
            after = page[-1].seq
        return rows

    columns = {"at": "When", "actor": "Who", "action": "What", "subject": "Of", "details": "Details"}
    show_rows(ctx, with_sending(ctx, work), columns, nothing="Nothing was done yet.")


def _row(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "login": person.login,
        "email": person.email,
        "displayName": person.shown_name,
        "status": str(person.status),
    }


app.add_typer(imports)
app.add_typer(tokens, name="token")
app.add_typer(serving)
app.add_typer(administrators, name="administrator")
