"""What sign-on asks of a store (one Protocol; the contract suite holds every store to it)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vestibule.directory.change import AuditEntry


@dataclass(frozen=True, slots=True)
class StoredSetup:
    """A tenant's sign-on as it is kept. ``secret`` is sealed."""

    tenant: int
    issuer: str
    document: Mapping[str, Any]
    secret: bytes | None
    #: When the metadata address was read last, and what was wrong then ("" for nothing).
    read_at: str
    read_fault: str
    #: When somebody first came in by it, or a test succeeded; "" for never.
    worked_at: str
    changed_at: str


@dataclass(frozen=True, slots=True)
class StoredKeyPair:
    """A certificate of ours (PEM) and its sealed private key; the newest one signs."""

    tenant: int
    id: str
    certificate: str
    private_key: bytes
    created_at: str


@dataclass(frozen=True, slots=True)
class Once:
    """Something that counts once, and until it expires: a request under way, a used assertion, a code.

    ``kind`` and ``key`` name it; only hashes of secrets stand in either.
    """

    tenant: int
    kind: str
    key: str
    expires_at: str
    document: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-on person, by the hash of the session's secret; ``sign_in`` is what sessions of one sign-in share."""

    tenant: int
    hash: bytes
    person: str
    sign_in: str
    protocol: str
    subject: str
    subject_format: str
    session_index: str
    created_at: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that somebody tried, for the administrator: what came and what was found.

    ``rule`` is "" where it succeeded. ``payload`` holds what is personal: the address that came, where it
    stood, the provisioned userName, the sentence; None once it was forgotten.
    """

    tenant: int
    at: str
    rule: str
    person: str
    is_test: bool
    request_id: str
    payload: Mapping[str, Any] | None
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """What a finished sign-in leaves, all in one transaction, or nothing of it.

    ``uses`` must be there and unexpired, and are gone afterwards; ``remembers`` must not be there.
    ``session`` is of somebody whose access is granted then. ``proves`` says that the set-up works: the
    first time, with that audit entry, it also opens the gate of ``sso_first``.
    """

    tenant: int
    attempt: Attempt
    uses: Sequence[Once] = ()
    remembers: Sequence[Once] = ()
    adds: Sequence[Once] = ()
    session: Session | None = None
    proves: AuditEntry | None = None


class SignOnStore(Protocol):
    """Each change of a set-up commits together with its audit entry. Any method may raise ``Unavailable``."""

    async def setup(self, tenant: int) -> StoredSetup | None:
        """The tenant's set-up, or None."""
        ...

    async def setups(self) -> Sequence[StoredSetup]:
        """Those of all tenants."""
        ...

    async def put_setup(self, setup: StoredSetup, audit: AuditEntry, at: str) -> None:
        """Keep it in the place of what was there. ``worked_at`` stays where the issuer does, else it is ""."""
        ...

    async def note_metadata(
        self, tenant: int, document: Mapping[str, Any] | None, at: str, fault: str
    ) -> None:
        """What reading the metadata address anew gave: another document or none, and a fault or "" for none."""
        ...

    async def remove_setup(self, tenant: int, audit: AuditEntry, at: str) -> bool:
        """Forget it and end all sessions; False where there was none.

        Where it had opened the gate of ``sso_first`` by working, the gate closes.
        """
        ...

    async def tenants_of_issuer(self, issuer: str) -> Sequence[int]:
        """The tenants whose identity provider that is."""
        ...

    async def key_pairs(self, tenant: int) -> Sequence[StoredKeyPair]:
        """Newest first."""
        ...

    async def add_key_pair(
        self, pair: StoredKeyPair, audit: AuditEntry, at: str, *, only_first: bool = False
    ) -> bool:
        """Keep one; with ``only_first`` only where there is none yet, else False."""
        ...

    async def remove_key_pair(self, tenant: int, id: str, audit: AuditEntry, at: str) -> bool:
        """Forget one; False where there is none of that id, or it is the last."""
        ...

    async def add_once(self, once: Once) -> bool:
        """Keep it; False where it is there already."""
        ...

    async def once(self, kind: str, key: str, now: str) -> Once | None:
        """The unexpired one of that name, of whatever tenant."""
        ...

    async def take_once(self, once: Once, now: str) -> bool:
        """Use it up; False where it is not there, or expired."""
        ...

    async def end(self, ended: Ended, now: str) -> str:
        """Do all of it and give ""; else nothing but the attempt, and what failed: ``uses``, ``remembers``, ``access``."""
        ...

    async def exchange(self, uses: Once, session: Session, now: str) -> bool:
        """A session beside the one of the same sign-in; False where the code or that session is gone."""
        ...

    async def session(self, tenant: int, hash: bytes, now: str) -> Session | None:
        """The unexpired session of that hash, of somebody whose access is granted; None else."""
        ...

    async def sign_in(self, tenant: int, sign_in: str, now: str) -> Sequence[Session]:
        """The sessions of one sign-in that are in force, oldest first."""
        ...

    async def end_sign_in(self, tenant: int, sign_in: str) -> int:
        """End the sessions of one sign-in; how many."""
        ...

    async def revoke_sign_in(self, tenant: int, person: str, sign_in: str, audit: AuditEntry, at: str) -> int:
        """End the sessions of one of that person's sign-ins, by an administrator's hand; how many."""
        ...

    async def end_subject(self, tenant: int, subject: str, session_indexes: Sequence[str]) -> int:
        """End the sessions of a subject, all or those of the indexes; how many."""
        ...

    async def sessions_of(self, tenant: int, person: str, now: str) -> Sequence[Session]:
        """A person's unexpired sessions, newest first."""
        ...

    async def attempts(self, tenant: int, *, limit: int = 50) -> Sequence[Attempt]:
        """The newest attempts first."""
        ...

    async def tidy(self, now: str, *, keep_attempts: int = 200, limit: int = 1000) -> int:
        """Forget what expired, and of each tenant all but the newest attempts; how many rows, at most ``limit``."""
        ...
