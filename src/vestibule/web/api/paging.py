"""Lists come in pages; where one goes on stands in a sealed cursor, good for the token and the list it was given for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from vestibule.directory.store import Boundary
from vestibule.web.api.message import Field
from vestibule.web.cursor import Cursors, fingerprint

T = TypeVar("T")

DEFAULT_COUNT = 100
MOST = 1000

CursorParameter = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=8192,
        description="Where to go on: `next` of the page before, with all other parameters as they were.",
    ),
]
CountParameter = Annotated[int, Field(ge=1, le=MOST, description="At most so many on the page.")]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list: its items, and the cursor of the next one, None on the last."""

    items: Sequence[T]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Seals and opens the places of one list, as one token reads it."""

    cursors: Cursors
    #: What the list is and who reads it.
    list: str
    at: str

    @classmethod
    async def of(cls, cursors: Cursors, at: str, *parts: object) -> Place:
        """The places of the list that ``parts`` tell from all others."""
        await cursors.ready()
        return cls(cursors, fingerprint(*parts), at)

    def open(self, cursor: str | None) -> Boundary | None:
        """Where that cursor leads; None for none. ``InvalidCursor``, ``ExpiredCursor``."""
        return None if cursor is None else self.cursors.open(cursor, self.list, self.at).boundary

    def seal(self, boundary: Boundary | None) -> str | None:
        """The cursor of that place; None for None."""
        return self.cursors.seal(boundary, self.list, self.at)


def page_by_key(
    rows: Sequence[T], key: Callable[[T], str], count: int, place: Place, cursor: str | None
) -> Page[T]:
    """A page of rows that are all at hand, in the order of a text that no two share."""
    boundary = place.open(cursor)
    after = boundary.key if boundary is not None else None
    ordered = sorted(rows, key=key)
    rest = [row for row in ordered if after is None or key(row) > str(after)]
    shown = rest[:count]
    return Page(shown, place.seal(Boundary(key(shown[-1]), 0)) if len(rest) > count else None)


def page_by_number(rows: Sequence[T], number: Callable[[T], int], count: int, place: Place) -> Page[T]:
    """A page of rows read after a place, one more than ``count`` where there are more; the number says where."""
    shown = rows[:count]
    return Page(shown, place.seal(Boundary(None, number(shown[-1]))) if len(rows) > count else None)
