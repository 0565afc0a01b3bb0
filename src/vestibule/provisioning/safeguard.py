"""The import safeguard: what would lose too much is not imported without a human's word (W60)."""

from __future__ import annotations

from vestibule.provisioning.source import Known, SourceChange, Status
from vestibule.provisioning.wording import number_of

#: Okta's default: more than this share leaving at once needs consent …
SAFEGUARD_SHARE = 0.20
#: … but that few people (or memberships) never do, unless they are all there are.
SAFEGUARD_PEOPLE = 10


def needs_consent(known: Known, change: SourceChange, share: float = SAFEGUARD_SHARE) -> bool:
    """Whether so many people would leave, or leave their groups, that it looks like a broken source.

    Whoever was assigned by a group is deactivated when the membership goes.
    """
    return bool(losses(known, change, share))


def losses(known: Known, change: SourceChange, share: float = SAFEGUARD_SHARE) -> str:
    """What would be lost, in words, where that is more than the safeguard lets pass; else ""."""
    present = sum(person.status is not Status.DEPROVISIONED for person in known.people.values())
    leaving = len(change.people_gone)
    said = []
    if 1 < present == leaving or _are_many(leaving, present, share):
        said.append(f"{leaving} of {number_of(present, 'person', 'people')}")
    if _are_many(len(change.members_removed), len(known.memberships), share):
        said.append(f"{len(change.members_removed)} of {number_of(len(known.memberships), 'membership')}")
    return " and ".join(said)


def _are_many(leaving: int, present: int, share: float) -> bool:
    return leaving > SAFEGUARD_PEOPLE and leaving > present * share
