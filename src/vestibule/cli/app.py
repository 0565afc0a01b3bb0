"""The sending side's applications: what people are assigned to, and provisioning towards them."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.app_assignments import assignments
from vestibule.cli.app_changes import changes
from vestibule.cli.app_runs import runs
from vestibule.cli.output import asked, done, print_json, say, show_one, show_rows
from vestibule.cli.sending import with_sending

if TYPE_CHECKING:
    from vestibule.provisioning.application import Application
    from vestibule.sending import Sending

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
    profile: str = typer.Option("generic", help="The product: acall, getaccept, generic."),
    url: str = _URL,
    token: str = _TOKEN,
    mode: str = typer.Option("patch", help="patch, as a catalogue app; put, as a wizard app."),
    create: bool = typer.Option(True, help="Create Users."),
    update: bool = typer.Option(True, help="Update User Attributes."),
    deactivate: bool = typer.Option(True, help="Deactivate Users."),
    username_format: str = typer.Option(
        "email", help="okta-username, email, email-prefix, none, custom:EXPRESSION."
    ),
    unique_identifier: str = typer.Option("userName", help="By which attribute an existing user is found."),
    header_token: bool = typer.Option(
        False, "--header-token", help="Send the token without the word Bearer."
    ),
    as_okta: bool = typer.Option(False, "--as-okta", help="Headers and merging exactly as Okta's."),
    groups: bool = typer.Option(True, help="Push groups, where the product has them."),
) -> None:
    """Add an application, with the default mapping of its product."""
    from vestibule.profiles.builtin import builtin_profile, builtin_texts  # noqa: PLC0415
    from vestibule.provisioning.application import (  # noqa: PLC0415
        Application,
        Connection,
        Mode,
        Operation,
        check_application,
    )
    from vestibule.provisioning.mapping import default_mapping  # noqa: PLC0415
    from vestibule.refused import Refused  # noqa: PLC0415

    declared = builtin_profile(profile)
    if declared is None:
        raise Refused(f"There is no product {profile!r}. There are: {', '.join(sorted(builtin_texts()))}.")
    if mode not in tuple(Mode):
        raise Refused(f"Mode {mode!r} is not known. Allowed: {', '.join(Mode)}.")
    ticked = {Operation.CREATE: create, Operation.UPDATE: update, Operation.DEACTIVATE: deactivate}
    connection = None
    if url or token:
        authentication = "header" if header_token else "bearer"
        connection = Connection(url or "", _token(token), authentication)
    application = check_application(
        Application(
            0,
            name,
            profile,
            Mode(mode),
            connection=connection,
            operations=frozenset(operation for operation, is_ticked in ticked.items() if is_ticked),
            username_format=username_format,
            unique_identifier=unique_identifier,
            as_okta=as_okta,
            pushes_groups=groups and declared.teams,
        )
    )
    rows = default_mapping(declared.attributes)
    added = with_sending(ctx, lambda sending: sending.store.add_application(application, rows))
    _warn(added, rows)
    done(ctx, f"Added {name}. Next: vestibule app test {name}.", _shown(added))


@app.command("connect")
def connect(
    ctx: typer.Context,
    name: str = _NAME,
    url: str = _URL,
    token: str = _TOKEN,
    header_token: bool = typer.Option(
        False, "--header-token", help="Send the token without the word Bearer."
    ),
) -> None:
    """Enter URL and token, or new ones. Whoever was assigned before waits for provision-now."""
    from vestibule.provisioning.application import Connection, check_application  # noqa: PLC0415

    async def work(sending: Sending) -> Application:
        before = await sending.store.application(name)
        known = before.connection
        address = url or (known.base_url if known else "")
        secret = _token(token) if token else (known.token if known else "")
        connection = Connection(address, secret, "header" if header_token else "bearer")
        changed = check_application(replace(before, connection=connection, quarantined=""))
        await sending.store.change_application(changed)
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

    async def work(sending: Sending) -> dict[str, Any]:
        application = await sending.store.application(name)
        rows = await sending.store.mapping(application.id)
        warnings = [f"{w.subject} {w.sentence}" for w in lint(application, rows)]
        mapping = [
            {
                "variable": row.variable,
                "external_name": row.external_name,
                "namespace": row.namespace,
                "expression": row.expression,
                "scope": row.scope,
                "enum": list(row.enum),
            }
            for row in rows
        ]
        return {**_shown(application), "warnings": warnings, "mapping": mapping}

    record = with_sending(ctx, work)
    if asked(ctx).json:
        print_json(record)
        return
    show_one(
        ctx, record, {key: key.replace("_", " ") for key in record if key not in ("mapping", "warnings")}
    )
    for warning in record["warnings"]:
        say(f"Look at: {warning}.")
    columns = {
        "variable": "Attribute",
        "external_name": "External name",
        "expression": "Value",
        "scope": "Scope",
    }
    show_rows(ctx, record["mapping"], columns, nothing="Nothing is mapped.")


@app.command("test")
def credentials(ctx: typer.Context, name: str = _NAME) -> None:
    """Test the credentials as Okta does: says which of token, URL and plan is wrong."""

    async def work(sending: Sending) -> dict[str, str]:
        result = await sending.test(await sending.store.application(name))
        return {"verdict": str(result.verdict), "sentence": result.sentence}

    result = with_sending(ctx, work)
    done(ctx, result["sentence"], result)
    if result["verdict"] != "good":
        raise typer.Exit(1)


@app.command("map")
def map_(
    ctx: typer.Context,
    name: str = _NAME,
    variable: str = typer.Argument(..., help="The attribute's variable name."),
    expression: str = typer.Option(None, help='What fills it: user.email, "work", user.firstName + " " + …'),
    external_name: str = typer.Option(
        None, help="Where it goes: name.givenName, roles.^[primary==true].value"
    ),
    namespace: str = typer.Option(None, help="The schema URN (default: core User)."),
    type_: str = typer.Option(None, "--type", help="string, boolean or string array."),
    scope: str = typer.Option(None, help="personal or group."),
    on: str = typer.Option(None, help='"create" or "create and update".'),
    enum: str = typer.Option(
        None, metavar="A,B,…", help="The values that an assignment may give; empty for any."
    ),
    remove: bool = typer.Option(False, "--remove", help="Take the attribute away."),
) -> None:
    """Change what fills an attribute, add one (Add Attribute), or take one away."""
    from vestibule.provisioning.mapping import changed_mapping  # noqa: PLC0415

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
        application = await sending.store.application(name)
        rows = changed_mapping(
            await sending.store.mapping(application.id),
            variable,
            {key: value for key, value in given.items() if value is not None},
            remove=remove,
        )
        await sending.store.set_mapping(application.id, rows)
        _warn(application, rows)
        return application

    with_sending(ctx, work)
    done(
        ctx,
        f"{variable} is {'gone' if remove else 'mapped'}. Next: vestibule app apply {name}.",
        {"variable": variable},
    )


def _token(given: str | None) -> str:
    return (sys.stdin.readline() if given == "-" else given or "").strip()


def _warn(application: Application, rows: Any) -> None:
    from vestibule.provisioning.lint import lint  # noqa: PLC0415

    for warning in lint(application, rows):
        say(f"Look at: {warning.subject} {warning.sentence}.")


def _shown(application: Application) -> dict[str, Any]:
    connection = application.connection
    return {
        "name": application.name,
        "profile": application.profile,
        "mode": str(application.mode),
        "url": connection.base_url if connection else "",
        "operations": sorted(str(operation) for operation in application.operations),
        "username_format": application.username_format,
        "unique_identifier": application.unique_identifier,
        "pushes_groups": application.pushes_groups,
        "as_okta": application.as_okta,
        "quarantined": application.quarantined,
    }


app.add_typer(changes)
app.add_typer(assignments)
app.add_typer(runs)
