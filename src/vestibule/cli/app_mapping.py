"""``vestibule app map``: the attribute mapping, as Profile Editor has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.output import done, say, show_rows
from vestibule.cli.sending import desk_of, with_sending

if TYPE_CHECKING:
    from vestibule.provisioning.application import Application
    from vestibule.provisioning.mapping import MappingRow
    from vestibule.sending import Sending

mappings = typer.Typer()

MAPPING_COLUMNS = {
    "variable": "Attribute",
    "external_name": "External name",
    "expression": "Value",
    "decided_by": "Decided by",
    "scope": "Scope",
}

_NAME = typer.Argument(..., metavar="APP", help="The application's name.")


@mappings.command("map")
def map_(
    ctx: typer.Context,
    name: str = _NAME,
    variable: str = typer.Argument(None, metavar="[ATTRIBUTE]", help="Its variable name."),
    listed: bool = typer.Option(False, "--list", help="Only show what is mapped, and what decides it."),
    preview: str = typer.Option(None, metavar="LOGIN", help="Only show what it gives for this person."),
    expression: str = typer.Option(None, help='What fills it: user.email, "work", user.firstName + " " + …'),
    external_name: str = typer.Option(
        None, help="Where it goes: name.givenName, roles.^[primary==true].value"
    ),
    namespace: str = typer.Option(None, help="The schema URN (default: core User)."),
    type_: str = typer.Option(None, "--type", help="string, boolean, integer, number or string array."),
    scope: str = typer.Option(None, help="personal or group."),
    on: str = typer.Option(None, help='"create" or "create and update".'),
    enum: str = typer.Option(
        None, metavar="A,B,…", help="The values that an assignment may give; empty for any."
    ),
    remove: bool = typer.Option(False, "--remove", help="Take the attribute away."),
    anyway: bool = typer.Option(
        False, "--anyway", help="Also where nobody in the directory has what it names."
    ),
) -> None:
    """Change what fills an attribute, add one (Add Attribute), take one away, or list them all."""
    if listed:
        _list(ctx, name)
        return
    if preview:
        _preview(ctx, name, preview)
        return
    if not variable:
        raise typer.BadParameter("name the attribute, or say --list", param_hint="ATTRIBUTE")
    given = {
        "expression": expression,
        "external_name": external_name,
        "namespace": namespace,
        "type": type_,
        "scope": scope,
        "applies_on": on,
        "enum": None if enum is None else tuple(v.strip() for v in enum.split(",") if v.strip()),
    }

    async def work(sending: Sending) -> Application:
        wanted = {key: value for key, value in given.items() if value is not None}
        application, rows = await desk_of(sending).map(name, variable, wanted, remove=remove, anyway=anyway)
        tell_warnings(application, rows)
        return application

    with_sending(ctx, work)
    done(
        ctx,
        f"{variable} is {'gone' if remove else 'mapped'}. Next: vestibule app apply {name}.",
        {"variable": variable},
    )


def tell_warnings(application: Application, rows: Sequence[MappingRow]) -> None:
    """What looks wrong about a mapping or an address, on standard error."""
    from vestibule.provisioning.lint import lint  # noqa: PLC0415

    for warning in lint(application, rows):
        say(f"Look at: {warning.subject} {warning.sentence}.")


def _list(ctx: typer.Context, name: str) -> None:
    from vestibule.provisioning.preview import shown_mapping  # noqa: PLC0415

    async def work(sending: Sending) -> list[dict[str, Any]]:
        application = await sending.store.application(name)
        return shown_mapping(application, await sending.store.mapping(application.id))

    show_rows(ctx, with_sending(ctx, work), MAPPING_COLUMNS, nothing="Nothing is mapped.")


def _preview(ctx: typer.Context, name: str, login: str) -> None:
    from vestibule.provisioning.mapping_preview import preview_for  # noqa: PLC0415

    async def work(sending: Sending) -> list[dict[str, Any]]:
        return await preview_for(sending.store, await sending.store.application(name), login)

    columns = {
        "variable": "Attribute",
        "external_name": "External name",
        "value": "Value",
        "from": "From",
        "sent_on": "Sent on",
        "fault": "Fault",
    }
    show_rows(ctx, with_sending(ctx, work), columns, nothing="Nothing is mapped.")
