"""Who changes by an edit of roles, before it is saved; and steps of the set-up guide marked by hand."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape

import pytest

from tests.console.hand import Hand, Stage, staged
from tests.console.test_hostile import CORE, OKTA
from tests.installation import Tenant

_GUIDE = "/tenants/mine/settings/integrations/scim/guide"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as made:
        yield made


async def _mine(stage: Stage) -> tuple[Tenant, Hand]:
    tenant = await stage.site.tenant("getaccept", "mine")
    return tenant, await stage.hand_of(await stage.administrator("admin@mine.test", tenant.record))


async def _changes(hand: Hand) -> str:
    """What the part of the page says that scripts load by themselves."""
    assert hand.page is not None
    found = re.search(r'id="who-changes"[^>]*hx-get="([^"]+)"', hand.page.text)
    assert found, hand.text
    await hand.open(unescape(found[1]))
    return hand.text


async def test_an_edit_of_roles_shows_who_would_change_before_it_is_saved(stage: Stage) -> None:
    tenant, hand = await _mine(stage)
    for name in ("mika", "tom"):
        person = {"schemas": [f"{CORE}User"], "userName": f"{name}@corp.test", "displayName": name}
        kind = {"userType": "Manager"} if name == "mika" else {}
        assert (await tenant.post("/Users", {**person, **kind}, OKTA)).status == 201
    page = "/tenants/mine/settings/roles"
    await hand.open(page, edit="1", source="userType", value="manager", instead="Administrator")
    assert 'value="manager"' in hand.page.text  # type: ignore[union-attr]
    said = await _changes(hand)
    assert "1 of 2 people would get another role with their next change." in said
    assert "mika Manager → Administrator userType decides" in said
    await hand.open(page, edit="1", rules="nonsense", default="Manager")
    assert '"nonsense" is no rule' in await _changes(hand)
    await hand.open(page)
    await hand.send(page, {"name": "Auditor", "right": "documents", "look": "1"})
    assert 'value="Auditor"' in hand.page.text  # type: ignore[union-attr]
    assert "Nobody of 2 would get another role." in await _changes(hand)
    assert not await stage.site.desk.store.roles(tenant.record.id), "nothing was saved"


async def test_a_step_is_marked_by_hand_and_the_set_up_link_shows_the_same(stage: Stage) -> None:
    tenant, hand = await _mine(stage)
    await hand.open(f"{_GUIDE}/entra")
    assert "Go on at step" not in hand.text
    await hand.send(f"{_GUIDE}/entra/step", {"step": "add", "done": "yes"})
    assert "Marked as done by administrator:admin@mine.test" in hand.text
    assert "Go on at step 2" in hand.text
    assert (await hand.send(f"{_GUIDE}/entra/step", {"step": "nothing"})).status_code == 404
    await hand.open(_GUIDE)
    assert "1 of 7 steps done" in hand.text
    await hand.open(f"{_GUIDE}/entra")
    made = await hand.send(f"{_GUIDE}/entra", {})
    path = "/setup/" + made.text.partition("https://vestibule.test/setup/")[2].partition("<")[0]
    stranger = stage.stranger()
    await stranger.open(path, provider="entra")
    assert "Marked as done by administrator:admin@mine.test" in stranger.text
    await stranger.send(f"{path}/step", {"provider": "entra", "step": "add", "done": "no"})
    assert "Marked as done" not in stranger.text
    await stranger.send(f"{path}/step", {"provider": "entra", "step": "assign", "done": "yes"})
    assert "Marked as done by set-up link" in stranger.text
    assert (await stranger.send(f"{path}/step", {"provider": "x", "step": "add"})).status_code == 404
    await stranger.open(path)
    await stranger.send(path, {"provider": "entra"})
    assert "vst_scim_" in stranger.text
    assert "Mark as done" not in stranger.text, "the link is used up"
    audit = await stage.site.application.store.overview.audit(tenant.record.id)
    told = [(entry.actor, entry.action) for entry in audit if entry.action.startswith("setup_step")]
    assert told == [
        ("set-up link", "setup_step.marked"),
        ("set-up link", "setup_step.unmarked"),
        ("administrator:admin@mine.test", "setup_step.marked"),
    ]
