"""Which account a person is to be linked with: the profile's path, read from their document (S21)."""

from __future__ import annotations

import re

from vestibule.directory.resource import Access, Resource, State
from vestibule.directory.role_source import role_source
from vestibule.linking.linked_account import Wanted
from vestibule.profiles.profile import ApplicationProfile
from vestibule.scim.fold import fold

#: A Slack member id: U or W and capitals and digits (S21).
_SLACK_MEMBER = re.compile(r"[UW][A-Z0-9]{7,20}")
_LONGEST = 320
#: Services whose members may be named by id as well as by address.
_BY_ID = frozenset({"slack"})

ID_PREFIX = "id:"


def wanted_of(resource: Resource, profile: ApplicationProfile, service: str) -> Wanted | None:
    """Whom this person is to be linked with, None where nothing is named (or it is no person, or nobody's yet)."""
    if resource.type != "User" or resource.state is State.UNCLAIMED:
        return None
    document = resource.document()
    sources = [source for path in profile.services.get(service, ()) if (source := role_source(path))]
    value = next((values[0] for source in sources if (values := source.values(document))), None)
    if value is None:
        return None
    is_active = resource.state is State.MANAGED and resource.active and resource.access is not Access.ENDED
    return Wanted(resource.id, value, key_of(value, service), is_active)


def key_of(value: str, service: str) -> str:
    """What members are found by: a folded address or ``id:…``; "" for a text that is neither.

    Neither plus-addresses nor dots are folded (S27): a guess would link somebody else's account.
    """
    text = value.strip()
    if service in _BY_ID and _SLACK_MEMBER.fullmatch(text):
        return ID_PREFIX + text
    local, at, domain = text.rpartition("@")
    if at and local and "." in domain and len(text) <= _LONGEST and not any(map(str.isspace, text)):
        return fold(text)
    return ""
