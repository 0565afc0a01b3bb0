"""``LinkingStore`` over any store: each method asks what ``shared_sql.linking`` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from vestibule.directory.change import AuditEntry
from vestibule.linking.linked_account import LinkedAccount, LinkState, Member, Outcome, Wanted
from vestibule.linking.service_connection import ConnectionState, Consent, Progress, ServiceConnection
from vestibule.stores.shared_sql import linked_accounts, service_connections
from vestibule.stores.shared_sql.asking import Asking

T = TypeVar("T")


class Answers(Protocol):
    """What drives an ``Asking`` on one store; handed over as what makes one, as it may be begun again."""

    async def read(self, asking: Callable[[], Asking[T]]) -> T:
        """Statements that change nothing."""
        ...

    async def write(
        self,
        asking: Callable[[], Asking[T]],
        tenant: int | None = None,
        audit: AuditEntry | None = None,
        at: str = "",
    ) -> T:
        """Statements in one transaction, with that audit entry."""
        ...


class LinkingRows:
    """A ``LinkingStore``."""

    def __init__(self, answers: Answers) -> None:
        self._read = answers.read
        self._write = answers.write

    async def connections(self, tenant: int | None = None) -> Sequence[ServiceConnection]:
        """Of a tenant or of all."""
        return await self._read(lambda: service_connections.connections(tenant))

    async def connection(self, tenant: int, service: str) -> ServiceConnection | None:
        """That one."""
        return await self._read(lambda: service_connections.connection(tenant, service))

    async def put_connection(
        self, connection: ServiceConnection, credentials: bytes, audit: AuditEntry, at: str
    ) -> None:
        """Connect, with the audit entry."""
        await self._write(
            lambda: service_connections.put_connection(connection, credentials, audit.actor, at),
            connection.tenant,
            audit,
            at,
        )

    async def credentials(self, tenant: int, service: str) -> bytes | None:
        """As they are sealed."""
        return await self._read(lambda: service_connections.credentials(tenant, service))

    async def keep_credentials(self, tenant: int, service: str, sealed: bytes) -> None:
        """Replace them."""
        await self._write(lambda: service_connections.keep_credentials(tenant, service, sealed))

    async def end_connection(
        self, tenant: int, service: str, state: ConnectionState, reason: str, audit: AuditEntry, at: str
    ) -> None:
        """Broken, paused or disconnected."""
        await self._write(
            lambda: service_connections.end_connection(tenant, service, state, reason, audit.actor, at),
            tenant,
            audit,
            at,
        )

    async def claim(self, tenant: int, service: str, now: str, leased_until: str) -> ServiceConnection | None:
        """Ours from now on."""
        return await self._write(lambda: service_connections.claim(tenant, service, now, leased_until))

    async def release(
        self,
        connection: ServiceConnection,
        *,
        seen_event: int | None = None,
        next_full_at: str | None = None,
        not_before: str | None = None,
        progress: Progress | None = None,
        last_full_at: str | None = None,
        last_full: Mapping[str, Any] | None = None,
        reason: str = "",
        failures: int = 0,
    ) -> None:
        """How far it is."""
        await self._write(
            lambda: service_connections.release(
                connection,
                seen_event=seen_event,
                next_full_at=next_full_at,
                not_before=not_before,
                progress=progress,
                last_full_at=last_full_at,
                last_full=last_full,
                reason=reason,
                failures=failures,
            )
        )

    async def ask_full(self, tenant: int, service: str, audit: AuditEntry, at: str) -> bool:
        """As soon as may be."""
        return await self._write(lambda: service_connections.ask_full(tenant, service, at), tenant, audit, at)

    async def add_consent(self, consent: Consent, sealed: bytes, now: str) -> None:
        """Keep one that was begun."""
        await self._write(lambda: service_connections.add_consent(consent, sealed, now))

    async def consent(self, state_hash: bytes, now: str) -> tuple[int, str, str, bytes] | None:
        """A live one."""
        return await self._read(lambda: service_connections.consent(state_hash, now))

    async def take_consent(self, state_hash: bytes, now: str) -> tuple[int, str, str, bytes] | None:
        """Once."""
        return await self._write(lambda: service_connections.take_consent(state_hash, now))

    async def want(self, tenant: int, service: str, wanted: Sequence[Wanted], at: str) -> int:
        """Rows as they are wanted."""
        return await self._write(lambda: linked_accounts.want(tenant, service, wanted, at))

    async def want_nothing(self, tenant: int, service: str, user_ids: Sequence[str], at: str) -> None:
        """Their rows go."""
        await self._write(lambda: linked_accounts.want_nothing(tenant, service, user_ids, at))

    async def look_again(self, tenant: int, service: str, keys: Sequence[str], at: str) -> int:
        """Pending from now on."""
        return await self._write(lambda: linked_accounts.look_again(tenant, service, keys, at))

    async def pending(self, tenant: int, service: str, limit: int) -> Sequence[LinkedAccount]:
        """To be looked up."""
        return await self._read(lambda: linked_accounts.pending(tenant, service, limit))

    async def after(self, tenant: int, service: str, user_id: str, limit: int) -> Sequence[LinkedAccount]:
        """Row by row."""
        return await self._read(lambda: linked_accounts.after(tenant, service, user_id, limit))

    async def accounts(
        self,
        tenant: int,
        service: str | None = None,
        *,
        state: LinkState | None = None,
        user_id: str | None = None,
        outliving: bool = False,
        after: str = "",
        limit: int = 100,
    ) -> Sequence[LinkedAccount]:
        """Filtered, by user id."""
        return await self._read(
            lambda: linked_accounts.accounts(
                tenant, service, state=state, user_id=user_id, outliving=outliving, after=after, limit=limit
            )
        )

    async def counts(self, tenant: int, service: str) -> Mapping[str, int]:
        """By state."""
        return await self._read(lambda: linked_accounts.counts(tenant, service))

    async def stage(self, tenant: int, service: str, members: Sequence[Member], progress: Progress) -> None:
        """Members, and how far the run is."""
        await self._write(lambda: linked_accounts.stage(tenant, service, members, progress))

    async def staged(self, tenant: int, service: str, keys: Sequence[str]) -> Mapping[str, Sequence[Member]]:
        """By key."""
        return await self._read(lambda: linked_accounts.staged(tenant, service, keys))

    async def clear_stage(self, tenant: int, service: str) -> None:
        """All of it."""
        await self._write(lambda: linked_accounts.clear_stage(tenant, service))

    async def settle(
        self, tenant: int, service: str, outcomes: Sequence[Outcome], conflict: str, at: str
    ) -> Sequence[Outcome]:
        """Keep what was found."""
        return await self._write(lambda: linked_accounts.settle(tenant, service, outcomes, conflict, at))
