"""One endpoint while a courier serves it: what is next, what is under way, what must wait. Pure, no I/O.

Letters about one resource go one after another; letters about different ones side by side, as many
as the endpoint has shown to take. One that fails is *held back*: the letters behind it about the same
resource are held back with it, everything else goes on. Where everything fails the circuit breaker
opens: then the place in the log waits, and a single letter asks from time to time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from urllib.parse import urlsplit

from vestibule.clock import as_seconds, as_text
from vestibule.directory.events import Event, WebhookDisabled, WebhookFailing, WebhookRecovered
from vestibule.webhooks.attempt import FORGOTTEN, Attempt, Delivered, HeldState, Resend
from vestibule.webhooks.backoff import (
    DISABLED_AFTER,
    MOST_ATTEMPTS,
    OPENS_AT,
    TOLD_AFTER,
    Random,
    delay_after,
    probe_after,
)
from vestibule.webhooks.endpoint import Endpoint, Standing
from vestibule.webhooks.held_back import Due, HeldBack
from vestibule.webhooks.manner import Sender
from vestibule.webhooks.message import Letter
from vestibule.webhooks.store import Claimed, Settled
from vestibule.webhooks.track import Course, Slot, Track

#: As many letters are under way at most to one endpoint, once it has shown that it takes them.
WIDEST = 8
#: So many are read ahead for each that may be under way.
_AHEAD = 8
#: More held back than this, and the endpoint is read no further.
MOST_HELD = 1000

#: What is sent next: a letter in its place, or one held back, to be read first.
Next = Slot | Due


class Line:
    """See the module. Moments are seconds since 1970."""

    def __init__(self, claimed: Claimed) -> None:
        self.endpoint = claimed.endpoint
        self.own = Track(claimed.endpoint.cursor)
        #: Not yet at the end of the log: reads it by itself.
        self.behind = True
        #: How many may be under way.
        self.width = 1
        self.flying = 0
        #: Somebody reads the log for it at this moment.
        self.is_reading = False
        self.is_retired = False
        #: What it is to be served as from now on; None: by somebody else.
        self.successor: Endpoint | None = None
        #: Who makes its requests, once it was asked for.
        self.sender: Sender | None = None
        standing = claimed.endpoint.standing
        self._failures = standing.failures
        self._failing_since = as_seconds(standing.failing_since)
        self._retry_at = as_seconds(standing.retry_at)
        #: The endpoint asked us to wait until then: a success of another letter does not change that.
        self._asked_until = 0.0
        self._delivered_at = as_seconds(standing.delivered_at)
        self._told_at = as_seconds(standing.told_at)
        self._lanes: dict[str, deque[Slot]] = {}
        self._ready: deque[str] = deque()
        self._busy: set[str] = set()
        self.resends = [Track(again.after, again.until, again.id) for again in claimed.resends]
        self._held = HeldBack(claimed.held, self._busy)
        self._held_turn = False
        # What was found out since it was last written.
        self._delivered: list[Delivered] = []
        self._attempts: list[Attempt] = []
        self._told: list[Event] = []
        self.disabled = ""
        self.written_cursor = self.own.cursor
        self._is_changed = False

    @property
    def is_open(self) -> bool:
        """Whether the circuit breaker is open."""
        return self._failures >= OPENS_AT

    @property
    def is_proven(self) -> bool:
        """Whether it took the last letter it was sent."""
        return self._failures == 0 and self._delivered_at > 0

    @property
    def reads_on(self) -> bool:
        """Whether there may be letters in the log that it has not read."""
        return self.behind or any(track.position < (track.until or 0) for track in self.resends)

    @property
    def has_ready(self) -> bool:
        """Whether a letter in memory may be sent."""
        return bool(self._ready)

    @property
    def held_back(self) -> int:
        """How many letters are held back."""
        return len(self._held)

    @property
    def pending(self) -> int:
        """How many letters are in memory for it."""
        return len(self.own.window) + sum(len(track.window) for track in self.resends)

    @property
    def is_at_rest(self) -> bool:
        """Whether it works, has nothing to do, and nothing is to be written of it."""
        idle = not (self.flying or self.pending or len(self._held) or self.is_retired or self.is_reading)
        return idle and not self.is_open and not self._has_news

    def retire(self, successor: Endpoint | None) -> None:
        """Nothing more goes there on these terms."""
        self.is_retired, self.successor = True, successor
        self.draw_in()

    def room(self) -> int:
        """How many letters may be read now."""
        if len(self._held) >= MOST_HELD:
            return 0
        return max(0, self.width * _AHEAD - self.pending)

    def take(self, letter: Letter, track: Track | None = None) -> None:
        """The next letter of the log (of ``track``: of a range to be sent again)."""
        track = track or self.own
        if letter.event <= track.position:
            return
        slot = track.take(letter)
        if letter.event in self._held:
            track.settle(slot)
        elif self._held.concerns(letter.subject):
            self._hold_back(slot, 0, 0.0)
        else:
            lane = self._lanes.setdefault(letter.subject, deque())
            lane.append(slot)
            if len(lane) == 1 and letter.subject not in self._busy:
                self._ready.append(letter.subject)

    def moved(self, position: int, track: Track | None = None) -> None:
        """There is nothing for it up to ``position``."""
        track = track or self.own
        if track.until is not None:
            position = min(position, track.until)
        track.position = max(track.position, position)
        self._finish_ranges()

    def next(self, now: float) -> Next | None:
        """What to send now, under way from then on; None where nothing is or may be."""
        if self.disabled or self.is_retired or now < self._not_before or self.flying >= self.width:
            return None
        self._held_turn = not self._held_turn
        found = (self._next_held(now) or self._next_waiting()) if self._held_turn else None
        found = found or self._next_waiting() or self._next_held(now)
        if found is not None:
            self.flying += 1
        return found

    def wakes_at(self) -> float:
        """When something may be sent that may not be now; infinity where nothing waits for a time."""
        soonest = self._held.soonest
        if self._ready or (self.reads_on and self.room()):
            soonest = 0.0
        return max(soonest, self._not_before)

    def succeeded(self, sent: Next, letter: Letter, status: int, milliseconds: int, now: float) -> None:
        """It was taken."""
        number = 1
        if isinstance(sent, Due):
            number = sent.attempts + 1
            self._held.free(sent)
        elif sent.track.resend is not None:
            self._held.rows.setdefault(letter.event, None)
        self._delivered.append(
            Delivered(letter.event, letter.type, as_text(now), status, milliseconds, number)
        )
        self._delivered_at = now
        self.width = min(WIDEST, self.width * 2)
        self._answered(sent)

    def refused(self, sent: Next, letter: Letter, attempt: Attempt, now: float) -> None:
        """The endpoint read it and will never take it: a dead letter; what is behind it goes on."""
        attempts = (sent.attempts if isinstance(sent, Due) else 0) + 1
        self._attempts.append(replace(attempt, number=attempts))
        if isinstance(sent, Due):
            sent.attempts = attempts
            self._held.give_up(sent)
        else:
            self._held.note(Due.of(letter, attempts), HeldState.DEAD)
        self._answered(sent)

    def failed(
        self, sent: Next, letter: Letter, attempt: Attempt, wait: float, now: float, random: Random
    ) -> None:
        """It was not taken; ``wait`` seconds were asked for. ``attempt`` says what came back, its number apart."""
        self._failures += 1
        self._failing_since = self._failing_since or now
        self.width = 1
        self._asked_until = max(self._asked_until, now + wait) if wait else self._asked_until
        self._retry_at = max(self._retry_at, now + probe_after(self._failures, random))
        attempts = (sent.attempts if isinstance(sent, Due) else 0) + 1
        self._attempts.append(replace(attempt, number=attempts))
        gives_up = attempts >= MOST_ATTEMPTS and not self.is_open
        due = now + max(wait, delay_after(attempts, random))
        if isinstance(sent, Due):
            sent.attempts, sent.at = attempts, due
            if gives_up:
                self._held.give_up(sent)
            else:
                self._held.note(sent)
            self._land(sent)
        else:
            self._busy.discard(letter.subject)
            self.flying -= 1
            self._hold_back(sent, attempts, due)
        self._tell_of_failing(attempt, now)
        if self.is_open:
            self.draw_in()

    def gone(self, sent: Next, letter: Letter, attempt: Attempt, now: float) -> None:
        """It answered 410: it wants no more. The letter is not lost."""
        self.failed(sent, letter, attempt, 0.0, now, lambda: 0.0)
        self.disable(f"The endpoint answered 410 Gone at {attempt.at}.")

    def vanished(self, sent: Due, now: float) -> None:
        """The event is not in the log any more."""
        self._attempts.append(Attempt(sent.event, "", as_text(now), sent.attempts, None, 0, FORGOTTEN, ""))
        self._held.give_up(sent)
        self._land(sent)

    def back_again(self, sent: Next) -> None:
        """It was not sent after all: nothing is known of it."""
        self.flying -= 1
        if isinstance(sent, Due):
            self._busy.discard(sent.subject)
            self._held.reckon()
        else:
            subject = sent.letter.subject
            sent.course = Course.WAITING
            self._busy.discard(subject)
            self._lanes.setdefault(subject, deque()).appendleft(sent)
            self._ready.append(subject)

    def disable(self, why: str) -> None:
        """Nothing more goes there until an operator says so."""
        self.disabled = why
        self._told.append(WebhookDisabled(self.endpoint.id, host=self._host, reason=why))
        self.draw_in()

    def draw_in(self) -> None:
        """Forget what waits in memory: it is read again when the endpoint takes letters again."""
        for track in (self.own, *self.resends):
            for slot in track.draw_in():
                self._held.hold(Due.of(slot.letter))
        self._lanes.clear()
        self._ready.clear()
        self.behind = True

    def take_settled(self) -> Settled | None:
        """What was found out since the last time; None where nothing was. It counts as written from now on."""
        cursor = self.own.cursor
        if not self._has_news:
            return None
        settled = Settled(
            self.endpoint.id,
            self.endpoint.tenant,
            self.endpoint.begun,
            cursor,
            self._standing(),
            tuple(self._delivered),
            tuple(self._attempts),
            tuple(row for row in self._held.rows.values() if row is not None),
            tuple(event for event, row in self._held.rows.items() if row is None),
            tuple(Resend(track.resend or 0, track.cursor, track.until or 0) for track in self.resends),
            self.disabled,
            tuple(self._told),
        )
        self._delivered, self._attempts, self._held.rows, self._told = [], [], {}, []
        self._is_changed = False
        self.resends = [track for track in self.resends if not track.is_through]
        self.written_cursor = cursor
        return settled

    def must_be_written(self) -> None:
        """Have its place in the log kept, although nothing was sent."""
        self._is_changed = True

    def _next_waiting(self) -> Slot | None:
        if not self._ready:
            return None
        subject = self._ready.popleft()
        lane = self._lanes[subject]
        slot = lane.popleft()
        if not lane:
            del self._lanes[subject]
        slot.course = Course.FLYING
        self._busy.add(subject)
        return slot

    def _next_held(self, now: float) -> Due | None:
        due = self._held.next(now)
        if due is not None:
            self._busy.add(due.subject)
            self._held.reckon()
        return due

    def _land(self, sent: Next) -> None:
        """It is not under way any more; the next about the same resource may go."""
        self.flying -= 1
        if isinstance(sent, Due):
            self._busy.discard(sent.subject)
            self._held.reckon()
            return
        sent.track.settle(sent)
        subject = sent.letter.subject
        self._busy.discard(subject)
        if subject in self._lanes:
            self._ready.append(subject)
        if self._held.concerns(subject):
            self._held.reckon()
        self._finish_ranges()

    def _answered(self, sent: Next) -> None:
        """The endpoint works, whatever it said: failures are forgotten."""
        was_open = self.is_open
        if self._told_at:
            self._told_at = 0.0
            self._told.append(WebhookRecovered(self.endpoint.id, host=self._host))
        self._failures, self._failing_since, self._retry_at = 0, 0.0, 0.0
        self._land(sent)
        if was_open:
            self._held.all_now()

    def _hold_back(self, slot: Slot, attempts: int, due: float) -> None:
        """A letter that has its place in the log, and all behind it about the same resource."""
        letter = slot.letter
        self._held.hold(Due.of(letter, attempts, due))
        slot.track.settle(slot)
        for behind in self._lanes.pop(letter.subject, ()):
            self._held.hold(Due.of(behind.letter))
            behind.track.settle(behind)
        if letter.subject in self._ready:
            self._ready.remove(letter.subject)
        self._finish_ranges()

    def _finish_ranges(self) -> None:
        if any(track.is_through for track in self.resends):
            self._is_changed = True

    def _tell_of_failing(self, attempt: Attempt, now: float) -> None:
        if not self.is_open:
            return
        if not self._told_at and now - self._failing_since >= TOLD_AFTER:
            self._told_at = now
            self._told.append(
                WebhookFailing(
                    self.endpoint.id,
                    host=self._host,
                    since=as_text(self._failing_since),
                    reason=attempt.fault or f"It answers with status {attempt.status}.",
                )
            )
        if now - self._failing_since >= DISABLED_AFTER:
            self.disable(f"It took nothing since {as_text(self._failing_since)}.")

    @property
    def _has_news(self) -> bool:
        found = self._delivered or self._attempts or self._held.rows or self._told or self._is_changed
        return bool(found)

    @property
    def _not_before(self) -> float:
        return max(self._retry_at, self._asked_until)

    @property
    def _host(self) -> str:
        """A whole address may hold a secret in its path."""
        return urlsplit(self.endpoint.url).hostname or ""

    def _standing(self) -> Standing:
        return Standing(
            self._failures,
            *(
                as_text(moment) if moment else ""
                for moment in (self._failing_since, self._not_before, self._delivered_at, self._told_at)
            ),
        )
