"""Follows the log and calls the handlers: at least once, and in order for each resource.

The place in the log is kept in the database. A handler that raises has its event *parked*: tried again
later, with more patience each time, while events of all other resources go on; those of the same
resource wait behind it. After the last try it is given up, kept, and listed.

Of several processes over one database one follows at a time: whoever has the lease.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog

from vestibule.directory.story import LoggedEvent
from vestibule.feed.errors import EventsForgotten, NeverTold, UnknownPerson
from vestibule.feed.event_document import event_document
from vestibule.feed.feed import Feed
from vestibule.feed.handlers import Handlers
from vestibule.feed.happened import Happened
from vestibule.feed.states import States
from vestibule.feed.store import ConsumerStore, Parked
from vestibule.feed.wanted_state import WantedState
from vestibule.scim.errors import Unavailable
from vestibule.tenancy.store import TenancyStore
from vestibule.tenancy.tenant import Tenant

_log = structlog.get_logger("vestibule.handlers")

#: The consumer's name in the database.
NAME = "handlers"
#: Seconds until an event is tried again, after the first failure, the second, and so on; then it is given up.
PATIENCE = (1, 2, 5, 15, 60, 300, 900, 3600, 3600, 3600, 3600, 3600, 3600, 10_800, 10_800, 10_800, 10_800)
_LEASE_SECONDS = 30
_IDLE_SECONDS = 5.0
#: The place is written so often at least: that much may come twice after a crash.
_SAVE_EVENTS = 100
_SAVE_SECONDS = 0.5
_FAULT_SECONDS = 1.0
#: What a tenant is set to is read anew after so long.
_TENANTS_SECONDS = 1.0


class Following:
    """Work beside the requests, from ``start`` to ``stop``."""

    def __init__(
        self,
        store: ConsumerStore,
        feed: Feed,
        states: States,
        tenancy: TenancyStore,
        handlers: Handlers,
        clock: Callable[[], str],
    ) -> None:
        self._store = store
        self._feed = feed
        self._states = states
        self._tenancy = tenancy
        self._handlers = handlers
        self._clock = clock
        self._holder = secrets.token_hex(8)
        self._tenants: dict[int, Tenant] = {}
        self._looked = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, where the last one ended."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End. A handler that is under way is cancelled, or left to its thread, and called again next time."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
            with suppress(Unavailable):
                await self._store.release(NAME, self._holder)

    async def _run(self) -> None:
        while not self._feed.stopped:
            try:
                place = await self._leased()
                if place is None:  # another process follows
                    await asyncio.sleep(_LEASE_SECONDS / 3)
                else:
                    await self._follow(place)
            except EventsForgotten as fault:
                place = await self._feed.place("oldest", None)
                _log.error("events were forgotten before the handlers had them", reason=fault.what)
                await self._store.set_place(NAME, place)
            except Unavailable as fault:
                _log.warning("the handlers wait for the database", reason=fault.detail)
                await asyncio.sleep(_FAULT_SECONDS)
            except Exception as fault:
                _log.error("following the log failed", fault=repr(fault))
                await asyncio.sleep(_FAULT_SECONDS)

    async def _leased(self) -> int | None:
        until = _later(self._clock(), _LEASE_SECONDS)
        return await self._store.lease(NAME, self._holder, self._clock(), until)

    async def _follow(self, place: int) -> None:
        """Until the lease is lost, or somebody has moved the place."""
        parked = set(await self._store.parked_subjects(NAME))
        renew = time.monotonic() + _LEASE_SECONDS / 3
        saved, since, failed = place, time.monotonic(), list[Parked]()
        async for page in self._feed.pages(place, idle=_IDLE_SECONDS if not parked else 0.5):
            for number, event in enumerate(page.events, start=1):
                subject = (event.tenant, event.subject_id)
                if subject in parked:
                    failed.append(Parked(event.seq, *subject, 0, ""))
                elif self._handlers.want(event.type):
                    error = await self._called(event)
                    if error:
                        parked.add(subject)
                        failed.append(self._put_off(Parked(event.seq, *subject, 0, ""), error))
                if number % _SAVE_EVENTS == 0 or time.monotonic() - since > _SAVE_SECONDS:
                    if not await self._store.advance(NAME, self._holder, saved, event.seq, failed):
                        return
                    saved, since, failed = event.seq, time.monotonic(), []
            if page.last > saved or failed:
                if not await self._store.advance(NAME, self._holder, saved, page.last, failed):
                    return
                saved, since, failed = page.last, time.monotonic(), []
            if parked:
                await self._try_again()
                return
            if time.monotonic() > renew:
                if await self._leased() != saved:
                    return
                renew = time.monotonic() + _LEASE_SECONDS / 3

    async def _try_again(self) -> None:
        """Parked events that are due, each resource's in order."""
        while due := await self._store.parked_due(NAME, self._clock()):
            for parked, event in due:
                error = await self._called(event) if event is not None else ""
                if not error:
                    await self._store.unpark(NAME, parked)
                else:
                    await self._store.park(NAME, self._put_off(parked, error))
        await asyncio.sleep(0)

    def _put_off(self, parked: Parked, error: str) -> Parked:
        given_up = parked.attempts >= len(PATIENCE)
        if given_up:
            _log.error("an event is given up", seq=parked.seq, tries=parked.attempts + 1)
        until = "" if given_up else _later(self._clock(), PATIENCE[parked.attempts])
        return Parked(parked.seq, parked.tenant, parked.subject, parked.attempts + 1, until, error, given_up)

    async def _called(self, event: LoggedEvent) -> str:
        """What the handlers raised, "" for nothing."""
        tenant = await self._tenant(event.tenant)
        person = await self._person(tenant, event)
        happened = Happened.of(event_document(event, tenant.slug), person)
        try:
            await self._handlers.call(happened)
        except Exception as fault:
            _log.warning("a handler failed", type=event.type, seq=event.seq, fault=type(fault).__name__)
            return f"{type(fault).__name__}: {fault}"[:500]
        if happened.answer is not None and person is not None:
            outcome, reason = happened.answer
            try:
                await self._states.acknowledge(
                    tenant, person.id, person.version, outcome, reason[:1000], "handlers"
                )
            except (NeverTold, UnknownPerson) as fault:
                _log.warning("an answer was not kept", seq=event.seq, reason=fault.what)
        return ""

    async def _person(self, tenant: Tenant, event: LoggedEvent) -> WantedState | None:
        if event.subject_type == "User":
            id = event.subject_id
        elif event.fields.get("member_type") == "User":
            id = str(event.fields["member_id"])
        else:
            return None
        found = await self._states.people(tenant, (id,))
        return found[0] if found else None

    async def _tenant(self, id: int) -> Tenant:
        if id not in self._tenants or time.monotonic() - self._looked > _TENANTS_SECONDS:
            self._tenants = {tenant.id: tenant for tenant in await self._tenancy.tenants()}
            self._looked = time.monotonic()
        return self._tenants[id]


def _later(now: str, seconds: float) -> str:
    moment = datetime.fromisoformat(now) + timedelta(seconds=seconds)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
