"""``vestibule app``: who is assigned to an application, and which groups are pushed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.output import asked, done, print_json, show_rows
from vestibule.cli.sending import desk_of, with_sending
from vestibule.provisioning.wording import number_of

if TYPE_CHECKING:
    from vestibule.sending import Sending

assignments = typer.Typer()
listed = typer.Typer(no_args_is_help=True, help="Who is assigned, who is in scope, and why.")

_NAME = typer.Argument(..., metavar="APP", help="The application's name.")
_PEOPLE = typer.Option([], "--person", help="A login; may be given several times.")
_GROUPS = typer.Option([], "--group", help="A group's name; may be given several times.")
_VALUES = typer.Option([], "--set", metavar="ATTRIBUTE=VALUE", help="As userType=Manager.")


@assignments.command("assign")
def assign(
    ctx: typer.Context,
    name: str = _NAME,
    people: list[str] = _PEOPLE,
    groups: list[str] = _GROUPS,
    values: list[str] = _VALUES,
    priority: int = typer.Option(0, help="Of a group: the lowest number wins."),
) -> None:
    """Assign people and groups, with their application attributes."""
    from vestibule.refused import Refused  # noqa: PLC0415

    pairs = [value.partition("=") for value in values]
    if any(not sign or not key for key, sign, _ in pairs):
        raise Refused("--set takes ATTRIBUTE=VALUE, as in --set userType=Manager.")
    given = {key: value for key, _, value in pairs}

    async def work(sending: Sending) -> int:
        return await desk_of(sending).assign(name, people, groups, given, priority)

    count = with_sending(ctx, work)
    said = number_of(count, "assignment is", "assignments are")
    done(ctx, f"{said} new or changed. Next: vestibule app apply {name}.", {"changed": count})


@assignments.command("unassign")
def unassign(
    ctx: typer.Context,
    name: str = _NAME,
    people: list[str] = _PEOPLE,
    groups: list[str] = _GROUPS,
) -> None:
    """Take assignments away: with the next apply, whoever has no other one is deactivated there."""

    async def work(sending: Sending) -> int:
        return await desk_of(sending).unassign(name, people, groups)

    count = with_sending(ctx, work)
    said = number_of(count, "assignment is", "assignments are")
    done(ctx, f"{said} gone. Next: vestibule app apply {name}.", {"gone": count})


@listed.command("list")
def list_(ctx: typer.Context, name: str = _NAME) -> None:
    """Who is assigned: people, and groups with their priorities and values."""

    async def work(sending: Sending) -> list[dict[str, Any]]:
        from vestibule.provisioning.assigned import assignment_rows  # noqa: PLC0415

        application = await sending.store.application(name)
        return await assignment_rows(sending.store, application)

    columns = {
        "kind": "Kind",
        "name": "Who",
        "priority": "Priority",
        "values": "Values",
        "people": "People",
        "waits": "From before",
    }
    show_rows(ctx, with_sending(ctx, work), columns, nothing="Nobody is assigned.")


@listed.command("why")
def why(
    ctx: typer.Context, name: str = _NAME, login: str = typer.Argument(..., help="A login, or an id.")
) -> None:
    """Why somebody is in scope of an application, or is not, and which assignment gives each value."""

    async def work(sending: Sending) -> dict[str, Any]:
        from vestibule.provisioning.assigned import why_in_scope  # noqa: PLC0415

        application = await sending.store.application(name)
        return asdict(await why_in_scope(sending.store, application, login))

    record = with_sending(ctx, work)
    if asked(ctx).json:
        print_json(record)
        return
    typer.echo(f"{'In scope' if record['in_scope'] else 'Not in scope'}: {record['sentence']}.")
    for reason in record["reasons"]:
        typer.echo(f"  by {reason}")
    rows = [{**one, "counts": "counts" if one["counts"] else one["note"]} for one in record["values"]]
    if rows:
        columns = {
            "variable": "Attribute",
            "value": "Value",
            "by": "Given by",
            "counts": "What becomes of it",
        }
        show_rows(ctx, rows, columns, nothing="")
