"""Versions and preconditions, where they are offered."""

from __future__ import annotations

import re

from vestibule.judge.bench import Bench
from vestibule.judge.check import Topic, check

TOPIC = Topic(110, "Versions")

_NEEDS = ("etag",)
_ETAG = re.compile(r'(W/)?"[^"]*"')


@check(
    "R173",
    "R36",
    needs=_NEEDS,
    means="A client that wants to change only what it has seen cannot.",
)
async def etag_and_version_agree(bench: Bench) -> None:
    """A resource is shown with an ETag, and meta.version is the same."""
    made = await bench.shared("plain")
    exchange = bench.need(await bench.get(made.path), 200)
    etag, version = exchange.header("etag"), (exchange.document.get("meta") or {}).get("version")
    bench.expect(bool(_ETAG.fullmatch(etag)), exchange, 'an ETag such as W/"1"', etag or "none")
    bench.expect(
        version is None or version == etag, exchange, f"meta.version {etag}", f"{version!r}", row="R36"
    )


@check(
    "R174",
    needs=_NEEDS,
    after=("etag_and_version_agree",),
    means="Caches read everything anew.",
)
async def not_modified(bench: Bench) -> None:
    """If-None-Match on what did not change answers 304 without body."""
    made = await bench.shared("plain")
    etag = (await bench.get(made.path)).header("etag")
    exchange = await bench.get(made.path, {"If-None-Match": etag})
    bench.expect_status(exchange, 304)
    bench.expect(not exchange.body, exchange, "no body")


@check(
    "R175",
    needs=_NEEDS,
    after=("etag_and_version_agree",),
    means="Of two administrators the later one overwrites the earlier one unseen.",
)
async def stale_writes_are_refused(bench: Bench) -> None:
    """If-Match of a version that is past answers 412 and changes nothing; the present one succeeds."""
    bench.declared("displayName")
    made = await bench.user()
    old = (await bench.get(made.path)).header("etag")
    body = {**made.sent, "id": made.id, "displayName": "Second"}
    fresh = await bench.put(made.path, body, {"If-Match": old})
    bench.expect_status(fresh, 200, 204, why="the version being the present one")
    new = (await bench.get(made.path)).header("etag")
    bench.expect(new != old, fresh, "another ETag after a change", new, row="R173")
    stale = await bench.put(made.path, {**body, "displayName": "Third"}, {"If-Match": old})
    bench.expect_status(stale, 412)
    shown = await bench.resource(made)
    bench.expect(
        shown.get("displayName") == "Second", stale, "displayName as it was", f"{shown.get('displayName')!r}"
    )
