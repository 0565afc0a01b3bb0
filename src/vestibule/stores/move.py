"""Moving the receiving side from SQLite to PostgreSQL: everything in one snapshot, compared, or nothing.

The order is what makes it safe to be killed. The source is locked for writing, then read; the
target takes everything in one transaction, is read again and compared, and commits with a note
that the move is unfinished, with which nobody can serve it. Then the source commits its mark, and
only then the note goes. Killed before the target commits, nothing happened; killed after it, the
next start empties the target or, where the source has its mark already, takes the note away.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, Protocol, cast

from vestibule.refused import Refused
from vestibule.registry import members
from vestibule.stores.shared_sql.fingerprint import Fingerprint
from vestibule.stores.shared_sql.tables import RECEIVING, Table
from vestibule.stores.url import (
    DatabaseUrlError,
    PostgresUrl,
    SqliteUrl,
    parse_database_url,
    without_password,
)

Batch = Sequence[Sequence[Any]]


class MoveRefused(Refused):
    """The move cannot be made, or was given up; nothing changed on either side."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a move is. Stages: ``copying``, ``comparing``, ``copied`` (the target has it), ``marked`` (the source knows)."""

    stage: str
    table: str = ""
    rows: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class MovedTable:
    """One table of a finished move: the same on both sides, or there would be none."""

    table: str
    rows: int
    source_sha256: str
    target_sha256: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A finished move. ``tables`` is empty where a move before had done all but the last step."""

    source: str
    target: str
    schema: str
    tables: tuple[MovedTable, ...]
    finished_only: bool = False

    def as_document(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


class MoveSource(Protocol):
    """Where an installation is read. All reads after ``lock`` see one state, which nobody changes."""

    @property
    def name(self) -> str:
        """What it is called in messages, without any password."""
        ...

    def mark(self) -> Mapping[str, str] | None:
        """The mark of a move that was made, or None."""
        ...

    def lock(self) -> None:
        """Nobody else writes from now on; whoever tries is answered 503. MoveRefused where another move runs."""
        ...

    def columns(self, table: Table) -> tuple[str, ...]:
        """The names of its columns, in alphabetical order."""
        ...

    def count(self, table: Table) -> int:
        """How many rows there are to carry over."""
        ...

    def last_number(self, table: Table, column: str) -> int:
        """The highest number ever given in that column, as far as it is known; 0 for none."""
        ...

    def batches(self, table: Table, columns: Sequence[str]) -> Iterator[Batch]:
        """All its rows, some at a time."""
        ...

    def commit_mark(self, mark: Mapping[str, str]) -> None:
        """Say where everything is now, and let go: from here on every change is refused."""
        ...

    def close(self) -> None:
        """Let go, with nothing changed unless the mark was committed."""
        ...


class MoveTarget(Protocol):
    """Where an installation goes. Everything between ``begin`` and ``commit`` is one transaction."""

    @property
    def name(self) -> str:
        """What it is called in messages, without any password."""
        ...

    async def unfinished(self) -> str | None:
        """The id of a move that came as far as ``commit``, but not to ``finish``; None for none."""
        ...

    async def begin(self, tables: Sequence[Table]) -> None:
        """Hold the tables; MoveRefused where they hold anything but the rest of an unfinished move, which goes."""
        ...

    async def columns(self, table: Table) -> Mapping[str, str]:
        """The names of its columns in alphabetical order, each with its type."""
        ...

    async def numbered(self, table: Table) -> str | None:
        """The column that gets its numbers from a sequence, or None."""
        ...

    async def take(self, table: Table, columns: Mapping[str, str], batches: AsyncIterator[Batch]) -> None:
        """Write the rows as they come."""
        ...

    def batches(self, table: Table, columns: Sequence[str]) -> AsyncIterator[Batch]:
        """All its rows as they stand there now, some at a time."""
        ...

    async def go_on_after(self, table: Table, column: str, number: int) -> None:
        """The next number is higher than that one."""
        ...

    async def commit(self, move: str) -> None:
        """Keep everything, with the note that this move is unfinished: nobody can serve it yet."""
        ...

    async def finish(self) -> None:
        """Take the note away."""
        ...

    async def close(self) -> None:
        """End, with nothing changed unless it was committed."""
        ...


async def move_installation(
    source: str,
    target: str,
    *,
    schema: str,
    progress: Callable[[Progress], None],
    waiting: Callable[[float], None] | None = None,
) -> Moved:
    """Copy everything from the SQLite file ``source`` to ``target``, compare, and mark the source as moved.

    While it runs, a process that serves the source goes on answering reads and refuses writes (503).
    MoveRefused and DatabaseRefused in words; the source is untouched then. ``waiting`` is told the
    seconds waited so far for others who write to the source.
    """
    _check_addresses(source, target)
    reading: MoveSource = _room(source, "move_source").open_source(source, waiting)
    try:
        writing: MoveTarget = await _room(target, "move_target").open_target(target, schema)
        try:
            return await _move(reading, writing, schema, progress)
        finally:
            await writing.close()
    finally:
        reading.close()


def reopen(source: str) -> bool:
    """Make a file that was moved usable again, as it was then; False where it was not moved."""
    if not isinstance(parse_database_url(source), SqliteUrl):
        raise MoveRefused(
            f"Only a SQLite file can have been moved, and {without_password(source)!r} is none."
        )
    return cast(bool, _room(source, "move_source").reopen(source))


def _check_addresses(source: str, target: str) -> None:
    named = parse_database_url(source)
    if not isinstance(named, SqliteUrl):
        raise MoveRefused(
            f"A move goes from SQLite to PostgreSQL, and {without_password(source)!r} is no SQLite file. "
            "Name the file with --database or VESTIBULE_DATABASE, and PostgreSQL with --to."
        )
    if named.path is None:
        raise MoveRefused("A database in memory ends with its process: there is nothing to move.")
    if not isinstance(parse_database_url(target), PostgresUrl):
        raise MoveRefused(
            f"A move goes to PostgreSQL, and {target!r} is none: --to postgresql://user@host/database"
        )


async def _move(
    source: MoveSource, target: MoveTarget, schema: str, progress: Callable[[Progress], None]
) -> Moved:
    mark = source.mark()
    unfinished = await target.unfinished()
    if mark is not None:
        if mark["id"] != unfinished:
            raise MoveRefused(
                f"{source.name} was moved already, to {mark['to']}, schema {mark['schema']!r}, at {mark['at']}. "
                "To move it anew from its state of then: vestibule migrate --reopen first."
            )
        await target.finish()
        return Moved(source.name, target.name, schema, (), finished_only=True)
    source.lock()
    await target.begin(RECEIVING)
    kinds = {table.name: await _matching_columns(source, target, table) for table in RECEIVING}
    sums = await _copy(source, target, kinds, progress)
    tables = await _compare(target, kinds, sums, progress)
    move = secrets.token_hex(8)
    await target.commit(move)
    progress(Progress("copied"))
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    source.commit_mark({"id": move, "to": target.name, "schema": schema, "at": at})
    progress(Progress("marked"))
    await target.finish()
    return Moved(source.name, target.name, schema, tables)


async def _matching_columns(source: MoveSource, target: MoveTarget, table: Table) -> dict[str, str]:
    """The columns that both sides have, with their types there. MoveRefused where they are not the same."""
    here = set(source.columns(table))
    there = dict(await target.columns(table))
    if here != there.keys() - table.only_there.keys():
        odd = ", ".join(sorted(here ^ (there.keys() - table.only_there.keys())))
        raise MoveRefused(
            f"The table {table.name} has columns that the other side has not: {odd}. The two databases were not "
            "made by the same version of Vestibule: run vestibule migrate on the source, and move again."
        )
    return there


async def _copy(
    source: MoveSource,
    target: MoveTarget,
    kinds: Mapping[str, Mapping[str, str]],
    progress: Callable[[Progress], None],
) -> dict[str, Fingerprint]:
    counts = {table.name: source.count(table) for table in RECEIVING}
    total, done = sum(counts.values()), 0
    sums = {}
    for table in RECEIVING:
        columns = {name: kind for name, kind in kinds[table.name].items() if name not in table.only_there}
        sums[table.name] = fingerprint = _fingerprint(columns)

        async def batches(
            table: Table = table,
            columns: Mapping[str, str] = columns,
            fingerprint: Fingerprint = fingerprint,
            before: int = done,
        ) -> AsyncIterator[Batch]:
            progress(Progress("copying", table.name, before, total))
            for batch in source.batches(table, tuple(columns)):
                for row in batch:
                    fingerprint.add(row)
                progress(Progress("copying", table.name, before + fingerprint.rows, total))
                yield batch

        await target.take(table, kinds[table.name], batches())
        column = await target.numbered(table)
        if column is not None:
            await target.go_on_after(table, column, source.last_number(table, column))
        done += counts[table.name]
    return sums


async def _compare(
    target: MoveTarget,
    kinds: Mapping[str, Mapping[str, str]],
    sums: Mapping[str, Fingerprint],
    progress: Callable[[Progress], None],
) -> tuple[MovedTable, ...]:
    total, done = sum(one.rows for one in sums.values()), 0
    found = []
    for table in RECEIVING:
        columns = {name: kind for name, kind in kinds[table.name].items() if name not in table.only_there}
        here, there = sums[table.name], _fingerprint(columns)
        progress(Progress("comparing", table.name, done, total))
        async for batch in target.batches(table, tuple(columns)):
            for row in batch:
                there.add(row)
            progress(Progress("comparing", table.name, done + there.rows, total))
        if (here.rows, here.sha256) != (there.rows, there.sha256):
            raise MoveRefused(
                f"The table {table.name} has {here.rows:,} rows with hash {here.sha256[:16]} on the source, and "
                f"{there.rows:,} with {there.sha256[:16]} on the target. Nothing was moved; this is a fault of ours."
            )
        found.append(MovedTable(table.name, here.rows, here.sha256, there.sha256))
        done += there.rows
    return tuple(found)


def _fingerprint(columns: Mapping[str, str]) -> Fingerprint:
    return Fingerprint([at for at, kind in enumerate(columns.values()) if kind == "jsonb"])


def _room(url: str, module: str) -> Any:
    scheme = url.partition("://")[0]
    for package, schemes in members(
        "vestibule.stores", "SCHEMES", third_parties=False, folders_only=True
    ).items():
        if scheme in schemes:
            return import_module(f"vestibule.stores.{package}.{module}")
    raise DatabaseUrlError(f"no store of this installation takes {scheme}:// addresses")
