"""What the two databases say differently, and nothing else: the filter compiler is handed this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from vestibule.scim.attribute import Type
from vestibule.scim.filter.resolved import SearchValue


class SqlDialect(Protocol):
    """How one database writes placeholders, JSON access and text tests.

    ``document`` is SQL that gives a JSON document, ``keys`` lead into it. Text compares by code
    points.
    """

    def placeholder(self, number: int) -> str:
        """The parameter of that number, from 1; one may be used several times."""
        ...

    def value(self, value: SearchValue) -> Any:
        """A comparison value as the driver takes it."""
        ...

    def scalar(self, document: str, keys: Sequence[str], type: Type) -> str:
        """The value there as SQL of a comparable type, NULL where there is none.

        Without keys: the document itself. An object gives its JSON text.
        """
        ...

    def among(self, column: str, select: str) -> str:
        """Whether the column has one of the few values that ``select`` finds, which an index then reads."""
        ...

    def apart(self, column: str) -> str:
        """The column where it must not make the database choose an index, as a narrower one is named."""
        ...

    def elements(self, document: str, keys: Sequence[str], alias: str) -> str:
        """What stands after FROM to have each element of that array; no rows where there is none."""
        ...

    def element(self, alias: str) -> str:
        """One such element, as a document."""
        ...

    def position(self, alias: str) -> str:
        """An element's place in its array, to sort by."""
        ...

    def text(self, sql: str) -> str:
        """That text, which no column or document holds, to be compared."""
        ...

    def find_anew(self, profile_version: int, found: str) -> str:
        """The search form of the row ``r``: its own where it follows from that profile, else derived now.

        ``found`` is the placeholder of ``Anew.found``, "" where the store needs none.
        """
        ...

    def contains(self, text: str, part: str) -> str:
        """Whether ``part`` occurs in ``text``."""
        ...

    def starts(self, text: str, part: str, length: int) -> str:
        """Whether ``text`` starts with ``part``, which has ``length`` characters, at least one."""
        ...

    def ends(self, text: str, part: str, length: int) -> str:
        """Whether ``text`` ends with ``part``, which has ``length`` characters, at least one."""
        ...


class Bindings:
    """The values of one statement in order, and the placeholders that stand for them."""

    def __init__(self, dialect: SqlDialect, values: Sequence[Any] = ()) -> None:
        self._dialect = dialect
        self.values: list[Any] = list(values)

    def bind(self, value: SearchValue) -> str:
        """Add a value; its placeholder."""
        return self.add(self._dialect.value(value))

    def add(self, value: Any) -> str:
        """Add a value as the driver takes it; its placeholder."""
        self.values.append(value)
        return self._dialect.placeholder(len(self.values))
