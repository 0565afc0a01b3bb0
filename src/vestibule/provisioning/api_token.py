"""API tokens of the sending side: what is kept of one, what it may do, and what they ask of a store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from vestibule.provisioning.audit import AuditEntry
from vestibule.refused import Refused

#: Area → what it is about, in words for whoever issues a token.
AREAS = {
    "directory": "people and groups of the directory",
    "applications": "applications: settings, mapping, assignments, push groups",
    "plans": "plans: making, reading, approving",
    "runs": "runs: applying, provisioning somebody now, tasks",
    "audit": "the audit trail",
}


class UnknownScope(Refused):
    """There is no such scope."""


class TokenNameTaken(Refused):
    """Another token that is good has that name."""

    status = 409


class UnknownToken(Refused):
    """There is no such API token."""

    status = 404


@dataclass(frozen=True, slots=True)
class ApiToken:
    """``id`` is its first eight characters after the prefix."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: str
    created_by: str
    expires_at: str | None = None
    revoked_at: str | None = None
    last_used_at: str | None = None

    def state(self, now: str) -> str:
        """``live``, ``revoked`` or ``expired``."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "live"


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret about to be shown, once: its text, what it is called by, and what is kept of it."""

    text: str
    id: str
    hash: bytes


class ApiTokenStore(Protocol):
    """Each change commits together with its audit entry."""

    async def add_api_token(self, token: ApiToken, hash: bytes, entry: AuditEntry) -> bool:
        """Keep it; False (and nothing done) where its id or hash is taken, or another live one has its name."""
        ...

    async def api_token_shown(self, hash: bytes) -> ApiToken | None:
        """The token of that hash, ended ones included; else None."""
        ...

    async def api_tokens(self) -> Sequence[ApiToken]:
        """All of them, newest first, ended ones included."""
        ...

    async def revoke_api_token(self, id: str, entry: AuditEntry, at: str) -> bool:
        """End it for good; False where it was revoked already, or there is none."""
        ...

    async def note_api_token_used(self, id: str, at: str) -> None:
        """Note that it was used then."""
        ...


def known_scopes() -> tuple[str, ...]:
    """Every scope that a token can be given."""
    return ("*", "*:read", *(f"{area}:{mode}" for area in AREAS for mode in ("read", "write")))


def checked_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """These, each once and in order. ``UnknownScope`` names those there are."""
    given = tuple(dict.fromkeys(scope.strip() for scope in scopes))
    for scope in given:
        if scope not in known_scopes():
            raise UnknownScope(f"There is no scope {scope!r}. There are: {', '.join(known_scopes())}.")
    if not given:
        raise UnknownScope(f"A token needs a scope. There are: {', '.join(known_scopes())}.")
    return given
