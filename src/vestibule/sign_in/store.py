"""What sign-in asks of a store (one Protocol; the contract suite holds every store to it)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vestibule.directory.change import AuditEntry
from vestibule.sign_in.administrator import Administrator, Grant, NewAdministrator
from vestibule.sign_in.session import NewSession, Session


class SignInStore(Protocol):
    """Each change commits together with its audit entry, in the log of ``tenant`` (None: the installation's).

    Every method may raise ``scim.errors.Unavailable``. ``at`` is when, as UTC text. E-mail addresses
    are compared folded.
    """

    async def put_administrator(
        self, new: NewAdministrator, tenant: int | None, audit: AuditEntry, at: str
    ) -> Administrator:
        """Add them, or give what is new to the one of that address; an empty name leaves the old one."""
        ...

    async def administrators(self, account: int | None = None) -> Sequence[Administrator]:
        """All of them by address, or those with a grant in that account."""
        ...

    async def administrator(self, id: int) -> Administrator | None:
        """The one of that number."""
        ...

    async def administrator_named(self, email: str) -> Administrator | None:
        """The one of that address, in whatever letter case."""
        ...

    async def remove_grant(
        self, administrator: int, grant: Grant, tenant: int | None, audit: AuditEntry, at: str
    ) -> None:
        """Take that grant away. Whoever is left with none, and is no operator, loses sign-in and sessions."""
        ...

    async def remove_operator(self, administrator: int, audit: AuditEntry, at: str) -> None:
        """They are no operator any more; as above where nothing is left."""
        ...

    async def password(self, administrator: int) -> str:
        """What is kept of their password, "" for none."""
        ...

    async def put_password(
        self, administrator: int, kept: str, tenant: int | None, audit: AuditEntry, at: str
    ) -> None:
        """Another password; all their sessions and links end."""
        ...

    async def put_language(self, administrator: int, language: str) -> None:
        """The language of their pages."""
        ...

    async def add_link(
        self, hash: bytes, administrator: int, expires_at: str, tenant: int | None, audit: AuditEntry, at: str
    ) -> None:
        """Keep a sign-in link; administrator 0 makes the first operator. Earlier ones of theirs end."""
        ...

    async def link(self, hash: bytes, at: str) -> int | None:
        """Whose link it is, while it can be used; None else."""
        ...

    async def take_link(self, hash: bytes, at: str) -> int | None:
        """Use it up: whose it was, None where it could not be used. Of two at once one gets it."""
        ...

    async def add_session(self, new: NewSession, tenant: int | None, audit: AuditEntry, at: str) -> None:
        """Keep a session."""
        ...

    async def session(self, hash: bytes) -> tuple[Session, Administrator] | None:
        """The session of that hash with whose it is, over or not; asked on every page."""
        ...

    async def sessions(self, administrator: int) -> Sequence[Session]:
        """Their sessions that were not ended, newest first."""
        ...

    async def touch_session(self, id: str, at: str) -> None:
        """Note that somebody is still there."""
        ...

    async def view_tenant(self, session: str, viewing: int | None, audit: AuditEntry, at: str) -> None:
        """Note whose screens an operator looks at; the entry goes to that tenant's log."""
        ...

    async def end_session(
        self, id: str, administrator: int, tenant: int | None, audit: AuditEntry, at: str
    ) -> bool:
        """End one of theirs; False where they have none of that id."""
        ...

    async def forget_ended(self, before: str) -> int:
        """Forget sessions and links that ended before that moment; how many."""
        ...
