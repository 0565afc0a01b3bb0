"""Gives lines their turn, sends, and tells them what came of it.

A slow or dead endpoint delays no other: letters to endpoints that have not shown that they answer,
and letters that take long, have places of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

import structlog

from vestibule.key_ring import KeyRingRefused
from vestibule.scim.errors import Unavailable
from vestibule.webhooks.backoff import Random, wait_asked_for
from vestibule.webhooks.held_back import Due
from vestibule.webhooks.line import Line, Next
from vestibule.webhooks.lines import Lines
from vestibule.webhooks.manner import Manner, Sender, Verdict
from vestibule.webhooks.message import Letter
from vestibule.webhooks.poster import Posted, Poster
from vestibule.webhooks.reader import Reader
from vestibule.webhooks.sending import attempt_of
from vestibule.webhooks.tally import Tally

_log = structlog.get_logger("vestibule.webhooks")

#: So many letters may be under way; so many more to endpoints that have not shown that they answer.
_MOST_PROVEN = 256
_MOST_UNPROVEN = 64
#: A letter that takes longer has its place among the latter.
_SLOW_SECONDS = 1.0
#: After so many letters on end an endpoint lets others have their turn.
_TURN = 32
_LOOK_SECONDS = 0.25
_IDLE_SECONDS = 5.0
_FAULT_SECONDS = 1.0


class Dispatch:
    """``may_send`` says whether this courier still is who serves these lines."""

    def __init__(
        self,
        lines: Lines,
        reader: Reader,
        poster: Poster,
        manners: Mapping[str, Manner],
        tally: Tally,
        may_send: Callable[[], bool],
        seconds: Callable[[], float],
        chance: Random,
    ) -> None:
        self.lines = lines
        self.reader = reader
        self.poster = poster
        self.manners = manners
        self.tally = tally
        self.seconds = seconds
        self.chance = chance
        self._may_send = may_send
        self._turns: set[_Turn] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._places = {True: 0, False: 0}

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way, and nobody waits for a turn."""
        return not self._tasks and not self.lines.has_queue

    async def go_on(self) -> None:
        """Give a turn to everybody who may have one, then wait for the next."""
        now = self.seconds()
        self.lines.called.clear()
        self._move_the_slow()
        for line in self.lines.called_up(now):
            if line.is_retired or line.flying >= line.width:
                continue
            proven = line.is_proven
            most = _MOST_PROVEN if proven else _MOST_UNPROVEN
            if self._places[proven] >= most or not self._may_send():
                self.lines.call(line)
            else:
                self._begin(line, proven)
        if self.lines.has_queue:
            self.lines.called.clear()  # they wait for places: whoever ends calls
        timer = self.lines.next_timer()
        patience = _LOOK_SECONDS if self._turns or self.lines.has_queue else _IDLE_SECONDS
        if timer is not None:
            patience = max(0.001, min(patience, timer - now))
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self.lines.called.wait()

    async def stop(self) -> None:
        """Whatever is under way gets no more time."""
        await end(self._tasks)

    def _begin(self, line: Line, proven: bool) -> None:
        turn = _Turn(self, line, proven)
        self._turns.add(turn)
        self._places[proven] += 1
        task = asyncio.get_running_loop().create_task(turn.run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def ended(self, turn: _Turn) -> None:
        """Its place is free."""
        self._turns.discard(turn)
        self._places[turn.proven] -= 1
        self.lines.called.set()

    def _move_the_slow(self) -> None:
        late = asyncio.get_running_loop().time() - _SLOW_SECONDS
        for turn in self._turns:
            if turn.proven and 0.0 < turn.posting_since < late:
                turn.proven = False
                self._places[True] -= 1
                self._places[False] += 1


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel them until they have ended: a database driver may swallow the first time."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=1.0)


class _Turn:
    """One line sends one letter after another for a while."""

    def __init__(self, dispatch: Dispatch, line: Line, proven: bool) -> None:
        self._dispatch = dispatch
        self._line = line
        self.proven = proven
        self.posting_since = 0.0

    async def run(self) -> None:
        """Send until nothing is left, something fails, or others wait."""
        line, dispatch = self._line, self._dispatch
        wakes_at = 0.0
        try:
            for _ in range(_TURN):
                if not await self._send_one():
                    break
            wakes_at = line.wakes_at()
        except Unavailable as fault:
            _log.warning("webhooks wait for the database", reason=fault.detail)
            wakes_at = dispatch.seconds() + _FAULT_SECONDS
        finally:
            dispatch.ended(self)
        if not dispatch.lines.serves(line) or line.is_retired:
            return
        if wakes_at > dispatch.seconds():
            if wakes_at != float("inf"):
                dispatch.lines.call_at(line, wakes_at)
        elif line.flying < line.width and (line.has_ready or not line.is_reading):
            dispatch.lines.call(line)

    async def _send_one(self) -> bool:
        """False where there was nothing to send."""
        line, dispatch = self._line, self._dispatch
        if (
            line.reads_on
            and not line.has_ready
            and not line.is_reading
            and line.room()
            and not line.is_retired
        ):
            await dispatch.reader.catch_up(line)
        now = dispatch.seconds()
        sent = line.next(now)
        if sent is None:
            return False
        if line.has_ready and line.flying < line.width:
            dispatch.lines.call(line)
        try:
            letter = await dispatch.reader.letter(sent) if isinstance(sent, Due) else sent.letter
            if letter is None:
                assert isinstance(sent, Due)
                line.vanished(sent, now)
                return True
            sender = await self._sender(now)
            if sender is None:
                line.back_again(sent)
                return False
            posted = await self._post(letter, sender, now)
        except BaseException:
            line.back_again(sent)
            raise
        return self._tell(sent, letter, posted)

    async def _sender(self, now: float) -> Sender | None:
        line = self._line
        if line.sender is None or now >= line.sender.until:
            try:
                line.sender = await self._dispatch.manners[line.endpoint.kind].sender(line.endpoint, now)
            except KeyRingRefused as refused:
                line.disable(str(refused))
                return None
        return line.sender

    async def _post(self, letter: Letter, sender: Sender, now: float) -> Posted:
        outgoing = await sender.outgoing(letter, now)
        self.posting_since = asyncio.get_running_loop().time()
        try:
            return await self._dispatch.poster.post(self._line.endpoint.url, outgoing.headers, outgoing.body)
        finally:
            self.posting_since = 0.0

    def _tell(self, sent: Next, letter: Letter, posted: Posted) -> bool:
        """Whether the next letter may go at once."""
        line, tally, now = self._line, self._dispatch.tally, self._dispatch.seconds()
        manner = self._dispatch.manners[line.endpoint.kind]
        verdict = manner.verdict(posted)
        if verdict is Verdict.TAKEN:
            line.succeeded(sent, letter, posted.status or 0, posted.milliseconds, now)
            tally.count("delivered")
            if not isinstance(sent, Due) and sent.track.resend is None:
                tally.lagged(now - letter.at)
            return True
        attempt = attempt_of(letter, posted, now, fault=manner.fault(posted))
        if verdict is Verdict.GONE:
            line.gone(sent, letter, attempt, now)
        elif verdict is Verdict.REFUSED:
            line.refused(sent, letter, attempt, now)
        else:
            wait = wait_asked_for(posted.status, posted.retry_after, now)
            line.failed(sent, letter, attempt, wait, now, self._dispatch.chance)
        tally.count(verdict.value)
        return verdict is Verdict.REFUSED
