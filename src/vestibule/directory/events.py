"""What happened, past tense: one small dataclass each, declared once.

An event holds the changed paths with before and after, not the document. What is personal
stands in ``payload`` alone, which ``vestibule user erase`` can forget.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Event:
    """A fact about one resource. ``type`` is its word on the wire."""

    type: ClassVar[str] = ""
    subject_type: ClassVar[str] = "User"

    subject_id: str
    #: {"path": [before, after]} and further personal values; nullable in the log.
    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class UserCreated(Event):
    """A person was provisioned who was not known here."""

    type = "user.created"


@dataclass(frozen=True, slots=True)
class UserLinked(Event):
    """A person who existed in the product before is now managed by the identity provider."""

    type = "user.linked"


@dataclass(frozen=True, slots=True)
class UserUpdated(Event):
    """Attributes of a person changed."""

    type = "user.updated"


@dataclass(frozen=True, slots=True)
class UserDeactivated(Event):
    """The identity provider said that a person is not active any more."""

    type = "user.deactivated"


@dataclass(frozen=True, slots=True)
class UserReactivated(Event):
    """A person is active again, or was deleted and came back."""

    type = "user.reactivated"


@dataclass(frozen=True, slots=True)
class UserDeleted(Event):
    """A person was deleted by the identity provider."""

    type = "user.deleted"


@dataclass(frozen=True, slots=True)
class UserRoleChanged(Event):
    """The application role of a person changed: from, to, and the rule that decided."""

    type = "user.role_changed"


@dataclass(frozen=True, slots=True)
class AccessEnded(Event):
    """A person's access ended: sessions die, and the product has a state to acknowledge."""

    type = "access.ended"


@dataclass(frozen=True, slots=True)
class AccessGranted(Event):
    """A person's access was given back."""

    type = "access.granted"


@dataclass(frozen=True, slots=True)
class TeamCreated(Event):
    """A pushed group made a team."""

    type = "team.created"
    subject_type = "Group"


@dataclass(frozen=True, slots=True)
class TeamRenamed(Event):
    """A team's name changed."""

    type = "team.renamed"
    subject_type = "Group"


@dataclass(frozen=True, slots=True)
class TeamUpdated(Event):
    """Other attributes of a team changed."""

    type = "team.updated"
    subject_type = "Group"


@dataclass(frozen=True, slots=True)
class TeamDeleted(Event):
    """A team was deleted; its people stay."""

    type = "team.deleted"
    subject_type = "Group"


@dataclass(frozen=True, slots=True)
class TeamMemberAdded(Event):
    """A person or group became a member."""

    type = "team.member_added"
    subject_type = "Group"
    member_id: str = ""
    member_type: str = "User"


@dataclass(frozen=True, slots=True)
class TeamMemberRemoved(Event):
    """A person or group is no member any more."""

    type = "team.member_removed"
    subject_type = "Group"
    member_id: str = ""
    member_type: str = "User"


EVENTS: tuple[type[Event], ...] = (
    UserCreated,
    UserLinked,
    UserUpdated,
    UserDeactivated,
    UserReactivated,
    UserDeleted,
    UserRoleChanged,
    AccessEnded,
    AccessGranted,
    TeamCreated,
    TeamRenamed,
    TeamUpdated,
    TeamDeleted,
    TeamMemberAdded,
    TeamMemberRemoved,
)


def plain_fields(event: Event) -> dict[str, Any]:
    """The event's own fields beyond subject and payload: kept even after erasure."""
    skip = ("subject_id", "payload")
    return {f.name: getattr(event, f.name) for f in fields(event) if f.name not in skip}
