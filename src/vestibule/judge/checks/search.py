"""POST …/.search, where it is offered."""

from __future__ import annotations

from typing import Any

from vestibule.judge.bench import Bench
from vestibule.judge.check import NotOffered, Topic, check
from vestibule.judge.exchange import Exchange
from vestibule.scim.messages import SEARCH_REQUEST

TOPIC = Topic(100, "Search by POST")


async def _search(bench: Bench, path: str, **asked: Any) -> Exchange:
    exchange = await bench.post(f"{path}/.search", {"schemas": [SEARCH_REQUEST], **asked})
    if exchange.status in (404, 405, 501):
        raise NotOffered(f"POST {path}/.search is answered with status {exchange.status}")
    return exchange


@check(
    "R130",
    needs=("filter",),
    means="A client that keeps names out of the URL, and out of logs, gets another answer than by GET.",
)
async def search_equals_get(bench: Bench) -> None:
    """POST /Users/.search finds the same as GET with the same filter, attributes and paging."""
    made = await bench.shared("plain")
    expression = f'userName eq "{made.sent["userName"]}"'
    exchange = await _search(
        bench, bench.users, filter=expression, attributes=["userName"], startIndex=1, count=10
    )
    bench.expect(exchange.is_list, exchange, "status 200 with a ListResponse")
    same = await bench.get(bench.users, filter=expression, attributes="userName", startIndex=1, count=10)
    bench.expect(exchange.ids == same.ids == [made.id], (exchange, same), "that person both times")
    shown = {frozenset(one) for one in exchange.resources} == {frozenset(one) for one in same.resources}
    bench.expect(shown, (exchange, same), "the same attributes both times")


@check(
    "R130",
    means="A client with a fault is told that there is nobody.",
)
async def a_bad_search_is_refused(bench: Bench) -> None:
    """A SearchRequest with a filter that does not parse is refused with 400 invalidFilter."""
    exchange = await _search(bench, bench.users, filter='userName eq "a" and')
    bench.expect_refusal(exchange, "invalidFilter")


@check(
    "R106",
    needs=("filter", "Group"),
    means="Little: no identity provider in the field searches over all kinds of resources.",
)
async def search_at_the_root(bench: Bench) -> None:
    """POST /.search covers all resource types; an attribute that a type lacks counts as no value."""
    made, group = await bench.user(), await bench.group()
    expression = f'userName eq "{made.sent["userName"]}" or displayName eq "{group.sent["displayName"]}"'
    exchange = await _search(bench, "", filter=expression)
    if exchange.status == 400:
        raise NotOffered(f"POST /.search is refused: {exchange.in_short()}")
    bench.expect(exchange.is_list, exchange, "status 200 with a ListResponse")
    bench.expect(set(exchange.ids) == {made.id, group.id}, exchange, "the person and the group")
