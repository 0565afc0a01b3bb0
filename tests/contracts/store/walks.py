"""A walk through a list by place, as a client with cursors goes, with short words for it."""

from __future__ import annotations

from collections.abc import Sequence

from tests.contracts.store.opened import Opened
from vestibule.directory.store import Boundary, Query, Stretch

MOST_STEPS = 500


def ids_of(stretch: Stretch) -> list[str]:
    return [row.resource.id for row in stretch.rows]


async def step(
    store: Opened, queries: Sequence[Query], boundary: Boundary | None = None, *, backward: bool = False
) -> Stretch:
    """One stretch, whose ends agree with what it holds."""
    stretch: Stretch = await store.store.walk(store.tenant, queries, boundary, backward=backward)
    count = queries[0].count or 0
    assert len(stretch.rows) <= count
    if boundary is None:
        assert stretch.previous is None
    return stretch


async def forward(store: Opened, *queries: Query) -> list[list[str]]:
    """The pages of the whole walk."""
    pages: list[list[str]] = []
    boundary = None
    for _ in range(MOST_STEPS):
        stretch = await step(store, queries, boundary)
        pages.append(ids_of(stretch))
        boundary = stretch.next
        if boundary is None:
            return pages
    raise AssertionError("the walk does not end")


async def there_and_back(store: Opened, *queries: Query) -> tuple[list[list[str]], list[list[str]]]:
    """The pages of the walk to the end, and of the one back from there, in reading order both."""
    there: list[list[str]] = []
    stretch = await step(store, queries)
    while True:
        there.append(ids_of(stretch))
        if stretch.next is None:
            break
        stretch = await step(store, queries, stretch.next)
    back = [ids_of(stretch)]
    while stretch.previous is not None:
        stretch = await step(store, queries, stretch.previous, backward=True)
        back.insert(0, ids_of(stretch))
    return there, back
