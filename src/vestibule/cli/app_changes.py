"""``vestibule app change``: what is ticked under *To App*, and the settings beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.app_steps import tell_sign_on
from vestibule.cli.output import done
from vestibule.cli.sending import desk_of, with_sending

if TYPE_CHECKING:
    from vestibule.sending import Sending

changes = typer.Typer()


@changes.command("change")
def change(
    ctx: typer.Context,
    name: str = typer.Argument(..., metavar="APP", help="The application's name."),
    create: bool = typer.Option(None, help="Create Users."),
    update: bool = typer.Option(None, help="Update User Attributes."),
    deactivate: bool = typer.Option(None, help="Deactivate Users."),
    password: bool = typer.Option(None, help="Sync Password: a random one for everybody who is created."),
    username_format: str = typer.Option(
        None, help="okta-username, email, email-prefix, none, custom:EXPRESSION."
    ),
    unique_identifier: str = typer.Option(None, help="By which attribute an existing user is found."),
    groups: bool = typer.Option(None, help="Push groups."),
    update_username: bool = typer.Option(None, help="Send a later change of the user name too."),
    play: str = typer.Option(
        None,
        "--as",
        help="Send exactly what this client sends: okta-catalogue, okta-wizard, entra, vestibule.",
    ),
) -> None:
    """Tick or untick what is sent (To App), or change the application username format. The rest stays."""
    from vestibule.provisioning.application import Operation  # noqa: PLC0415

    ticked = {
        Operation.CREATE: create,
        Operation.UPDATE: update,
        Operation.DEACTIVATE: deactivate,
        Operation.PASSWORD: password,
    }
    given = {
        "username_format": username_format,
        "unique_identifier": unique_identifier,
        "pushes_groups": groups,
        "update_username": update_username,
    }

    async def work(sending: Sending) -> dict[str, Any]:
        settings: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        ticks = {operation: is_ticked for operation, is_ticked in ticked.items() if is_ticked is not None}
        changed = await desk_of(sending).change(name, ticks=ticks, play=play or "", **settings)
        await tell_sign_on(sending, changed)
        return {
            "name": changed.name,
            "operations": sorted(str(operation) for operation in changed.operations),
            "username_format": changed.username_format,
            "update_username": changed.update_username,
            "unique_identifier": changed.unique_identifier,
            "pushes_groups": changed.pushes_groups,
        }

    record = with_sending(ctx, work)
    sent = ", ".join(record["operations"]) or "nothing"
    done(ctx, f"{name} sends: {sent}. Next: vestibule app apply {name}.", record)
