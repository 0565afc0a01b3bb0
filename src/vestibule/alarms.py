"""Alarms as events: an access token that runs out, an identity provider gone silent. Each is told once, by a job.

(A webhook endpoint that fails is told of by its courier, a guard rail that holds by the directory.)
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence

import structlog

from vestibule.beside import Rounds
from vestibule.clock import as_seconds, as_text
from vestibule.directory.events import ConnectionSilent, Event, TokenExpiring
from vestibule.settings import Settings
from vestibule.stores.receiving import ReceivingStore
from vestibule.tenancy.tenant import Provisioning, Tenant
from vestibule.tenancy.token import Token

_log = structlog.get_logger("vestibule.alarms")

#: Days before the end of an access token on which it is told.
TOKEN_DAYS = (60, 30, 14, 7, 1)
_EVERY_SECONDS = 600.0
_FIRST_AFTER_SECONDS = 5.0
_DAY = 86_400.0
#: Entra ID asks every 20 to 40 minutes whether or not anything changed (W117); others send changes alone.
_SILENT_ENTRA_SECONDS = _DAY
#: What was told is kept by the store; so much of it is remembered here, so that it is not asked each time.
_MOST_REMEMBERED = 20_000


class Alarms(Rounds):
    """Looks every ten minutes while it runs; ``round`` is one look."""

    work = "alarms"
    every_seconds = _EVERY_SECONDS
    first_after_seconds = _FIRST_AFTER_SECONDS

    def __init__(
        self, store: ReceivingStore, settings: Settings, seconds: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._settings = settings
        self._seconds = seconds
        self._told: set[tuple[int, str]] = set()

    async def round(self) -> int:
        """How many alarms were told now. ``Unavailable`` as the store raises it."""
        now = self._seconds()
        tokens = [token for token in await self._store.tenancy.tokens() if token.revoked_at is None]
        told = 0
        for token in tokens:
            days = days_to_tell(token, now)
            if days is not None:
                event = TokenExpiring(token.id, days=days, expires_at=token.expires_at or "")
                told += await self._tell(token.tenant, event, f"{token.id}/{days}", now)
        return told + await self._tell_of_silence(tokens, now)

    def tell(self, done: int) -> None:
        """Log that there were alarms."""
        if done:
            _log.warning("alarms were told as events", alarms=done)

    async def _tell_of_silence(self, tokens: Sequence[Token], now: float) -> int:
        if not self._settings.silent_days:
            return 0
        tenants = {tenant.id: tenant for tenant in await self._store.tenancy.tenants()}
        by_connection: dict[tuple[int, int], list[Token]] = defaultdict(list)
        for token in tokens:
            if token.state(as_text(now)) == "live":
                by_connection[token.tenant, token.connection].append(token)
        told = 0
        for (tenant, connection), live in by_connection.items():
            last = max((token.last_used_at or "" for token in live), default="")
            if not last or not _is_open(tenants.get(tenant)):
                continue
            quiet = now - as_seconds(last)
            if quiet >= min(_SILENT_ENTRA_SECONDS, self._settings.silent_days * _DAY):
                dialect = await self._dialect(tenant, connection)
                if quiet >= self._settings.silent_days * _DAY or dialect == "entra":
                    event = ConnectionSilent(str(connection), silent_since=last)
                    told += await self._tell(tenant, event, f"{connection}/{last}", now)
        return told

    async def _dialect(self, tenant: int, connection: int) -> str:
        for one in await self._store.tenancy.connections(tenant):
            if one.id == connection:
                return one.dialect or one.recognised or ""
        return ""

    async def _tell(self, tenant: int, event: Event, occasion: str, now: float) -> bool:
        key = tenant, f"{event.type}/{occasion}"
        if key in self._told:
            return False
        told = await self._store.feed.tell(tenant, event, as_text(now), once=key[1])
        if len(self._told) >= _MOST_REMEMBERED:
            self._told.clear()
        self._told.add(key)
        return told


def days_to_tell(token: Token, now: float) -> int | None:
    """The alarm that is due for a token: so many days are left, or fewer. None where none is, or it ended already.

    One that was issued for thirty days is not told of at once: it counts from the next of the days.
    """
    if token.expires_at is None or token.revoked_at is not None:
        return None
    ends = as_seconds(token.expires_at)
    left, lifetime = (ends - now) / _DAY, (ends - as_seconds(token.created_at)) / _DAY
    due = [days for days in TOKEN_DAYS if left <= days < lifetime]
    return min(due) if due and left > 0 else None


def _is_open(tenant: Tenant | None) -> bool:
    """Whether anybody may come in: silence of those who may not is no news."""
    return tenant is not None and tenant.provisioning is Provisioning.ON and not tenant.suspended
