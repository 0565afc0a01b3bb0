"""Both stores against the reference: what is found, in which order, and what a PATCH leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest
from hypothesis import event, example, given

from tests.contracts.store.opened import BASE, PROFILE, Opened, opened
from tests.postgresql import Server
from tests.reference.documents import kept
from tests.reference.effort import examples
from tests.reference.filters import Asks, At, Node, Resource, find, matches
from tests.reference.patches import Operation, applied
from tests.reference.sorting import in_order
from tests.reference.values import Number, Refused
from tests.reference.worlds import Chooser, World, a_filter, a_world, an_operation, made_by, places, spelled
from vestibule.directory.change import AuditEntry, Change
from vestibule.directory.request import Create, Patch, Request, Standing
from vestibule.directory.run import carry_out
from vestibule.directory.store import Query
from vestibule.profiles.profile import ApplicationProfile, TypeRules
from vestibule.scim.attribute import Attribute, Mutability, Type
from vestibule.scim.checker import CompiledType, compile_type
from vestibule.scim.errors import ScimError
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve
from vestibule.scim.patch import parse_patch
from vestibule.scim.schema import ResourceType, Schema
from vestibule.scim.sorting import sort_target
from vestibule.stores.receiving import open_receiving_store
from vestibule.tenancy.store import NewTenant

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True, repr=False)
class Story:
    """Resources, questions about them, and changes; the questions are asked before and after."""

    world: World
    filters: list[Node]
    orders: list[tuple[At, bool]]
    patches: list[list[Operation]]
    indexed: tuple[str, ...]

    def __repr__(self) -> str:
        patches = [[operation.sent() for operation in several] for several in self.patches]
        orders = [f"{at} {descending}" for at, descending in self.orders]
        return f"{self.world}\n{[*map(str, self.filters)]}\n{orders}\n{patches}\n{self.indexed}"


def a_story(choose: Chooser) -> Story:
    """Any of them."""
    world = a_world(choose)
    type = world.type
    texts = [
        at for at, p in places(type) if p.leaf.type is Type.STRING and p.attribute.name not in ("id", "meta")
    ]
    return Story(
        world,
        [a_filter(choose, type) for _ in range(6)],
        [(spelled(choose, type, choose.one_of(places(type))[0]), choose.one_in(2)) for _ in range(3)],
        [[an_operation(choose, type, sent) for _ in range(1 + choose.below(2))] for sent in world.documents],
        tuple(str(at) for at in choose.some_of(texts, 0, 2)) if type.name == "User" else (),
    )


class Bench:
    """A store, and the loop that it runs on, for all examples of this module."""

    def __init__(self, runner: asyncio.Runner, store: Opened) -> None:
        self.run, self.store, self._tenants = runner.run, store, count(1)

    async def tenant(self) -> int:
        """A new one, empty."""
        slug = f"t{next(self._tenants)}"
        entry = AuditEntry("operator:test", "tenant.created", "Tenant", slug)
        new = NewTenant(slug, slug, slug, "generic", "standard")
        return int((await self.store.whole.tenancy.add_tenant(new, entry, "2026-01-02T03:00:00.000Z")).id)


@pytest.fixture(scope="module", params=["sqlite in memory", "postgresql"])
def bench(request: pytest.FixtureRequest, postgresql_server: Server) -> Iterator[Bench]:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        if request.param == "postgresql":
            place = postgresql_server.place()
            whole = open_receiving_store(place.url, schema=place.schema)
        else:
            whole = open_receiving_store("sqlite://")
        store = runner.run(stack.enter_async_context(opened(whole)))
        yield Bench(runner, store)
        runner.run(stack.aclose())


_LEVELS = Attribute("levels", Type.INTEGER, multi_valued=True)
_ROOMS = Attribute("rooms", Type.COMPLEX, multi_valued=True, sub_attributes=(_LEVELS, Attribute("name")))
#: Found once: PostgreSQL sorted by the whole array, not by its first value.
SORTED_BY_PARTS = Story(
    World(
        ResourceType("Thing", "/Things", "", Schema("urn:example:Thing", "Thing", "", (_ROOMS,))),
        [{"schemas": ["urn:example:Thing"], "rooms": [{"levels": each}]} for each in ([9, 1], [10], [2, 99])],
    ),
    [],
    [(At("rooms", "levels"), False), (At("rooms", "levels"), True)],
    [],
    (),
)


_LEVEL = Attribute("level", Type.INTEGER)
#: Found once: -2^63 - 1, which is -2^63 as a double, was equal to it.
LEAST_NUMBER = Story(
    World(
        ResourceType("Thing", "/Things", "", Schema("urn:example:Thing", "Thing", "", (_LEVEL,))),
        [
            {"schemas": ["urn:example:Thing"], "level": -(2**63)},
            {"schemas": ["urn:example:Thing"], "level": 0},
        ],
    ),
    [Asks(At("level"), operator, Number("-9223372036854775809")) for operator in ("eq", "ne", "gt", "le")],
    [],
    [],
    (),
)


@pytest.mark.requirement(
    *(
        "R7",
        "R15",
        "R67",
        "R92",
        "R93",
        "R108",
        "R109",
        "R110",
        "R111",
        "R112",
        "R113",
        "R114",
        "R115",
        "R116",
    ),
    *("R117", "R118", "R120", "R121", "R122", "R145", "R146", "R148", "R153", "R156", "R158", "R159", "K23"),
)
@examples(60)
@given(story=made_by(a_story, 900))
@example(story=SORTED_BY_PARTS)
@example(story=LEAST_NUMBER)
def test_a_store_finds_sorts_and_keeps_what_the_reference_does(bench: Bench, story: Story) -> None:
    bench.run(_told(bench, story))


async def _told(bench: Bench, story: Story) -> None:
    told = Telling(bench.store, await bench.tenant(), story)
    await told.create_all()
    await told.ask_all()
    if await told.patch_all():
        await told.ask_all()


class Telling:
    """One story on one store, beside what the reference holds."""

    def __init__(self, store: Opened, tenant: int, story: Story) -> None:
        self.type, self.story, self.store, self.tenant = story.world.type, story, store, tenant
        self.compiled: CompiledType = compile_type(self.type)
        is_own = self.type.name == "Thing"
        self.profile: ApplicationProfile = replace(
            PROFILE,
            types={self.type.name: self.compiled},
            declared={"Thing": TypeRules()} if is_own else {},
            indexed=story.indexed,
        )
        #: Documents by id, in order of creation, and their externalId.
        self.held: dict[str, Resource] = {}
        self.external_ids: dict[str, str] = {}

    async def carry_out(self, request: Request) -> Change:
        standing = Standing(self.tenant, 1, self.profile, "generic", "token:test", "req")
        store = self.store
        return (await carry_out(store.store, standing, request, store.clock, store.new_id)).change

    async def create_all(self) -> None:
        for sent in self.story.world.documents:
            expected: Resource | str
            try:
                expected = kept(self.type, sent)
                if missing(self.type, expected):
                    expected = "invalidValue"
            except Refused as refusal:
                expected = str(refusal)
            change = await self.carry_out(Create(self.type.name, sent))
            made = change.answer.resource
            if isinstance(expected, str):
                assert change.answer.error is not None
                assert change.answer.error.scim_type == expected
                continue
            assert made is not None, change.answer.error
            assert made.document() == {**expected, "id": made.id}
            self.held[made.id] = expected
            if sent.get("externalId"):
                self.external_ids[made.id] = sent["externalId"]

    async def patch_all(self) -> int:
        changed = 0
        for (id, before), several in zip(list(self.held.items()), self.story.patches, strict=False):
            try:
                expected: Resource | str = applied(self.type, before, several)
                if set(missing(self.type, expected)) - set(missing(self.type, before)):
                    expected = "invalidValue"
            except Refused as refusal:
                expected = str(refusal)
            message = {"schemas": [PATCH_OP], "Operations": [operation.sent() for operation in several]}
            try:
                change = await self.carry_out(Patch(self.type.name, id, parse_patch(message)))
                found = change.answer.error
            except ScimError as refusal:
                found = refusal
            if found is not None:
                assert found.scim_type == expected, found
                event("patch refused")
            else:
                assert change.answer.resource is not None
                assert change.answer.resource.document() == {**expected, "id": id}
                self.held[id] = expected
                changed += expected != before
                for operation in several:
                    self._note_external_id(id, operation)
        event(f"{changed} patched")
        return changed

    def _note_external_id(self, id: str, operation: Operation) -> None:
        sent = operation.value if operation.path is None and isinstance(operation.value, dict) else {}
        if operation.path is not None and operation.path.at.name.lower() == "externalid":
            sent = {"externalId": None if operation.op.lower() == "remove" else operation.value}
        for key, value in sent.items():
            if key.lower() == "externalid" and value:
                self.external_ids[id] = value
            elif key.lower() == "externalid":
                self.external_ids.pop(id, None)

    async def ask_all(self) -> None:
        page = await self.store.store.page(self.tenant, self._query())
        assert page.total == len(self.held)
        served = []
        for row in page.rows:
            resource = row.resource
            meta = {
                "resourceType": self.type.name,
                "created": resource.created,
                "lastModified": resource.modified,
            }
            external_id = self.external_ids.get(resource.id)
            assert resource.external_id == external_id
            document = {**self.held[resource.id], "id": resource.id, "meta": meta}
            served.append({**document, "externalId": external_id} if external_id else document)
        for node in self.story.filters:
            await self._find(node, served)
        for at, descending in self.story.orders:
            await self._sort(at, served, descending=descending)

    async def _find(self, node: Node, served: list[Resource]) -> None:
        text = str(node)
        try:
            expected: list[str] | str = [one["id"] for one in served if matches(self.type, one, node)]
            matches(self.type, {}, node)
        except Refused as refusal:
            expected = str(refusal)
        try:
            resolved = resolve(parse_filter(text), self.compiled)
            page = await self.store.store.page(self.tenant, self._query(filter=resolved))
            found: list[str] | str = [row.resource.id for row in page.rows]
            assert page.total == len(page.rows)
        except ScimError as refusal:
            found = refusal.scim_type or ""
        some = "none" if not expected else "all" if len(expected) == len(served) else "some"
        event("filter refused" if isinstance(expected, str) else f"{some} found")
        assert found == expected, text

    async def _sort(self, at: At, served: list[Resource], *, descending: bool) -> None:
        place = find(self.type, at)
        assert place is not None
        try:
            expected: list[str] | str = [o["id"] for o in in_order(served, place, descending=descending)]
        except Refused as refusal:
            expected = str(refusal)
        try:
            query = self._query(order=sort_target(str(at), self.compiled), descending=descending)
            found: list[str] | str = [
                r.resource.id for r in (await self.store.store.page(self.tenant, query)).rows
            ]
        except ScimError as refusal:
            found = refusal.scim_type or ""
        assert found == expected, f"{at} {descending}"

    def _query(self, **more: Any) -> Query:
        indexed = self.profile.keyed(self.compiled)
        endpoint = "" if self.type.name == "User" else self.type.endpoint
        return Query(self.type.name, 1, count=100, base_url=BASE, indexed=indexed, endpoint=endpoint, **more)


def missing(type: ResourceType, document: Resource) -> list[str]:
    """R63: required attributes without a value; those of an extension, and of a complex value, where there is one."""
    holders = [("", type.schema.attributes, document)]
    for extension in type.extensions:
        if extension.schema.id in document:
            holders.append(
                (f"{extension.schema.id}:", extension.schema.attributes, document[extension.schema.id])
            )
    return [path for prefix, attributes, holder in holders for path in _missing(prefix, attributes, holder)]


def _missing(prefix: str, attributes: tuple[Attribute, ...], holder: Resource) -> list[str]:
    paths = []
    for attribute in attributes:
        if attribute.mutability is Mutability.READ_ONLY:
            continue
        held = holder.get(attribute.name)
        if attribute.required and held is None:
            paths.append(prefix + attribute.name)
        for value in held if isinstance(held, list) else [held]:
            if isinstance(value, dict):
                paths += _missing(f"{prefix}{attribute.name}.", attribute.sub_attributes, value)
    return paths
