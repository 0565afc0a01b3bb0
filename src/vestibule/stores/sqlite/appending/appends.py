"""What a request only adds: rows that nobody reads before they are committed, kept instead of written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vestibule.stores.sqlite.appending.program import framed
from vestibule.stores.sqlite.connection import Parameters, Row, SqliteConnection


class NotAppended(Exception):
    """The work wants more of its connection than to append: it has done nothing so far."""


class Appends(SqliteConnection):
    """Keeps what ``append`` is given, and what must hold for it. ``NotAppended`` for every other statement."""

    __slots__ = ("_holding", "_rows", "proof")

    appends_only = True

    def __init__(self) -> None:
        self.rows_read = 0
        self._execute: Any = _refuse
        self._rows: dict[str, list[Parameters]] = {}
        self._gathered = self._rows
        self._holding: list[tuple[str, Parameters, list[Row]]] = []
        #: The first that was given: all of it is committed at once, or nothing is.
        self.proof: tuple[str, Parameters] | None = None

    def append(
        self, sql: str, parameters: Sequence[Parameters], *, proof: tuple[str, Parameters] | None = None
    ) -> None:
        """Keep them."""
        self._rows.setdefault(sql, []).extend(parameters)
        if self.proof is None:
            self.proof = proof

    def holds(self, sql: str, parameters: Parameters, expected: list[Row]) -> bool:
        """True; it is looked at in the transaction that writes the rows."""
        self._holding.append((sql, parameters, expected))
        return True

    def change_many(self, sql: str, parameters: Any) -> int:
        """NotAppended."""
        raise NotAppended

    def message(self) -> bytes:
        """All of it, as ``program`` reads it. ValueError where a value is none that it takes."""
        return framed((self._holding, self._rows))

    def is_committed(self, connection: SqliteConnection) -> bool:
        """Whether it is there, where whoever was to write it has ended without an answer."""
        assert self.proof is not None, "handed over without one"
        return bool(connection.rows(*self.proof))


def _refuse(sql: str, parameters: Parameters = ()) -> Any:
    raise NotAppended
