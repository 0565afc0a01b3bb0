"""The only place that knows every part: wires them from the settings.

``Vestibule(settings)`` is an ASGI application and an object with ``start``, ``stop`` and
``lifespan``. Mounted into another application it is started by its first request, because a
mounted application's lifespan does not run.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.types import Receive, Scope, Send

from vestibule import registry
from vestibule.admitting import doorkeeper_of
from vestibule.beside import Beside
from vestibule.clock import utc_clock
from vestibule.connectors.address_guard import AddressGuard, networks_of
from vestibule.connectors.fetch import Fetch
from vestibule.connectors.posts import Posts
from vestibule.delivering import chosen_tracing, new_courier
from vestibule.deriving import Deriving
from vestibule.directory.profile_check import ProfileChecker
from vestibule.feed.bell import Bell
from vestibule.feed.cursor import FeedCursors
from vestibule.feed.doorkeeper import Hook
from vestibule.feed.feed import Feed
from vestibule.feed.following import Following
from vestibule.feed.handlers import H, Handlers
from vestibule.feed.states import States
from vestibule.identifiers import Identifiers
from vestibule.key_ring import KeyRing, new_key, ring_for
from vestibule.linking.connecting import Connecting
from vestibule.profiles.shelf import ProfileShelf
from vestibule.scim.dialects.dialect import Dialect
from vestibule.security_events.issuer import Issuer
from vestibule.services import services_of
from vestibule.settings import Settings, read_settings
from vestibule.sign_on.outward import Outward
from vestibule.stores.receiving import ReceivingStore, open_receiving_store
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.kept_profiles import choose_default_profile, keep_profile
from vestibule.tenancy.slugs import Slugs
from vestibule.web.authentication import Authentication
from vestibule.web.cursor import Cursors
from vestibule.web.door import Door
from vestibule.web.exchange import Exchange, Reply, nothing_more
from vestibule.web.lookup_at_once import Head, LookedUp
from vestibule.web.metrics import Metrics, StoreLoad
from vestibule.web.premises import MakeScratch, Premises
from vestibule.web.rate_limit import RateLimit
from vestibule.web.rooms_on_demand import RoomsOnDemand
from vestibule.web.scim_api import ScimApi
from vestibule.webhooks.courier import Courier
from vestibule.webhooks.poster import Poster
from vestibule.webhooks.store import WebhookStore
from vestibule.webhooks.tally import Tally
from vestibule.works import linking, tidying

if TYPE_CHECKING:
    from vestibule.sign_on.front import Front
    from vestibule.tracing import Tracing

#: Imported when somebody enters a room beyond SCIM.
_ROUTING = "vestibule.routing"

#: From what makes a courier of this process; see ``courier_process.CourierApart``.
Apart = Callable[[Callable[[Tally], Courier], WebhookStore, Settings, Tally, Callable[[], str]], Beside]


class BoundToAnotherLoop(RuntimeError):
    """A Vestibule serves the event loop that started it; make one for each loop."""


class Vestibule:
    """One receiving side: settings in, ASGI application out."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        migrates: bool = True,
        tidies: bool = True,
        delivers: bool = True,
        tracing: Tracing | None = None,
        dialects: Mapping[str, Dialect] | None = None,
        clock: Callable[[], str] | None = None,
        outward: Outward | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings or read_settings()
        self._migrates = migrates
        self._tidies = tidies
        self._delivers = delivers
        self._tracing = tracing or chosen_tracing(self.settings)
        #: The installed ones, unless whoever embeds us hands in others.
        self._dialects = dialects
        self._clock = clock or utc_clock()
        #: How identity providers are spoken to; in a test somebody else's.
        self._outward = outward
        #: What the rate limit counts by: a clock that never goes back.
        self._seconds = seconds
        #: What goes on beside the requests, from start to stop.
        self.beside: list[Beside] = []
        self._handlers = Handlers()
        self._admits: Hook | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting: asyncio.Lock | None = None
        self._door: Door | None = None
        self.store: ReceivingStore
        #: Events after a place in the log, from ``start`` on.
        self.feed: Feed
        #: People as the product should hold them, from ``start`` on.
        self.states: States
        #: What the rooms beyond SCIM are handed, from ``start`` on.
        self.premises: Premises
        #: Where links lead when no public URL is set; whoever listens sets it.
        self.listening_url = f"http://{self.settings.host}:{self.settings.port}"
        self.metrics = Metrics()
        #: Where a connection is tried out; whoever serves sets it (``vestibule.scratch``).
        self.scratch: MakeScratch | None = None
        #: Who has deliveries go on in a process of their own; whoever serves sets it (``vestibule.courier_process``).
        self.apart: Apart | None = None
        #: What opens the store; whoever serves has new people written by a process of their own.
        self.open_store = open_receiving_store

    def on(self, *types: str) -> Callable[[H], H]:
        """Have a function called for events of these types (``user.created``, ``team.*``; none: all).

        At least once for each event, and in order for each resource; it may be async or not, and is
        handed a ``Happened``. Register before ``start``. ``UnknownEventType``.
        """
        return self._handlers.on(*types)

    def admits(self, function: Hook) -> Hook:
        """Have a function asked before somebody is let in: a text it returns refuses, and is what is told.

        It may be async or not, is handed an ``Asked``, and has two seconds. Register before ``start``.
        """
        self._admits = function
        return function

    async def start(self) -> None:
        """Open the database, migrate it, compile the profiles. Once; a second call does nothing."""
        loop = asyncio.get_running_loop()
        if self._loop is not None and self._loop is not loop:
            raise BoundToAnotherLoop(
                "This Vestibule was started on another event loop. Make one Vestibule for each loop."
            )
        if self._starting is None:
            self._loop, self._starting = loop, asyncio.Lock()
        async with self._starting:
            if self._door is None or self._door.is_closed:
                await self._open()

    async def stop(self) -> None:
        """Finish what was accepted, then close the database. Who comes after gets 503, until ``start``."""
        if self._door is None or self._door.is_closed:
            return
        self.metrics.up.set(0)
        await self._door.close()
        for beside in self.beside:
            await beside.stop()
        if self._doorkeeper:
            await self._doorkeeper.close()
        await self.store.stop()
        if self._tracing:
            await asyncio.to_thread(self._tracing.flush)

    @asynccontextmanager
    async def lifespan(self, _app: object = None) -> AsyncIterator[None]:
        """Started inside, stopped after; fits the ``lifespan`` argument of other frameworks."""
        await self.start()
        try:
            yield
        finally:
            await self.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI event."""
        if scope["type"] == "http":
            if self._door is None or self._loop is not asyncio.get_running_loop():
                await self.start()
            assert self._door is not None
            await self._door(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1003})

    def begin(
        self, method: str, path: str, query_string: bytes, headers: Mapping[bytes, bytes], body: bytes
    ) -> Coroutine[Any, Any, tuple[Exchange, Reply]] | None:
        """The answer to a whole request, to be driven by whoever asks; None before ``start``."""
        if self._door is None or not self._door.may_begin(path):
            return None
        return self._door.answer(method, path, query_string, headers, nothing_more, body)

    def lookup(self, url: bytes, head: Head) -> LookedUp:
        """The answer to a plain lookup, from ``x-request-id`` on; None where ``begin`` is to be asked."""
        return self._door.lookup(url, head) if self._door is not None else None

    def head(self, exchange: Exchange, reply: Reply) -> list[tuple[bytes, bytes]]:
        """The headers of such an answer."""
        assert self._door is not None, "there is no answer before start"
        return self._door.head(exchange, reply)

    @property
    def front(self) -> Front:
        """Where people are signed on; from ``start`` on."""
        return self.premises.front()

    def public_url(self) -> str:
        """Where links lead: the setting, else the listening address; never the Host header."""
        return self.settings.public_url or self.listening_url

    async def first_link(self) -> str | None:
        """The address that makes the first operator, used once; None where there is an operator."""
        from vestibule.sign_in.administrators import SignInDesk, issue_first_link  # noqa: PLC0415

        desk = SignInDesk(self.store.sign_in, self._clock, os.urandom, "operator:serve")
        secret = await issue_first_link(desk)
        return f"{self.public_url()}/welcome/{secret}" if secret else None

    def desk(self, actor: str, random: Callable[[int], bytes] = os.urandom) -> Desk:
        """Where that operator works; only between ``start`` and ``stop``."""
        checker = ProfileChecker(self.store.directory, self.store.derivation)
        return Desk(self.store.tenancy, self._profiles, self._clock, random, actor, checker)

    async def choose_default_profile(self, name_or_file: str) -> None:
        """Make this the profile of tenants created without one; a file's content is copied into the database."""
        desk, name = self.desk("operator:serve"), name_or_file
        if name_or_file.endswith(".toml"):
            path = Path(name_or_file)
            name = (await keep_profile(desk, path.read_text("utf-8"), path.name)).name
        await choose_default_profile(desk, name)

    async def _open(self) -> None:
        settings, clock, identifiers = self.settings, self._clock, Identifiers()
        text = settings.keys.get_secret_value()
        self._given_keys = KeyRing.from_text(text) if text else None
        store = self.open_store(settings.database, schema=settings.db_schema, migrates=self._migrates)
        await store.start()
        self.store = store
        self.metrics.read_last_event = store.feed.last
        self.metrics.read_missed = store.gaps.missed
        self.metrics.store_load = lambda: StoreLoad(*store.load())
        self._profiles = ProfileShelf(store.tenancy)
        deriving = Deriving(store, self._profiles, clock)
        if self._migrates:
            await deriving.before_serving()
        dialects = self._dialects or registry.members("vestibule.scim.dialects", "DIALECT")
        authentication = Authentication(store.tenancy, self._profiles)
        cursors = Cursors(self._cursor_keys)
        per_second = self.settings.requests_per_second
        self._doorkeeper = doorkeeper_of(self.settings, self._admits)
        scim = ScimApi(
            store=self._tracing.directory(store.directory) if self._tracing else store.directory,
            authentication=authentication,
            dialects=dialects,
            public_url=self.public_url,
            clock=clock,
            new_id=identifiers.resource_id,
            metrics=self.metrics,
            cursors=cursors,
            security_events=self.settings.security_events,
            doorkeeper=self._doorkeeper,
            rate_limit=RateLimit(authentication.admit, per_second, self._seconds) if per_second else None,
        )
        services = services_of(self.settings)
        connecting = Connecting(
            store.linking, services, self._secret_keys, clock, os.urandom, self.public_url
        )
        stopping = asyncio.Event()
        bell = Bell(store.feed.news, stopping)
        store.feed.on_commit(bell.ring)
        self.feed = Feed(store.feed, FeedCursors(self._cursor_keys), bell, self.settings.event_days)
        self.states = States(store.states, store.tenancy, self._profiles, clock, new_key)
        guard = AddressGuard(networks_of(self.settings.allowed_networks))
        posts: Poster = Posts(guard)
        if self._tracing:
            posts = self._tracing.poster(posts)
        issuer = Issuer(
            store.security_events, store.tenancy, self._profiles, self._secret_keys, self.public_url
        )
        premises = Premises(
            settings=self.settings,
            tenancy=store.tenancy,
            slugs=Slugs(store.tenancy),
            directory=store.directory,
            derivation=store.derivation,
            log=store.log,
            api_tokens=store.api_tokens,
            repeats=store.repeats,
            set_up_links=store.set_up_links,
            set_up_steps=store.set_up_steps,
            overview=store.overview,
            sign_in=store.sign_in,
            logos=store.logos,
            sign_on=store.sign_on,
            linking=store.linking,
            erasure=store.erasure,
            connecting=connecting,
            feed=self.feed,
            feed_store=store.feed,
            states=self.states,
            profiles=self._profiles,
            dialects=dialects,
            scim=scim,
            metrics=self.metrics,
            clock=clock,
            new_id=identifiers.resource_id,
            random=os.urandom,
            public_url=self.public_url,
            keys=self._secret_keys,
            outward=self._outward or Fetch(guard),
            cursors=cursors,
            seconds=self._seconds,
            stopping=stopping,
            webhooks=store.webhooks,
            gaps=store.gaps,
            check_address=guard.check,
            poster=posts,
            security_events=store.security_events,
            issuer=issuer,
            wait_for_events=bell.wait,
            scratch=self.scratch,
        )
        self.premises = premises
        if registry.entry_points("vestibule.web.api.resources"):
            import_module(_ROUTING).fetch()  # what another package has wrong is told at the start
        rooms = RoomsOnDemand(
            lambda: import_module(_ROUTING).fetch(),
            lambda: import_module(_ROUTING).rooms_of(premises, identifiers.request_id),
        )
        door = self._tracing.door if self._tracing else Door
        lookups = (
            None if self._tracing else scim.lookups(store.tenancy, store.prompt_reads, identifiers.request_id)
        )
        self._door = door(
            scim, self.metrics, self.public_url, clock, identifiers.request_id, rooms, stopping, lookups
        )
        self.beside = linking(store, self._profiles, services, self._secret_keys)
        if self._tidies:
            given = (self._profiles, deriving, premises.front, clock, identifiers.resource_id)
            self.beside = [*tidying(store, self.settings, *given), *self.beside]
        if self._handlers:
            self.beside.append(
                Following(store.consumers, self.feed, self.states, store.tenancy, self._handlers, clock)
            )
        if self._delivers:
            pushed = issuer if self.settings.security_events else None

            def courier(tally: Tally) -> Courier:
                return new_courier(store, posts, self._secret_keys, bell, tally, pushed)

            tally = self.metrics.webhooks
            self.beside.append(
                self.apart(courier, store.webhooks, settings, tally, self.public_url)
                if self.apart is not None
                else courier(tally)
            )
        for beside in self.beside:
            beside.start()
        self.metrics.up.set(1)

    async def _cursor_keys(self) -> KeyRing:
        """VESTIBULE_KEYS, else a key that the database keeps: the same in every process, and after a restart."""
        return await self._keys_for("cursors")

    async def _secret_keys(self) -> KeyRing:
        """What seals stored secrets: VESTIBULE_KEYS, else a key that the database keeps beside them."""
        return await self._keys_for("secrets")

    async def _keys_for(self, use: str) -> KeyRing:
        if self._given_keys is not None:
            return self._given_keys
        return await ring_for(use, "", self.store.tenancy.kept_key)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self.start()
                except Exception as fault:
                    await send({"type": "lifespan.startup.failed", "message": str(fault)})
                    return
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return
