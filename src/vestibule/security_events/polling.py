"""Poll delivery (RFC 8936): what was not acknowledged, then what came since, and acknowledgements on the way in.

What is given out waits until it is acknowledged, and is given again with every poll until then. A
receiver that keeps a token before it acknowledges loses none, wherever it is killed.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from vestibule.directory.story import LoggedEvent
from vestibule.feed.event_document import event_document, types_named
from vestibule.security_events.claims import event_of, jti_of
from vestibule.security_events.desk import StreamDesk
from vestibule.security_events.errors import NeverGiven, NotPolled, StreamPaused
from vestibule.security_events.push import said
from vestibule.webhooks.attempt import FORGOTTEN, Attempt, Held, HeldState
from vestibule.webhooks.endpoint import POLL, Endpoint, State

#: So many tokens go out together where the receiver says nothing, and at most.
DEFAULT_EVENTS, MOST_EVENTS = 100, 1000
#: An answer stops growing at so many characters of tokens.
MOST_CHARACTERS = 4 * 1024 * 1024
#: More than this waiting to be acknowledged, and nothing new is given out.
MOST_WAITING = 10_000
#: A place that moved so far without anything given is written down.
_FAR = 10_000
#: So long a poll waits for the first token.
LONGEST_WAIT = 30.0

Wait = Callable[[int, int | None, float], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Polled:
    """Tokens by their ``jti``, in order, and whether there are more right now."""

    sets: Mapping[str, str]
    more: bool


async def poll(
    desk: StreamDesk,
    stream: Endpoint,
    slug: str,
    wait: Wait,
    *,
    taken: Sequence[str] = (),
    errors: Mapping[str, tuple[str, str]] | None = None,
    most: int = DEFAULT_EVENTS,
    at_once: bool = False,
) -> Polled:
    """Take the acknowledgements, then give out ``most`` tokens; 0 takes acknowledgements alone.

    ``errors`` are (err, description) by ``jti``: such tokens are given up, kept and listed. ``slug`` is
    the tenant's. Without ``at_once`` it waits for the first token. ``NotOffered``, ``NotPolled``,
    ``StreamPaused``, ``NeverGiven`` (then nothing was carried out), ``KeyRingRefused``.
    """
    desk.demand_offered()
    if stream.kind != POLL:
        raise NotPolled(stream.id)
    await _acknowledge(desk, stream, taken, errors or {})
    if stream.state is not State.ON:
        raise StreamPaused(stream.id, stream.state.value)
    ends = time.monotonic() + (0.0 if at_once or not most else LONGEST_WAIT)
    after = stream.cursor
    while True:
        polled, place = await _given(desk, stream, slug, most, after)
        if polled.sets or not most:
            return polled
        if place - after < _FAR and not await wait(place, stream.tenant, ends - time.monotonic()):
            return polled
        stream, after = await desk.stream(stream.id), place


async def _acknowledge(
    desk: StreamDesk, stream: Endpoint, taken: Sequence[str], errors: Mapping[str, tuple[str, str]]
) -> None:
    numbers = {jti: event_of(stream.id, jti) for jti in (*taken, *errors)}
    strange = [jti for jti, number in numbers.items() if number is None or not 0 < number <= stream.cursor]
    if strange:
        raise NeverGiven(strange)
    refused = {numbers[jti] or 0: said(*error) for jti, error in errors.items()}
    agreed = {numbers[jti] or 0 for jti in taken} - refused.keys()
    if agreed or refused:
        await desk.store.acknowledge(stream, sorted(agreed), refused, desk.webhooks.clock())


async def _given(desk: StreamDesk, stream: Endpoint, slug: str, most: int, after: int) -> tuple[Polled, int]:
    """What is given now, and the number of the event up to which the log was looked at; up to ``after`` it was before."""
    webhooks = desk.webhooks
    waiting = await webhooks.store.held(stream, HeldState.WAITING, limit=max(1, most) + 1)
    sets: dict[str, str] = {}
    room = most
    for held in waiting[:most]:
        page = await webhooks.log.events(held.event - 1, tenant=stream.tenant, limit=1)
        if not page.events or page.events[0].seq != held.event:
            await desk.store.vanished(stream, [held.event])
            gone = Attempt(held.event, "", webhooks.clock(), held.attempts, None, 0, FORGOTTEN, "")
            await webhooks.store.note_attempt(stream, gone)
            continue
        await _put(desk, stream, slug, page.events[0], sets)
        room -= 1
        if _is_full(sets):
            return Polled(sets, True), after
    if len(waiting) > most:
        return Polled(sets, True), after
    after = max(after, stream.cursor)
    fresh, place, more = await _fresh(desk, stream, room, after)
    if not room:
        return Polled(sets, more), after
    for event in fresh:
        await _put(desk, stream, slug, event, sets)
        if _is_full(sets):
            more, place = more or event is not fresh[-1], event.seq
            fresh = [one for one in fresh if one.seq <= place]
            break
    rows = [_held(event) for event in fresh]
    moves = rows or place - stream.cursor >= _FAR
    if moves and not await desk.store.give_out(stream, stream.cursor, place, rows):
        # Another poll of the same stream was quicker: what it was given waits, and is given here again.
        return await _given(desk, await desk.stream(stream.id), slug, most, stream.cursor)
    return Polled(sets, more), place


async def _fresh(
    desk: StreamDesk, stream: Endpoint, room: int, after: int
) -> tuple[Sequence[LoggedEvent], int, bool]:
    """Events after a place, where that leads, and whether there are more."""
    webhooks = desk.webhooks
    counts = await webhooks.store.counts([stream.id])
    if stream.id in counts and counts[stream.id].waiting + room > MOST_WAITING:
        return (), after, True
    page = await webhooks.log.events(
        after, tenant=stream.tenant, types=types_named(stream.types_read), limit=room + 1
    )
    found = page.events[:room]
    wanted = [event for event in found if stream.wants(event.type, event.subject_id)]
    if len(page.events) > room:
        return wanted, found[-1].seq if found else after, True
    return wanted, page.last, False


async def _put(
    desk: StreamDesk, stream: Endpoint, slug: str, event: LoggedEvent, sets: dict[str, str]
) -> None:
    sets[jti_of(stream.id, event.seq)] = await desk.issuer.token(stream, event_document(event, slug))


def _is_full(sets: Mapping[str, str]) -> bool:
    return sum(map(len, sets.values())) >= MOST_CHARACTERS


def _held(event: LoggedEvent) -> Held:
    subject = f"{event.tenant}/{event.subject_type}/{event.subject_id}"
    return Held(event.seq, event.tenant, subject, HeldState.WAITING, 1, "")
