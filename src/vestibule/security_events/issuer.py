"""Makes signed tokens: an event of the log and the stream it goes to in, a token out."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from vestibule.clock import as_text
from vestibule.directory.events import WebhookEventsForgotten
from vestibule.key_ring import KeyRing
from vestibule.profiles.shelf import ProfileShelf
from vestibule.security_events.claims import Subject, claims_of, claims_of_gap, jti_of
from vestibule.security_events.store import SecurityEventStore
from vestibule.tenancy.store import TenancyStore
from vestibule.webhooks.endpoint import Endpoint

if TYPE_CHECKING:
    from vestibule.security_events.keys import Signer

_ENDPOINTS = {"User": "/Users", "Group": "/Groups"}
#: So long a key is used without a look whether a newer one signs.
_LOOK_SECONDS = 30.0


class Issuer:
    """One for each process. ``keys`` gives the ring that opens our private keys."""

    def __init__(
        self,
        store: SecurityEventStore,
        tenancy: TenancyStore,
        profiles: ProfileShelf,
        keys: Callable[[], Awaitable[KeyRing]],
        public_url: Callable[[], str],
        seconds: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._tenancy = tenancy
        self._profiles = profiles
        self._keys = keys
        self._public_url = public_url
        self._seconds = seconds
        self._signer: Signer | None = None
        self._looks_at = 0.0

    def issuer(self, slug: str) -> str:
        """``iss`` of a tenant's tokens: its SCIM base URL, below which ``sub_id.uri`` leads to the resource."""
        return f"{self._public_url()}/t/{slug}/scim/v2"

    async def token(self, stream: Endpoint, told: Mapping[str, Any]) -> str:
        """The token that tells an event (as the feed does) on that stream. ``KeyRingRefused``, ``Unavailable``."""
        issuer, jti = self.issuer(told["tenant"]), jti_of(stream.id, told["seq"])
        if told["type"] == WebhookEventsForgotten.type:
            claims = claims_of_gap(told, stream.id, issuer=issuer, audience=stream.audience, jti=jti)
        else:
            claims = claims_of(
                told,
                await self._subject(stream.tenant, told),
                issuer=issuer,
                audience=stream.audience,
                jti=jti,
                full=stream.is_full,
            )
        return await self.signed(claims)

    async def signed(self, claims: dict[str, Any]) -> str:
        """Claims, signed by the key of this moment."""
        from vestibule.security_events.keys import signer  # noqa: PLC0415

        now = self._seconds()
        if self._signer is None or now >= self._looks_at:
            self._signer = await signer(self._store, self._keys, as_text(now))
            self._looks_at = now + _LOOK_SECONDS
        return self._signer.sign(claims)

    async def _subject(self, tenant: int, told: Mapping[str, Any]) -> Subject:
        type, id = told["subjectType"], told["subjectId"]
        path = f"{_ENDPOINTS.get(type) or await self._endpoint(told['tenant'], type)}/{id}"
        known = await self._store.known(tenant, id)
        if known is None:
            return Subject(path)
        # The event bears the moment of the change: a resource that was changed again says a later one.
        version = f'W/"{known.version}"' if known.modified == told["at"] else None
        return Subject(path, known.external_id, version)

    async def _endpoint(self, slug: str, type: str) -> str:
        """Of a type that the tenant's profile declares; one that is declared no more is called by its name."""
        for tenant in await self._tenancy.tenants_named(slug):
            found = (await self._profiles.current(tenant.profile)).types.get(type)
            if found is not None:
                return found.resource_type.endpoint
        return f"/{type}"
