"""So many requests a second for each access token, where the installation sets a limit (K39).

A token bucket for each, kept as one number: the moment at which it is full again. One that is full
equals one that is unknown, so nothing is kept of who asks seldom. In one process: several each count
for themselves.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from vestibule.directory.store import LookAhead
from vestibule.profiles.profile import ApplicationProfile
from vestibule.scim.errors import Forbidden, TooManyRequests, Unauthorized
from vestibule.tenancy.admission import Admission
from vestibule.web.exchange import Exchange

#: What identity providers send at once is let through: so many seconds' worth.
BURST_SECONDS = 10.0
#: Of more tokens at a time those used longest ago are forgotten, as if they had rested.
MOST_REMEMBERED = 10_000
#: Whoever shows no token that is known here, together. No token has that name.
_STRANGERS = ""

Admitted = tuple[Admission, ApplicationProfile]


class Admit(Protocol):
    """``Authentication.admit``."""

    def __call__(
        self, exchange: Exchange, slug: str | None, ahead: LookAhead | None = None
    ) -> Awaitable[Admitted]:
        """Who calls and with which profile."""
        ...


class Buckets:
    """A bucket for each name, all of one size. ``clock`` tells seconds and never goes back."""

    def __init__(self, per_second: int, clock: Callable[[], float]) -> None:
        self.per_second = per_second
        self._clock = clock
        self._each = 1.0 / per_second
        #: When each bucket is full again, least recently used first.
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, name: str, *, owing: bool = False) -> float:
        """Take one out: 0, or in how many seconds there is one again, and nothing is taken.

        ``owing`` always takes it; what follows waits until it is paid back.
        """
        now = self._clock()
        full_at = max(self._full_at.get(name, now), now) + self._each
        wait = full_at - now - BURST_SECONDS
        # Sums of fractions are a little off: half a request is none too early.
        if wait > self._each / 2 and not owing:
            self._full_at.move_to_end(name)
            return wait
        self._full_at[name] = full_at
        self._full_at.move_to_end(name)
        if len(self._full_at) > MOST_REMEMBERED:
            self._full_at.popitem(last=False)
        return 0.0


class RateLimit:
    """Admits as ``admit`` does, and raises TooManyRequests where that token brought too many.

    A token that is known has its own bucket, also one that is revoked, or whose tenant is paused.
    All that show none, or none that is known, share one, so that a good token is never kept waiting
    by other people's bad ones. The operations of a bulk request count, but the request that was
    let in is carried out whole: what it took too much is waited for afterwards.
    """

    def __init__(self, admit: Admit, per_second: int, clock: Callable[[], float]) -> None:
        self._admit = admit
        self._buckets = Buckets(per_second, clock)

    async def admit(self, exchange: Exchange, slug: str | None, ahead: LookAhead | None = None) -> Admitted:
        """Who calls and with which profile; raises Unauthorized, Forbidden or TooManyRequests."""
        try:
            admitted = await self._admit(exchange, slug, ahead)
        except (Unauthorized, Forbidden):
            self._take(exchange)
            raise
        self._take(exchange)
        return admitted

    async def pass_openly(self, exchange: Exchange, slug: str | None) -> None:
        """Count a request that needs no token, for the token that it shows all the same."""
        if b"authorization" in exchange.headers:
            with suppress(Unauthorized, Forbidden):
                await self._admit(exchange, slug)
        self._take(exchange)

    def _take(self, exchange: Exchange) -> None:
        known = exchange.admission
        wait = self._buckets.take(known.token if known else _STRANGERS, owing=exchange.part is not None)
        if not wait:
            return
        seconds = max(1, math.ceil(wait))
        many = self._buckets.per_second
        came = (
            f"The access token {known.token_name!r} brought more than {many} requests a second."
            if known
            else f"More than {many} requests a second came without an access token that is known here."
        )
        raise TooManyRequests(
            f"{came} Nothing was changed. Send this one again in {seconds} "
            f"second{'' if seconds == 1 else 's'}.",
            seconds,
        )
