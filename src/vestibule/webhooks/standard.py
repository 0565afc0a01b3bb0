"""Standard Webhooks as a manner of sending: JSON, signed with the endpoint's secrets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from vestibule.key_ring import KeyRing
from vestibule.webhooks.endpoint import Endpoint
from vestibule.webhooks.manner import Outgoing, Verdict
from vestibule.webhooks.message import Letter
from vestibule.webhooks.poster import Posted
from vestibule.webhooks.secrets import SigningKeys, signing_keys
from vestibule.webhooks.sending import headers_of, is_taken


class StandardWebhooks:
    """A ``Manner``."""

    def __init__(self, keys: Callable[[], Awaitable[KeyRing]]) -> None:
        self._keys = keys

    async def sender(self, endpoint: Endpoint, now: float) -> _Signing:
        """Signs with the endpoint's secrets. ``KeyRingRefused``."""
        return _Signing(signing_keys(await self._keys(), endpoint, now))

    def verdict(self, posted: Posted) -> Verdict:
        """2xx takes it, 410 ends it."""
        if posted.status == 410:
            return Verdict.GONE
        return Verdict.TAKEN if is_taken(posted.status) else Verdict.FAILED

    def fault(self, posted: Posted) -> str:
        """The status and the answer say it."""
        return ""


class _Signing:
    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys

    @property
    def until(self) -> float:
        """When a secret ends."""
        return self._keys.until

    async def outgoing(self, letter: Letter, now: float) -> Outgoing:
        """The letter as it is, signed."""
        return Outgoing(headers_of(letter, self._keys.keys, now), letter.body)
