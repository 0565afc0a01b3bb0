"""``DirectoryStore`` on SQLite: point reads on the loop, long ones in a reader, changes through the writer."""

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
from vestibule.stores.shared_sql.feed import Committed
from vestibule.stores.shared_sql.places import Places
from vestibule.stores.shared_sql.searching import count_of
from vestibule.stores.spool import Spool
from vestibule.stores.sqlite.apply import apply_change
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase
from vestibule.stores.sqlite.facts import are_many, read_facts
from vestibule.stores.sqlite.members import has_more_members_than, members_json
from vestibule.stores.sqlite.page import (
    MOST_ON_LOOP,
    TooManyForLoop,
    page_in_reader,
    page_on_loop,
    resource_by_id,
)
from vestibule.stores.sqlite.preconditions import Conflict, check_settings
from vestibule.stores.sqlite.request_log import RequestLog
from vestibule.stores.sqlite.search import counted
from vestibule.stores.sqlite.unresolved import forget_unresolved, unresolved_members
from vestibule.stores.sqlite.walk import is_plain, page_of_types, walked
from vestibule.stores.sqlite.writer import start_over

#: Rows of a change that the loop writes itself: more would keep others waiting (15 µs each).
_MOST_ON_LOOP = 50
#: Rounds of questions after which a decision is a fault of ours.
_MOST_ROUNDS = 50


class SqliteDirectory:
    """People and groups of all tenants in one SQLite database, which somebody else starts and stops."""

    def __init__(
        self, database: SqliteDatabase, requests: RequestLog, committed: Committed | None = None
    ) -> None:
        self._committed = committed or Committed()
        self._database = database
        self._requests = requests
        self._places = Places()

    async def facts(self, tenant: int, keys: Sequence[FactKey]) -> Mapping[FactKey, Any]:
        """The answers to ``keys`` from one snapshot."""
        reading = self._database.reading
        if are_many(reading, tenant, keys):
            return await self._database.scan(lambda connection: read_facts(connection, tenant, keys))
        if len(keys) == 1:
            return read_facts(reading, tenant, keys)
        found: Mapping[FactKey, Any] = reading.snapshot(
            lambda connection: read_facts(connection, tenant, keys)
        )
        return found

    async def apply(
        self,
        tenant: int,
        change: Change,
        again: Callable[[Facts], Change | Need],
        record: Callable[[Change], Recorded] | None = None,
    ) -> Applied:
        """Do all of ``change``, or what ``again`` decides in the writer where a precondition failed."""
        if not _leaves_anything(change):
            if record is not None:
                self._requests.add(record(change))
            return Applied(change)
        applied = await self._database.write(
            lambda connection: _apply(connection, tenant, change, again, record),
            is_long=len(change.members) + len(change.pending) + len(change.resources) > _MOST_ON_LOOP,
            repeats=True,
            appends=_only_adds(change),
        )
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
        return resource_by_id(self._database.reading, tenant, type, id, connection, with_groups, base_url)

    async def page(self, tenant: int, query: Query) -> Page:
        """Resources that match, in a stable order."""
        reading = self._database.reading
        try:
            if query.filter is None:
                page: Page = reading.snapshot(lambda c: page_on_loop(c, tenant, query, self._places))
                return page
            return page_on_loop(reading, tenant, query, self._places)
        except TooManyForLoop:
            return await self._database.scan(
                lambda connection: page_in_reader(connection, tenant, query, self._places)
            )

    async def search(self, tenant: int, queries: Sequence[Query]) -> Page:
        """A page of several resource types as one list."""
        return await self._database.scan(lambda connection: page_of_types(connection, tenant, queries))

    async def walk(
        self, tenant: int, queries: Sequence[Query], boundary: Boundary | None, *, backward: bool = False
    ) -> Stretch:
        """The rows after ``boundary``, or before it."""

        def read(connection: SqliteConnection) -> Stretch:
            return walked(connection, tenant, queries, boundary, backward=backward)

        if is_plain(queries) and count_of(queries[0]) <= MOST_ON_LOOP:
            stretch: Stretch = self._database.reading.snapshot(read)
            return stretch
        return await self._database.scan(read)

    async def members(self, tenant: int, group_id: str, base_url: str) -> Pieces:
        """The group's members as a JSON array, empty for none."""
        found = await self.members_of_many(tenant, (group_id,), base_url)
        return found[group_id]

    async def members_of_many(
        self, tenant: int, group_ids: Sequence[str], base_url: str
    ) -> Mapping[str, Pieces]:
        """``members`` for the groups of one page."""
        spool = Spool()

        def read(connection: SqliteConnection) -> Mapping[str, Pieces]:
            return {id: members_json(connection, tenant, id, base_url, spool) for id in group_ids}

        reading = self._database.reading
        if has_more_members_than(reading, tenant, group_ids, MOST_ON_LOOP):
            return await self._database.scan(read)
        found: Mapping[str, Pieces] = reading.snapshot(read)
        return found

    async def unresolved_members(self, tenant: int, group_id: str) -> Sequence[Unresolved]:
        """The group's member values that mean nobody yet."""
        return await self._database.scan(lambda connection: unresolved_members(connection, tenant, group_id))

    async def forget_unresolved(self, before: str, *, limit: int = 1000) -> int:
        """Forget old unresolved values; how many."""
        return await self._database.write(
            lambda connection: forget_unresolved(connection, before, limit), is_long=True
        )

    async def count(self, tenant: int, type: str) -> int:
        """Managed resources of that type."""
        return counted(self._database.reading, tenant, type)[0]

    def record(self, row: Recorded) -> None:
        """Buffer a request-log row."""
        self._requests.add(row)


def _leaves_anything(change: Change) -> bool:
    return bool(change.changes_something or change.tolerances or change.events or change.audit)


def _only_adds(change: Change) -> bool:
    """Whether it makes new people and touches nothing that is there."""
    return (
        bool(change.resources)
        and not (change.members or change.pending or change.touches or change.seats or change.unique_keys)
        and all(write.expected_version is None for write in change.resources)
    )


def _apply(
    connection: SqliteConnection,
    tenant: int,
    change: Change,
    again: Callable[[Facts], Change | Need],
    record: Callable[[Change], Recorded] | None,
) -> Applied:
    """In the writer, in a savepoint. What is decided here cannot fail: nobody else writes meanwhile."""
    try:
        if change.settings_version is not None:
            check_settings(connection, tenant, change.settings_version)
        apply_change(connection, tenant, change, record(change) if record else None)
        return Applied(change)
    except Conflict:
        start_over(connection)
    change = _decided(connection, tenant, again)
    apply_change(connection, tenant, change, record(change) if record else None)
    return Applied(change)


def _decided(connection: SqliteConnection, tenant: int, again: Callable[[Facts], Change | Need]) -> Change:
    facts = Facts()
    for _ in range(_MOST_ROUNDS):
        outcome = again(facts)
        if isinstance(outcome, Change):
            return outcome
        facts = facts.and_these(read_facts(connection, tenant, outcome.keys))
    raise RuntimeError(f"no decision after {_MOST_ROUNDS} rounds of questions")
