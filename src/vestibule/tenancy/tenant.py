"""Who may come in: customer account → tenant → connection, and what each of them says."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

#: No underscore: Okta refuses it in URLs.
_SLUG = re.compile(r"[a-z0-9-]{2,63}")


class Provisioning(StrEnum):
    """Whether identity providers may write: not saved yet, yes, not at present."""

    DRAFT = "draft"
    ON = "on"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Account:
    """A customer account: who pays. It holds one or more tenants."""

    id: int
    name: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Tenant:
    """One directory kept apart from all others. ``account`` is the name of its customer account."""

    id: int
    slug: str
    name: str
    account: str
    profile: str
    plan: str
    provisioning: Provisioning
    suspended: bool
    #: An operator confirmed that sign-on is set up (``sso_first = "require"``).
    sso_confirmed: bool
    #: Advances with every change of the tenant's settings, roles and domains.
    settings_version: int
    created_at: str
    #: What its rows follow from (``directory.derive_anew.derived_as``); "" where nobody knows.
    derived: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """One identity provider's tie to a tenant; a default one is made with the tenant."""

    id: int
    tenant: int
    name: str
    #: The dialect an administrator pinned; "" has it recognised.
    dialect: str
    created_at: str
    #: The dialect that its traffic has shown, what showed it, and when that was noted; "" for none yet.
    recognised: str = ""
    recognised_why: str = ""
    recognised_at: str | None = None


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain that the tenant has proven: people who existed under it before may be adopted."""

    tenant: int
    name: str
    proven_at: str
    proven_by: str


def is_slug(text: str) -> bool:
    """Whether it can stand in a Tenant URL."""
    return _SLUG.fullmatch(text) is not None


def slug_from(name: str) -> str:
    """The slug that a display name suggests; one made of its hash where too little of it is Latin or a digit."""
    latin = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:63].rstrip("-")
    return slug if is_slug(slug) else f"tenant-{sha256(name.encode()).hexdigest()[:8]}"
