"""One statement that does all of a Change: parts named in WITH, and what must have come of them.

A transaction of a statement each would cost a Change some eight round trips; this is one. Its text
depends on the kinds of the parts and not on how many rows they have, so that it is prepared once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Columns = Sequence[tuple[str, str]]


class Statement:
    """Gathers parts. Each sees the tables as they were before; what another part wrote, it sees by that part's name.

    PostgreSQL runs parts in no promised order. One that must come after others names them.
    """

    def __init__(self, tenant: int) -> None:
        self.values: list[Any] = [tenant]
        #: Its placeholder.
        self.tenant = "$1::bigint"
        self._parts: list[str] = []
        self._expected: list[str] = []

    def bind(self, value: Any, type: str) -> str:
        """Add a value; its placeholder, which must be used."""
        self.values.append(value)
        return f"${len(self.values)}::{type}"

    def table(self, alias: str, columns: Columns, rows: Sequence[Sequence[Any]]) -> str:
        """Rows of values as what stands after FROM; ``columns`` are names and types."""
        if len(rows) == 1:
            cells = zip(columns, rows[0], strict=True)
            values = ", ".join(f"{self.bind(value, type)} AS {name}" for (name, type), value in cells)
            return f"(SELECT {values}) AS {alias}"
        turned: Iterable[Sequence[Any]] = zip(*rows, strict=True)
        arrays = [
            self.bind(list(values), f"{type}[]") for (_, type), values in zip(columns, turned, strict=True)
        ]
        return f"unnest({', '.join(arrays)}) AS {alias} ({', '.join(name for name, _ in columns)})"

    def add(self, name: str, sql: str) -> str:
        """A part; its name."""
        self._parts.append(f"{name} AS ({sql})")
        return name

    def expect(self, condition: str, otherwise: str) -> None:
        """Undo everything, with the word ``otherwise``, where the condition does not hold in the end."""
        self._expected.append(f"WHEN ({condition}) IS NOT TRUE THEN conflict('{otherwise}')")

    def expect_rows(self, part: str, count: int, otherwise: str) -> None:
        """Undo everything where that part gave another number of rows."""
        self.expect(f"(SELECT count(*) FROM {part}) = {self.bind(count, 'bigint')}", otherwise)

    def sql(self) -> str:
        """The text; its one row says true. It raises ``CONFLICT`` where something expected is not so."""
        parts = f"WITH {', '.join(self._parts)} " if self._parts else ""
        done = f"{self.tenant} IS NOT NULL"
        if self._expected:
            done = f"CASE {' '.join(self._expected)} ELSE {done} END"
        return f"{parts}SELECT {done}"
