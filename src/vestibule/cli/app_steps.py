"""``vestibule app``: the steps before provisioning, as Okta has them: Sign On, then Enable API integration."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.output import done, say
from vestibule.cli.sending import desk_of, with_sending

if TYPE_CHECKING:
    from vestibule.provisioning.application import Application
    from vestibule.sending import Sending

steps = typer.Typer()

_NAME = typer.Argument(..., metavar="APP", help="The application's name.")


@steps.command("sign-on")
def sign_on(
    ctx: typer.Context,
    name: str = _NAME,
    saml_email: str = typer.Option(
        "",
        help="SAML: the expression of its e-mail attribute, such as user.email; compared with the user name.",
    ),
    method: str = typer.Option("saml", help="saml, oidc, swa, or elsewhere."),
) -> None:
    """Sign On: how people sign in. Provisioning of an application of the catalogue opens after it."""

    async def work(sending: Sending) -> dict[str, Any]:
        changed = await desk_of(sending).sign_on(name, method, saml_email)
        return {"sign_on": str(changed.sign_on), "sign_on_email": changed.sign_on_email} | {
            "differing": await tell_sign_on(sending, changed)
        }

    done(ctx, f"Sign On of {name} is set up. Next: vestibule app connect {name}.", with_sending(ctx, work))


@steps.command("integration")
def integration(
    ctx: typer.Context,
    name: str = _NAME,
    on: bool = typer.Option(True, "--on/--off", help="Whether anything is sent."),
) -> None:
    """Enable API integration, or disable it: then nothing is sent, and what changes meanwhile is sent later."""

    async def work(sending: Sending) -> dict[str, Any]:
        application = await desk_of(sending).integration(name, on=on)
        return {"name": application.name, "enabled": on}

    done(ctx, f"API integration of {name} is {'on' if on else 'off'}.", with_sending(ctx, work))


async def tell_sign_on(sending: Sending, application: Application) -> dict[str, Any]:
    """Where the e-mail of Sign On and the user name of Provisioning differ, both side by side on standard error."""
    comparison = await sending.compare_sign_on(application)
    for line in comparison.in_words():
        say(line)
    return asdict(comparison)
