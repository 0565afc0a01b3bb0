"""Who calls: the API token in the Authorization header, its scopes, and how many requests it may bring."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from vestibule.scim.errors import TooManyRequests
from vestibule.tenancy.scopes import allows
from vestibule.tenancy.token import TokenFault, TokenKind, read_authorization, token_length
from vestibule.web.api.operation import Operation
from vestibule.web.api.problems import ScopeMissing, Unauthenticated
from vestibule.web.api.side import ShownToken
from vestibule.web.rate_limit import Buckets

#: Its last use is noted once in so many seconds.
_NOTED_EVERY_SECONDS = 60
_STRANGERS = ""

T = TypeVar("T", bound=ShownToken)
C_co = TypeVar("C_co", bound=ShownToken, covariant=True)


class KnownTokens(Protocol[C_co]):
    """Where tokens are kept."""

    async def api_token_shown(self, hash: bytes) -> C_co | None:
        """The token of that hash, ended ones included; else None."""
        ...

    async def note_api_token_used(self, id: str, at: str) -> None:
        """Note that it was used then."""
        ...


class Callers(Generic[T]):
    """Lets callers in, each time anew, so that a revocation holds at once. ``buckets`` None sets no limit.

    ``issued_by`` is the command that issues a token.
    """

    def __init__(self, store: KnownTokens[T], buckets: Buckets | None, issued_by: str) -> None:
        self._store = store
        self._buckets = buckets
        self._issued_by = issued_by

    async def admit(self, authorization: str | None, operation: Operation, now: str) -> T | None:
        """Whose token it is; None where the operation is open and none was shown.

        ``Unauthenticated``, ``ScopeMissing``, ``TooManyRequests``.
        """
        if operation.open and authorization is None:
            self._count(None)
            return None
        try:
            token = await self._known(authorization, now)
        except Unauthenticated:
            self._count(None)
            if operation.open:
                return None
            raise
        self._count(token)
        if operation.scope is not None and not allows(token.scopes, operation.scope):
            raise ScopeMissing(
                f"The API token {token.name!r} has the scopes {', '.join(token.scopes)}; this operation needs "
                f"{operation.scope}. Issue one that has it."
            )
        if _seconds_between(token.last_used_at, now) >= _NOTED_EVERY_SECONDS:
            await self._store.note_api_token_used(token.id, now)
        return token

    async def _known(self, authorization: str | None, now: str) -> T:
        presented = read_authorization(authorization, TokenKind.API)
        if presented.fault is not None:
            raise Unauthenticated(
                _said(presented.fault, presented.length, authorization or "", self._issued_by)
            )
        token = await self._store.api_token_shown(presented.hash)
        if token is None:
            raise Unauthenticated("The API token is unknown here. Is it of another installation?")
        if token.revoked_at is not None:
            raise Unauthenticated(
                f"The API token {token.name!r} was revoked on {token.revoked_at[:10]}. Issue a new one."
            )
        if token.state(now) == "expired":
            raise Unauthenticated(
                f"The API token {token.name!r} expired on {(token.expires_at or '')[:10]}. Issue a new one."
            )
        return token

    def _count(self, token: T | None) -> None:
        if self._buckets is None:
            return
        wait = self._buckets.take(token.id if token else _STRANGERS)
        if not wait:
            return
        seconds = max(1, math.ceil(wait))
        came = (
            f"The API token {token.name!r} brought" if token else "Callers without a known API token brought"
        )
        raise TooManyRequests(
            f"{came} more than {self._buckets.per_second} requests a second. Nothing was changed. Send this one "
            f"again in {seconds} second{'' if seconds == 1 else 's'}.",
            seconds,
        )


def _said(fault: TokenFault, length: int, authorization: str, issued_by: str) -> str:
    whole = token_length(TokenKind.API)
    match fault:
        case TokenFault.MISSING:
            return (
                "No API token was sent. Send the header Authorization: Bearer vst_api_…; a token is issued with "
                f"`{issued_by}`."
            )
        case TokenFault.CUT:
            return f"The API token is cut: only {length} of {whole} characters arrived. Copy it again."
        case TokenFault.MISTYPED:
            return (
                "The API token is mistyped: its checksum is wrong, so a character was changed. Copy it again."
            )
        case TokenFault.MALFORMED:
            if "vst_scim_" in authorization:
                return (
                    "This is the access token of an identity provider (vst_scim_…), which opens SCIM alone. The API "
                    f"takes vst_api_…; one is issued with `{issued_by}`."
                )
            return f"The API token is malformed: one begins with vst_api_ and has {whole} characters in all."


def _seconds_between(before: str | None, now: str) -> float:
    if before is None:
        return math.inf
    return (datetime.fromisoformat(now) - datetime.fromisoformat(before)).total_seconds()
