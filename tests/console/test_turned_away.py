"""Requests that no token let in: the tenant they were meant for sees them on every page, and no other tenant does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.console.hand import Hand, Stage, staged
from tests.installation import Tenant
from vestibule.directory.overview import Picked

PAGES = ("/overview", "/activity", "/activity?show=failed", "/settings/integrations/scim")
CUT = "it is cut, only 51 of 58 characters arrived"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as made:
        yield made


async def _tenant(stage: Stage, slug: str) -> tuple[Tenant, Hand]:
    """A tenant as its Tenant URL reaches it, and its administrator's hand."""
    tenant = replace(await stage.site.tenant("getaccept", slug), base=f"/t/{slug}/scim/v2")
    return tenant, await stage.hand_of(await stage.administrator(f"admin@{slug}.test", tenant.record))


async def _pages(hand: Hand, slug: str) -> dict[str, str]:
    pages = {}
    for path in PAGES:
        assert (await hand.open(f"/tenants/{slug}{path}")).status_code == 200
        pages[path] = hand.text
    return pages


async def test_a_cut_or_malformed_token_at_the_tenants_address_is_on_every_page_of_it_and_of_no_other(
    stage: Stage,
) -> None:
    mine, mias = await _tenant(stage, "mine")
    _, theirs = await _tenant(stage, "theirs")
    before = await _pages(theirs, "theirs")
    assert "0 refused" in (await _pages(mias, "mine"))["/overview"]
    for token in (mine.token[:-7], "not-a-token"):
        assert (await replace(mine, token=token).get("/Users?startIndex=2")).status == 401
    pages = await _pages(mias, "mine")
    assert "2 requests in 24 hours, 2 refused" in pages["/overview"]
    assert "Nothing was refused" not in pages["/overview"]
    assert "none yet" not in pages["/overview"]
    for path in PAGES:
        assert CUT in pages[path] or path.startswith("/settings"), path
        assert "No request" not in pages[path], path
        assert "malformed" in pages[path], path
    assert await _pages(theirs, "theirs") == before


async def test_a_cut_token_at_another_tenants_address_names_its_tenant_to_nobody_else(stage: Stage) -> None:
    mine, mias = await _tenant(stage, "mine")
    other, theirs = await _tenant(stage, "theirs")
    stranger = await replace(other, token="vst_scim_" + "x" * 42).get("/Users")
    cut = await replace(other, token=mine.token[:-7]).get("/Users")
    assert (stranger.status, cut.status) == (401, 401)
    for text in (str(cut.json), *(await _pages(theirs, "theirs")).values()):
        assert mine.token[9:17] not in text
        assert "mine" not in text
    assert CUT in (await _pages(mias, "mine"))["/activity"]


async def test_those_that_were_turned_away_are_paged_and_picked_with_the_others_and_have_no_story(
    stage: Stage,
) -> None:
    mine, mias = await _tenant(stage, "mine")
    for turn in range(60):
        sender = mine if turn % 2 else replace(mine, token=mine.token[:-7])
        await sender.get(f"/Users?startIndex={turn + 1}")
        await _next_millisecond()  # those of one stand in any order
    first = await mias.open("/tenants/mine/activity")
    assert first.text.count(CUT) == 25
    older = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    rest = await mias.open(older)
    assert first.text.count(CUT) + rest.text.count(CUT) == 30
    failed = await mias.open("/tenants/mine/activity?show=failed")
    assert failed.text.count('class="live-row"') == failed.text.count(CUT) == 30
    assert "No request fits" not in mias.text
    await mias.open("/tenants/mine/activity?show=writes")
    assert CUT not in mias.text
    [newest, *_] = await stage.site.application.premises.overview.requests(None, Picked(1))
    assert f"/activity/{newest.id}" not in failed.text
    assert (await mias.open(f"/tenants/mine/activity/{newest.id}")).status_code == 404


async def _next_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == before:
        await asyncio.sleep(0.0002)
