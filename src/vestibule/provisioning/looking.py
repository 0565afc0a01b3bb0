"""What the console asks of a store to show it page by page, whatever the directory's size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vestibule.provisioning.assignment import Assignment
from vestibule.provisioning.logo import Logo
from vestibule.provisioning.plan import PersonFacts
from vestibule.provisioning.push_group import PushFacts
from vestibule.provisioning.source import Person, SourceGroup


@dataclass(frozen=True, slots=True)
class PushedGroup:
    """A push group as a list shows it. Counting members takes time, so of large groups only whether a push is due.

    ``key`` is where the list goes on after it.
    """

    facts: PushFacts
    is_due: bool
    is_counted: bool
    key: str


class LookingStore(Protocol):
    """Lists in order of folded logins (of groups: names), beginning after one."""

    async def people_count(self) -> int:
        """How many people there are, whatever their status."""
        ...

    async def find_people(self, text: str, after: str = "", limit: int = 50) -> list[Person]:
        """People whose login or one of whose attributes holds that text, in any letter case."""
        ...

    async def find_groups(self, text: str, after: str = "", limit: int = 50) -> list[tuple[SourceGroup, int]]:
        """Groups whose name holds that text, in any letter case, each with its number of members."""
        ...

    async def groups_with_counts(self, ids: Sequence[str]) -> dict[str, tuple[SourceGroup, int]]:
        """These groups with their numbers of members, by id; whoever left the directory is left out."""
        ...

    async def members_of(self, group_id: str, after: str = "", limit: int = 50) -> list[Person]:
        """Members of a group."""
        ...

    async def find_facts(
        self, application_id: int, text: str = "", after: str = "", limit: int = 50
    ) -> list[PersonFacts]:
        """As ``find_people``, of those who are assigned or have an app user."""
        ...

    async def pushed_groups(self, application_id: int, after: str = "", limit: int = 50) -> list[PushedGroup]:
        """The push groups of an application, in order of name, beginning after a key."""
        ...

    async def group_assignments(self, application_id: int) -> list[Assignment]:
        """The assignments of groups alone, by priority."""
        ...

    async def logo(self, application_id: int) -> Logo | None:
        """The one that was uploaded."""
        ...

    async def put_logo(self, application_id: int, logo: Logo | None) -> None:
        """Keep it; None has the catalogue's again."""
        ...
