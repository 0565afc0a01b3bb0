"""People, teams, reviews, requests and the audit: what the API tells and does of what identity providers sent."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import Api, hand
from tests.cast import CORP, STRANGERS, existing_guest, hanako, layla, sales, stranger, zoe
from tests.installation import Site, Tenant
from vestibule.directory.request import Import, Standing
from vestibule.directory.run import carry_out
from vestibule.identifiers import new_resource_id


async def corp(site: Site, profile: str = "generic") -> Tenant:
    return await site.tenant(profile, CORP)


async def all_items(api: Api, path: str, count: int = 2) -> list[Any]:
    mark, found = "&" if "?" in path else "?", []
    cursor = ""
    while True:
        answer = await api("GET", f"{path}{mark}count={count}{cursor}")
        assert answer.status == 200, answer.json
        found += answer.json["items"]
        if answer.json["next"] is None:
            return found
        cursor = f"&cursor={answer.json['next']}"


async def test_people_are_listed_by_filter_and_cursor(site: Site, api: Api) -> None:
    tenant = await corp(site)
    for person in (hanako(), zoe(), layla()):
        await tenant.post("/Users", person)
    strangers = await site.tenant("generic", STRANGERS)
    await strangers.post("/Users", stranger())
    people = await all_items(api, "/tenants/corp/people")
    assert [one["userName"] for one in people] == [
        "hanako.sato@corp.test",
        "Zoë.Brontë@Corp.test",
        "layla.haddad@corp.test",
    ]
    assert people[0]["resource"]["displayName"] == "佐藤 花子"
    assert people[0]["managedBy"] == "default"
    active = await all_items(api, "/tenants/corp/people?filter=active%20eq%20false")
    assert [one["userName"] for one in active] == ["layla.haddad@corp.test"]
    assert active[0]["access"] == "ended"
    wrong = await api("GET", "/tenants/corp/people?filter=aktive%20eq")
    assert (wrong.status, wrong.json["scimType"]) == (400, "invalidFilter")
    page = (await api("GET", "/tenants/corp/people?count=1")).json
    moved = await api("GET", f"/tenants/strangers/people?count=1&cursor={page['next']}")
    assert moved.json["type"].endswith("/invalid-cursor")


async def test_a_person_has_details_and_a_timeline(site: Site, api: Api) -> None:
    tenant = await corp(site)
    id = (await tenant.post("/Users", hanako())).json["id"]
    details = await api("GET", f"/tenants/corp/people/{id}")
    assert details.json["person"]["userName"] == "hanako.sato@corp.test"
    assert details.headers["etag"] == '"1"'
    timeline = (await api("GET", f"/tenants/corp/people/{id}/timeline")).json
    assert [entry["kind"] for entry in timeline] == ["request"]
    assert timeline[0]["entry"]["events"][0]["type"] == "user.created"
    assert (await api("GET", "/tenants/corp/people/nobody")).json["type"].endswith("/unknown-person")


async def test_a_person_is_deactivated_and_reactivated_by_hand(site: Site) -> None:
    tenant = await corp(site)
    id = (await tenant.post("/Users", hanako())).json["id"]
    api = await hand(site, ["people:write"], name="desk")
    ended = await api("POST", f"/tenants/corp/people/{id}/deactivate", None, {"If-Match": '"1"'})
    assert (ended.status, ended.json["active"], ended.json["access"]) == (200, False, "ended")
    assert (await tenant.get(f"/Users/{id}")).json["active"] is False
    stale = await api("POST", f"/tenants/corp/people/{id}/reactivate", None, {"If-Match": '"1"'})
    assert stale.status == 412
    back = await api("POST", f"/tenants/corp/people/{id}/reactivate")
    assert (back.json["active"], back.json["access"]) == (True, "granted")
    timeline = (await api("GET", f"/tenants/corp/people/{id}/timeline")).json
    number = ended.headers["x-request-id"]
    told = next(entry["entry"] for entry in timeline if entry["entry"].get("request") == number)
    assert told["token"] == "api:desk"
    assert "user.deactivated" in [event["type"] for event in told["events"]]
    entries = await site.application.store.log.audit(tenant.record.id)
    assert [entry.action for entry in entries if entry.actor == "api:desk" and entry.request_id == number]


async def test_a_deleted_person_is_restored_where_the_profile_keeps_them(site: Site, api: Api) -> None:
    kept = await site.tenant("getaccept", "kept")
    id = (await kept.post("/Users", hanako())).json["id"]
    refused = await api("POST", f"/tenants/kept/people/{id}/restore")
    assert refused.status == 403
    await kept.delete(f"/Users/{id}")
    restored = await api("POST", f"/tenants/kept/people/{id}/restore")
    assert (restored.status, restored.json["id"], restored.json["state"]) == (200, id, "managed")
    gone = await site.tenant("generic", "gone")
    other = (await gone.post("/Users", hanako())).json["id"]
    await gone.delete(f"/Users/{other}")
    assert (await api("POST", f"/tenants/gone/people/{other}/restore")).status == 403
    assert (await api("POST", f"/tenants/gone/people/{other}/deactivate")).status == 404


async def test_teams_are_listed_without_members_and_shown_with_them(site: Site, api: Api) -> None:
    tenant = await corp(site)
    id = (await tenant.post("/Users", hanako())).json["id"]
    team = (await tenant.post("/Groups", sales(id, "nobody-yet"))).json["id"]
    (listed,) = await all_items(api, "/tenants/corp/teams")
    assert (listed["displayName"], "members" in listed["resource"]) == ("Sales EMEA", False)
    shown = (await api("GET", f"/tenants/corp/teams/{team}")).json
    assert [member["value"] for member in shown["team"]["resource"]["members"]] == [id]
    assert [one["value"] for one in shown["unresolved"]] == ["nobody-yet"]
    assert (await api("GET", f"/tenants/corp/teams/{id}")).status == 404
    await site.tenant("acall", "no-teams")
    assert (await api("GET", "/tenants/no-teams/teams")).json["type"].endswith("/no-such-type")


async def test_a_review_is_answered(site: Site, api: Api) -> None:
    tenant = await corp(site)
    connection = (await site.desk.store.connections(tenant.record.id))[0].id
    profile = await site.desk.profile_of(tenant.record)
    standing = Standing(tenant.record.id, connection, profile, "", "operator:test", "r")
    store = site.application.store.directory
    await carry_out(store, standing, Import(existing_guest()), site.desk.clock, new_resource_id)
    assert (await tenant.post("/Users", existing_guest())).status == 409
    (review,) = await all_items(api, "/tenants/corp/reviews")
    assert (review["outcome"], review["userName"]) == ("open", "guest@mail.example")
    assert review["candidates"][0]["email"] == "guest@mail.example"
    wrong = await api("POST", f"/tenants/corp/reviews/{review['id']}/link", {"person": "somebody"})
    assert wrong.status == 409
    linked = await api("POST", f"/tenants/corp/reviews/{review['id']}/link", {})
    assert (linked.status, linked.json["outcome"]) == (200, "linked")
    made = await tenant.post("/Users", existing_guest())
    assert (made.status, made.json["id"]) == (201, linked.json["person"])
    assert await all_items(api, "/tenants/corp/reviews") == []
    assert len(await all_items(api, "/tenants/corp/reviews?closed=true")) == 1
    assert (await api("POST", "/tenants/corp/reviews/none/link", {})).status == 404


async def test_requests_are_listed_shown_exported_and_played_again(site: Site, api: Api) -> None:
    tenant = await corp(site)
    made = await tenant.post("/Users", hanako())
    refused = await tenant.post("/Users", {"userName": ""})
    rows = await all_items(api, "/tenants/corp/requests", 1)
    assert [row["status"] for row in rows] == [refused.status, 201]
    assert len(await all_items(api, "/tenants/corp/requests?failed=true")) == 1
    number = made.headers["x-request-id"]
    shown = (await api("GET", f"/requests/{number}")).json
    assert shown["summary"]["tenant"] == "corp"
    assert shown["body"]["userName"] == "hanako.sato@corp.test"
    assert shown["events"][0]["type"] == "user.created"
    recording = (await api("GET", f"/requests/{number}/recording")).json["recording"]
    assert "hanako" not in str(recording)
    played = await api("POST", f"/requests/{number}/replay")
    assert (played.status, played.json["status"]) == (200, 409)
    await tenant.delete(f"/Users/{made.json['id']}")
    again = (await api("POST", f"/requests/{number}/replay")).json
    assert (again["status"], again["answer"]["status"]) == (200, 201)
    assert await all_items(api, "/tenants/corp/people") == []
    own = await api("POST", f"/requests/{(await api('POST', '/tenants', {})).headers['x-request-id']}/replay")
    assert own.status == 409
    assert (await api("GET", "/requests?count=5")).status == 200


async def test_a_stranger_sees_nothing_of_it(site: Site) -> None:
    tenant = await corp(site)
    made = await tenant.post("/Users", hanako())
    other = await site.tenant("generic", STRANGERS)
    api = await hand(site, tenant=other.record)
    number, id = made.headers["x-request-id"], made.json["id"]
    for path in (
        "/tenants/corp",
        "/tenants/corp/people",
        f"/tenants/corp/people/{id}",
        f"/tenants/strangers/people/{id}",
        f"/tenants/corp/people/{id}/timeline",
        "/tenants/corp/requests",
        "/tenants/corp/audit",
        "/tenants/corp/tokens",
        f"/requests/{number}",
        f"/requests/{number}/recording",
    ):
        assert (await api("GET", path)).status == 404, path
    for path in ("/requests", "/audit"):
        assert (await api("GET", path)).status == 403, path
    assert (await api("POST", f"/requests/{number}/replay")).status == 404
    assert (await api("POST", f"/tenants/strangers/people/{id}/deactivate")).status == 404
    assert (await api("GET", "/token-requests")).json["items"] == []
    assert [one["slug"] for one in (await api("GET", "/tenants")).json["items"]] == [STRANGERS]


async def test_the_audit_is_told_in_order(site: Site, api: Api) -> None:
    tenant = await corp(site)
    entries = await all_items(api, "/tenants/corp/audit", 1)
    assert [entry["action"] for entry in entries][:2] == ["tenant.created", "tenant.sign_on_confirmed"]
    assert [entry["seq"] for entry in entries] == sorted(entry["seq"] for entry in entries)
    assert tenant.slug == entries[0]["subjectId"]
    assert "api_token.issued" in [entry["action"] for entry in await all_items(api, "/audit")]
