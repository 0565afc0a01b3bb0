"""A copy of the database, of one moment, made beside a running server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vestibule.cli.database import settings_of
from vestibule.cli.output import done, say

app = typer.Typer()


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A name that is free; nothing is overwritten.")
    ],
) -> None:
    """Copy the receiving side's database to a file, as it is at one moment, and check the copy.

    A server may run meanwhile. The copy holds personal data and secrets sealed with VESTIBULE_KEYS, which are
    not in it: keep them elsewhere. On PostgreSQL it says which tools do this there.
    """
    from vestibule.stores.backup import back_up  # noqa: PLC0415

    copied = back_up(settings_of(ctx).database, file)
    done(
        ctx,
        f"{copied.path}: {copied.size:,} bytes, {copied.tenants} tenants, whole.",
        {
            "file": str(copied.path),
            "bytes": copied.size,
            "tenants": copied.tenants,
            "schemaVersion": copied.version,
        },
    )
    say("It holds personal data. The sending side's directory.db is a file of its own.")
