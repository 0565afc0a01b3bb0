"""Deliveries in a process of their own, once there are many endpoints: what they cost is not taken from the requests.

A request costs some 300 µs of a processor, a delivery some 80, and ten endpoints make ten deliveries of one change.
The child has a courier like every process; endpoints go from courier to courier as they do between processes. While
it starts, and should it end, this process delivers.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

import structlog
import uvloop

from vestibule.beside import Rounds
from vestibule.connectors.address_guard import AddressGuard, networks_of
from vestibule.connectors.posts import Posts
from vestibule.delivering import chosen_tracing, new_courier
from vestibule.feed.bell import Bell
from vestibule.key_ring import KeyRing, ring_for
from vestibule.logs import set_up_logs
from vestibule.profiles.shelf import ProfileShelf
from vestibule.scim.errors import Unavailable
from vestibule.security_events.issuer import Issuer
from vestibule.settings import Settings
from vestibule.stores.receiving import open_receiving_store
from vestibule.webhooks.courier import Courier
from vestibule.webhooks.endpoint import PUSH, WEBHOOK
from vestibule.webhooks.poster import Poster
from vestibule.webhooks.store import WebhookStore
from vestibule.webhooks.tally import Tally

_log = structlog.get_logger("vestibule.webhooks")

_LOOK_SECONDS = 1.0
#: After a child ended by itself the next one waits so long.
_REST_SECONDS = 30.0
_PATIENCE_SECONDS = 20.0
_SILENT_SECONDS = 60.0
_TELL_SECONDS = 0.5
#: What the requests commit is noticed within this time.
_BELL_SECONDS = 0.1
#: This machine's own requests go first.
_NICE = 5


class CourierApart(Rounds):
    """Looks every second who delivers. ``courier`` makes one for this process; ``tally`` is what all have counted together.

    From ``webhooks_apart_from`` endpoints on there is a child.
    """

    work = "who delivers webhooks"
    every_seconds = _LOOK_SECONDS
    first_after_seconds = 0.0

    def __init__(
        self,
        courier: Callable[[Tally], Courier],
        store: WebhookStore,
        settings: Settings,
        tally: Tally,
        public_url: Callable[[], str],
    ) -> None:
        self._courier = courier
        self._store = store
        self._settings = settings
        self._tally = tally
        self._public_url = public_url
        self._here: Courier | None = None
        self._counted_here = Tally()
        #: By couriers that have ended.
        self._past = Tally()
        self._child: _Child | None = None
        self._rests = 0.0
        self._kinds = (WEBHOOK, PUSH) if settings.security_events else (WEBHOOK,)

    async def stop(self) -> None:
        """End, in either."""
        await super().stop()
        if self._child is not None:
            await self._child.stop()
            self._child = None
        await self._stop_here()

    async def round(self) -> int:
        """See to it that somebody delivers: in this process, or from many endpoints on in a child."""
        if self._child is None or self._child.has_ended:
            if self._child is not None:
                _log.warning("the process that delivers has ended; this one goes on")
                self._past.become(self._past, self._child.tally.counts())
                self._child.let_go()
                self._child, self._rests = None, _REST_SECONDS
            self._begin_here()
        self._rests -= _LOOK_SECONDS
        if self._child is None and self._rests <= 0 and await self._are_many():
            try:
                self._child = _Child(self._settings, self._public_url(), self._count)
            except OSError as fault:
                _log.warning("no process of its own for deliveries; this one goes on", reason=str(fault))
                self._rests = _REST_SECONDS
        if self._child is not None and self._child.is_ready and self._here is not None:
            await self._stop_here()
            _log.info("webhooks are delivered by a process of their own", process=self._child.pid)
        self._count()
        return 0

    def _count(self) -> None:
        child = self._child.tally if self._child is not None else Tally()
        self._tally.become(self._past, self._counted_here, child)

    async def _are_many(self) -> bool:
        try:
            return await self._store.count(self._kinds) >= self._settings.webhooks_apart_from
        except Unavailable:
            return False

    def _begin_here(self) -> None:
        if self._here is None:
            self._here = self._courier(self._counted_here)
            self._here.start()

    async def _stop_here(self) -> None:
        if self._here is not None:
            here, self._here = self._here, None
            await here.stop()
            self._past.become(self._past, self._counted_here.counts())
            self._counted_here = Tally()


class _Child:
    """The process, as its parent sees it."""

    def __init__(self, settings: Settings, public_url: str, heard: Callable[[], None]) -> None:
        context = multiprocessing.get_context("spawn")
        self._told, telling = context.Pipe(duplex=False)
        self._heard = heard
        self._heard_at = 0.0
        self.is_ready = False
        #: What it has counted.
        self.tally = Tally()
        self._process: SpawnProcess = context.Process(
            target=_deliver, args=(settings, public_url, telling), name="courier", daemon=True
        )
        self._process.start()
        telling.close()
        asyncio.get_running_loop().add_reader(self._told.fileno(), self._hear)

    @property
    def pid(self) -> int | None:
        """The process."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it delivers no more; one that says nothing any more is made to end."""
        if self.is_ready and time.monotonic() > self._heard_at + _SILENT_SECONDS:
            self._process.kill()
        return not self._process.is_alive()

    async def stop(self) -> None:
        """Have it write down what it found out, and end."""
        self._process.terminate()
        await asyncio.to_thread(self._process.join, _PATIENCE_SECONDS)
        if self._process.is_alive():
            self._process.kill()
        self.let_go()

    def let_go(self) -> None:
        """Hear no more of it; a second time does nothing."""
        if not self._told.closed:
            asyncio.get_running_loop().remove_reader(self._told.fileno())
            self._told.close()

    def _hear(self) -> None:
        try:
            self.tally = self._told.recv()
        except (EOFError, OSError):
            self.let_go()
            return
        self.is_ready = True
        self._heard_at = time.monotonic()
        self._heard()


def _deliver(settings: Settings, public_url: str, telling: Connection) -> None:
    """The child's whole life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both: the parent says when
    os.nice(_NICE)
    set_up_logs(settings.log_format, settings.log_level)
    uvloop.run(_serve(settings, public_url, telling))


async def _serve(settings: Settings, public_url: str, telling: Connection) -> None:
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    parent = multiprocessing.parent_process()
    assert parent is not None, "it is somebody's child"
    loop.add_reader(parent.sentinel, stopping.set)
    store = open_receiving_store(settings.database, schema=settings.db_schema, migrates=False)
    await store.start()

    async def keys() -> KeyRing:
        return await ring_for("secrets", settings.keys.get_secret_value(), store.tenancy.kept_key)

    try:
        posts: Poster = Posts(AddressGuard(networks_of(settings.allowed_networks)))
        tracing = chosen_tracing(settings)
        if tracing is not None:
            posts = tracing.poster(posts)
        issuer = Issuer(
            store.security_events, store.tenancy, ProfileShelf(store.tenancy), keys, lambda: public_url
        )
        tally = Tally()
        bell = Bell(store.feed.news, stopping, look_seconds=_BELL_SECONDS)
        courier = new_courier(store, posts, keys, bell, tally, issuer if settings.security_events else None)
        courier.start()
        while not stopping.is_set():
            with suppress(OSError):
                telling.send(tally)
            with suppress(TimeoutError):
                async with asyncio.timeout(_TELL_SECONDS):
                    await stopping.wait()
        await courier.stop()
    finally:
        await store.stop()
