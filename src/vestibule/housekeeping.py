"""What a serving Vestibule tidies up by itself: old requests, events, counts and answers, members nobody came for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from vestibule.beside import Rounds
from vestibule.clock import as_text
from vestibule.directory.membership import UNRESOLVED_DAYS
from vestibule.directory.story import TOLERANCE_DAYS
from vestibule.settings import Settings
from vestibule.stores.receiving import ReceivingStore

_log = structlog.get_logger("vestibule.housekeeping")

_EVERY_SECONDS = 3600.0
_DAY = 86_400.0
#: So many failed attempts, and so many writes of successful ones, are kept of each webhook endpoint.
_ATTEMPTS_OF_ONE_ENDPOINT = 5000
#: So long the answer to a request with an Idempotency-Key is kept at least.
_ANSWERS_KEPT = _DAY
#: A round goes on in steps of a thousand rows, and lets others write between two.
_PAUSE_SECONDS = 0.05


class Housekeeping(Rounds):
    """Tidies once an hour while it runs; ``round`` is one pass."""

    work = "housekeeping"
    every_seconds = _EVERY_SECONDS
    first_after_seconds = _EVERY_SECONDS

    def __init__(
        self, store: ReceivingStore, settings: Settings, seconds: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._settings = settings
        self._seconds = seconds

    async def round(self) -> int:
        """Forget what is too old or too much; how many rows went. ``Unavailable`` as the store raises it."""
        now = self._seconds()
        log_before = as_text(now - self._settings.request_log_days * _DAY)
        unresolved_before = as_text(now - UNRESOLVED_DAYS * _DAY)
        gone = 0
        while went := await self._store.log.trim_requests(log_before, keep=self._settings.request_log_rows):
            gone += went
            await asyncio.sleep(_PAUSE_SECONDS)
        while went := await self._store.directory.forget_unresolved(unresolved_before):
            gone += went
            await asyncio.sleep(_PAUSE_SECONDS)
        while went := await self._store.repeats.forget_answers(as_text(now - _ANSWERS_KEPT)):
            gone += went
            await asyncio.sleep(_PAUSE_SECONDS)
        while went := await self._store.sign_on.tidy(as_text(now)):
            gone += went
            await asyncio.sleep(_PAUSE_SECONDS)
        gone += await self._store.states.forget_leavers(as_text(now - _DAY))
        if self._settings.event_days:
            events_before = as_text(now - self._settings.event_days * _DAY)
            while went := await self._store.feed.forget_events(events_before):
                gone += went
                await asyncio.sleep(_PAUSE_SECONDS)
            while went := await self._store.states.forget_answers(events_before):
                gone += went
                await asyncio.sleep(_PAUSE_SECONDS)
        forgotten = await self._store.feed.forgotten()
        while await self._store.gaps.bury(forgotten, as_text(now)):
            await asyncio.sleep(_PAUSE_SECONDS)
        if endpoints := await self._store.gaps.tell(as_text(now - _DAY), as_text(now)):
            _log.warning("events were forgotten before endpoints had them", endpoints=endpoints)
        while went := await self._store.webhooks.trim(log_before, keep=_ATTEMPTS_OF_ONE_ENDPOINT):
            gone += went
            await asyncio.sleep(_PAUSE_SECONDS)
        return gone + await self._store.log.trim_tolerances(as_text(now - TOLERANCE_DAYS * _DAY)[:10])

    def tell(self, done: int) -> None:
        """Log how many rows went."""
        _log.info("tidied", rows=done)
