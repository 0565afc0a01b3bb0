"""The sending side's console, page by page, over ASGI: what an administrator does there and what the audit says of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from tests.connectors.scim_server import TOKEN, scim_server
from tests.console.company import Company, company
from tests.console.hand import Hand
from tests.database import STORES, on_store
from vestibule.provisioning.external_name import CORE_USER
from vestibule.provisioning.setting_up import Wanted


@pytest.fixture
async def corp() -> AsyncIterator[Company]:
    async with company(os.urandom) as one:
        yield one


async def over(hand: Hand, path: str) -> str:
    """What a page that moves says once it has come to its end."""
    for _ in range(200):
        page = await hand.open(path)
        assert page.status_code == 200, hand.text
        if "Under way" not in hand.text and "The source is read" not in hand.text:
            return hand.text
        await asyncio.sleep(0.02)
    raise AssertionError(f"{path} came to no end")


def path_of(hand: Hand) -> str:
    """Where the hand is, below the console's root."""
    assert hand.page is not None
    return str(hand.page.url.path).removeprefix("/directory/")


@pytest.mark.parametrize("store", STORES)
async def test_from_an_empty_directory_to_a_provisioned_person(store: str) -> None:
    with on_store(store):
        async with company(os.urandom) as corp, scim_server() as there:
            await _walk(corp, there.url)
            assert len(there.users) == 2


async def _walk(corp: Company, url: str) -> None:
    hand = await corp.hand()
    assert "No application yet" in hand.text
    await hand.open("import")
    files = {
        "people": (
            "people.csv",
            b"login,email,firstName,lastName\nada,ada@corp.test,Ada,L\nbo,bo@corp.test,Bo,M\n",
        ),
        "groups": ("groups.csv", b"id,name,description\nall,Everybody,\n"),
        "memberships": ("memberships.csv", b"group,login\nall,ada\nall,bo\n"),
    }
    hand.page = await hand.client.post(
        "import", data={"form_token": hand.mark}, files=files, follow_redirects=True
    )
    pending = path_of(hand)
    assert "2 people join" in await over(hand, pending)
    assert (await corp.server.sending.store.people()) == [], "nothing counts before somebody says so"
    await hand.send(pending, {"do": "keep"})
    assert "Imported." in hand.text
    await hand.open("people")
    assert "ada@corp.test" in hand.text

    await hand.open("catalog", q="bearer")
    await hand.open("catalog/generic-bearer")
    await hand.send("catalog/generic-bearer", {"name": "Files"})
    assert path_of(hand) == "applications/1/sign-on"
    await hand.open("applications/1/provisioning")
    assert "Sign On comes first" in hand.text
    await hand.open("applications/1/sign-on")
    await _submit(
        hand,
        "applications/1/sign-on",
        method="saml",
        saml_email="user.login",
        format="email",
        update_username="on",
    )
    await hand.open("applications/1/assignments/assign", to="people")
    ada = (await corp.server.sending.store.person("ada")).id
    await hand.send("applications/1/assignments/assign", {"to": "people", "who": ada})
    assert "They wait until provisioning is set up" in hand.text

    await hand.open("applications/1/provisioning", edit="connection")
    wrong = {"base_url": url, "token": "wrong", "enable": "on", "do": "save"}
    await _submit(hand, "applications/1/provisioning", **wrong)
    assert "The token is wrong." in hand.text
    await _submit(hand, "applications/1/provisioning", **{**wrong, "token": TOKEN, "do": "test"})
    assert "verified successfully" in hand.text
    assert "Sign On and Provisioning differ for 1 of the people assigned" in hand.text
    await _submit(hand, "applications/1/provisioning", **{**wrong, "token": TOKEN})
    assert "API integration is enabled" in hand.text

    await hand.open(f"applications/1/assignments/{ada}")
    assert "assigned before provisioning was set up" in hand.text
    await hand.send("applications/1/assignments/provision", {"who": ada})
    said = await over(hand, path_of(hand))
    assert "1 created" in said
    assert "POST" in said, "for one person every step is told"
    group = (await corp.server.sending.store.source_group("Everybody")).id
    await hand.open("applications/1/assignments/assign", to="groups")
    await hand.send("applications/1/assignments/assign", {"to": "groups", "who": group, "priority": "1"})
    await corp.server.sending.desk("operator:test").set_engine("Files", needs_approval=True)
    await hand.open("applications/1/assignments")
    assert "with the next approved plan" in hand.text
    await hand.open("plans")
    await hand.send("plans", {"application": "1"})
    assert "1 create" in hand.text
    await hand.send(path_of(hand), {"do": "approve"})
    await hand.send(path_of(hand), {"do": "apply"})
    assert "1 created" in await over(hand, path_of(hand))
    await hand.open("audit")
    for action in ("directory.imported", "application.added", "application.connected", "plan.approved"):
        assert action in hand.text
    assert TOKEN not in hand.text


async def _submit(hand: Hand, path: str, **fields: str) -> None:
    """Send a form of the open page with its mark of what was seen."""
    await hand.send(path, {"seen": seen(hand), **fields})


def seen(hand: Hand) -> str:
    """The mark of what the open page was made from."""
    assert hand.page is not None
    return hand.page.text.partition('name="seen" value="')[2][:32]


async def test_profile_editor_asks_before_it_maps_what_nobody_has(corp: Company) -> None:
    await corp.reads_the_example()
    await corp.server.sending.desk("operator:test").add(Wanted(name="Files"))
    hand = await corp.hand()
    path = "applications/1/mappings/attributes/title"
    page = await hand.open(path)
    assert "Map it anyway" not in hand.text
    mark = page.text.partition('name="rows_mark" value="')[2][:32]
    form = {"external_name": "title", "namespace": CORE_USER, "type": "string", "scope": "personal"}
    form |= {"applies_on": "create and update", "expression": "user.titel", "rows_mark": mark, "do": "save"}
    assert (await hand.send(path, form)).status_code == 422
    assert "Nobody in the directory has user.titel" in hand.text
    assert "Did you mean user.title?" in hand.text
    assert "Map it anyway" in hand.text
    assert "--anyway" not in hand.text
    await hand.send(path, {**form, "anyway": "on"})
    assert "Saved." in hand.text
    rows = await corp.server.sending.store.mapping(1)
    assert next(row.expression for row in rows if row.variable == "title") == "user.titel"
