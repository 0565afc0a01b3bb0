"""Sorting, where it is offered."""

from __future__ import annotations

from vestibule.judge.bench import Bench
from vestibule.judge.check import Topic, check
from vestibule.judge.exchange import Exchange

TOPIC = Topic(70, "Sorting")

_NEEDS = ("sort", "filter")
_NAMES = ("Elm", "ash", "Birch")


async def _trees(bench: Bench) -> dict[str, str]:
    """Family name by id of four people, one of them without a title."""
    found = {}
    for number, name in enumerate((*_NAMES, "Cedar")):
        made = await bench.shared(
            f"tree {number}",
            userName=f"{bench.prefix}-tree-{9 - number}@example.com",
            name={"givenName": "Tree", "familyName": name},
            **({"title": name} if number < len(_NAMES) else {}),
        )
        found[made.id] = name
    return found


async def _order(bench: Bench, **query: str) -> tuple[Exchange, list[str]]:
    trees = await _trees(bench)
    exchange = await bench.get(
        bench.users, filter=f'userName sw "{bench.prefix}-tree-"', startIndex=1, count=50, **query
    )
    bench.need(exchange, 200)
    return exchange, [trees.get(id, "somebody else") for id in exchange.ids]


@check(
    "R122",
    "R121",
    "R60",
    needs=_NEEDS,
    after=("the_cast_is_found",),
    means="Lists in a client's screens are in no order, although the server says that it sorts.",
)
async def sorted_as_advertised(bench: Bench) -> None:
    """sortBy orders by the attribute, ascending unless sortOrder says otherwise, without letter case."""
    bench.declared("name.familyName", "title")
    ascending = ["ash", "Birch", "Cedar", "Elm"]
    for query, wanted in (
        ({"sortBy": "name.familyName"}, ascending),
        ({"sortBy": "name.familyName", "sortOrder": "ascending"}, ascending),
        ({"sortBy": "name.familyName", "sortOrder": "descending"}, ascending[::-1]),
    ):
        exchange, found = await _order(bench, **query)
        bench.expect(found == wanted, exchange, ", ".join(wanted), ", ".join(found))


@check(
    "R121",
    needs=_NEEDS,
    after=("sorted_as_advertised",),
    means="Who has no value stands at the wrong end.",
)
async def missing_values_come_last(bench: Bench) -> None:
    """Who has no value comes last in ascending order, first in descending order."""
    for order, place in (("ascending", -1), ("descending", 0)):
        exchange, found = await _order(bench, sortBy="title", sortOrder=order)
        bench.expect(
            found[place : place + 1 or None] == ["Cedar"],
            exchange,
            f"Cedar at place {place}",
            ", ".join(found),
        )
