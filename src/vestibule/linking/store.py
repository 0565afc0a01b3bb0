"""What linking asks of a store. Every key begins with the tenant; ``Unavailable`` as other stores raise it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from vestibule.directory.change import AuditEntry
from vestibule.linking.linked_account import LinkedAccount, LinkState, Member, Outcome, Wanted
from vestibule.linking.service_connection import ConnectionState, Consent, Progress, ServiceConnection


class LinkingStore(Protocol):
    """Service connections, consents under way, linked accounts, and members staged by a full run."""

    async def connections(self, tenant: int | None = None) -> Sequence[ServiceConnection]:
        """Of a tenant, or of all; disconnected ones too."""
        ...

    async def connection(self, tenant: int, service: str) -> ServiceConnection | None:
        """That one, or None where it never was."""
        ...

    async def put_connection(
        self, connection: ServiceConnection, credentials: bytes, audit: AuditEntry, at: str
    ) -> None:
        """Connect, or connect anew; ``credentials`` are sealed. Accounts that were *stale* or *not connected*
        turn *pending*."""
        ...

    async def credentials(self, tenant: int, service: str) -> bytes | None:
        """The sealed credentials, None where there are none."""
        ...

    async def keep_credentials(self, tenant: int, service: str, sealed: bytes) -> None:
        """Replace them, durably."""
        ...

    async def end_connection(
        self, tenant: int, service: str, state: ConnectionState, reason: str, audit: AuditEntry, at: str
    ) -> None:
        """It does not work any more, is paused, or is disconnected (then credentials and staged members go).

        Its accounts turn *stale*, or *not connected* where it was disconnected.
        """
        ...

    async def claim(self, tenant: int, service: str, now: str, leased_until: str) -> ServiceConnection | None:
        """That one, now ours until then; None where it is not connected, is to wait, or somebody works on it."""
        ...

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
        """Note how far it is (``progress`` None: no full run is under way) and let others claim it.

        ``reason`` is why the service is not asked before ``not_before``. One that was connected anew, broke,
        or was asked to go through everything meanwhile keeps what that said.
        """
        ...

    async def ask_full(self, tenant: int, service: str, audit: AuditEntry, at: str) -> bool:
        """Have everything looked at as soon as may be (*Sync now*); False where it is not connected."""
        ...

    async def add_consent(self, consent: Consent, sealed: bytes, now: str) -> None:
        """Keep a consent that was begun; ``sealed`` holds verifier and nonce. Those expired by ``now`` go."""
        ...

    async def consent(self, state_hash: bytes, now: str) -> tuple[int, str, str, bytes] | None:
        """(tenant, service, actor, sealed) of a live one, which stays; None for any other."""
        ...

    async def take_consent(self, state_hash: bytes, now: str) -> tuple[int, str, str, bytes] | None:
        """(tenant, service, actor, sealed) of a live one, and it is gone; None for any other."""
        ...

    async def want(self, tenant: int, service: str, wanted: Sequence[Wanted], at: str) -> int:
        """Keep these rows; one with another key than before turns *pending*. How many are pending of them."""
        ...

    async def want_nothing(self, tenant: int, service: str, user_ids: Sequence[str], at: str) -> None:
        """These people name no account (any more): their rows go."""
        ...

    async def look_again(self, tenant: int, service: str, keys: Sequence[str], at: str) -> int:
        """Accounts with one of these keys, or found as one of these members (``id:…``), turn *pending*; how many."""
        ...

    async def pending(self, tenant: int, service: str, limit: int) -> Sequence[LinkedAccount]:
        """Active people's accounts that were not looked up yet."""
        ...

    async def after(self, tenant: int, service: str, user_id: str, limit: int) -> Sequence[LinkedAccount]:
        """The rows whose user ids come next."""
        ...

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
        """Rows by user id, filtered; ``outliving`` are those active there although ended here."""
        ...

    async def counts(self, tenant: int, service: str) -> Mapping[str, int]:
        """How many accounts of active people are in each state, and ``outliving``."""
        ...

    async def stage(self, tenant: int, service: str, members: Sequence[Member], progress: Progress) -> None:
        """Add to the staged members, and keep how far the run is, in one transaction."""
        ...

    async def staged(self, tenant: int, service: str, keys: Sequence[str]) -> Mapping[str, Sequence[Member]]:
        """The staged members that have one of those keys, by key."""
        ...

    async def clear_stage(self, tenant: int, service: str) -> None:
        """Forget all staged members."""
        ...

    async def settle(
        self, tenant: int, service: str, outcomes: Sequence[Outcome], conflict: str, at: str
    ) -> Sequence[Outcome]:
        """Keep what was found; where two active people want one member, both turn *conflict* with that reason.

        What came of each, conflicts included, where its state or member changed.
        """
        ...
