"""Push delivery as a manner of sending (RFC 8935): the token is the body, 202 takes it, 400 says why not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from vestibule.key_ring import KeyRing
from vestibule.security_events.issuer import Issuer
from vestibule.security_events.keys import MEDIA_TYPE
from vestibule.webhooks.endpoint import Endpoint
from vestibule.webhooks.manner import Outgoing, Verdict
from vestibule.webhooks.message import Letter
from vestibule.webhooks.poster import Posted
from vestibule.webhooks.sending import USER_AGENT, is_taken

#: Sent again it would be refused again: the token itself is not liked (RFC 8935 §2.4). Keys, issuer, audience
#: and authentication can be put right at either side, so those are tried again.
FOR_GOOD = frozenset({"invalid_request"})
_LONGEST_CODE = 60
_LONGEST_WORDS = 300
_SENDER_SECONDS = 30.0


class Push:
    """A ``Manner``."""

    def __init__(self, issuer: Issuer, keys: Callable[[], Awaitable[KeyRing]]) -> None:
        self._issuer = issuer
        self._keys = keys

    async def sender(self, endpoint: Endpoint, now: float) -> _Pushing:
        """Makes tokens for that stream. ``KeyRingRefused``."""
        authorization = open_authorization(await self._keys(), endpoint)
        return _Pushing(self._issuer, endpoint, authorization, now + _SENDER_SECONDS)

    def verdict(self, posted: Posted) -> Verdict:
        """2xx takes it; 400 with an ``err`` that will not change refuses it for good; 410 ends the stream."""
        if posted.status == 410:
            return Verdict.GONE
        if is_taken(posted.status):
            return Verdict.TAKEN
        return Verdict.REFUSED if error_of(posted).get("err") in FOR_GOOD else Verdict.FAILED

    def fault(self, posted: Posted) -> str:
        """``invalid_key: …`` of a 400."""
        error = error_of(posted)
        return said(error.get("err", ""), error.get("description", "")) if error else ""


class _Pushing:
    def __init__(self, issuer: Issuer, stream: Endpoint, authorization: str, until: float) -> None:
        self._issuer = issuer
        self._stream = stream
        self._authorization = authorization
        self.until = until

    async def outgoing(self, letter: Letter, now: float) -> Outgoing:
        """The token."""
        token = await self._issuer.token(self._stream, orjson.loads(letter.body)["data"])
        return Outgoing(headers_of(self._authorization), token.encode("ascii"))


def headers_of(authorization: str) -> list[tuple[str, str]]:
    """The headers of a push (RFC 8935 §2.1)."""
    headers = [("User-Agent", USER_AGENT), ("Content-Type", MEDIA_TYPE), ("Accept", "application/json")]
    return [*headers, ("Authorization", authorization)] if authorization else headers


def error_of(posted: Posted) -> dict[str, Any]:
    """The error of a 400 (RFC 8935 §2.3); {} where there is none that can be read."""
    if posted.status != 400:
        return {}
    try:
        error = orjson.loads(posted.answer)
    except orjson.JSONDecodeError:
        return {}
    return error if isinstance(error, dict) and isinstance(error.get("err"), str) else {}


def said(code: object, description: object) -> str:
    """A receiver's error as it is kept: one line, within limits."""
    words = " ".join(str(description or "").split())[:_LONGEST_WORDS]
    text = f"{str(code)[:_LONGEST_CODE]}: {words}" if words else str(code)[:_LONGEST_CODE]
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def open_authorization(ring: KeyRing, stream: Endpoint) -> str:
    """The Authorization header that the receiver asks for, "" for none. ``KeyRingRefused``."""
    return ring.open(stream.secret, *authorization_place(stream.tenant, stream.id))


def authorization_place(tenant: int, id: str) -> tuple[str, ...]:
    """Where it is kept."""
    return "webhook_endpoint", str(tenant), id, "authorization"
