"""What the sending side's statements ask of a database: SQLite's, or PostgreSQL's beside it.

The statements are written so that both understand them: placeholders ``?`` or ``:name``, upserts
by ON CONFLICT, types said with CAST where nothing else tells them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Row = tuple[Any, ...]
Parameters = Sequence[Any] | Mapping[str, Any]


class Statements(Protocol):
    """A connection in a transaction."""

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a statement."""
        ...

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row, or None."""
        ...

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """The first column of the first row, or None."""
        ...

    def change(self, sql: str, parameters: Parameters = ()) -> int:
        """Carry out a statement that gives no rows; how many rows it changed."""
        ...

    def change_many(self, sql: str, parameters: Sequence[Parameters]) -> Any:
        """Carry out a statement once for each of ``parameters``."""
        ...

    def count_many(self, sql: str, parameters: Sequence[Parameters]) -> int:
        """As ``change_many``; how many rows changed in all."""
        ...


class Database(Protocol):
    """``fetch`` for point reads, ``scan`` for long ones from one snapshot, ``write`` for a transaction."""

    #: What follows a SELECT whose rows are claimed.
    skip_locked: str
    #: 1 where one process sends at a time.
    single_sender: int
    #: The statement that gives ``ChangeStore.change_mark``.
    newest_mark: str

    async def fetch(self, sql: str, parameters: Parameters = ()) -> list[Row]: ...

    async def fetch_row(self, sql: str, parameters: Parameters = ()) -> Row | None: ...

    async def scan(self, look: Callable[[Any], T]) -> T: ...

    async def write(self, work: Callable[[Any], T], *, is_long: bool = False) -> T: ...
