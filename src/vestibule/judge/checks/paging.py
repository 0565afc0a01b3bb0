"""Pages by index: startIndex, count, totalResults."""

from __future__ import annotations

from vestibule.judge.bench import Bench
from vestibule.judge.check import EVERYBODY, Topic, check

TOPIC = Topic(80, "Pages by index")

_CROWD = 5


async def _crowd(bench: Bench) -> set[str]:
    """The ids of five people of ours."""
    return {
        (await bench.shared(f"crowd {number}", userName=f"{bench.prefix}-crowd-{number}@example.com")).id
        for number in range(_CROWD)
    }


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@check(
    "R103",
    roles=EVERYBODY,
    means="No client can read a list of people: Okta's and Entra's connection tests fail.",
)
async def a_list_is_a_list(bench: Bench) -> None:
    """A list is a ListResponse that counts everybody in totalResults."""
    await _crowd(bench)
    exchange = await bench.get(bench.users, startIndex=1, count=100)
    bench.expect(exchange.is_list, exchange, "status 200 with a ListResponse")
    total = exchange.total
    bench.expect(_is_number(total), exchange, "totalResults as a number", f"{total!r}")
    bench.expect(total >= _CROWD, exchange, f"totalResults of {_CROWD} at least", f"{total}", row="R125")


@check(
    "R104",
    "W54",
    "K3",
    "R124",
    "R125",
    roles=EVERYBODY,
    after=("a_list_is_a_list",),
    means="Okta's first request to any server is this one; without the numbers the connection test fails.",
)
async def a_page_says_where_it_stands(bench: Bench) -> None:
    """The numbers totalResults, startIndex and itemsPerPage of a page agree with it."""
    await _crowd(bench)
    exchange = await bench.get(bench.users, startIndex=1, count=2)
    for name in ("totalResults", "startIndex", "itemsPerPage"):
        value = exchange.document.get(name)
        bench.expect(_is_number(value), exchange, f"{name} as a number", f"{value!r}", row="R104")
    bench.expect(
        len(exchange.resources) == 2, exchange, "two resources", f"{len(exchange.resources)}", row="R124"
    )
    per_page = exchange.document.get("itemsPerPage")
    bench.expect(
        per_page == len(exchange.resources),
        exchange,
        "itemsPerPage as many as there are",
        f"{per_page!r}",
        row="R125",
    )


@check(
    "R123",
    roles=EVERYBODY,
    after=("a_list_is_a_list",),
    means="A client that begins at 0 gets an error, or misses the first person.",
)
async def start_below_one_is_one(bench: Bench) -> None:
    """startIndex below 1 counts as 1."""
    first = await bench.get(bench.users, startIndex=1, count=2)
    for start in (0, -5):
        exchange = await bench.get(bench.users, startIndex=start, count=2)
        bench.expect(exchange.is_list and exchange.ids == first.ids, (first, exchange), "the first page")


@check(
    "R124",
    roles=EVERYBODY,
    after=("a_list_is_a_list",),
    means="A client that only wants to count reads everybody, or is refused.",
)
async def count_is_obeyed(bench: Bench) -> None:
    """Never more than count; 0, or less, gives totalResults alone."""
    for count, most in ((1, 1), (0, 0), (-1, 0)):
        exchange = await bench.get(bench.users, startIndex=1, count=count)
        bench.expect(exchange.is_list, exchange, "status 200 with a ListResponse")
        bench.expect(
            len(exchange.resources) <= most, exchange, f"{most} at most", f"{len(exchange.resources)}"
        )
        bench.expect(_is_number(exchange.total) and exchange.total >= _CROWD, exchange, "totalResults of all")


@check(
    "R125",
    needs=("filter",),
    roles=EVERYBODY,
    after=("a_list_is_a_list",),
    means="An import skips people or brings them twice: Okta deactivates those it does not see.",
)
async def pages_make_the_whole(bench: Bench) -> None:
    """All pages together are everybody, each once, and totalResults the number of them."""
    crowd, seen, pages = await _crowd(bench), list[str](), []
    expression = f'userName sw "{bench.prefix}-crowd-"'
    for start in range(1, _CROWD + 1, 2):
        exchange = bench.need(await bench.get(bench.users, filter=expression, startIndex=start, count=2), 200)
        pages.append(exchange)
        seen += exchange.ids
        bench.expect(exchange.total == _CROWD, pages, f"totalResults {_CROWD}", f"{exchange.total!r}")
        bench.expect(exchange.document.get("startIndex") == start, pages, f"startIndex {start}", row="R104")
    bench.expect(len(seen) == len(set(seen)), pages, "nobody twice", f"{len(seen) - len(set(seen))} twice")
    bench.expect(set(seen) == crowd, pages, "everybody", f"{len(set(seen) & crowd)} of {_CROWD}")


@check(
    "R104",
    "R125",
    roles=EVERYBODY,
    after=("a_list_is_a_list",),
    means="An import that reads one page too far fails at its end.",
)
async def beyond_the_end(bench: Bench) -> None:
    """A startIndex beyond the last is an empty page, not an error."""
    first = await bench.get(bench.users, startIndex=1, count=1)
    exchange = await bench.get(bench.users, startIndex=first.total + 1000, count=5)
    bench.expect(exchange.is_list and not exchange.resources, exchange, "status 200 and nobody")


@check(
    "R102",
    "W115",
    roles=EVERYBODY,
    means="Entra's flag in the Tenant URL (?aadOptscim062020) arrives with every request and breaks each of them.",
)
async def unknown_parameters_are_ignored(bench: Bench) -> None:
    """Query parameters that nobody knows are ignored."""
    exchange = await bench.get(bench.users, count=1, aadOptscim062020="", vestibuleCheck="1")
    bench.expect(exchange.is_list, exchange, "status 200 with a ListResponse")


@check(
    "W56",
    roles=EVERYBODY,
    after=("a_list_is_a_list",),
    means="Pages overlap: an import brings people twice and misses others.",
)
async def the_order_is_stable(bench: Bench) -> None:
    """The same list comes in the same order, whatever the pages."""
    whole = bench.need(await bench.get(bench.users, startIndex=1, count=6), 200)
    parts = [bench.need(await bench.get(bench.users, startIndex=start, count=2), 200) for start in (1, 3, 5)]
    joined = [id for part in parts for id in part.ids]
    bench.expect(joined[: len(whole.ids)] == whole.ids, [whole, *parts], "the same people in the same order")
