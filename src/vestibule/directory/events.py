"""What happened, past tense: one small dataclass each, declared once.

An event holds the changed paths with before and after, not the document. What is personal
stands in ``payload`` alone, which ``vestibule user erase`` can forget.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar

from vestibule.scim.frozen import frozen


@frozen
class Event:
    """A fact about one resource. ``type`` is its word on the wire, ``about`` the resource type it is about."""

    type: ClassVar[str] = ""
    about: ClassVar[str] = "User"

    subject_id: str
    #: {"path": [before, after]} and further personal values; nullable in the log.
    payload: Mapping[str, Any] | None = None

    @property
    def subject_type(self) -> str:
        """The resource type of the subject."""
        return self.about


@frozen
class UserCreated(Event):
    """A person was provisioned who was not known here."""

    type = "user.created"


@frozen
class UserLinked(Event):
    """A person who existed in the product before is now managed by the identity provider."""

    type = "user.linked"


@frozen
class UserUpdated(Event):
    """Attributes of a person changed."""

    type = "user.updated"


@frozen
class UserDeactivated(Event):
    """The identity provider said that a person is not active any more."""

    type = "user.deactivated"


@frozen
class UserReactivated(Event):
    """A person is active again, or was deleted and came back."""

    type = "user.reactivated"


@frozen
class UserDeleted(Event):
    """A person was deleted by the identity provider."""

    type = "user.deleted"


@frozen
class UserErased(Event):
    """A person's personal data was erased here, the log's details of them too: the product erases its own."""

    type = "user.erased"


@frozen
class UserRoleChanged(Event):
    """The application role of a person changed: from, to, and the rule that decided."""

    type = "user.role_changed"


@frozen
class AccessEnded(Event):
    """A person's access ended: sessions die, and the product has a state to acknowledge."""

    type = "access.ended"


@frozen
class AccessGranted(Event):
    """A person's access was given back."""

    type = "access.granted"


@frozen
class AccessHeld(Event):
    """One of many leavers: access goes on until that moment, or until an operator ends or returns it."""

    type = "access.held"
    held_until: str = ""


@frozen
class TeamCreated(Event):
    """A pushed group made a team."""

    type = "team.created"
    about = "Group"


@frozen
class TeamRenamed(Event):
    """A team's name changed."""

    type = "team.renamed"
    about = "Group"


@frozen
class TeamUpdated(Event):
    """Other attributes of a team changed."""

    type = "team.updated"
    about = "Group"


@frozen
class TeamDeleted(Event):
    """A team was deleted; its people stay."""

    type = "team.deleted"
    about = "Group"


@frozen
class TeamMemberAdded(Event):
    """A person or group became a member."""

    type = "team.member_added"
    about = "Group"
    member_id: str = ""
    member_type: str = "User"


@frozen
class TeamMemberRemoved(Event):
    """A person or group is no member any more."""

    type = "team.member_removed"
    about = "Group"
    member_id: str = ""
    member_type: str = "User"


@frozen
class _OfDeclaredType(Event):
    about = "of a declared type"
    #: Name of the resource type, as the profile declares it.
    resource_type: str = ""

    @property
    def subject_type(self) -> str:
        return self.resource_type


@frozen
class ResourceCreated(_OfDeclaredType):
    """A resource of a type that the profile declares was created."""

    type = "resource.created"


@frozen
class ResourceUpdated(_OfDeclaredType):
    """Attributes of such a resource changed."""

    type = "resource.updated"


@frozen
class ResourceRestored(_OfDeclaredType):
    """Such a resource had been deleted and came back, with its data."""

    type = "resource.restored"


@frozen
class ResourceDeleted(_OfDeclaredType):
    """Such a resource was deleted."""

    type = "resource.deleted"


@frozen
class _OfTenant(Event):
    about = "Tenant"


@frozen
class LeaversHeld(_OfTenant):
    """So many people left at once that access of the further ones is held: somebody should look."""

    type = "leavers.held"
    leavers: int = 0
    people: int = 0
    held_until: str = ""


@frozen
class ConnectionSilent(Event):
    """An identity provider that used to send sends nothing any more."""

    type = "connection.silent"
    about = "Connection"
    silent_since: str = ""


@frozen
class TokenExpiring(Event):
    """An access token runs out in so many days."""

    type = "token.expiring"
    about = "Token"
    days: int = 0
    expires_at: str = ""


@frozen
class _OfWebhook(Event):
    about = "Webhook"
    #: Not the whole address, which may hold a secret.
    host: str = ""


@frozen
class WebhookFailing(_OfWebhook):
    """A webhook endpoint takes nothing any more: since when, and why."""

    type = "webhook.failing"
    since: str = ""
    reason: str = ""


@frozen
class WebhookRecovered(_OfWebhook):
    """A webhook endpoint that was failing takes events again, and gets all that it missed."""

    type = "webhook.recovered"


@frozen
class WebhookDisabled(_OfWebhook):
    """A webhook endpoint gets nothing until somebody resumes it: it said 410 Gone, or took nothing for five days."""

    type = "webhook.disabled"
    reason: str = ""


@frozen
class WebhookEventsForgotten(_OfWebhook):
    """Events were forgotten before a webhook endpoint or stream had them: their numbers, how many, and of which time."""

    type = "webhook.events_forgotten"
    first: int = 0
    last: int = 0
    events: int = 0
    since: str = ""
    until: str = ""


EVENTS: tuple[type[Event], ...] = (
    UserCreated,
    UserLinked,
    UserUpdated,
    UserDeactivated,
    UserReactivated,
    UserDeleted,
    UserErased,
    UserRoleChanged,
    AccessEnded,
    AccessGranted,
    AccessHeld,
    TeamCreated,
    TeamRenamed,
    TeamUpdated,
    TeamDeleted,
    TeamMemberAdded,
    TeamMemberRemoved,
    ResourceCreated,
    ResourceUpdated,
    ResourceRestored,
    ResourceDeleted,
    LeaversHeld,
    ConnectionSilent,
    TokenExpiring,
    WebhookFailing,
    WebhookRecovered,
    WebhookDisabled,
    WebhookEventsForgotten,
)


_OWN_FIELDS = {
    kind: tuple(field.name for field in fields(kind) if field.name not in ("subject_id", "payload"))
    for kind in EVENTS
}


def plain_fields(event: Event) -> dict[str, Any]:
    """The event's own fields beyond subject and payload: kept even after erasure."""
    return {name: getattr(event, name) for name in _OWN_FIELDS[type(event)]}
