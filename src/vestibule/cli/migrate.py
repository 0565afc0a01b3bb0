"""Bring the database to the version that this Vestibule writes."""

from __future__ import annotations

import asyncio

import typer

from vestibule.cli.database import settings_of, with_store
from vestibule.cli.output import done

app = typer.Typer()


@app.command()
def migrate(ctx: typer.Context) -> None:
    """Bring the receiving side's database to the current version; `serve` does so by itself.

    Killed half-way it resumes. The version before still runs on the new schema.
    """
    before = asyncio.run(_version(ctx))
    after = with_store(ctx, lambda store: store.schema_version())
    if before == after:
        sentence = f"The database is at version {after} already; nothing was to be done."
    else:
        sentence = f"The database was at version {before} and is at version {after} now."
    done(ctx, sentence, {"from": before, "to": after})


async def _version(ctx: typer.Context) -> int:
    from vestibule.stores.receiving import open_receiving_store  # noqa: PLC0415

    settings = settings_of(ctx)
    store = open_receiving_store(settings.database, schema=settings.db_schema, migrates=False)
    await store.start()
    try:
        return await store.schema_version()
    finally:
        await store.stop()
