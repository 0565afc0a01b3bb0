"""Which events of the log are told as security event tokens, and as what: one table.

What a token says is a change of a SCIM resource (RFC 9967 §2.3, §2.4); all else stays in the log, with
the reason here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from vestibule.directory.events import (
    AccessEnded,
    AccessGranted,
    AccessHeld,
    ConnectionSilent,
    LeaversHeld,
    ResourceCreated,
    ResourceDeleted,
    ResourceRestored,
    ResourceUpdated,
    TeamCreated,
    TeamDeleted,
    TeamMemberAdded,
    TeamMemberRemoved,
    TeamRenamed,
    TeamUpdated,
    TokenExpiring,
    UserCreated,
    UserDeactivated,
    UserDeleted,
    UserErased,
    UserLinked,
    UserReactivated,
    UserRoleChanged,
    UserUpdated,
    WebhookDisabled,
    WebhookEventsForgotten,
    WebhookFailing,
    WebhookRecovered,
)

URN = "urn:ietf:params:scim:event:"


class Content(Enum):
    """What stands in the payload of an event URI."""

    #: The resource as it was made (``full``), or the names of its attributes (``notice``).
    RESOURCE = "the resource"
    #: PATCH operations, or the names of the attributes.
    CHANGES = "the changes"
    #: One member that came or went, as a PATCH operation, or the name ``members``.
    MEMBER = "a member"
    #: Nothing: the URI says it all.
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class ToldAs:
    """An event URI without the ending that its content brings, and what it means here."""

    name: str
    content: Content
    meaning: str

    def uri(self, *, full: bool) -> str:
        """The URI with its ending: ``:full`` or ``:notice``, none where there is nothing to be had (RFC 9967 §2.4)."""
        if self.content is Content.NOTHING:
            return URN + self.name
        return f"{URN}{self.name}:{'full' if full else 'notice'}"

    @property
    def uris(self) -> tuple[str, ...]:
        """Every URI that it may have."""
        return tuple(dict.fromkeys((self.uri(full=True), self.uri(full=False))))


_CREATED = "prov:create"
_CHANGED = "prov:patch"
_DELETED = "prov:delete"

TOLD_AS: Mapping[str, ToldAs] = {
    UserCreated.type: ToldAs(_CREATED, Content.RESOURCE, "A person was provisioned."),
    UserLinked.type: ToldAs(
        "feed:add",
        Content.NOTHING,
        "A person who existed in the product before joined the feed: managed from now on, not created.",
    ),
    UserUpdated.type: ToldAs(_CHANGED, Content.CHANGES, "Attributes of a person changed."),
    UserDeactivated.type: ToldAs(
        _CHANGED,
        Content.CHANGES,
        "The identity provider said `active` false. Whether access ended, `prov:deactivate` says.",
    ),
    UserReactivated.type: ToldAs(
        _CHANGED, Content.CHANGES, "`active` is true again, or the person was deleted and came back."
    ),
    UserDeleted.type: ToldAs(
        _DELETED, Content.NOTHING, "A person was deleted; no `feed:remove` goes with it."
    ),
    AccessEnded.type: ToldAs(
        "prov:deactivate",
        Content.NOTHING,
        "Access ended: sign-in is refused, sessions and tokens are to be revoked. After a `prov:delete` too.",
    ),
    AccessGranted.type: ToldAs("prov:activate", Content.NOTHING, "Access was given back: sign-in works."),
    TeamCreated.type: ToldAs(_CREATED, Content.RESOURCE, "A group was pushed; its members come one by one."),
    TeamRenamed.type: ToldAs(_CHANGED, Content.CHANGES, "A group's name changed."),
    TeamUpdated.type: ToldAs(_CHANGED, Content.CHANGES, "Other attributes of a group changed."),
    TeamDeleted.type: ToldAs(_DELETED, Content.NOTHING, "A group was deleted."),
    TeamMemberAdded.type: ToldAs(_CHANGED, Content.MEMBER, "Somebody became a member."),
    TeamMemberRemoved.type: ToldAs(_CHANGED, Content.MEMBER, "Somebody is no member any more."),
    ResourceCreated.type: ToldAs(_CREATED, Content.RESOURCE, "A resource of a declared type was created."),
    ResourceUpdated.type: ToldAs(_CHANGED, Content.CHANGES, "Attributes of such a resource changed."),
    ResourceRestored.type: ToldAs(
        _CREATED, Content.RESOURCE, "Such a resource had been deleted and came back."
    ),
    ResourceDeleted.type: ToldAs(_DELETED, Content.NOTHING, "Such a resource was deleted."),
}

#: Why the others are not told.
NOT_TOLD: Mapping[str, str] = {
    UserErased.type: "RFC 9967 has no event for it; that the person was deleted is told before.",
    UserRoleChanged.type: "The role is the product's, derived from attributes; their change is told.",
    AccessHeld.type: "Nothing ended yet; `prov:deactivate` comes when access does.",
    LeaversHeld.type: "It is about a tenant, which is no SCIM resource.",
    ConnectionSilent.type: "It is about a connection, which is no SCIM resource.",
    TokenExpiring.type: "It is about an access token, which is no SCIM resource.",
    WebhookFailing.type: "It is about an endpoint, which is no SCIM resource.",
    WebhookRecovered.type: "It is about an endpoint, which is no SCIM resource.",
    WebhookDisabled.type: "It is about an endpoint, which is no SCIM resource.",
    WebhookEventsForgotten.type: "It is about an endpoint, which is no SCIM resource. The stream it is about is told by "
    "the Shared Signals Framework's `stream-updated`, whatever it was set up for.",
}

#: What streams carry, as ``securityEvents.eventUris`` names it.
EVENT_URIS = tuple(sorted({uri for told in TOLD_AS.values() for uri in told.uris}))


def types_told(asked: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Those of these types that are told; all that are, where none is named."""
    return tuple(type for type in TOLD_AS if not asked or type in asked)
