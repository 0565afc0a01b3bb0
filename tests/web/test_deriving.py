"""A profile that changes while it serves: right answers at once, and rows that catch up (design: *served and search form*)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.installation import Site, Tenant, installation
from vestibule.app import Vestibule
from vestibule.deriving import Deriving
from vestibule.directory.derive_anew import derived_as
from vestibule.profiles.builtin import builtin_texts
from vestibule.profiles.load import load_profile
from vestibule.settings import Settings
from vestibule.tenancy.kept_profiles import keep_profile

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
OWN = "urn:example:params:scim:schemas:extension:own:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def text(*attributes: str, name: str = "growing", own: str = "") -> str:
    """A product with these attributes beside the core ones, and an extension of its own if there is one."""
    added = "".join(f"\n[[schemas.attributes]]\n{one}\n" for one in attributes)
    core = f'\n[[schemas]]\nid = "{USER}"\n{added}' if added else ""
    extension = f'\n[[schemas]]\nid = "{OWN}"\nname = "Own"\n[[schemas.attributes]]\n{own}\n' if own else ""
    whole = builtin_texts()["generic"].replace('name = "generic"', f'name = "{name}"', 1)
    return whole + core + extension


BADGE, EXACT = 'name = "badge"', 'name = "badge"\ncase_exact = true'
HAT = 'name = "hat"'


def deriving_of(site: Site) -> Deriving:
    """The one that the server runs by itself."""
    return next(beside for beside in site.application.beside if isinstance(beside, Deriving))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """An installation whose rows stay as they are until a test says otherwise."""
    async with installation() as opened:
        deriving = deriving_of(opened)
        await deriving.stop()
        yield opened


async def take(site: Site, content: str) -> None:
    await keep_profile(site.desk, content, "growing.toml", accept=True)


async def catch_up(site: Site) -> None:
    deriving = Deriving(site.application.store, site.desk.profiles, site.desk.clock)
    await deriving.round(pause=0)


async def grown(site: Site, *attributes: str, own: str = "") -> Tenant:
    await take(site, text(*attributes, own=own))
    return await site.tenant("growing")


async def create(tenant: Tenant, name: str, **more: Any) -> dict[str, Any]:
    answer = await tenant.post("/Users", {"userName": f"{name}@corp.test", **more})
    assert answer.status == 201, answer.json
    made: dict[str, Any] = answer.json
    return made


async def names(tenant: Tenant, filter: str, more: str = "") -> list[str]:
    answer = await tenant.get(f"/Users?filter={quote(filter)}{more}")
    assert answer.status == 200, answer.json
    by_cursor = await tenant.get(f"/Users?cursor&filter={quote(filter)}{more}")
    assert by_cursor.json["Resources"] == answer.json["Resources"]
    search = await tenant.get(f"/?filter={quote(filter)}{more}")
    assert [one["id"] for one in search.json["Resources"]] == [one["id"] for one in answer.json["Resources"]]
    return [one["userName"].partition("@")[0] for one in answer.json["Resources"]]


async def test_filters_on_changed_attributes_are_right_before_and_after(site: Site) -> None:
    tenant = await grown(site, BADGE)
    await create(tenant, "old", badge="A1")
    await create(tenant, "older", badge="a1")
    assert await names(tenant, 'badge eq "A1"') == ["old", "older"]
    await take(site, text(EXACT))
    await create(tenant, "new", badge="A1")
    for _ in ("before", "after"):
        assert await names(tenant, 'badge eq "A1"') == ["old", "new"]
        assert await names(tenant, 'badge eq "a1"') == ["older"]
        assert await names(tenant, 'userName eq "OLD@corp.test"') == ["old"]
        assert await names(tenant, "badge pr", "&sortBy=badge") == ["old", "new", "older"]
        await catch_up(site)


async def test_what_is_no_longer_declared_is_not_shown_and_not_lost(site: Site) -> None:
    tenant = await grown(site, HAT, own='name = "shoe"')
    made = await create(tenant, "mia", hat="bowler", **{OWN: {"shoe": "red"}})
    path = f"/Users/{made['id']}"
    await take(site, text())
    for _ in ("before", "after"):
        one = (await tenant.get(path)).json
        assert "hat" not in one
        assert OWN not in one
        assert one["schemas"] == [USER]
        assert (await tenant.get("/Users")).json["Resources"] == [one]
        refused = await tenant.get(f"/Users?filter={quote('hat pr')}")
        assert (refused.status, refused.json["scimType"]) == (400, "invalidFilter")
        await catch_up(site)
    operation = {"op": "replace", "path": "title", "value": "Boss"}
    patched = await tenant.patch(path, {"schemas": [PATCH], "Operations": [operation]})
    assert patched.status == 200
    assert "hat" not in patched.json, "a write does not bring it to light"
    assert (await tenant.get(path)).json == patched.json
    await take(site, text(HAT, own='name = "shoe"'))
    await catch_up(site)
    back = (await tenant.get(path)).json
    assert (back["hat"], back[OWN], back["title"]) == ("bowler", {"shoe": "red"}, "Boss")
    assert await names(tenant, 'hat eq "BOWLER"') == ["mia"]


async def test_the_server_does_it_by_itself() -> None:
    async with installation() as site:
        tenant = await grown(site, BADGE)
        for number in range(120):
            await create(tenant, f"m{number}", badge=f"B{number}")
        deriving = deriving_of(site)
        await deriving.stop()
        await take(site, text(EXACT))
        deriving.start()
        target = derived_as(load_profile(text(EXACT), "growing.toml"))
        for _ in range(600):
            [record] = await site.desk.store.tenants_named(tenant.slug)
            if record.derived == target:
                break
            await create(tenant, f"meanwhile{_}", badge="B7")
            await asyncio.sleep(0.01)
        progress = await site.application.store.derivation.progress(record.id)
        assert progress is not None
        assert progress.target == target
        assert progress.ended_at is not None
        assert progress.renewed == 120
        assert await names(tenant, 'badge eq "B119"') == ["m119"]


async def test_another_folding_is_finished_before_the_first_answer(tmp_path: Path) -> None:
    """As after an upgrade of Python's Unicode tables: the columns are of another folding, and two names meet."""
    file = tmp_path / "vestibule.db"
    async with installation(f"sqlite:///{file}") as site:
        tenant = await site.tenant(slug="corp")
        for name in ("kim", "zoe", "twin", "other"):
            await create(tenant, name)
    with sqlite3.connect(file) as database:
        database.execute("UPDATE tenant SET derived = '1/old'")
        database.execute(
            "UPDATE resource SET fold_version = 'old', find = '{}', user_name = 'OLD ' || user_name"
        )
        twin = '"userName":"twin@corp.test"'
        database.execute(
            'UPDATE resource SET doc = CAST(replace(CAST(doc AS TEXT), \'"userName":"other@corp.test"\', ?) AS BLOB)',
            (twin,),
        )
    application = Vestibule(
        Settings(database=f"sqlite:///{file}", public_url="https://vestibule.test"), tidies=False
    )
    async with application.lifespan():
        tenant = Tenant(application, tenant.record, tenant.token)
        assert await names(tenant, 'userName eq "KIM@corp.test"') == ["kim"]
        assert await names(tenant, 'userName sw "z"') == ["zoe"]
        progress = await application.store.derivation.progress(tenant.record.id)
        assert progress is not None
        [collision] = progress.collisions
        assert collision.user_name == "twin@corp.test"
        assert await names(tenant, 'userName eq "twin@corp.test"') == ["twin"], "the first keeps the name"
        assert (await tenant.get(f"/Users/{collision.id}")).status == 200, "the other stays, apart"
        assert (await tenant.get("/Users")).json["totalResults"] == 4
