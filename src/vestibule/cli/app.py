"""The sending side's applications: what people are assigned to, and provisioning towards them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.app_assignments import assignments, listed
from vestibule.cli.app_catalogue import catalogue
from vestibule.cli.app_changes import changes
from vestibule.cli.app_engine import engines, tasks
from vestibule.cli.app_mapping import MAPPING_COLUMNS, mappings, tell_warnings
from vestibule.cli.app_plans import plans
from vestibule.cli.app_push import pushes, rules
from vestibule.cli.app_reconcile import reconciles
from vestibule.cli.app_runs import runs
from vestibule.cli.app_steps import steps, tell_sign_on
from vestibule.cli.output import asked, done, print_json, say, show_one, show_rows
from vestibule.cli.sending import desk_of, with_sending

if TYPE_CHECKING:
    from vestibule.provisioning.application import Application
    from vestibule.provisioning.mapping import MappingRow
    from vestibule.sending import Sending

_TOKEN_URL = typer.Option(None, help="OAuth 2.0 client credentials: where access tokens are fetched.")
_CLIENT_ID = typer.Option(
    None, help="OAuth 2.0 client credentials: the client id; the token is the client secret."
)
_SCOPE = typer.Option(None, help="OAuth 2.0 client credentials: the scope, if any.")

app = typer.Typer(no_args_is_help=True, help="Applications that people are assigned to and provisioned into.")

_NAME = typer.Argument(..., metavar="APP", help="The application's name.")
_URL = typer.Option(None, help="The SCIM base URL (Tenant URL) that the product shows.")
_TOKEN = typer.Option(
    None, envvar="VESTIBULE_APP_TOKEN", help="Its access token; - reads it from standard input."
)


@app.command("add")
def add(
    ctx: typer.Context,
    name: str = _NAME,
    from_: str = typer.Option(
        "", "--from", metavar="CATALOG", help="An application of the catalogue (app catalog list)."
    ),
    profile: str = typer.Option(
        None, help="The product: acall, getaccept, generic; or a .toml file to copy (default: generic)."
    ),
    url: str = _URL,
    token: str = _TOKEN,
    token_url: str = _TOKEN_URL,
    client_id: str = _CLIENT_ID,
    scope: str = _SCOPE,
    mode: str = typer.Option(None, help="patch, as a catalogue app (the default); put, as a wizard app."),
    create: bool = typer.Option(True, help="Create Users."),
    update: bool = typer.Option(True, help="Update User Attributes."),
    deactivate: bool = typer.Option(True, help="Deactivate Users."),
    password: bool = typer.Option(False, help="Sync Password: a random one for everybody who is created."),
    username_format: str = typer.Option(
        None, help="okta-username, email (the default), email-prefix, none, custom:EXPRESSION."
    ),
    unique_identifier: str = typer.Option("userName", help="By which attribute an existing user is found."),
    header_token: bool = typer.Option(
        False, "--header-token", help="Send the token without the word Bearer."
    ),
    as_okta: bool = typer.Option(False, "--as-okta", help="Headers and merging exactly as Okta's."),
    groups: bool = typer.Option(True, help="Push groups, where the product has them."),
    update_username: bool = typer.Option(True, help="Send a later change of the user name too."),
    play: str = typer.Option(
        None,
        "--as",
        help="Send exactly what this client sends: okta-catalogue, okta-wizard, entra, vestibule.",
    ),
) -> None:
    """Add an application, with the default mapping of its product.

    From the catalogue, Sign On is set up next; Provisioning opens after that.
    """
    from vestibule.provisioning.application import Operation  # noqa: PLC0415
    from vestibule.provisioning.setting_up import Wanted  # noqa: PLC0415

    ticked = {
        Operation.CREATE: create,
        Operation.UPDATE: update,
        Operation.DEACTIVATE: deactivate,
        Operation.PASSWORD: password,
    }
    secret = _token(token)
    wanted = Wanted(
        name=name,
        profile=profile,
        url=url or "",
        token=secret,
        authentication="header" if header_token else "oauth" if token_url else "",
        token_url=token_url or "",
        client_id=client_id or "",
        scope=scope or "",
        mode=mode,
        operations=frozenset(operation for operation, is_ticked in ticked.items() if is_ticked),
        username_format=username_format,
        unique_identifier=unique_identifier,
        as_okta=as_okta,
        groups=groups,
        update_username=update_username,
    )

    async def work(sending: Sending) -> tuple[Application, tuple[MappingRow, ...]]:
        return await desk_of(sending).add(wanted, from_=from_, play=play or "")

    added, rows = with_sending(ctx, work)
    tell_warnings(added, rows)
    step = "sign-on" if added.catalogue and not added.sign_on else "test"
    done(ctx, f"Added {name}. Next: vestibule app {step} {name}.", _shown(added))


@app.command("connect")
def connect(
    ctx: typer.Context,
    name: str = _NAME,
    url: str = _URL,
    token: str = _TOKEN,
    token_url: str = _TOKEN_URL,
    client_id: str = _CLIENT_ID,
    scope: str = _SCOPE,
    header_token: bool = typer.Option(
        None, "--header-token/--bearer-token", help="Send the token without or with the word Bearer."
    ),
    unverified: bool = typer.Option(
        False, "--unverified", help="Of an application of the catalogue: save though the test fails."
    ),
) -> None:
    """Configure API integration: enter URL and token, or new ones. Whoever was assigned before waits for provision-now.

    An application of the catalogue is tested first, and saved only with credentials that are good.
    """
    secret = _token(token)

    async def work(sending: Sending) -> Application:
        changed = await desk_of(sending).connect(
            name,
            unverified=unverified,
            url=url,
            token=secret,
            token_url=token_url,
            client_id=client_id,
            scope=scope,
            header_token=header_token,
        )
        await tell_sign_on(sending, changed)
        return changed

    done(ctx, f"{name} is connected. Next: vestibule app test {name}.", _shown(with_sending(ctx, work)))


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """List the applications."""

    async def work(sending: Sending) -> list[dict[str, Any]]:
        return [_shown(application) for application in await sending.store.applications()]

    columns = {
        "name": "Application",
        "profile": "Product",
        "mode": "Mode",
        "url": "URL",
        "quarantined": "Stopped",
    }
    show_rows(ctx, with_sending(ctx, work), columns, nothing="There is none. Begin with: vestibule app add.")


@app.command("show")
def show(ctx: typer.Context, name: str = _NAME) -> None:
    """Show one application, how its attributes are mapped, and what looks wrong."""
    from vestibule.provisioning.lint import lint  # noqa: PLC0415
    from vestibule.provisioning.preview import shown_mapping  # noqa: PLC0415

    async def work(sending: Sending) -> dict[str, Any]:
        application = await sending.store.application(name)
        rows = await sending.store.mapping(application.id)
        warnings = [f"{w.subject} {w.sentence}" for w in lint(application, rows)]
        return {
            **_shown(application),
            "warnings": warnings,
            "mapping": shown_mapping(application, rows),
        }

    record = with_sending(ctx, work)
    if asked(ctx).json:
        print_json(record)
        return
    show_one(
        ctx, record, {key: key.replace("_", " ") for key in record if key not in ("mapping", "warnings")}
    )
    for warning in record["warnings"]:
        say(f"Look at: {warning}.")
    show_rows(ctx, record["mapping"], MAPPING_COLUMNS, nothing="Nothing is mapped.")


@app.command("test")
def credentials(ctx: typer.Context, name: str = _NAME) -> None:
    """Test the credentials as Okta does: says which of token, URL and plan is wrong."""

    from vestibule.provisioning.application import open_provisioning  # noqa: PLC0415

    async def work(sending: Sending) -> dict[str, Any]:
        application = await sending.store.application(name)
        open_provisioning(application)
        result = await sending.test(application)
        differing = await tell_sign_on(sending, application)
        return {"verdict": str(result.verdict), "sentence": result.sentence, "sign_on": differing}

    result = with_sending(ctx, work)
    done(ctx, result["sentence"], result)
    if result["verdict"] != "good":
        raise typer.Exit(1)


def _token(given: str | None) -> str:
    return (sys.stdin.readline() if given == "-" else given or "").strip()


def _shown(application: Application) -> dict[str, Any]:
    connection = application.connection
    return {
        "name": application.name,
        "profile": application.profile,
        "mode": str(application.mode),
        "url": connection.base_url if connection else "",
        "token_as": connection.authentication if connection else "",
        "operations": sorted(str(operation) for operation in application.operations),
        "username_format": application.username_format,
        "update_username": application.update_username,
        "unique_identifier": application.unique_identifier,
        "pushes_groups": application.pushes_groups,
        "as_okta": application.as_okta,
        "quarantined": application.quarantined,
        "catalogue": application.catalogue,
        "enabled": application.enabled,
        "sign_on": str(application.sign_on),
        "sign_on_email": application.sign_on_email,
    }


app.add_typer(catalogue, name="catalog")
app.add_typer(steps)
app.add_typer(changes)
app.add_typer(mappings)
app.add_typer(assignments)
app.add_typer(listed, name="assignments")
app.add_typer(pushes)
app.add_typer(rules, name="push-rule")
app.add_typer(plans, name="plan")
app.add_typer(runs)
app.add_typer(engines)
app.add_typer(reconciles)
app.add_typer(tasks, name="task")
