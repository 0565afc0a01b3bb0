"""A run: discovery, the checks topic by topic, and the cleaning, whatever happens in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vestibule.judge.bench import Bench
from vestibule.judge.check import Check, NotOffered, Role, Topic, Untried, Wrong, topics
from vestibule.judge.cleanup import clean_up, remove
from vestibule.judge.discovered import Discovered, discover
from vestibule.judge.exchange import Exchange
from vestibule.judge.ledger import Ledger, NotOurs
from vestibule.judge.report import Outcome, Report, Result, outcome_of
from vestibule.judge.specimen import Specimens
from vestibule.judge.watch import Watch
from vestibule.judge.wire import Limits, Stopped, Wire
from vestibule.refused import Refused

_FEATURES = ("patch", "filter", "sort", "etag", "bulk", "cursor", "index")


class NotAScimServer(Refused):
    """Nothing at the URL can be judged; the message says why."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    done: int
    total: int
    topic: str
    requests: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whom to judge, in whose place, and how far to go. ``authorization`` is the whole header, or ""."""

    url: str
    authorization: str
    roles: tuple[Role, ...] = tuple(Role)
    limits: Limits = field(default_factory=Limits)
    #: Where the addresses of the people lie that are created.
    domain: str = "example.com"


async def judge(
    assignment: Assignment,
    *,
    began: str,
    progress: Callable[[Progress], None] = lambda progress: None,
    ledger: Ledger | None = None,
) -> Report:
    """Judge a server. Raises NotAScimServer where there is nothing to judge.

    Cancelled, it removes what it created and gives back what it has found until then.
    """
    ledger, watch = ledger or Ledger(), Watch()
    wire = Wire(assignment.url, assignment.authorization, ledger, assignment.limits, watch=watch)
    report = Report(wire.base_url, assignment.roles, began, ledger.prefix)
    started = time.monotonic()
    try:
        server = await _open(wire)
        bench = Bench(wire, server, Specimens(server.kinds, ledger.prefix, assignment.domain), watch)
        wire.begin()
        try:
            await _run(bench, report, progress)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()
            report.interrupted, report.stopped = True, "it was interrupted"
        finally:
            report.left = await clean_up(wire, server.kinds)
    finally:
        report.requests, report.seconds = wire.requests, time.monotonic() - started
        await wire.close()
    return report


async def _open(wire: Wire) -> Discovered:
    try:
        server = await discover(wire)
        users = server.kinds["User"].endpoint if "User" in server.kinds else "/Users"
        first = await wire.send("GET", f"{users}?startIndex=1&count=1")
    except Stopped as reason:
        raise NotAScimServer(f"{wire.base_url} does not answer: {reason}.") from None
    if "User" not in server.kinds:
        raise NotAScimServer(
            "The server lists its resource types, and none has the schema urn:ietf:params:scim:schemas:core:2.0:User: "
            "there are no people to try it with."
        )
    for exchange in (server.configuration, first):
        _refuse(exchange, wire)
    return server


def _refuse(exchange: Exchange, wire: Wire) -> None:
    if exchange.failure:
        raise NotAScimServer(f"{wire.base_url} does not answer: {exchange.failure}")
    if 300 <= exchange.status < 400:
        raise NotAScimServer(
            f"{exchange.url} redirects to {exchange.header('location')[:200] or 'nowhere'}. A token follows no redirect: "
            "give the address that answers itself."
        )
    if exchange.url.partition("?")[0].endswith("/ServiceProviderConfig"):
        return
    if exchange.status in (401, 403):
        raise NotAScimServer(f"The token is not accepted: {exchange.in_short()}.")
    if exchange.status == 404 and not exchange.is_scim_error:
        raise NotAScimServer(
            f"There is no SCIM server at {wire.base_url}: GET {exchange.url} has status 404. "
            "The URL is the one that stands before /Users, often ending in /scim/v2."
        )
    if exchange.body and exchange.json is None:
        raise NotAScimServer(
            f"There is no SCIM server at {wire.base_url}: GET {exchange.url} is answered with {exchange.in_short()}."
        )


async def _run(bench: Bench, report: Report, progress: Callable[[Progress], None]) -> None:
    chosen = [
        (topic, [check for check in checks if set(check.roles) & set(report.roles)])
        for topic, checks in topics()
    ]
    total, done = sum(len(checks) for _, checks in chosen), 0
    ended: dict[str, Result] = {}
    for topic, checks in chosen:
        for check in checks:
            progress(Progress(done, total, topic.title, bench.wire.requests))
            result = await _one(bench, topic, check, ended, report)
            report.results.append(result)
            ended[check.name] = result
            done += 1
        if not report.stopped:
            await remove(bench.wire, bench.wire.ledger.left(kept=False))
    progress(Progress(done, total, "", bench.wire.requests))


async def _one(
    bench: Bench, topic: Topic, check: Check, ended: Mapping[str, Result], report: Report
) -> Result:
    if report.stopped:
        return Result(topic, check, Outcome.UNTRIED, reason=report.stopped)
    bench.faults = []
    try:
        bench.wire.expect_time()
        for need in check.needs:
            _offered(bench, need)
        for earlier in check.after:
            _passed(ended[earlier])
        await check.run(bench)
    except Wrong as wrong:
        bench.faults.append(wrong.fault)
    except NotOffered as reason:
        return Result(topic, check, Outcome.NOT_OFFERED, reason=str(reason))
    except (Untried, NotOurs) as reason:
        if not bench.faults:
            return Result(topic, check, Outcome.UNTRIED, reason=str(reason))
    except Stopped as reason:
        report.stopped = str(reason)
        if not bench.faults:
            return Result(topic, check, Outcome.UNTRIED, reason=str(reason))
    except Exception as stumble:
        if not bench.faults:
            told = f"an answer in a shape that the check cannot read ({type(stumble).__name__}: {stumble})"
            return Result(topic, check, Outcome.UNTRIED, reason=told)
    faults = tuple(bench.faults)
    return Result(topic, check, outcome_of(check.level, faults), faults)


def _passed(earlier: Result) -> None:
    if earlier.outcome is Outcome.NOT_OFFERED:
        raise NotOffered(earlier.reason)
    if earlier.outcome is not Outcome.PASSED:
        demand = earlier.check.demand.rstrip(".")
        raise Untried(f"needs first, and did not get: {demand}")


def _offered(bench: Bench, need: str) -> None:
    if need in _FEATURES:
        if not bench.server.offers(need):
            raise NotOffered(f"the server does not say that it offers {need}")
    else:
        bench.kind(need)
