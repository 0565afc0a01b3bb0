"""What the rooms beyond SCIM are handed: one frozen value that ``app.py`` makes.

What it makes of its parts is imported when it is asked for: a server whose rooms nobody enters does without.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vestibule.directory.derivation import DerivationStore
    from vestibule.directory.overview import DirectoryOverview
    from vestibule.directory.store import DirectoryStore
    from vestibule.directory.story import DirectoryLog
    from vestibule.erasing.store import ErasureStore
    from vestibule.feed.feed import Feed
    from vestibule.feed.states import States
    from vestibule.feed.store import FeedStore
    from vestibule.key_ring import KeyRing
    from vestibule.linking.connecting import Connecting
    from vestibule.linking.store import LinkingStore
    from vestibule.profiles.profile import Role
    from vestibule.profiles.shelf import ProfileShelf, StoredProfile
    from vestibule.scim.dialects.dialect import Dialect
    from vestibule.security_events.desk import StreamDesk
    from vestibule.security_events.issuer import Issuer
    from vestibule.security_events.store import SecurityEventStore
    from vestibule.settings import Settings
    from vestibule.sign_in.store import SignInStore
    from vestibule.sign_on.front import Front
    from vestibule.sign_on.outward import Outward
    from vestibule.sign_on.store import SignOnStore
    from vestibule.tenancy.desk import Desk
    from vestibule.tenancy.logos import LogoStore
    from vestibule.tenancy.slugs import Slugs
    from vestibule.tenancy.store import (
        ApiTokenStore,
        RepeatStore,
        SetUpLinkStore,
        SetUpStepStore,
        TenancyStore,
    )
    from vestibule.tenancy.tenant import Tenant
    from vestibule.web.cursor import Cursors
    from vestibule.web.metrics import Metrics
    from vestibule.web.scim_api import ScimApi
    from vestibule.webhooks.desk import WebhookDesk
    from vestibule.webhooks.gap import GapStore
    from vestibule.webhooks.poster import Poster
    from vestibule.webhooks.store import WebhookStore


@dataclass(frozen=True, slots=True)
class Scratch:
    """A tenant to try things on: its SCIM address and a token."""

    base_url: str
    token: str


#: Makes one like a tenant, with the profile as it is kept (None where it is built in) and its own roles.
MakeScratch = Callable[
    ["Tenant", "StoredProfile | None", "Sequence[Role]"], AbstractAsyncContextManager[Scratch]
]


@dataclass(frozen=True, slots=True)
class Premises:
    """The stores by room, and what is an argument everywhere: clock, randomness, keys, addresses."""

    settings: Settings
    tenancy: TenancyStore
    slugs: Slugs
    directory: DirectoryStore
    derivation: DerivationStore
    log: DirectoryLog
    api_tokens: ApiTokenStore
    repeats: RepeatStore
    set_up_links: SetUpLinkStore
    set_up_steps: SetUpStepStore
    overview: DirectoryOverview
    sign_in: SignInStore
    logos: LogoStore
    sign_on: SignOnStore
    linking: LinkingStore
    #: Every place that may speak of a person who is to be erased.
    erasure: ErasureStore
    #: Connects outside services.
    connecting: Connecting
    #: The log on its way out: read by ``feed``; alarms are told to ``feed_store``.
    feed: Feed
    feed_store: FeedStore
    #: People as the product should hold them, and its answers.
    states: States
    profiles: ProfileShelf
    #: The installed ones by name.
    dialects: Mapping[str, Dialect]
    #: The SCIM API itself: dry runs and replays go where an identity provider's requests go.
    scim: ScimApi
    metrics: Metrics
    #: UTC text with milliseconds.
    clock: Callable[[], str]
    new_id: Callable[[], str]
    random: Callable[[int], bytes]
    #: Where links lead; never the Host header.
    public_url: Callable[[], str]
    #: Seals stored secrets: VESTIBULE_KEYS, else a key that the database keeps.
    keys: Callable[[], Awaitable[KeyRing]]
    #: The way out to identity providers.
    outward: Outward
    #: Places in lists, sealed.
    cursors: Cursors
    #: Set when the server stops: whoever streams or waits ends then.
    stopping: asyncio.Event
    #: Where events are sent, what refuses an address, and what sends.
    webhooks: WebhookStore
    gaps: GapStore
    check_address: Callable[[str], Awaitable[None]]
    poster: Poster
    #: Security event tokens: what is kept of them, who makes them, and what waits for events.
    security_events: SecurityEventStore
    issuer: Issuer
    wait_for_events: Callable[[int, int | None, float], Awaitable[bool]]
    #: What rate limits count by: a clock that never goes back.
    seconds: Callable[[], float] = time.monotonic
    #: An installation of its own to try things on; None where whoever embeds us has none.
    scratch: MakeScratch | None = None

    def front(self) -> Front:
        """Where people are signed on."""
        from vestibule.sign_on.front import Front  # noqa: PLC0415

        return Front(
            self.sign_on,
            self.tenancy,
            self.directory,
            self.profiles,
            self.keys,
            self.outward,
            self.clock,
            self.random,
            self.new_id,
            self.public_url,
        )

    def desk(self, actor: str, request: str | None = None) -> Desk:
        """Where that operator or administrator works.

        ``actor`` stands in the audit, say ``administrator:mia``, and beside it the id of the request.
        """
        from vestibule.directory.profile_check import ProfileChecker  # noqa: PLC0415
        from vestibule.tenancy.desk import Desk  # noqa: PLC0415

        checker = ProfileChecker(self.directory, self.derivation)
        return Desk(self.tenancy, self.profiles, self.clock, self.random, actor, checker, request)

    def webhook_desk(self, actor: str) -> WebhookDesk:
        """Where that operator or administrator works on webhooks."""
        from vestibule.webhooks.desk import WebhookDesk  # noqa: PLC0415

        return WebhookDesk(
            self.webhooks,
            self.feed_store,
            self.keys,
            self.check_address,
            self.poster,
            self.gaps,
            self.clock,
            self.random,
            actor,
        )

    def stream_desk(self, actor: str) -> StreamDesk:
        """Where they work on streams of security event tokens."""
        from vestibule.security_events.desk import StreamDesk  # noqa: PLC0415
        from vestibule.webhooks.endpoint import POLL, PUSH  # noqa: PLC0415

        return StreamDesk(
            replace(self.webhook_desk(actor), kinds=(PUSH, POLL)),
            self.security_events,
            self.issuer,
            self.public_url(),
            self.settings.security_events,
        )
