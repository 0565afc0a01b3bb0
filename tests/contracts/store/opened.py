"""A store under contract, with short words for what every test does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import orjson

from tests.scim.compiled import GROUPS, USERS
from vestibule.directory.change import Answer, AuditEntry, Change, Explanation, ExternalIdWrite, ResourceWrite
from vestibule.directory.derived import Derived
from vestibule.directory.facts import FactKey, Facts, Need
from vestibule.directory.request import Create, Delete, Patch, Request, Standing
from vestibule.directory.resource import Resource, State
from vestibule.directory.run import carry_out
from vestibule.directory.store import Page, Query, Recorded
from vestibule.profiles.builtin import builtin_profile
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve
from vestibule.scim.patch import parse_patch
from vestibule.scim.path import parse_attribute_path
from vestibule.stores.postgresql.job_queue import PostgresJobQueue
from vestibule.stores.sqlite.database import SqliteDatabase
from vestibule.stores.sqlite.job_queue import SqliteJobQueue
from vestibule.tenancy.store import NewTenant

BASE = "https://vestibule.test/scim/v2"
CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

_generic = builtin_profile("generic")
assert _generic is not None
PROFILE = replace(_generic, types={"User": USERS, "Group": GROUPS})
TYPES = {"User": USERS, "Group": GROUPS}


@dataclass
class Opened:
    """One tenant that acts, a stranger's, and a clock that goes on by a millisecond."""

    whole: Any
    tenant: int
    strangers: int
    ticks: Callable[[], int] = field(default_factory=lambda: count(1).__next__)

    @property
    def store(self) -> Any:
        return self.whole.directory

    def rows_read(self) -> int:
        """How many rows the store has handed to Python."""
        return self.whole.database.rows_read

    async def commits(self) -> int:
        """A number that grows with every write transaction."""
        database = self.whole.database
        if isinstance(database, SqliteDatabase):
            return database.writer.groups
        number: int = await database.value("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        return number

    def job_queue(self) -> Any:
        """The queue of jobs in the same database."""
        database = self.whole.database
        if isinstance(database, SqliteDatabase):
            return SqliteJobQueue(database)
        return PostgresJobQueue(database)

    def clock(self) -> str:
        tick = self.ticks()
        return f"2026-01-02T03:{tick // 60_000:02}:{tick // 1000 % 60:02}.{tick % 1000:03}Z"

    def new_id(self) -> str:
        return f"00000000-0000-7000-8000-{self.ticks():012}"

    def standing(self, connection: int = 1, dialect: str = "okta") -> Standing:
        return Standing(self.tenant, connection, PROFILE, dialect, "token:test", "req")

    async def carry_out(self, request: Request, connection: int = 1) -> Change:
        """Decide and apply, as the web does."""
        applied = await carry_out(self.store, self.standing(connection), request, self.clock, self.new_id)
        return applied.change

    async def create(self, document: dict[str, Any], type: str = "User", connection: int = 1) -> str:
        """POST; the new id."""
        change = await self.carry_out(Create(type, document), connection)
        assert change.answer.status == 201, change.answer.error
        assert change.answer.resource is not None
        return change.answer.resource.id

    async def carry_out_team(self, display_name: str, *members: str) -> str:
        """A team with members, by the rules; its id."""
        return await self.create(team(display_name, *members), type="Group")

    async def patch(self, type: str, id: str, *operations: dict[str, Any]) -> Change:
        message = {"schemas": [PATCH_OP], "Operations": list(operations)}
        return await self.carry_out(Patch(type, id, parse_patch(message)))

    async def delete(self, type: str, id: str) -> Change:
        return await self.carry_out(Delete(type, id))

    async def fact(self, key: FactKey, tenant: int | None = None) -> Any:
        return (await self.store.facts(tenant or self.tenant, (key,)))[key]

    async def put(
        self,
        document: dict[str, Any],
        *,
        type: str = "User",
        state: State = State.MANAGED,
        connection: int | None = 1,
        tenant: int | None = None,
        external_id: str | None = None,
        indexed: tuple[str, ...] = (),
    ) -> Resource:
        """A row straight into the store, past all rules."""
        write = self.written(document, type=type, state=state, connection=connection, indexed=indexed)
        external: tuple[ExternalIdWrite, ...] = ()
        if external_id is not None:
            external = (ExternalIdWrite(connection or 1, type, write.resource.id, external_id),)
        await self.apply(changed(write, external_ids=external), tenant)
        return write.resource

    def written(
        self,
        document: dict[str, Any],
        *,
        type: str = "User",
        state: State = State.MANAGED,
        connection: int | None = 1,
        indexed: tuple[str, ...] = (),
        **more: Any,
    ) -> ResourceWrite:
        """A resource write derived from a document, as the rules derive it."""
        id, now = document.get("id") or self.new_id(), self.clock()
        whole = TYPES[type].with_schemas({**document, "id": id})
        derived = Derived(TYPES[type], replace(PROFILE, indexed=indexed), whole)
        resource = Resource(id, type, 1, now, now, state=state, connection=connection, **derived.columns)
        return replace(derived.write(resource, None), **more)

    async def apply(
        self,
        change: Change,
        tenant: int | None = None,
        again: Callable[[Facts], Change | Need] | None = None,
        record: Recorded | None = None,
    ) -> Change:
        applied = await self.store.apply(
            tenant or self.tenant, change, again or _never, (lambda _: record) if record else None
        )
        result: Change = applied.change
        return result

    def query(self, filter: str | None = None, **more: Any) -> Query:
        type = more.pop("type", "User")
        order = more.pop("order", None)
        return Query(
            type,
            more.pop("connection", 1),
            resolve(parse_filter(filter), TYPES[type]) if filter else None,
            order=TYPES[type].target(parse_attribute_path(order)) if order else None,
            base_url=BASE,
            **more,
        )

    async def page(self, filter: str | None = None, **more: Any) -> Page:
        page: Page = await self.store.page(more.pop("tenant", self.tenant), self.query(filter, **more))
        return page

    async def ids(self, filter: str | None = None, **more: Any) -> list[str]:
        return [item.resource.id for item in (await self.page(filter, count=200, **more)).rows]

    async def member_ids(self, group_id: str) -> list[str]:
        rendered = bytes(await self.store.members(self.tenant, group_id, BASE))
        return [member["value"] for member in orjson.loads(rendered or b"[]")]


@asynccontextmanager
async def opened(whole: Any) -> AsyncIterator[Opened]:
    """Start it, make the tenants, stop it."""
    await whole.start()
    try:
        tenants = []
        for slug in ("corp", "strangers"):
            new = NewTenant(slug, slug.title(), slug, "generic", "standard")
            entry = AuditEntry("operator:test", "tenant.created", "Tenant", slug)
            tenants.append((await whole.tenancy.add_tenant(new, entry, "2026-01-02T03:00:00.000Z")).id)
        yield Opened(whole, tenants[0], tenants[1])
    finally:
        await whole.stop()


def changed(*writes: ResourceWrite, **more: Any) -> Change:
    """A change that writes these rows."""
    return Change(Answer(200), Explanation("test", "A test."), resources=writes, **more)


def person(user_name: str, **more: Any) -> dict[str, Any]:
    """The least that a user needs."""
    return {"schemas": [CORE_USER], "userName": user_name, **more}


def team(display_name: str, *members: str, **more: Any) -> dict[str, Any]:
    """A group with members."""
    return {
        "schemas": [CORE_GROUP],
        "displayName": display_name,
        "members": [{"value": member} for member in members],
        **more,
    }


def add_members(*values: str) -> dict[str, Any]:
    return {"op": "add", "path": "members", "value": [{"value": value} for value in values]}


def remove_member(value: str) -> dict[str, Any]:
    return {"op": "remove", "path": f'members[value eq "{value}"]'}


def _never(facts: Facts) -> Change | Need:
    raise AssertionError("a precondition failed")
