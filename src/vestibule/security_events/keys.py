"""What signs security event tokens: made here, kept sealed, published, and changed without a gap.

A new key is published before it signs, and an old one stays published after it did, so that a receiver
who keeps our key set for an hour verifies every token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
from joserfc import jws
from joserfc.jwk import ECKey

from vestibule.clock import as_seconds, as_text
from vestibule.directory.change import AuditEntry
from vestibule.key_ring import KeyRing
from vestibule.security_events.errors import StreamRefused
from vestibule.security_events.store import SecurityEventStore, SetKey

ALGORITHM = "ES256"
MEDIA_TYPE = "application/secevent+jwt"
#: So long a new key is published before it signs, and may a receiver keep the key set.
LEAD = timedelta(hours=1)
#: So long an old key stays published after it signed last.
KEPT = timedelta(days=7)
_LONGEST_LEAD = timedelta(days=30)
_AT_ONCE = timedelta(0)
_INSTALLATION = "0"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key that is open."""

    id: str
    key: ECKey = field(repr=False)

    def sign(self, claims: dict[str, Any]) -> str:
        """The token: compact, explicitly typed (RFC 8417 §2.3)."""
        header = {"alg": ALGORITHM, "typ": "secevent+jwt", "kid": self.id}
        return jws.serialize_compact(header, orjson.dumps(claims), self.key, [ALGORITHM])


async def signer(store: SecurityEventStore, ring: Callable[[], Awaitable[KeyRing]], now: str) -> Signer:
    """The key that signs at this moment; the first one is made where there is none. ``KeyRingRefused``."""
    key = _signing(await store.keys(), now)
    if key is None:
        await store.add_key(
            _new_key(await ring(), now, now), _entry("system", "made", {}), now, only_first=True
        )
        key = _signing(await store.keys(), now)
    assert key is not None, "one was kept just now"
    opened = (await ring()).open(key.sealed, *_place(key.id))
    return Signer(key.id, ECKey.import_key(orjson.loads(opened)))


async def rotate(
    store: SecurityEventStore,
    ring: Callable[[], Awaitable[KeyRing]],
    now: str,
    actor: str,
    lead: timedelta = LEAD,
) -> SetKey:
    """A new key, which signs after ``lead``; the others end ``KEPT`` later. ``StreamRefused``, ``KeyRingRefused``."""
    if not _AT_ONCE <= lead <= _LONGEST_LEAD:
        raise StreamRefused(f"A new key signs after {_LONGEST_LEAD.days} days at most.")
    signs_from = as_seconds(now) + lead.total_seconds()
    key = _new_key(await ring(), now, as_text(signs_from))
    entry = _entry(actor, "rotated", {"key": key.id, "signs_from": key.signs_from})
    await store.add_key(key, entry, now, old_until=as_text(signs_from + KEPT.total_seconds()))
    return key


async def key_set(store: SecurityEventStore, now: str) -> dict[str, Any]:
    """The JWK set: every key that signs, will sign, or has signed of late."""
    return {"keys": [dict(key.public) for key in await store.keys() if is_published(key, now)]}


def is_published(key: SetKey, now: str) -> bool:
    """Whether it stands in the key set."""
    return not key.published_until or key.published_until > now


def _signing(keys: Sequence[SetKey], now: str) -> SetKey | None:
    """The newest that has begun; where none has (a clock went back), the one that begins first."""
    ready = [key for key in keys if key.signs_from <= now]
    return ready[-1] if ready else min(keys, key=lambda key: key.signs_from, default=None)


def _new_key(ring: KeyRing, now: str, signs_from: str) -> SetKey:
    pair = ECKey.generate_key("P-256")
    id = pair.thumbprint()
    public = {**pair.as_dict(private=False), "kid": id, "use": "sig", "alg": ALGORITHM}
    private = orjson.dumps(pair.as_dict(private=True)).decode()
    return SetKey(id, ring.seal(private, *_place(id)), public, now, signs_from)


def _entry(actor: str, done: str, payload: dict[str, Any]) -> AuditEntry:
    return AuditEntry(actor, f"set_key.{done}", "SetKey", str(payload.get("key", "")), payload)


def _place(id: str) -> tuple[str, ...]:
    return "set_key", _INSTALLATION, id, "private_key"
