"""Rows derived anew: in order, in steps with their progress, nothing but what follows from the documents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.contracts.store.opened import BASE, Opened, changed, person, team
from vestibule.directory.derivation import Collision, DerivationStore, Progress
from vestibule.directory.derive_anew import derive_anew, derived_as, find_anew
from vestibule.directory.derived import Derived
from vestibule.directory.facts import ById
from vestibule.directory.resource import Resource, State
from vestibule.directory.store import Anew, Query
from vestibule.profiles.builtin import builtin_texts
from vestibule.profiles.load import load_profile
from vestibule.profiles.profile import ApplicationProfile
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve

BADGE = """
[[schemas]]
id = "urn:ietf:params:scim:schemas:core:2.0:User"

[[schemas.attributes]]
name = "badge"
case_exact = {exact}

[[schemas.attributes]]
name = "hat"
"""


def badges(exact: str, *, indexed: str = "", without: str = "") -> ApplicationProfile:
    """A product with badges whose letter case counts, or not."""
    text = builtin_texts()["generic"].replace("teams = true", f"teams = true\nindexed = [{indexed}]")
    return load_profile(text + BADGE.format(exact=exact).replace(without or "\0", ""), "badges.toml")


LOOSE, EXACT = badges("false"), badges("true", indexed='"badge"')


def derivation(store: Opened) -> DerivationStore:
    return store.whole.derivation


async def put(store: Opened, profile: ApplicationProfile, name: str, **more: Any) -> str:
    """A person written under that profile."""
    type, id, now = profile.types["User"], store.new_id(), store.clock()
    derived = Derived(type, profile, type.with_schemas({**person(name, **more), "id": id}))
    await store.apply(
        changed(derived.write(Resource(id, "User", 1, now, now, connection=1, **derived.columns), None))
    )
    return id


async def found(
    store: Opened, profile: ApplicationProfile, filter: str, *, anew: bool = False, **more: Any
) -> list[str]:
    type = profile.types["User"]
    query = Query(
        "User",
        1,
        resolve(parse_filter(filter), type),
        base_url=BASE,
        indexed=() if anew else profile.keyed(type),
        anew=Anew(profile.version, find_anew(profile)) if anew else None,
        **more,
    )
    page = await store.store.page(store.tenant, query)
    stretch = await store.store.walk(store.tenant, (query,), None)
    rows = [row.resource.user_name for row in page.rows]
    assert [row.resource.user_name for row in stretch.rows] == rows
    assert page.total == stretch.total == len(rows)
    return rows


async def test_rows_come_in_order_of_ids_with_tombstones(store: Opened) -> None:
    ids = [(await store.put(person(f"m{n}"))).id for n in range(5)]
    gone = (await store.put(person("gone"), state=State.TOMBSTONE)).id
    before = (await store.put(person("before"), state=State.UNCLAIMED, connection=None)).id
    group = (await store.put(team("Sales"), type="Group")).id
    await store.put(person("stranger"), tenant=store.strangers)
    got: list[str] = []
    while rows := await derivation(store).rows_after(store.tenant, got[-1] if got else "", 3):
        assert len(rows) <= 3
        got += [row.resource.id for row in rows]
    assert got == sorted([*ids, gone, before, group])


async def test_everything_that_follows_is_derived_anew(store: Opened) -> None:
    id = await put(store, LOOSE, "mia", badge="A1")
    was = await store.fact(ById("User", id, 1))
    assert await found(store, LOOSE, 'badge eq "a1"') == ["mia"]
    progress = await derive_anew(derivation(store), store.tenant, EXACT, store.clock)
    assert (progress.looked, progress.renewed) == (1, 1)
    assert await found(store, EXACT, 'badge eq "A1"') == ["mia"], "by its key row, too"
    assert await found(store, EXACT, 'badge eq "a1"') == []
    now = await store.fact(ById("User", id, 1))
    assert (now.version, now.modified, now.document()) == (was.version, was.modified, was.document())
    assert now.profile_version == EXACT.version
    [tenant] = await store.whole.tenancy.tenants_named("corp")
    assert tenant.derived == derived_as(EXACT)
    [stranger] = await store.whole.tenancy.tenants_named("strangers")
    assert stranger.derived == ""


async def test_what_is_current_is_left_alone(store: Opened) -> None:
    await put(store, EXACT, "mia", badge="A1")
    progress = await derive_anew(derivation(store), store.tenant, EXACT, store.clock)
    assert (progress.looked, progress.renewed) == (1, 0)


async def test_until_then_filters_see_what_will_be(store: Opened) -> None:
    """Old rows by what is derived on the way, the others by SQL."""
    await put(store, LOOSE, "old", badge="A1")
    await put(store, LOOSE, "older", badge="a1", hat="bowler")
    await put(store, EXACT, "new", badge="A1")
    assert await found(store, EXACT, 'badge eq "A1"', anew=True) == ["old", "new"]
    assert await found(store, EXACT, 'badge eq "a1"', anew=True) == ["older"]
    assert await found(store, EXACT, 'not (badge eq "A1")', anew=True) == ["older"]
    assert await found(store, EXACT, 'hat pr and badge sw "a"', anew=True) == ["older"]
    order = EXACT.types["User"].target(parse_filter("badge pr").path)  # type: ignore[union-attr]
    assert await found(store, EXACT, "badge pr", anew=True, order=order) == ["old", "new", "older"]


async def test_whoever_writes_meanwhile_is_not_overwritten(store: Opened) -> None:
    id = await put(store, LOOSE, "mia", badge="A1")
    [row] = await derivation(store).rows_after(store.tenant, "", 10)
    write = store.written({**row.resource.document(), "badge": "B2"}, expected_version=1)
    newer = replace(write.resource, version=2)
    await store.apply(changed(replace(write, resource=newer, state_before=State.MANAGED)))
    late = store.written(row.resource.document(), expected_version=1)
    await derivation(store).renew(store.tenant, [late], Progress("t", id, 1, 1, store.clock()))
    assert (await store.fact(ById("User", id, 1))).version == 2
    assert "B2" in str((await store.fact(ById("User", id, 1))).document())


async def test_it_goes_on_where_it_was_interrupted(store: Opened) -> None:
    for number in range(250):
        await put(store, LOOSE, f"m{number:03}", badge=f"B{number}")

    class Stopped(Exception):
        pass

    class Fragile:
        """The store, whose process dies in the second step."""

        steps = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(derivation(store), name)

        async def renew(self, *arguments: Any) -> Progress:
            self.steps += 1
            if self.steps == 2:
                raise Stopped
            return await derivation(store).renew(*arguments)

    with pytest.raises(Stopped):
        await derive_anew(Fragile(), store.tenant, EXACT, store.clock)
    halfway = await derivation(store).progress(store.tenant)
    assert halfway is not None
    assert (halfway.looked, halfway.ended_at) == (100, None)
    assert await found(store, EXACT, 'badge eq "b7" or badge eq "B7" or badge eq "B240"', anew=True) == [
        "m007",
        "m240",
    ]
    whole = await derive_anew(derivation(store), store.tenant, EXACT, store.clock)
    assert (whole.looked, whole.renewed) == (250, 250), "none twice"
    assert whole.started_at == halfway.started_at
    again = await derive_anew(derivation(store), store.tenant, LOOSE, store.clock)
    assert (again.looked, again.renewed) == (250, 250), "another target begins anew"


async def test_names_that_collide_are_listed_and_never_merged(store: Opened) -> None:
    one = (await store.put(person("kim"))).id
    other = (await store.put(person("kim2"))).id
    row = next(r for r in await derivation(store).rows_after(store.tenant, "", 10) if r.resource.id == other)
    write = store.written(row.resource.document(), expected_version=1)
    folded = replace(write, resource=replace(write.resource, user_name="kim"))
    kept = await derivation(store).renew(store.tenant, [folded], Progress("t", other, 2, 1, store.clock()))
    assert kept.collisions == (Collision(other, "kim"),)
    assert await derivation(store).progress(store.tenant) == kept
    assert (await store.fact(ById("User", other, 1))).user_name == "kim2"
    assert (await store.fact(ById("User", one, 1))).user_name == "kim"


async def test_what_is_not_declared_any_more_is_kept_and_marked(store: Opened) -> None:
    bare = badges("true", without='[[schemas.attributes]]\nname = "hat"\n')
    id = await put(store, LOOSE, "mia", badge="A1", hat="bowler")
    await derive_anew(derivation(store), store.tenant, bare, store.clock)
    row = await store.fact(ById("User", id, 1))
    assert row.profile_version == -bare.version
    assert row.document()["hat"] == "bowler"
    again = await derive_anew(derivation(store), store.tenant, bare, store.clock)
    assert again.renewed == 0
