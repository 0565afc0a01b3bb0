"""A person is erased: nothing of them is found anywhere afterwards, what is kept of others stays, and seals hold."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.conftest import hand
from tests.cast import hanako, patch, sales
from tests.console.hand import staged
from tests.database import STORES
from tests.erasing.everything import bytes_of_files, everything_kept
from tests.installation import Site, Tenant, installation
from vestibule.directory.audit_chain import verified
from vestibule.erasing.erasure import look_through_all
from vestibule.erasing.store import OpenErasure
from vestibule.feed.acknowledgement import Outcome
from vestibule.linking.linked_account import Wanted
from vestibule.sealing import Sealing
from vestibule.sign_on.store import Attempt, Ended, Session
from vestibule.sweeping import Sweeping
from vestibule.webhooks.attempt import Attempt as Delivery
from vestibule.webhooks.endpoints import add_endpoint

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
NAME = "zaphira.quill@corp.test"
PERSON: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
    "userName": NAME,
    "externalId": "00uZAPHIRA",
    "name": {"givenName": "Zaphira", "familyName": "Quillfeather", "formatted": "Dr. Zaphira Quillfeather"},
    "displayName": "Zaphira Quillfeather",
    "nickName": "Zaphie",
    "title": "Plumemaker",
    "emails": [
        {"value": NAME, "type": "work", "primary": True},
        {"value": "zaphie@home.test", "type": "home"},
    ],
    "phoneNumbers": [{"value": "+81-3-5550-0199", "type": "work"}],
    "active": True,
    ENTERPRISE: {"employeeNumber": "E-471199"},
}
#: None of these may be found anywhere afterwards.
PERSONAL = (
    "zaphira",
    "quillfeather",
    "zaphie",
    "plumemaker",
    "5550-0199",
    "e-471199",
    "00uzaphira",
    "previously.zq",
)


@pytest.fixture(params=STORES)
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """On a database of its own."""
    place = request.getfixturevalue("postgresql") if request.param == "postgresql" else "sqlite://"
    async with installation(place) as made:
        yield made


async def _lived(site: Site) -> tuple[Tenant, str, str]:
    """A person of whom every room has kept something, and a colleague."""
    tenant = await site.tenant("generic", "corp")
    store = site.application.store
    old = {**PERSON, "userName": "previously.zq@corp.test", "externalId": "00uZAPHIRA"}
    id = (await tenant.post("/Users", old)).json["id"]
    renamed = patch({"op": "replace", "path": "userName", "value": NAME})
    assert (await tenant.patch(f"/Users/{id}", renamed)).status == 200
    other = (await tenant.post("/Users", hanako())).json["id"]
    assert (await tenant.post("/Users", PERSON)).status == 409
    team = (await tenant.post("/Groups", sales(id, other))).json["id"]
    named = patch(
        {"op": "add", "path": "members", "value": [{"value": id, "display": "Zaphira Quillfeather"}]}
    )
    await tenant.patch(f"/Groups/{team}", named)
    unknown = patch({"op": "add", "path": "members", "value": [{"value": "zaphie@home.test"}]})
    await tenant.patch(f"/Groups/{team}", unknown)
    await tenant.get(f"/Users?filter=userName%20eq%20%22{NAME.replace('@', '%40')}%22")
    await tenant.get("/Users?filter=displayName%20co%20%22Zaphira%20Quillfeather%22")
    bulk = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {
                "method": "PATCH",
                "path": f"/Users/{id}",
                "data": patch({"op": "replace", "path": "nickName", "value": "Zaphie"}),
            },
            {"method": "POST", "path": "/Users", "bulkId": "a", "data": {**PERSON, "title": "Plumemaker"}},
        ],
    }
    await tenant.post("/Bulk", bulk)
    here, at = tenant.record.id, "2026-01-02T03:04:05.000Z"
    payload = {"address": NAME, "sentence": f"{NAME} is not provisioned here."}
    session = Session(here, b"hash", id, "sign-in", "saml", NAME, "", "", at, "2099-01-01T00:00:00.000Z")
    for person, opened in ((id, session), ("", None)):
        attempt = Attempt(here, at, "", person, False, "r", payload)
        assert await store.sign_on.end(Ended(here, attempt, session=opened), at) == ""
    await store.linking.want(here, "slack", [Wanted(id, "zaphie@home.test", "zaphie@home.test")], at)
    state = await site.application.states.person(tenant.record, id)
    await site.application.states.acknowledge(
        tenant.record, id, state.version, Outcome.REFUSED, "Zaphira Quillfeather has no seat.", "product"
    )
    story = await store.log.story_of(here, id)
    desk = site.application.premises.webhook_desk("operator:test")
    endpoint = (await add_endpoint(desk, "https://8.8.8.8/hook", tenant=here)).endpoint
    sent = Delivery(story.events[0].seq, "user.created", at, 1, 500, 3, "", f"no {NAME} here")
    await store.webhooks.note_attempt(endpoint, sent)
    return tenant, id, other


async def test_nothing_of_a_person_is_found_anywhere_and_the_seals_hold(site: Site) -> None:
    tenant, id, other = await _lived(site)
    store = site.application.store
    await Sealing(store.audit_chain).round()
    before = await everything_kept(store)
    assert {w for w in PERSONAL if any(w in text.lower() for text in before.values())} == set(PERSONAL)
    api = await hand(site)
    preview = (await api("GET", f"/tenants/corp/people/{id}/erasure")).json
    assert (preview["name"], preview["comesBack"], preview["goes"]["sessions"]) == (NAME, True, 1)
    wrong = await api("POST", f"/tenants/corp/people/{id}/erase", {"name": "hanako.sato@corp.test"})
    assert (wrong.status, wrong.json["type"].rpartition("/")[2]) == (409, "not-named")
    assert (await tenant.get(f"/Users/{id}")).status == 200
    done = await api("POST", f"/tenants/corp/people/{id}/erase", {"name": NAME.upper()})
    assert done.status == 202, done.json
    assert await look_through_all(store.erasure) == 1

    after = await everything_kept(store)
    found = {(table, word) for table, text in after.items() for word in PERSONAL if word in text.lower()}
    assert not found
    kept = bytes_of_files(store).lower()
    assert not [word for word in PERSONAL if word.encode() in kept]
    assert "hanako.sato@corp.test" in "".join(after.values())
    assert (await tenant.get(f"/Users/{other}")).json["displayName"] == "佐藤 花子"
    assert (await tenant.get(f"/Users/{id}")).status == 404
    await Sealing(store.audit_chain).round()
    walk = await verified(store.audit_chain)
    assert (walk.holds, walk.erased > 0) == (True, True), walk.faults


async def test_whoever_follows_is_told_and_the_snapshot_has_them_no_more(site: Site) -> None:
    tenant, id, _ = await _lived(site)
    api = await hand(site)
    await api("POST", f"/tenants/corp/people/{id}/erase", {"name": NAME})
    told = (await api("GET", "/events?tenant=corp&limit=200")).json["events"]
    mine = [(event["type"], event["payload"]) for event in told if event["subjectId"] == id]
    assert [type for type, _ in mine][-3:] == ["user.deleted", "access.ended", "user.erased"]
    assert {payload for _, payload in mine} == {None}
    state = await site.application.states.person(tenant.record, id)
    assert (state.exists, state.works, state.identity) == (
        False,
        False,
        {"schemas": state.identity["schemas"], "id": id},
    )
    shown = (await tenant.get("/Users")).json
    assert shown["totalResults"] == 1
    again = await tenant.post("/Users", {**PERSON, "userName": NAME})
    assert again.status == 201
    assert again.json["id"] != id


async def test_it_is_gone_on_with_after_a_kill_and_may_be_done_twice(site: Site) -> None:
    _, id, _ = await _lived(site)
    store = site.application.store
    api = await hand(site)
    await api("POST", f"/tenants/corp/people/{id}/erase", {"name": NAME})
    (left,) = await store.erasure.open()
    assert (left.person, NAME in left.values) == (id, True)
    step = await store.erasure.look_through(left, "", lambda text: text, limit=3)
    assert (step.rows, step.place != "") == (3, True)
    assert await look_through_all(store.erasure) == 1
    assert not await store.erasure.open()
    seen = (await api("GET", f"/tenants/corp/people/{id}/erasure")).json
    assert (seen["wasErased"], seen["name"], seen["attributes"], seen["goes"]) == (True, id, [], {})
    assert (await api("POST", f"/tenants/corp/people/{id}/erase", {"name": id})).status == 202
    assert await look_through_all(store.erasure) == 1
    assert not await look_through_all(store.erasure)


async def test_names_are_looked_for_however_long_ago_they_were_borne(site: Site) -> None:
    """Three thousand events lie between the first name and the last; others' entries bear both."""
    tenant = await site.tenant("generic", "corp")
    [sweeping] = [one for one in site.application.beside if isinstance(one, Sweeping)]
    await sweeping.stop()  # the test takes its steps itself
    store = site.application.store
    first = {
        **PERSON,
        "userName": "previously.zq@corp.test",
        "name": {"givenName": "Zaphira", "familyName": "Plume"},
    }
    id = (await tenant.post("/Users", {**first, "displayName": "Zaphie"})).json["id"]
    other = (await tenant.post("/Users", hanako())).json["id"]
    refused = patch({"op": "replace", "path": "active", "value": "as Zaphira Plume has it"})
    assert (await tenant.patch(f"/Users/{other}", refused)).status == 400
    await tenant.get("/Users?filter=userName%20sw%20%22previously.zq%40corp.test%22")
    for number in range(3000):
        change = patch({"op": "replace", "path": "displayName", "value": f"Zaphie the {number}th"})
        assert (await tenant.patch(f"/Users/{id}", change)).status == 200
    last = patch({"op": "replace", "value": {**PERSON, "displayName": "Zaphira Quillfeather"}})
    assert (await tenant.patch(f"/Users/{id}", last)).status == 200
    api = await hand(site)
    assert (await api("GET", f"/tenants/corp/people/{id}/erasure")).json["goes"]["events"] > 3000
    await api("POST", f"/tenants/corp/people/{id}/erase", {"name": NAME})

    # Killed some steps later, it goes on from there, and whoever looks is told how far it is.
    seen: list[OpenErasure] = []

    class Killed(Exception):
        pass

    def until_killed(erasure: OpenErasure) -> None:
        seen.append(erasure)
        if len(seen) == 15:
            raise Killed

    with pytest.raises(Killed):
        await look_through_all(store.erasure, until_killed)
    (left,) = await store.erasure.open()
    assert (left.place, left.looked, left.rows) == (seen[9].place, seen[9].looked, seen[9].rows)
    told = (await api("GET", f"/tenants/corp/people/{id}/erasure")).json
    assert (told["lookedThrough"], told["toLookThrough"]) == (left.looked, left.rows)
    assert left.rows > 3000
    await look_through_all(store.erasure, seen.append)
    assert seen[15].looked > left.looked
    assert abs(seen[-1].looked - left.rows) < 100, "requests came in meanwhile"
    done = (await api("GET", f"/tenants/corp/people/{id}/erasure")).json
    assert (done["lookedThrough"], done["toLookThrough"]) == (None, None)
    after = await everything_kept(store)
    assert not {(table, word) for table, text in after.items() for word in PERSONAL if word in text.lower()}
    assert "as [erased] has it" in "".join(after.values())


async def test_whom_they_were_before_goes_with_them(site: Site) -> None:
    tenant = await site.tenant("generic", "corp")
    first = (await tenant.post("/Users", PERSON)).json["id"]
    await tenant.delete(f"/Users/{first}")
    second = (await tenant.post("/Users", PERSON)).json["id"]
    api = await hand(site)
    assert (await api("GET", f"/tenants/corp/people/{second}/erasure")).json["earlier"] == [first]
    await api("POST", f"/tenants/corp/people/{second}/erase", {"name": NAME})
    assert await look_through_all(site.application.store.erasure) == 2
    after = await everything_kept(site.application.store)
    assert not {word for word in PERSONAL for text in after.values() if word in text.lower()}


async def test_an_administrator_erases_somebody_by_typing_the_name() -> None:
    async with staged() as stage:
        tenant = await stage.site.tenant("generic", "corp")
        id = (await tenant.post("/Users", PERSON)).json["id"]
        hand = await stage.hand_of(await stage.administrator("admin@corp.test", tenant.record))
        await hand.open(f"/tenants/corp/people/{id}")
        assert f"/people/{id}/erase" in hand.page.text  # type: ignore[union-attr]
        page = await hand.open(f"/tenants/corp/people/{id}/erase")
        assert page.status_code == 200
        assert "Unassign them there first" in hand.text
        wrong = await hand.send(f"/tenants/corp/people/{id}/erase", {"name": "zaphira"})
        assert (wrong.status_code, 'value="zaphira"' in wrong.text) == (409, True)
        assert "This is not the name of this person" in hand.text
        done = await hand.send(f"/tenants/corp/people/{id}/erase", {"name": NAME})
        assert done.status_code == 200
        assert "Erased: nothing personal of them is kept." in hand.text
        assert NAME not in done.text
        foreign = await hand.open(f"/tenants/other/people/{id}/erase")
        assert foreign.status_code == 404


async def test_another_tenants_person_is_not_there(site: Site) -> None:
    tenant = await site.tenant("generic", "corp")
    id = (await tenant.post("/Users", hanako())).json["id"]
    await site.tenant("generic", "strangers")
    api = await hand(site)
    assert (await api("GET", f"/tenants/strangers/people/{id}/erasure")).status == 404
    assert (
        await api("POST", f"/tenants/strangers/people/{id}/erase", {"name": hanako()["userName"]})
    ).status == 404
    assert (await tenant.get(f"/Users/{id}")).status == 200
