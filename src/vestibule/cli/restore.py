"""A backup put back in the place of the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vestibule.cli.database import settings_of
from vestibule.cli.output import done, say
from vestibule.clock import utc_clock

app = typer.Typer()


@app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As `vestibule backup` made it.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Although there is a database; it is kept under another name.")
    ] = False,
) -> None:
    """Put a backup in the place of the receiving side's database. Stop the server first.

    What happened since the backup is not in it: tokens revoked since then are good again, people deactivated since
    then are active again until their identity provider sends them anew.
    """
    from vestibule.stores.backup import restore as put_back  # noqa: PLC0415

    restored, before = put_back(settings_of(ctx).database, file, replaces=replace, now=utc_clock()())
    done(
        ctx,
        f"{restored.path} is the backup now: {restored.tenants} tenants.",
        {
            "file": str(restored.path),
            "tenants": restored.tenants,
            "schemaVersion": restored.version,
            "before": str(before) if before else None,
        },
    )
    if before:
        say(f"What was there is kept as {before}.")
    say(
        "Look which tokens were revoked since the backup, and revoke them again: vestibule token list TENANT."
    )
