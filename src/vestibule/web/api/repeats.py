"""``Idempotency-Key``: a write that is sent again with the same key is answered again, and not carried out again.

Kept for a day (``housekeeping``), for each token: the request's hash and, sealed, its answer. Refusals are not kept: they changed
nothing, so the same key may try again. A request whose server died in the middle holds its key for a minute.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import orjson

from vestibule.key_ring import KeyRing, KeyRingRefused
from vestibule.tenancy.access_tokens import later
from vestibule.tenancy.store import RepeatStore
from vestibule.web.api.problems import InvalidParameter, KeyInUse, KeyReused

#: A claim without an answer is somebody's who died, after so long.
_CLAIM_LASTS = timedelta(seconds=60)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
#: Headers of an answer that belong to it, and not to the exchange.
_KEPT_HEADERS = ("etag", "location")


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was given the first time."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class KeepsAnswers(Protocol):
    """Where answers are kept, and what seals them; ``clock`` tells UTC text."""

    @property
    def repeats(self) -> RepeatStore: ...

    @property
    def clock(self) -> Callable[[], str]: ...

    @property
    def keys(self) -> Callable[[], Awaitable[KeyRing]]: ...


class Repeats:
    """Claims keys, and hands out what was answered under them."""

    def __init__(self, premises: KeepsAnswers) -> None:
        self._premises = premises

    async def begin(
        self, token: str, key: str, method: str, path: str, query: str, body: bytes
    ) -> Kept | None:
        """None where the request is to be carried out; else its answer. ``KeyReused``, ``KeyInUse``."""
        if not _KEY.fullmatch(key):
            raise InvalidParameter(
                "Idempotency-Key has 1 to 255 visible ASCII characters; a UUID is a good one."
            )
        now = self._premises.clock()
        hash = hashlib.sha256(orjson.dumps([method, path, query]) + b"\0" + body).digest()
        known = await self._premises.repeats.claim_key(
            token, key, hash, now, unless_since=later(now, -_CLAIM_LASTS)
        )
        if known is None:
            return None
        if known.request_hash != hash:
            raise KeyReused(
                f"The Idempotency-Key {key[:80]!r} was used on {known.at} for another request (method, address or body "
                "differ). Nothing was changed. Make a new key for each request that is meant to do something new."
            )
        if known.status is None or known.answer is None:
            raise KeyInUse(
                f"The request with the Idempotency-Key {key[:80]!r} is still being carried out. Nothing was done twice. "
                "Send it again in a second; its answer will be the same.",
                headers={"retry-after": "1"},
            )
        ring = await self._premises.keys()
        try:
            headers, text = orjson.loads(ring.open(known.answer, "repeat", token, key))
        except KeyRingRefused:
            raise KeyInUse(
                "This request was carried out; its answer is not kept any more (a person was erased since, or its key is not "
                "in VESTIBULE_KEYS any more). Look whether what it made is there."
            ) from None
        return Kept(known.status, headers, base64.b64decode(text))

    async def end(self, token: str, key: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Keep the answer of a request that was carried out."""
        kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
        text = orjson.dumps([kept, base64.b64encode(body).decode()]).decode()
        sealed = (await self._premises.keys()).seal(text, "repeat", token, key)
        await self._premises.repeats.keep_answer(token, key, status, sealed)

    async def give_up(self, token: str, key: str) -> None:
        """The request changed nothing: the key is free again."""
        await self._premises.repeats.release_key(token, key)
