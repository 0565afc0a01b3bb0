"""Opens the receiving side's database for one command, and closes it after."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import typer

from vestibule.cli.output import asked, say

if TYPE_CHECKING:
    from vestibule.settings import Settings
    from vestibule.stores.receiving import ReceivingStore

T = TypeVar("T")

#: A wait for another process shorter than this is not worth a word.
_QUIET_SECONDS = 0.5


def settings_of(ctx: typer.Context) -> Settings:
    """The settings, with ``--database`` before all others."""
    from vestibule.settings import read_settings  # noqa: PLC0415

    return read_settings(database=asked(ctx).database)


def with_store(ctx: typer.Context, work: Callable[[ReceivingStore], Awaitable[T]]) -> T:
    """What ``work`` gives, handed the open store of ``--database`` or VESTIBULE_DATABASE.

    A database that another process is writing is waited for, up to 30 seconds, with progress
    on standard error.
    """
    from vestibule.stores.receiving import open_receiving_store  # noqa: PLC0415

    settings = settings_of(ctx)
    tell_if_new(settings.database)

    async def opened() -> T:
        store = open_receiving_store(settings.database, schema=settings.db_schema, waiting=show_waiting)
        await store.start()
        try:
            return await work(store)
        finally:
            await store.stop()

    return asyncio.run(opened())


def tell_if_new(database: str) -> None:
    """Say on standard error that the file of ``database`` was not there: perhaps its name was mistyped."""
    from vestibule.stores.url import SqliteUrl, parse_database_url  # noqa: PLC0415

    named = parse_database_url(database)
    if isinstance(named, SqliteUrl) and named.path is not None and not named.path.exists():
        say(f"There was no database at {named.path.absolute()}: a new one is made.")


def show_waiting(seconds: float) -> None:
    """Say on a terminal how long another process has been waited for."""
    if seconds >= _QUIET_SECONDS and sys.stderr.isatty():
        sys.stderr.write(f"\rWaiting for the database, which another process is writing … {seconds:.0f} s ")
        sys.stderr.flush()
