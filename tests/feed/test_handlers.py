"""Handlers: called at least once, in order for each resource; one that fails holds up its own resource only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.cast import hanako, patch, sales, zoe
from tests.database import new_database
from tests.installation import Site, Tenant, installation
from vestibule import Happened
from vestibule.app import Vestibule
from vestibule.feed import following
from vestibule.feed.errors import UnknownEventType
from vestibule.settings import Settings

LEAVES = patch({"op": "replace", "path": "active", "value": False})


@dataclass
class Embedded:
    """An application that registers handlers before it starts, and an identity provider's hand."""

    site: Site
    tenant: Tenant

    @property
    def application(self) -> Vestibule:
        return self.site.application


async def until(holds: Callable[[], bool]) -> None:
    """Wait for it, half a minute at most."""
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.fixture
async def embedded(each_store: None, tmp_path: Path) -> AsyncIterator[Embedded]:
    async with installation(new_database(tmp_path)) as site:
        yield Embedded(site, await site.tenant())


async def restarted(embedded: Embedded, register: Callable[[Vestibule], None]) -> None:
    """Stop it, register handlers, start it again."""
    await embedded.application.stop()
    register(embedded.application)
    await embedded.application.start()


async def test_functions_async_or_not_are_called_with_the_person(embedded: Embedded) -> None:
    came: list[tuple[str, str, str]] = []

    def register(vestibule: Vestibule) -> None:
        @vestibule.on("user.created")
        async def made(happened: Happened) -> None:
            if happened.tenant == embedded.tenant.slug:
                assert happened.person is not None
                came.append(("async", happened.type, happened.person.user_name))

        @vestibule.on("team.member_added", "user.*")
        def joined(happened: Happened) -> None:
            if happened.tenant == embedded.tenant.slug:
                assert happened.person is not None
                came.append(("plain", happened.type, happened.person.user_name))

    await restarted(embedded, register)
    one = (await embedded.tenant.post("/Users", hanako())).json["id"]
    await embedded.tenant.post("/Groups", sales(one))
    await until(lambda: len(came) == 3)
    name = "hanako.sato@corp.test"
    assert came == [
        ("async", "user.created", name),
        ("plain", "user.created", name),
        ("plain", "team.member_added", name),
    ]


@pytest.mark.requirement("K35")
async def test_a_handler_answers_for_the_product(embedded: Embedded) -> None:
    def register(vestibule: Vestibule) -> None:
        @vestibule.on("access.ended")
        def gone(happened: Happened) -> None:
            happened.applied()

    await restarted(embedded, register)
    one = (await embedded.tenant.post("/Users", hanako())).json["id"]
    await embedded.tenant.patch(f"/Users/{one}", LEAVES)
    store, tenant = embedded.application.store, embedded.tenant.record.id

    async with asyncio.timeout(30):
        while not (await store.log.story_of(tenant, one)).answers:
            await asyncio.sleep(0.02)
    [answer] = (await store.log.story_of(tenant, one)).answers
    assert (answer.outcome, answer.by) == ("applied", "handlers")
    assert await store.states.unconfirmed(tenant) == []


async def test_one_that_fails_is_tried_again_in_order_and_holds_up_nobody_else(
    embedded: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PATIENCE", (0.2, 0.2))
    came: list[tuple[str, str]] = []
    fails = 2

    def register(vestibule: Vestibule) -> None:
        @vestibule.on("user.*")
        def follow(happened: Happened) -> None:
            nonlocal fails
            if happened.tenant != embedded.tenant.slug:
                return
            assert happened.person is not None
            if happened.person.user_name.startswith("hanako") and fails:
                fails -= 1
                raise RuntimeError("the product is down")
            came.append((happened.type, happened.person.user_name[:3]))

    await restarted(embedded, register)
    one = (await embedded.tenant.post("/Users", hanako())).json["id"]
    await embedded.tenant.patch(f"/Users/{one}", LEAVES)
    await embedded.tenant.post("/Users", zoe())
    await until(lambda: len(came) == 3)
    assert came[0] == ("user.created", "Zoë")
    assert came[1:] == [("user.created", "han"), ("user.deactivated", "han")]


async def test_what_is_given_up_is_kept_and_holds_up_nobody(
    embedded: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PATIENCE", (0.05,))
    came: list[str] = []

    def register(vestibule: Vestibule) -> None:
        @vestibule.on("user.*")
        def follow(happened: Happened) -> None:
            if happened.tenant != embedded.tenant.slug:
                return
            if happened.type == "user.created":
                raise ValueError("never")
            came.append(happened.type)

    await restarted(embedded, register)
    one = (await embedded.tenant.post("/Users", hanako())).json["id"]
    await embedded.tenant.patch(f"/Users/{one}", LEAVES)
    await until(lambda: came == ["user.deactivated"])
    parked = await embedded.application.store.consumers.parked(following.NAME)
    own = [one for one in parked if one.tenant == embedded.tenant.record.id and one.given_up]
    assert [one.error for one in own] == ["ValueError: never"]


async def test_after_a_restart_it_goes_on_where_it_was(tmp_path: Path) -> None:
    settings = Settings(database=f"sqlite:///{tmp_path}/product.db")
    came: list[str] = []

    def made() -> Vestibule:
        vestibule = Vestibule(settings)

        @vestibule.on("user.created")
        def follow(happened: Happened) -> None:
            came.append(happened.subject_id)

        return vestibule

    async with installation(settings.database) as site:  # nobody follows yet
        tenant = await site.tenant()
        one = (await tenant.post("/Users", hanako())).json["id"]
    async with made().lifespan():
        await until(lambda: came == [one])
    async with installation(settings.database) as site:
        hand = replace(tenant, application=site.application)
        other = (await hand.post("/Users", zoe())).json["id"]
    async with made().lifespan():
        await until(lambda: came == [one, other])


async def test_who_misspells_a_type_is_told() -> None:
    vestibule = Vestibule(Settings(database="sqlite://"))
    with pytest.raises(UnknownEventType, match=r"'user\.gone'"):
        vestibule.on("user.gone")
