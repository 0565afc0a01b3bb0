"""PostgreSQL connections: the one wrapper through which every statement goes, and what its errors mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from vestibule.scim.errors import Unavailable

#: An ``asyncpg.Record``: a row is read by position, as on SQLite.
Row = Sequence[Any]
Parameters = Sequence[Any]


class Raw(Protocol):
    """What is used of ``asyncpg.Connection``, which says no types of its own."""

    async def fetch(self, sql: str, /, *parameters: Any) -> list[Row]: ...
    async def execute(self, sql: str, /, *parameters: Any) -> str: ...
    async def executemany(self, sql: str, parameters: Iterable[Parameters], /) -> None: ...
    async def close(self, *, timeout: float | None = None) -> None: ...
    def terminate(self) -> None: ...
    def is_closed(self) -> bool: ...
    def is_in_transaction(self) -> bool: ...
    def get_server_version(self) -> Any: ...


#: SQLSTATE, or its first two characters, of what means "not now" rather than "wrong statement"
#: (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_NOT_NOW = {
    "08": ("the connection to the database was lost", 5),
    "25006": ("the database takes no writes at the moment", 10),
    "3D": ("the database does not exist any more", 30),
    "28": ("the database refuses our user", 30),
    "40": ("others changed the same rows at the same time", 1),
    "42501": ("our user has not the rights it needs on the database", 30),
    "3F": ("the database has not been migrated (vestibule migrate)", 30),
    "42P01": ("the database has not been migrated (vestibule migrate)", 30),
    "53100": ("the disk of the database is full", 30),
    "53": ("the database is out of resources", 10),
    "55P03": ("another transaction holds the rows for too long", 5),
    "57014": ("the request took too long and was stopped", 5),
    "57": ("the database is being stopped or started", 5),
    "58": ("the disk of the database reports errors", 30),
    "XX": ("the database reports an internal error", 30),
}
#: Deadlock and serialization failure: the transaction was undone, and may be tried again at once.
_RETRIED = frozenset({"40001", "40P01"})


def unavailable(error: Exception, *, is_lost: bool = False) -> Exception:
    """``Unavailable`` where trying again may help, else the error itself.

    ``is_lost`` says that the connection is closed by now.
    """
    state = getattr(error, "sqlstate", None)
    reason = None
    if state is not None:
        reason = _NOT_NOW.get(state) or _NOT_NOW.get(state[:2])
    if reason is None and (is_lost or isinstance(error, OSError)):
        reason = _NOT_NOW["08"]
    if reason is None:
        return error
    sentence, seconds = reason
    return Unavailable(
        f"Nothing was changed: {sentence}. Try again in {seconds} seconds.", retry_after=seconds
    )


def may_be_retried(error: BaseException | None) -> bool:
    """Whether the transaction lost against another and is worth another try at once."""
    return getattr(error, "sqlstate", None) in _RETRIED


class PostgresConnection:
    """One connection, used by one task at a time.

    Statements have numbered placeholders (``$1``); their errors are asyncpg's own
    (``asyncpg.UniqueViolationError`` …): ``PostgresDatabase`` turns those that mean "not now"
    into ``Unavailable``. Each is prepared once and kept (asyncpg's own cache).
    ``rows_read`` counts the rows handed to Python, for the tests that watch it.
    """

    __slots__ = ("_fetch", "raw", "rows_read")

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.rows_read = 0
        self._fetch = raw.fetch

    async def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a statement."""
        found = await self._fetch(sql, *parameters)
        self.rows_read += len(found)
        return found

    async def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row, or None. For statements that find one row at most: all are read."""
        found = await self._fetch(sql, *parameters)
        self.rows_read += len(found)
        return found[0] if found else None

    async def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """The first column of the first row, or None."""
        found = await self._fetch(sql, *parameters)
        self.rows_read += len(found)
        return found[0][0] if found else None

    async def change(self, sql: str, parameters: Parameters = ()) -> int:
        """Carry out a statement that gives no rows; how many rows it changed."""
        told = await self.raw.execute(sql, *parameters)
        counted = told.rpartition(" ")[2]
        return int(counted) if counted.isdecimal() else 0

    async def change_many(self, sql: str, parameters: Sequence[Parameters]) -> None:
        """Carry out a statement once for each of ``parameters``, in one go; all of them or none."""
        await self.raw.executemany(sql, parameters)

    async def script(self, sql: str) -> None:
        """Carry out several statements, without parameters, in one round trip."""
        await self.raw.execute(sql)

    async def start_over(self) -> None:
        """Undo all that was done in this write, and go on with it from the beginning."""
        await self.raw.execute("ROLLBACK; BEGIN")
