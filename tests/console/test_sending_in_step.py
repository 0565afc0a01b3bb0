"""Import Now, Reconcile, Force Sync and API tokens, page by page, over ASGI."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest

from tests.connectors.scim_server import CORE_USER, TOKEN, ScimServer, scim_server
from tests.console.company import ADDRESS, Company, company
from tests.console.hand import Hand
from vestibule.provisioning.engine_settings import EngineSettings
from vestibule.provisioning.importing import Import
from vestibule.provisioning.setting_up import Wanted
from vestibule.provisioning.source import PersonRow, Reading, difference
from vestibule.provisioning.store import ChangedMeanwhile
from vestibule.sending import new_source_id

_OWN = "applications/1"


@dataclass
class Corp:
    """A company of four whose application is a server on a socket."""

    company: Company
    there: ScimServer
    hand: Hand

    async def over(self, path: str) -> str:
        """What a page says once it moves no more."""
        for _ in range(300):
            await self.hand.open(path)
            if "is read" not in self.hand.text and "Under way" not in self.hand.text:
                return self.hand.text
            await asyncio.sleep(0.02)
        raise AssertionError(f"{path} came to no end")

    async def audited(self) -> list[str]:
        """The actions in the audit trail."""
        return [entry.action for entry in await self.company.server.sending.store.audit()]

    def is_there(self, user_name: str, given: str = "", family: str = "", **more: object) -> str:
        """Somebody who is in the application already; their id there."""
        id = f"user-of-before-{len(self.there.users)}"
        name = {"givenName": given, "familyName": family}
        self.there.users[id] = {
            "schemas": [CORE_USER], "id": id, "userName": user_name, "name": name, "active": True,
            "meta": {"resourceType": "User"}, **more,
        }  # fmt: skip
        return id


@pytest.fixture
async def corp() -> AsyncIterator[Corp]:
    async with company(os.urandom) as one, scim_server() as there:
        sending = one.server.sending
        people = {
            login: PersonRow(login, {
                "login": login, "email": f"{login}@corp.test", "firstName": given, "lastName": family,
                "displayName": f"{given} {family}",
            })
            for login, given, family in (
                ("ada", "Ada", "Lund"), ("bo", "Bo", "Meyer"), ("cy", "Cy", "Nakata"), ("dee", "Dee", "Osei"),
            )
        }  # fmt: skip
        change = difference(await sending.store.known(), Reading(people=people), new_source_id)
        desk = sending.desk("operator:test")
        await desk.keep_import(Import(await sending.store.known(), change, (), ""), "test")
        await desk.add(Wanted("Files", url=there.url, token=TOKEN))
        yield Corp(one, there, await one.hand())


async def test_import_now_links_whom_somebody_confirms(corp: Corp) -> None:
    hand = corp.hand
    ada = corp.is_there("ADA@corp.test")
    bo = corp.is_there("b.meyer", "Bo", "Meyer")
    cy = corp.is_there("nakata-c")
    corp.is_there("visitor", "Vi", "Sitor", emails=[{"value": "vi@else.test", "primary": True}])
    corp.is_there("left", active=False)
    await hand.open(f"{_OWN}/import")
    assert "Nothing was imported yet" in hand.text
    await hand.send(f"{_OWN}/import", {})
    said = await corp.over(f"{_OWN}/import")
    assert "5 users were read" in said
    assert "1 Exact match 1 Partial match 2 No match" in said, "inactive ones are not brought in as new"
    rows = {"user": cy, f"login_{cy}": ""}
    await hand.send(f"{_OWN}/import/confirm", {**rows, "do": "ticked"})
    assert "Say which person nakata-c is" in hand.text
    await hand.send(f"{_OWN}/import/confirm", {**rows, f"login_{cy}": "nobody", "do": "ticked"})
    assert "There is no person 'nobody' in the directory." in hand.text
    await hand.send(f"{_OWN}/import/confirm", {**rows, f"login_{cy}": "cy", "do": "ticked"})
    assert "Linked and assigned." in hand.text
    await hand.send(f"{_OWN}/import/confirm", {"user": bo, f"login_{bo}": "bo", "do": "ticked"})
    await hand.send(f"{_OWN}/import/confirm", {"do": "exact"})
    assert "0 Exact match 0 Partial match 1 No match" in hand.text
    rows_of_new = await hand.open(f"{_OWN}/import/new.csv")
    assert rows_of_new.text.splitlines() == [
        "login,email,firstName,lastName",
        "visitor,vi@else.test,Vi,Sitor",
    ]
    store = corp.company.server.sending.store
    people = {id: (await store.person(login)).id for id, login in ((ada, "ada"), (bo, "bo"), (cy, "cy"))}
    assert await store.people_there(1, [ada, bo, cy]) == people
    assert (await corp.audited()).count("users.linked") == 3
    assert "users.read" in await corp.audited()


async def test_nobody_is_linked_where_one_of_those_confirmed_cannot_be(corp: Corp) -> None:
    hand = corp.hand
    one, other = corp.is_there("one"), corp.is_there("other")
    await hand.open(f"{_OWN}/import")
    await hand.send(f"{_OWN}/import", {})
    await corp.over(f"{_OWN}/import")
    chosen = {f"login_{one}": "dee", f"login_{other}": "dee", "do": "ticked", "form_token": hand.mark}
    content = "&".join([*(f"{key}={value}" for key, value in chosen.items()), f"user={one}", f"user={other}"])
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await hand.client.post(f"{_OWN}/import/confirm", content=content, headers=form)
    assert (answer.status_code, "nobody was linked" in answer.text) == (422, True)
    assert await corp.company.server.sending.store.people_there(1, [one, other]) == {}
    assert f'name="login_{one}" value="dee"' in answer.text, "what was typed is kept"
    await hand.send(f"{_OWN}/import/confirm", {"do": "clear"})
    assert "The list is cleared." in hand.text


async def test_an_application_that_cannot_be_read_says_why(corp: Corp) -> None:
    corp.there.answering = lambda method, path: (500, {}, {"detail": "the database is down"})
    for path, form in ((f"{_OWN}/import", {}), (f"{_OWN}/reconcile", {"do": "read"})):
        await corp.hand.open(path)
        await corp.hand.send(path, form)
        said = await corp.over(path)
        assert "the database is down" in said, said


async def test_reconcile_lists_drift_and_mends_it(corp: Corp) -> None:
    hand, sending = corp.hand, corp.company.server.sending
    await sending.desk("operator:test").assign("Files", ["ada", "bo"], [], {})
    application = await sending.store.application("Files")
    async with sending.worker(application) as worker:
        await worker.apply()
    corp.there.user("ada@corp.test")["displayName"] = "Somebody else"
    del corp.there.users[corp.there.user("bo@corp.test")["id"]]
    corp.is_there("stranger")
    await hand.open(f"{_OWN}/reconcile")
    await hand.send(f"{_OWN}/reconcile", {"do": "read"})
    said = await corp.over(f"{_OWN}/reconcile")
    assert "1 Changed there 1 Unknown there 1 Unknown here" in said
    assert "displayName : Somebody else is there, Ada Lund was told" in said
    corp.there.forget_requests()
    await hand.open(f"{_OWN}/reconcile?kind=unknown+here")
    assert "stranger" in hand.text
    assert "Somebody else" not in hand.text
    assert corp.there.writes() == [], "nothing is sent by looking"
    await hand.send(f"{_OWN}/reconcile", {"do": "mend"})
    assert hand.page is not None
    said = await corp.over(str(hand.page.url))
    assert "1 created" in said
    assert corp.there.user("ada@corp.test")["displayName"] == "Ada Lund"
    assert {"drift.read", "drift.mended"} <= set(await corp.audited())


async def test_where_plans_are_wanted_neither_mending_nor_force_sync_sends(corp: Corp) -> None:
    hand, sending = corp.hand, corp.company.server.sending
    desk = sending.desk("operator:test")
    await desk.assign("Files", ["ada"], [], {})
    application = await sending.store.application("Files")
    async with sending.worker(application) as worker:
        await worker.apply()
    await desk.set_engine("Files", needs_approval=True)
    corp.there.user("ada@corp.test")["displayName"] = "Somebody else"
    await hand.open(f"{_OWN}/reconcile")
    await hand.send(f"{_OWN}/reconcile", {"do": "read"})
    said = await corp.over(f"{_OWN}/reconcile")
    assert "Only approved plans are applied here." in said
    corp.there.forget_requests()
    for path, form in ((f"{_OWN}/reconcile", {"do": "mend"}), (f"{_OWN}/provisioning/force-sync", {})):
        await hand.send(path, form)
        assert "Only approved plans are applied to Files" in hand.text
        assert "vestibule" not in hand.text.replace("Vestibule", "")
    assert corp.there.requests == []


async def test_force_sync_sends_everybody_again(corp: Corp) -> None:
    hand, sending = corp.hand, corp.company.server.sending
    await sending.desk("operator:test").assign("Files", ["ada", "bo"], [], {})
    application = await sending.store.application("Files")
    async with sending.worker(application) as worker:
        await worker.apply()
    await hand.open(f"{_OWN}/provisioning")
    await hand.send(f"{_OWN}/provisioning/force-sync", {})
    assert hand.page is not None
    assert "2 updated" in await corp.over(str(hand.page.url))
    assert "run.asked" in await corp.audited()


async def test_an_api_token_is_shown_once_and_revoked(corp: Corp) -> None:
    hand = corp.hand
    await hand.open("tokens")
    await hand.send("tokens", {"name": "hr", "lifetime": "90"})
    assert "Say what it may do." in hand.text
    await hand.send("tokens", {"area_directory": "read", "lifetime": "90"})
    assert "Say what it is called" in hand.text
    for lifetime in ("", "abc", "0", "9999999999", "-1"):
        await hand.send("tokens", {"name": "hr", "area_directory": "read", "lifetime": lifetime})
        assert "Say for how long it is good." in hand.text
        assert "vst_api_" not in hand.text
    await hand.send("tokens", {"name": "hr", "area_directory": "read", "lifetime": "90"})
    found = re.search(r"vst_api_[0-9A-Za-z]{40,}", hand.text)
    assert found, hand.text
    assert await _people(corp, found[0]) == 200
    await hand.send("tokens", {"name": "hr", "area_*": "write", "lifetime": "never"})
    assert "There is an API token 'hr' already" in hand.text
    await hand.open("tokens")
    assert found[0] not in hand.text
    assert "directory:read" in hand.text
    (token,) = await corp.company.server.sending.store.api_tokens()
    await hand.send("tokens/revoke", {"token": token.id})
    assert "Revoked. The next request with it is refused." in hand.text
    assert await _people(corp, found[0]) == 401
    assert {"api_token.issued", "api_token.revoked"} <= set(await corp.audited())
    assert found[0] not in str([entry.details for entry in await corp.company.server.sending.store.audit()])


async def _people(corp: Corp, token: str) -> int:
    transport = httpx2.ASGITransport(corp.company.server)
    async with httpx2.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        answer = await client.get("/api/v1/people", headers={"authorization": f"Bearer {token}"})
    return answer.status_code


async def test_two_administrators_do_not_overwrite_how_it_is_sent(corp: Corp) -> None:
    hand, sending = corp.hand, corp.company.server.sending
    await hand.open(f"{_OWN}/provisioning")
    assert hand.page is not None
    seen = hand.page.text.partition('name="engine_seen" value="')[2][:32]
    typed = {"threshold_number": "5", "threshold_share": "10", "engine_seen": seen}
    await sending.desk("administrator:kim").set_engine("Files", needs_approval=True)
    await hand.send(f"{_OWN}/provisioning/engine", typed)
    assert "Somebody else changed this application meanwhile." in hand.text
    assert (await sending.store.engine_settings(1)).needs_approval, "what somebody else has set stays"
    await hand.open(f"{_OWN}/provisioning")
    seen = hand.page.text.partition('name="engine_seen" value="')[2][:32]
    await hand.send(f"{_OWN}/provisioning/engine", {**typed, "engine_seen": seen, "needs_approval": "on"})
    after = await sending.store.engine_settings(1)
    assert (after.needs_approval, after.limits.number, after.limits.share) == (True, 5, 0.1)
    with pytest.raises(ChangedMeanwhile, match="meanwhile"):
        await sending.desk("administrator:mia").set_engine("Files", threshold_number=7, seen=EngineSettings())
    assert (await sending.store.engine_settings(1)).limits.number == 5
