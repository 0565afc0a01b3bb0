"""Signing secrets at rest: sealed, bound to their row, and opened where something is signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.clock import as_seconds
from vestibule.key_ring import KeyRing
from vestibule.webhooks.endpoint import Endpoint
from vestibule.webhooks.signature import key_of

_FOR_EVER = float("inf")


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The keys that sign, newest first, and until when these do."""

    keys: Sequence[bytes]
    until: float


def seal_secret(ring: KeyRing, tenant: int, endpoint_id: str, secret: str) -> bytes:
    """The secret as it is kept."""
    return ring.seal(secret, *_place(tenant, endpoint_id))


def open_secret(ring: KeyRing, endpoint: Endpoint) -> str:
    """The newest secret, to be shown. ``KeyRingRefused``."""
    return ring.open(endpoint.secret, *_place(endpoint.tenant, endpoint.id))


def signing_keys(ring: KeyRing, endpoint: Endpoint, now: float) -> SigningKeys:
    """What signs now. ``KeyRingRefused`` where a key of VESTIBULE_KEYS is missing."""
    place = _place(endpoint.tenant, endpoint.id)
    keys = [key_of(ring.open(endpoint.secret, *place))]
    overlap_ends = as_seconds(endpoint.old_secret_until)
    if endpoint.old_secret is None or now >= overlap_ends:
        return SigningKeys(keys, _FOR_EVER)
    return SigningKeys([*keys, key_of(ring.open(endpoint.old_secret, *place))], overlap_ends)


def _place(tenant: int, endpoint_id: str) -> tuple[str, ...]:
    return "webhook_endpoint", str(tenant), endpoint_id, "secret"
