"""Who may use the console: administrators of a customer, and operators, who run the service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grant:
    """What an administrator looks after: one tenant, or with ``tenant`` None every tenant of the account."""

    account: int
    tenant: int | None = None


@dataclass(frozen=True, slots=True)
class Administrator:
    """Somebody with a sign-in. An operator reaches every tenant, and the operators' pages besides."""

    id: int
    email: str
    name: str
    is_operator: bool
    created_at: str
    grants: tuple[Grant, ...] = ()
    #: When they signed in last, None for never.
    signed_in_at: str | None = None
    has_password: bool = False
    #: The language they chose; "" has the browser's.
    language: str = ""

    @property
    def actor(self) -> str:
        """For the audit: ``administrator:mia@corp.test``."""
        return f"{'operator' if self.is_operator else 'administrator'}:{self.email}"

    @property
    def shown_name(self) -> str:
        """The name, else the e-mail address."""
        return self.name or self.email

    def reaches(self, account: int, tenant: int) -> bool:
        """Whether they look after that tenant of that account."""
        return any(grant.account == account and grant.tenant in (None, tenant) for grant in self.grants)


@dataclass(frozen=True, slots=True)
class NewAdministrator:
    """An administrator to be. ``grants`` are added where there is one of that address."""

    email: str
    name: str = ""
    is_operator: bool = False
    grants: tuple[Grant, ...] = ()
