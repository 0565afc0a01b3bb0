"""What the console asks of a store to show it page by page, whatever the directory's size."""

from __future__ import annotations

from typing import Protocol

from vestibule.provisioning.assignment import Assignment
from vestibule.provisioning.logo import Logo
from vestibule.provisioning.plan import PersonFacts
from vestibule.provisioning.source import Person


class LookingStore(Protocol):
    """Lists in order of folded logins, beginning after one."""

    async def people_count(self) -> int:
        """How many people there are, whatever their status."""
        ...

    async def find_people(self, text: str, after: str = "", limit: int = 50) -> list[Person]:
        """People whose login or one of whose attributes holds that text, in any letter case."""
        ...

    async def members_of(self, group_id: str, after: str = "", limit: int = 50) -> list[Person]:
        """Members of a group."""
        ...

    async def find_facts(
        self, application_id: int, text: str, after: str = "", limit: int = 50
    ) -> list[PersonFacts]:
        """As ``find_people``, of those who are assigned or have an app user."""
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
