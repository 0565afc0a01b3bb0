"""Bring the database to the version that this Vestibule writes, or move it from SQLite to PostgreSQL."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.database import settings_of, show_waiting, with_store
from vestibule.cli.output import asked, done, print_json, print_table, say
from vestibule.refused import Refused

if TYPE_CHECKING:
    from rich.progress import TaskID

    from vestibule.settings import Settings
    from vestibule.stores.move import Moved, Progress

app = typer.Typer()

_DIGITS = 16


@app.command()
def migrate(
    ctx: typer.Context,
    to: str = typer.Option(
        None,
        "--to",
        metavar="postgresql://…",
        help="Move the installation of --database, a SQLite file, to this PostgreSQL database.",
    ),
    schema: str = typer.Option(
        None, metavar="NAME", help="With --to: the schema there, else VESTIBULE_SCHEMA, else vestibule."
    ),
    reopen: bool = typer.Option(
        False, "--reopen", help="Use a SQLite file again that was moved, as it was at that moment."
    ),
) -> None:
    """Bring the receiving side's database to the current version; `serve` does so by itself.

    Killed half-way it resumes. The version before still runs on the new schema.

    With --to everything moves from SQLite to PostgreSQL. Meanwhile a server goes on answering reads, and writes get
    503 with Retry-After. Killed half-way the file is untouched, and the same command starts the move again.
    """
    if to and reopen:
        raise Refused("--to moves a file, and --reopen takes a move back: give one of them.")
    if schema and not to:
        raise Refused(f"--schema {schema} says where a move goes: give --to postgresql://… with it.")
    if to:
        _move(ctx, to, schema)
    elif reopen:
        _reopen(ctx)
    else:
        _migrate(ctx)


def _migrate(ctx: typer.Context) -> None:
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


def _move(ctx: typer.Context, to: str, schema: str | None) -> None:
    from vestibule.settings import read_settings  # noqa: PLC0415
    from vestibule.stores.move import move_installation  # noqa: PLC0415

    settings = settings_of(ctx)
    there = read_settings(database=to, schema=schema)
    with _bars() as progress:
        moved = asyncio.run(
            move_installation(
                settings.database,
                there.database,
                schema=there.db_schema,
                progress=progress,
                waiting=show_waiting,
            )
        )
    if asked(ctx).json:
        print_json(moved.as_document())
    elif moved.finished_only:
        typer.echo("A move before had come to its last step; it is finished now.")
    else:
        print_table(
            [_row(table) for table in moved.as_document()["tables"]],
            {"table": "Table", "rows": "Rows", "source": "Hash on SQLite", "target": "Hash on PostgreSQL"},
        )
        rows = sum(table.rows for table in moved.tables)
        typer.echo(f"{rows:,} rows in {len(moved.tables)} tables moved, the same on both sides.")
    for sentence in _what_next(settings, moved):
        say(sentence)


def _row(table: dict[str, Any]) -> dict[str, Any]:
    return {
        "table": table["table"],
        "rows": f"{table['rows']:,}",
        "source": table["source_sha256"][:_DIGITS],
        "target": table["target_sha256"][:_DIGITS],
    }


def _what_next(settings: Settings, moved: Moved) -> Iterator[str]:
    yield (
        f"Stop what serves {moved.source} (it answers reads, and refuses writes) and serve with VESTIBULE_DATABASE set "
        f"to the address of --to, and VESTIBULE_SCHEMA={moved.schema}."
    )
    directory = settings.directory_database.removeprefix("sqlite:///")
    if Path(directory).is_file():
        yield f"The sending side stays in its file: set VESTIBULE_DIRECTORY_DATABASE=sqlite:///{directory}"


def _reopen(ctx: typer.Context) -> None:
    from vestibule.stores.move import reopen  # noqa: PLC0415

    settings = settings_of(ctx)
    if not reopen(settings.database):
        raise Refused("This file was not moved: there is nothing to take back.")
    done(
        ctx,
        "The file may be served again, as it was when it was moved. What PostgreSQL has learnt since is not in it.",
        {"reopened": True},
    )


@contextmanager
def _bars() -> Iterator[Callable[[Progress], None]]:
    """Two bars on standard error, for copying and for comparing; silent where it is no terminal."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    bars = Bars(
        TextColumn("{task.description:<9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.fields[table]}", markup=False),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
    shown: dict[str, TaskID] = {}

    def show(progress: Progress) -> None:
        if not progress.table:
            return
        if progress.stage not in shown:
            shown[progress.stage] = bars.add_task(progress.stage, total=progress.total, table="")
        table = progress.table if progress.rows < progress.total else ""
        bars.update(shown[progress.stage], completed=progress.rows, total=progress.total, table=table)

    with bars:
        yield show
