"""What is kept of an API token, and what is known about whoever shows one.

An API token speaks for the whole installation, for one customer account or for one tenant, and does what
its scopes say.
"""

from __future__ import annotations

from vestibule.scim.frozen import frozen


@frozen
class ApiToken:
    """``id`` is its first eight characters after the prefix. ``account`` and ``tenant`` are None where it
    is bound to neither."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: str
    created_by: str
    account: str | None = None
    tenant: int | None = None
    tenant_slug: str | None = None
    expires_at: str | None = None
    revoked_at: str | None = None
    last_used_at: str | None = None

    def state(self, now: str) -> str:
        """``live``, ``revoked`` or ``expired``."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "live"

    @property
    def bound_to(self) -> str:
        """In words: the installation, an account, or a tenant."""
        if self.tenant_slug is not None:
            return f"tenant {self.tenant_slug}"
        return f"account {self.account}" if self.account is not None else "the installation"


@frozen
class KeptAnswer:
    """What an ``Idempotency-Key`` was used for: the request's hash, and its sealed answer once there is one."""

    request_hash: bytes
    at: str
    status: int | None
    answer: bytes | None


@frozen
class SetUpLink:
    """A one-time link that shows a customer's administrator the Tenant URL and a new access token, once.

    Only the hash of its code is kept. ``used_at`` is when it was opened for good, ``token`` what it made.
    """

    id: int
    tenant: int
    tenant_slug: str
    created_at: str
    created_by: str
    expires_at: str
    used_at: str | None = None
    revoked_at: str | None = None
    token: str | None = None

    def state(self, now: str) -> str:
        """``open``, ``used``, ``revoked`` or ``expired``."""
        if self.used_at is not None:
            return "used"
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= now else "open"


@frozen
class MarkedStep:
    """A step of a set-up guide that was marked as done by hand: when (UTC text) and by whom."""

    guide: str
    step: str
    at: str
    by: str
