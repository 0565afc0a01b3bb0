"""From facts to commit: rounds, dry run, deciding again inside the store's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests import cast
from tests.directory.acting import id_of, made
from tests.directory.products import PLAIN
from tests.directory.world import World
from vestibule.directory.facts import FactKey
from vestibule.directory.run import carry_out, decided


async def test_a_request_is_carried_out() -> None:
    world = World(PLAIN)
    request = world.create_request(cast.hanako())
    applied = await carry_out(world, world.standing(), request, world.now, world.new_id)
    assert made(applied.change).user_name == "hanako.sato@corp.test"
    assert world.event_types() == ["user.created"]


async def test_a_dry_run_gives_the_change_and_commits_nothing() -> None:
    world = World(PLAIN)
    request = world.create_request(cast.hanako())
    change = await decided(world, world.standing(), request, world.now, world.new_id)
    assert change.answer.status == 201
    assert not world.writes


async def test_what_is_overtaken_is_decided_again() -> None:
    world = World(PLAIN)

    class Overtaken(World):
        async def apply(self, tenant: int, change: Any, again: Any, record: Any = None) -> Any:
            world.post(cast.hanako())
            return await world.apply(tenant, change, again, record)

        async def facts(self, tenant: int, keys: Sequence[FactKey]) -> Mapping[FactKey, Any]:
            return await world.facts(tenant, keys)

    store = Overtaken(PLAIN)
    applied = await carry_out(
        store, world.standing(), world.create_request(cast.hanako()), world.now, world.new_id
    )
    assert applied.change.answer.status == 409
    assert len(world.writes) == 1


async def test_a_store_that_leaves_a_fact_unanswered_is_a_fault() -> None:
    class Mute(World):
        async def facts(self, tenant: int, keys: Sequence[FactKey]) -> Mapping[FactKey, Any]:
            return {}

    store = Mute(PLAIN)
    with pytest.raises(RuntimeError):
        await decided(store, store.standing(), store.create_request(cast.hanako()), store.now, store.new_id)


def test_deciding_twice_on_the_same_facts_gives_the_same_change() -> None:
    world = World(PLAIN)
    person = id_of(world.post(cast.hanako()))
    request = world.patch_request(person, {"op": "replace", "value": {"active": False}})
    first = world.decided(request)
    world._ticks = iter([2, 3])  # type: ignore[assignment]
    assert first.resources[0].resource.doc == world.decided(request).resources[0].resource.doc
