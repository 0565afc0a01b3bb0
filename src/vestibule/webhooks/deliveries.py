"""What was delivered, what was not, and sending it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from vestibule.clock import as_seconds
from vestibule.feed.store import FeedStore
from vestibule.webhooks.attempt import Attempt, Delivered, Held, HeldState
from vestibule.webhooks.desk import WebhookDesk
from vestibule.webhooks.endpoint import Endpoint, State
from vestibule.webhooks.errors import EndpointEnded, NothingToResend
from vestibule.webhooks.message import Letter, letter_of
from vestibule.webhooks.secrets import signing_keys
from vestibule.webhooks.sending import attempt_of, headers_of, is_taken

TEST_TYPE = "webhook.test"
_MOST_AT_ONCE = 1000
_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class Happened:
    """One attempt, failed or not."""

    attempt: Attempt
    taken: bool


async def history(
    desk: WebhookDesk,
    endpoint: Endpoint,
    *,
    event: int | None = None,
    skip: int = 0,
    limit: int = 100,
    failed: bool = False,
) -> Sequence[Happened]:
    """Attempts, newest first, after leaving out ``skip`` of them; of one event, if it is named; or the failed alone."""
    last = skip + limit
    if failed:
        return [Happened(one, False) for one in await _failed(desk, endpoint, event, last)][skip:]
    noted = await desk.store.attempts(endpoint, event=event, limit=last)
    taken = await desk.store.delivered(endpoint, event=event, limit=last)
    both = [Happened(attempt, _was_taken(attempt)) for _, attempt in noted] + [
        Happened(_shown(one), True) for one in taken
    ]
    both.sort(key=lambda one: (one.attempt.at, one.attempt.event, one.attempt.number), reverse=True)
    return both[skip:last]


async def _failed(desk: WebhookDesk, endpoint: Endpoint, event: int | None, limit: int) -> list[Attempt]:
    """Tests that were taken stand among the failed attempts: they are left out."""
    found: list[Attempt] = []
    before = None
    while len(found) < limit:
        rows = await desk.store.attempts(endpoint, event=event, before=before, limit=_LOOKED_AT)
        found += [attempt for _, attempt in rows if not _was_taken(attempt)]
        if len(rows) < _LOOKED_AT:
            break
        before = rows[-1][0]
    return found[:limit]


def _was_taken(attempt: Attempt) -> bool:
    return is_taken(attempt.status) and not attempt.fault


async def resend_event(desk: WebhookDesk, endpoint: Endpoint, event: int) -> None:
    """Send one event again, at once, whatever became of it. ``NothingToResend``, ``EndpointEnded``."""
    _demand_not_removed(endpoint)
    page = await desk.log.events(event - 1, tenant=endpoint.tenant or None, limit=1)
    if event < 1 or not page.events or page.events[0].seq != event:
        raise NothingToResend(f"Event {event} is not in the log, or not for the endpoint {endpoint.id}.")
    letter = letter_of(page.events[0], "")
    held = Held(event, letter.tenant, letter.subject, HeldState.WAITING, 0, "")
    entry = desk.entry("resent", endpoint.id, {"event": event})
    await desk.store.resend(endpoint, [held], entry, desk.clock())


async def resend_dead(desk: WebhookDesk, endpoint: Endpoint) -> int:
    """Send its dead letters again; how many. ``EndpointEnded``."""
    _demand_not_removed(endpoint)
    sent = 0
    while dead := await desk.store.held(endpoint, HeldState.DEAD, limit=_MOST_AT_ONCE):
        again = [Held(one.event, one.tenant, one.subject, HeldState.WAITING, 0, "") for one in dead]
        entry = desk.entry("resent", endpoint.id, {"dead_letters": len(again)})
        await desk.store.resend(endpoint, again, entry, desk.clock())
        sent += len(again)
    return sent


async def resend_range(desk: WebhookDesk, endpoint: Endpoint, first: int, last: int) -> None:
    """Send the events of those numbers again, in order, as far as the endpoint wants them.

    ``NothingToResend`` where there are none, ``EndpointEnded``.
    """
    _demand_not_removed(endpoint)
    if 1 <= first <= (forgotten := await desk.log.forgotten()):
        raise NothingToResend(
            f"The events up to {forgotten} were forgotten, so the range from {first} would have a gap: begin at {forgotten + 1}."
        )
    last = min(last, await desk.store.last_event())
    if first < 1 or last < first:
        raise NothingToResend(f"There are no events from {first} to {last}.")
    entry = desk.entry("resent", endpoint.id, {"first": first, "last": last})
    await desk.store.resend_range(endpoint, first - 1, last, entry, desk.clock())


async def first_event_since(log: FeedStore, moment: str) -> int:
    """The number of the first event at that moment (UTC text) or later; one beyond the last where there is none.

    Events of one moment stand together, in an order that follows the clock as far as commits do.
    """
    low, high = await log.forgotten(), await log.last()
    while low < high:
        middle = (low + high) // 2
        page = await log.events(middle, limit=1)
        if page.events and page.events[0].at < moment:
            low = page.events[0].seq
        else:
            high = middle
    return low + 1


async def send_test(desk: WebhookDesk, endpoint: Endpoint) -> Happened:
    """A signed event of type ``webhook.test``, sent now by whoever asks; what came back is kept."""
    at = desk.clock()
    body = {
        "type": TEST_TYPE,
        "timestamp": at,
        "data": {"endpoint": endpoint.id, "message": "A test from Vestibule. Nothing has happened."},
    }
    letter = _TestLetter(
        0,
        endpoint.tenant,
        TEST_TYPE,
        "",
        as_seconds(at),
        orjson.dumps(body),
        f"evt_test_{desk.random(8).hex()}",
    )
    now = as_seconds(at)
    keys = signing_keys(await desk.keys(), endpoint, now)
    posted = await desk.poster.post(endpoint.url, headers_of(letter, keys.keys, now), letter.body)
    attempt = attempt_of(letter, posted, now)
    await desk.store.note_attempt(endpoint, attempt)
    return Happened(attempt, _was_taken(attempt))


@dataclass(frozen=True, slots=True)
class _TestLetter(Letter):
    name: str

    @property
    def id(self) -> str:
        return self.name


def _shown(one: Delivered) -> Attempt:
    return Attempt(one.event, one.type, one.at, one.number, one.status, one.milliseconds, "", "")


def _demand_not_removed(endpoint: Endpoint) -> None:
    if endpoint.state is State.REMOVED:
        raise EndpointEnded(f"The endpoint {endpoint.id} was removed.")
