"""A person's account at an outside service: what the identity provider named, and what was found (S22, S23)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LinkState(StrEnum):
    """How it stands with an account. ``guest`` and ``alias`` are told beside *linked* (S23, G9)."""

    #: Not looked up yet.
    PENDING = "pending"
    LINKED = "linked"
    NOT_FOUND = "not_found"
    #: Found, and deactivated, suspended or archived there.
    DEACTIVATED = "deactivated"
    #: Two people want one account.
    CONFLICT = "conflict"
    #: What was named is neither an address nor a member id.
    INVALID = "invalid"
    #: The service's connection broke since; what is known is old.
    STALE = "stale"
    #: The service is not connected (any more).
    NOT_CONNECTED = "not_connected"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose account is wanted and how it was named.

    ``value`` is as the identity provider sent it and is never rewritten; ``key`` is what members are
    found by (a folded address, or ``id:`` and a member id), "" where it is neither.
    ``is_active`` is whether the person has access here.
    """

    user_id: str
    value: str
    key: str
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody at the service. ``keys`` are all that find them: addresses, aliases and ``id:…``, folded."""

    id: str
    name: str
    email: str
    keys: tuple[str, ...]
    #: Why they cannot be used there: "deactivated", "suspended: …", "archived"; "" for an active member.
    ended: str = ""
    is_guest: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a look-up found about one wanted account."""

    user_id: str
    #: The key it is about; a row that was renamed meanwhile is left alone.
    key: str
    state: LinkState
    reason: str = ""
    member_id: str = ""
    name: str = ""
    email: str = ""
    is_guest: bool = False
    is_alias: bool = False


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """The row. Times are UTC text; ``since`` is when the state began, ``checked_at`` when it was last looked at."""

    tenant: int
    service: str
    user_id: str
    value: str
    key: str
    is_active: bool
    state: LinkState
    reason: str
    member_id: str
    name: str
    email: str
    is_guest: bool
    is_alias: bool
    since: str
    checked_at: str | None
    #: When it was last found there, usable or not; None for never.
    seen_at: str | None
    #: When the account was last seen active there while the person's access here had ended; None otherwise.
    outlives_since: str | None
