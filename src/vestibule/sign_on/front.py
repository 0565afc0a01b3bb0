"""Where people are signed on: the stores, the keys, the clock, and the way out to identity providers."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from vestibule.directory.change import AuditEntry
from vestibule.directory.store import DirectoryStore
from vestibule.key_ring import KeyRing
from vestibule.profiles.profile import AddressStyle, ApplicationProfile
from vestibule.profiles.shelf import ProfileShelf
from vestibule.sign_on.certificate import KeyPair, new_key_pair
from vestibule.sign_on.errors import NotSetUp
from vestibule.sign_on.moment import clock_text, moment
from vestibule.sign_on.outward import Outward
from vestibule.sign_on.service_provider import ServiceProvider, service_provider
from vestibule.sign_on.setup import SignOnSetup, kept_setup
from vestibule.sign_on.store import SignOnStore, StoredKeyPair, StoredSetup
from vestibule.tenancy.store import TenancyStore
from vestibule.tenancy.tenant import Tenant

_SYSTEM = "sign-on"
#: Asks our metadata for addresses of the tenant's own.
OWN_ADDRESSES = "own"


@dataclass(frozen=True, slots=True)
class Front:
    """Web, console and command line make one and hand it to the functions of this room."""

    store: SignOnStore
    tenancy: TenancyStore
    directory: DirectoryStore
    profiles: ProfileShelf
    #: Seals private keys and client secrets.
    keys: Callable[[], Awaitable[KeyRing]]
    outward: Outward
    clock: Callable[[], str]
    random: Callable[[int], bytes]
    new_id: Callable[[], str]
    public_url: Callable[[], str]

    @property
    def now(self) -> datetime:
        """The clock's moment."""
        return moment(self.clock())

    def secret(self, prefix: str) -> str:
        """A fresh secret of 256 random bits."""
        return prefix + base64.urlsafe_b64encode(self.random(32)).rstrip(b"=").decode("ascii")

    def message_id(self) -> str:
        """An ID as SAML wants it: 160 random bits, beginning with a letter."""
        return f"v{self.random(20).hex()}"

    async def tenant(self, slug: str) -> Tenant | None:
        """The tenant of that slug, and of no other name."""
        found = await self.tenancy.tenants_named(slug)
        return found[0] if len(found) == 1 and found[0].slug == slug else None

    async def product_of(self, tenant: Tenant) -> ApplicationProfile:
        """The product the tenant is of."""
        return await self.profiles.current(tenant.profile)

    async def provider_for(self, tenant: Tenant) -> ServiceProvider:
        """Our addresses for that tenant; shared where the product has one address for all its customers.

        A further environment of one of them has addresses of its own (A1).
        """
        shared = await self.may_share(tenant)
        if shared:
            stored = await self.store.setup(tenant.id)
            shared = stored is None or not kept_setup(stored.document).choices.own_addresses
        return service_provider(self.public_url(), tenant.slug, shared=shared)

    def further_environment(self, tenant: Tenant) -> ServiceProvider:
        """What our addresses would be with some of its own, before it is set up so."""
        own = service_provider(self.public_url(), tenant.slug, shared=False)
        return replace(own, metadata_url=f"{own.metadata_url}?{OWN_ADDRESSES}=1")

    async def may_share(self, tenant: Tenant) -> bool:
        """Whether the product has one address for all its customers."""
        return (await self.product_of(tenant)).address is AddressStyle.SHARED

    async def sharing(self, issuer: str) -> Sequence[Tenant]:
        """The tenants with that identity provider whose responses come to the one address."""
        ids = set(await self.store.tenants_of_issuer(issuer))
        named = [tenant for tenant in await self.tenancy.tenants() if tenant.id in ids]
        return [tenant for tenant in named if (await self.provider_for(tenant)).is_shared]

    async def setup_of(self, tenant: Tenant) -> tuple[SignOnSetup, StoredSetup]:
        """The tenant's set-up, and how it is kept. ``NotSetUp``."""
        stored = await self.store.setup(tenant.id)
        if stored is None:
            raise NotSetUp(tenant.slug)
        return kept_setup(stored.document), stored

    async def key_pairs(self, tenant: Tenant) -> tuple[KeyPair, ...]:
        """Our key pairs for that tenant, the one that signs first; the first is made when it is first asked for."""
        stored = await self.store.key_pairs(tenant.id)
        if not stored:
            await self.add_key_pair(tenant, _SYSTEM, only_first=True)
            stored = await self.store.key_pairs(tenant.id)
        ring = await self.keys()
        return tuple(
            KeyPair(pair.certificate, ring.open(pair.private_key, *key_place(tenant.id, pair.id)))
            for pair in stored
        )

    async def add_key_pair(self, tenant: Tenant, actor: str, *, only_first: bool = False) -> str:
        """Make a key pair: from then on it signs, and the older ones still decrypt; its id."""
        pair = await asyncio.to_thread(new_key_pair, f"Vestibule {tenant.slug}", self.now)
        id = self.random(4).hex()
        sealed = (await self.keys()).seal(pair.private_key, *key_place(tenant.id, id))
        at = self.clock()
        entry = AuditEntry(actor, "sign_on.certificate_made", "Tenant", tenant.slug, {"id": id})
        await self.store.add_key_pair(
            StoredKeyPair(tenant.id, id, pair.certificate, sealed, at), entry, at, only_first=only_first
        )
        return id


def key_place(tenant: int, id: str) -> tuple[str, str, str, str]:
    """What a sealed private key is bound to."""
    return "sign_on_key", str(tenant), id, "private_key"


def secret_place(tenant: int) -> tuple[str, str, str, str]:
    """What a sealed client secret is bound to."""
    return "sign_on", str(tenant), str(tenant), "secret"


def secret_hash(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def later(now: datetime, seconds: float) -> str:
    """The clock's text so many seconds on."""
    return clock_text(datetime.fromtimestamp(now.timestamp() + seconds, now.tzinfo))
