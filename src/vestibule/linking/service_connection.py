"""A tenant's tie to an outside service: who connected it, to which workspace, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ConnectionState(StrEnum):
    """Connected, broken until an administrator connects again, or paused by one."""

    CONNECTED = "connected"
    RECONNECT_NEEDED = "reconnect_needed"
    PAUSED = "paused"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True)
class Workspace:
    """Whom the service says it is: a Slack workspace or a Google Workspace customer."""

    id: str
    name: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens the service, as its connector reads it. Kept sealed; never printed."""

    values: Mapping[str, str] = field(repr=False)
    #: UTC text; None where they do not expire.
    expires_at: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a full run is. ``cursor`` None is its beginning; rows of ``run`` are staged."""

    run: str
    phase: str = "people"
    cursor: str | None = None
    #: The last person looked at, in the phases that go through people.
    after: str = ""
    pages: int = 0
    members: int = 0
    people: int = 0
    matched: int = 0
    started_at: str = ""
    requests: int = 0
    #: A cursor of earlier on: who meets it again goes in circles.
    anchor: str = ""
    #: What stands behind the @ of members' addresses, where that tells whose they are.
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceConnection:
    """The row, without its credentials. ``next_full_at`` is when everything is looked at again."""

    tenant: int
    service: str
    state: ConnectionState
    workspace: Workspace
    connected_by: str
    connected_at: str
    #: Why it is not connected, in words.
    reason: str = ""
    #: The event up to which people were looked at.
    seen_event: int = 0
    next_full_at: str = ""
    #: Nothing is asked of the service before.
    not_before: str = ""
    progress: Progress | None = None
    #: When a full run last ended, and what it took.
    last_full_at: str | None = None
    last_full: Mapping[str, Any] = field(default_factory=dict)
    #: Who brought it into its state and when; "" where that was before it was kept.
    changed_by: str = ""
    changed_at: str = ""
    #: Turns on end that the service spoiled: how long it is left alone.
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Consent:
    """An authorisation that was begun: used once, ended after ten minutes (S2)."""

    state_hash: bytes
    tenant: int
    service: str
    verifier: str = field(repr=False)
    nonce: str = field(repr=False)
    actor: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class Granted:
    """What a consent gave: the workspace, to be shown before it is saved (S7), and what opens it."""

    workspace: Workspace
    credentials: Credentials
    #: Who consented, as the service names them.
    granted_by: str
