"""``DirectoryStore`` on PostgreSQL: every read is one statement, and a change is one too unless it lost a race."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vestibule.directory.change import Change
from vestibule.directory.facts import FactKey, Facts, Need
from vestibule.directory.pieces import Pieces
from vestibule.directory.store import (
    Applied,
    Boundary,
    LookAhead,
    Page,
    Query,
    Recorded,
    Row,
    Stretch,
    Unresolved,
)
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.postgresql.decided import apply_change
from vestibule.stores.postgresql.facts import are_many, read_facts
from vestibule.stores.postgresql.members import members_of_many
from vestibule.stores.postgresql.page import page_of, resource_by_id, with_or_without_groups
from vestibule.stores.postgresql.request_log import RequestLog
from vestibule.stores.postgresql.search import counted, page_of_types, walked
from vestibule.stores.postgresql.unresolved import forget_unresolved, unresolved_members
from vestibule.stores.shared_sql.feed import Committed
from vestibule.stores.shared_sql.places import Places


class PostgresDirectory:
    """People and groups of all tenants in one PostgreSQL database, which somebody else starts and stops."""

    def __init__(
        self, database: PostgresDatabase, requests: RequestLog, committed: Committed | None = None
    ) -> None:
        self._committed = committed or Committed()
        self._database = database
        self._requests = requests
        self._places = Places()

    async def facts(self, tenant: int, keys: Sequence[FactKey]) -> Mapping[FactKey, Any]:
        """The answers to ``keys`` from one snapshot."""
        read = self._database.snapshot if are_many(keys) else self._database.read
        return await read(lambda connection: read_facts(connection, tenant, keys))

    async def apply(
        self,
        tenant: int,
        change: Change,
        again: Callable[[Facts], Change | Need],
        record: Callable[[Change], Recorded] | None = None,
    ) -> Applied:
        """Do all of ``change``, or what ``again`` decides in a transaction where a precondition failed."""
        if not (change.changes_something or change.tolerances or change.events or change.audit):
            if record is not None:
                self._requests.add(record(change))
            return Applied(change)
        applied = await apply_change(self._database, tenant, change, again, record)
        self._committed.ring()
        return applied

    async def get(
        self,
        tenant: int,
        type: str,
        id: str,
        connection: int,
        *,
        with_groups: bool,
        base_url: str,
        ahead: LookAhead | None = None,
    ) -> Row | None:
        """The managed or unclaimed resource of that id, or None."""
        found = ahead.found(type, "id", id, base_url) if ahead is not None else None
        if found is not None:
            return with_or_without_groups(found[0], with_groups) if found else None
        return await resource_by_id(self._database, tenant, type, id, connection, with_groups, base_url)

    async def page(self, tenant: int, query: Query) -> Page:
        """Resources that match, in a stable order."""
        return await page_of(self._database, tenant, query, self._places)

    async def search(self, tenant: int, queries: Sequence[Query]) -> Page:
        """A page of several resource types as one list."""
        return await page_of_types(self._database, tenant, queries)

    async def walk(
        self, tenant: int, queries: Sequence[Query], boundary: Boundary | None, *, backward: bool = False
    ) -> Stretch:
        """The rows after ``boundary``, or before it."""
        return await walked(self._database, tenant, queries, boundary, backward=backward)

    async def members(self, tenant: int, group_id: str, base_url: str) -> Pieces:
        """The group's members as a JSON array, empty for none."""
        return (await members_of_many(self._database, tenant, (group_id,), base_url))[group_id]

    async def members_of_many(
        self, tenant: int, group_ids: Sequence[str], base_url: str
    ) -> Mapping[str, Pieces]:
        """``members`` for the groups of one page."""
        return await members_of_many(self._database, tenant, group_ids, base_url)

    async def unresolved_members(self, tenant: int, group_id: str) -> Sequence[Unresolved]:
        """The group's member values that mean nobody yet."""
        return await unresolved_members(self._database, tenant, group_id)

    async def forget_unresolved(self, before: str, *, limit: int = 1000) -> int:
        """Forget old unresolved values; how many."""
        return await forget_unresolved(self._database, before, limit)

    async def count(self, tenant: int, type: str) -> int:
        """Managed resources of that type."""
        return await counted(self._database, tenant, type)

    def record(self, row: Recorded) -> None:
        """Buffer a request-log row."""
        self._requests.add(row)
