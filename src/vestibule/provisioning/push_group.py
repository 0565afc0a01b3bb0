"""Push groups: groups that are created at an application, or linked to one that is there (W82–W97)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PushState(StrEnum):
    """``active`` is kept in step; ``paused`` sends nothing; the rest is on its way out (W93)."""

    ACTIVE = "active"
    PAUSED = "paused"
    #: Unlinked with "delete in target": DELETE is still to be sent.
    DELETING = "deleting"


@dataclass(frozen=True, slots=True)
class PushGroup:
    """A group link. ``external_id`` is the group's id there, ``name_sent`` the name it has there.

    ``full_push``: the next push says the whole membership (*Push Now*, W88).
    """

    group_id: str
    name: str
    state: PushState = PushState.ACTIVE
    external_id: str = ""
    name_sent: str = ""
    full_push: bool = False
    fault: str = ""
    fault_hash: str = ""
    #: The name of the group there that it is linked to, "" where that is its own (C9315).
    link_name: str = ""
    #: *Rename app groups to match* is off: the linked group keeps its name (C9330).
    keep_name: bool = False
    #: The push rule that pushes it; 0 where somebody does.
    rule_id: int = 0

    @property
    def name_there(self) -> str:
        """What it is to be called at the application."""
        return self.link_name if self.keep_name and self.link_name else self.name


@dataclass(frozen=True, slots=True)
class PushFacts:
    """A push group with how far its members there are from its members here.

    Counts, not lists: of members there may be many. ``without_id`` are members who are assigned
    and have no id there yet: the push is incomplete until they do (W151).
    """

    group: PushGroup
    to_add: int = 0
    to_remove: int = 0
    without_id: int = 0
    left_directory: bool = False


@dataclass(frozen=True, slots=True)
class PushedMember:
    """A member as the application knows them."""

    person_id: str
    external_id: str
    display: str
