"""Pages by cursor (RFC 9865), where they are offered."""

from __future__ import annotations

import re

from vestibule.judge.bench import Bench
from vestibule.judge.check import Topic, Untried, check
from vestibule.judge.exchange import Exchange
from vestibule.scim.messages import SEARCH_REQUEST

TOPIC = Topic(85, "Pages by cursor")

_NEEDS = ("cursor", "filter")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")
_PEOPLE = 5


async def _people(bench: Bench) -> set[str]:
    return {
        (await bench.shared(f"cursor {number}", userName=f"{bench.prefix}-cursor-{number}@example.com")).id
        for number in range(_PEOPLE)
    }


def _ours(bench: Bench) -> str:
    return f'userName sw "{bench.prefix}-cursor-"'


async def _page(bench: Bench, cursor: str = "", count: object = 2, **query: str) -> Exchange:
    asked = {"filter": _ours(bench), **query}
    return await bench.get(bench.users, cursor=cursor, count=count, **asked)


@check(
    "R191",
    "R188",
    needs=_NEEDS,
    means="An import ends early and takes the rest for deleted, or never ends.",
)
async def walk_by_cursor(bench: Bench) -> None:
    """From an empty cursor nextCursor leads over all pages to the last, which has none; the first has no previousCursor."""
    people, seen, pages = await _people(bench), list[str](), []
    cursor = ""
    for _ in range(_PEOPLE + 2):
        exchange = await _page(bench, cursor)
        pages.append(exchange)
        bench.expect(exchange.is_list, pages[-2:], "status 200 with a ListResponse", row="R188")
        bench.expect(
            len(exchange.resources) <= 2, exchange, "two at most", f"{len(exchange.resources)}", row="R190"
        )
        seen += exchange.ids
        cursor = exchange.document.get("nextCursor") or ""
        if not cursor:
            break
    bench.expect(
        not cursor, pages[-1:], "an end after the last page", f"still a nextCursor after {len(pages)} pages"
    )
    bench.expect("previousCursor" not in pages[0].document, pages[0], "no previousCursor on the first page")
    bench.expect(len(seen) == len(set(seen)), pages, "nobody twice", f"{len(seen) - len(set(seen))} twice")
    bench.expect(set(seen) == people, pages, "everybody", f"{len(set(seen) & people)} of {_PEOPLE}")


@check(
    "R188",
    needs=_NEEDS,
    after=("walk_by_cursor",),
    means="A client that spells the beginning the other way does not get it.",
)
async def the_beginning_in_two_spellings(bench: Bench) -> None:
    """?cursor and ?cursor= both begin a walk."""
    first = await _page(bench)
    bare = await bench.get(
        f"{bench.users}?cursor&count=2&filter=userName%20sw%20%22{bench.prefix}-cursor-%22"
    )
    bench.expect(bare.is_list and bare.ids == first.ids, (first, bare), "the same first page")
    bench.expect(bool(bare.document.get("nextCursor")), bare, "a nextCursor")


@check(
    "R189",
    needs=_NEEDS,
    after=("walk_by_cursor",),
    means="A client that puts the cursor into a URL as it is breaks it.",
)
async def cursors_fit_into_urls(bench: Bench) -> None:
    """A cursor has only unreserved characters."""
    exchange = await _page(bench)
    cursor = str(exchange.document.get("nextCursor") or "")
    bench.expect(bool(_UNRESERVED.fullmatch(cursor)), exchange, "letters, digits, and - . _ ~", cursor)


@check(
    "R190",
    needs=_NEEDS,
    after=("walk_by_cursor",),
    means="A client that only counts reads everybody.",
)
async def count_with_a_cursor(bench: Bench) -> None:
    """count of 0 or less shows nobody."""
    for count in (0, -1):
        exchange = await _page(bench, count=count)
        bench.expect(exchange.is_list and not exchange.resources, exchange, "status 200 and nobody")


@check(
    "R192",
    needs=_NEEDS,
    after=("walk_by_cursor",),
    means="A client with a fault mixes two lists and does not notice.",
)
async def a_cursor_belongs_to_its_question(bench: Bench) -> None:
    """A cursor with another filter is refused with 400 invalidCursor."""
    cursor = str((await _page(bench)).document.get("nextCursor") or "")
    exchange = await _page(bench, cursor, filter=f'userName sw "{bench.prefix}"')
    bench.expect_refusal(exchange, "invalidCursor")


@check(
    "R193",
    needs=_NEEDS,
    after=("walk_by_cursor",),
    means="A client cannot tell that it must begin anew.",
)
async def bad_cursors_are_refused(bench: Bench) -> None:
    """An invented cursor is refused with 400 invalidCursor, a count that is no number with 400 invalidCount."""
    exchange = await _page(bench, "invented")
    bench.expect_refusal(exchange, "invalidCursor", also=("expiredCursor",))
    exchange = await _page(bench, count="many")
    bench.expect_refusal(exchange, "invalidCount", also=("invalidValue",))


@check(
    "R194",
    needs=("cursor", "index"),
    means="Okta and Entra page by startIndex alone: they would get one page and believe it is all.",
)
async def index_stays_the_default(bench: Bench) -> None:
    """Without a cursor in the query the server pages by the method that it names as its default."""
    await _people(bench)
    pagination = bench.server.configuration.document.get("pagination") or {}
    method = pagination.get("defaultPaginationMethod")
    if method not in (None, "index", "cursor"):
        raise Untried(f"the default method is {method!r}")
    exchange = bench.need(await bench.get(bench.users, count=1), 200)
    by_cursor = "nextCursor" in exchange.document
    bench.expect(by_cursor is (method == "cursor"), exchange, f"a page by {method or 'index'}")


@check(
    "R191",
    needs=_NEEDS,
    after=("walk_by_cursor",),
    means="Whoever is deleted during an import takes others out of it.",
)
async def walk_while_people_leave(bench: Bench) -> None:
    """Who is deleted during a walk neither ends it nor hides others."""
    name = bench.specimens.name()
    people = [await bench.user(userName=f"{name}-leaver-{number}@example.com") for number in range(6)]
    expression = f'userName sw "{name}-leaver-"'
    first = bench.need(await _page(bench, filter=expression), 200)
    bench.need(await bench.delete(next(one for one in people if one.id == first.ids[0]).path), 204)
    seen, cursor, last = list(first.ids), first.document.get("nextCursor"), first
    for _ in range(len(people)):
        if not cursor:
            break
        last = bench.need(await _page(bench, str(cursor), filter=expression), 200)
        seen, cursor = seen + last.ids, last.document.get("nextCursor")
    missing = {one.id for one in people} - set(seen)
    bench.expect(
        not missing and not cursor, (first, last), "everybody, and an end", f"{len(missing)} missing"
    )


@check(
    "R195",
    needs=_NEEDS,
    after=("walk_by_cursor",),
    means="Little: only clients that keep names out of URLs search by POST.",
)
async def cursors_in_a_search(bench: Bench) -> None:
    """POST /Users/.search takes cursor and count as GET does."""
    body = {"schemas": [SEARCH_REQUEST], "filter": _ours(bench), "cursor": "", "count": 2}
    exchange = await bench.post(f"{bench.users}/.search", body)
    if exchange.status in (404, 405, 501):
        raise Untried("POST /Users/.search is not offered")
    same = await _page(bench)
    bench.expect(exchange.is_list and exchange.ids == same.ids, (same, exchange), "the same first page")
    bench.expect(bool(exchange.document.get("nextCursor")), exchange, "a nextCursor")
