"""What holds for every operation: who may call, what a body must be, keys, cursors, problems, and the log."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.conftest import Api, hand
from tests.installation import Site, installation
from vestibule.tenancy.api_tokens import find_api_token, revoke_api_token
from vestibule.tenancy.tenants import create_tenant


async def test_a_token_says_whom_it_speaks_for(site: Site) -> None:
    tenant = await create_tenant(site.desk, "Example Sales")
    api = await hand(site, ["people:read"], name="crm", tenant=tenant)
    answer = await api("GET", "/me")
    assert answer.status == 200
    assert answer.json["name"] == "crm"
    assert answer.json["scopes"] == ["people:read"]
    assert answer.json["tenant"] == "example-sales"
    assert answer.json["account"] is None


@pytest.mark.parametrize(
    ("authorization", "said"),
    [
        ("", "No API token was sent"),
        ("Bearer vst_api_abc", "is cut"),
        ("Bearer vst_api_" + "a" * 49, "mistyped"),
        ("Bearer vst_scim_" + "a" * 49, "opens SCIM alone"),
        ("Basic YTpi", "malformed"),
    ],
)
async def test_a_bad_token_is_told_what_is_wrong_with_it(site: Site, authorization: str, said: str) -> None:
    answer = await Api(site.application, "")("GET", "/tenants", headers={"Authorization": authorization})
    assert answer.status == 401
    assert said in answer.json["detail"]
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_revoked_token_is_refused_from_the_next_request_on(site: Site, api: Api) -> None:
    assert (await api("GET", "/me")).status == 200
    store = site.application.store.api_tokens
    await revoke_api_token(site.desk, store, await find_api_token(store, api.token))
    answer = await api("GET", "/me")
    assert answer.status == 401
    assert "was revoked on" in answer.json["detail"]


async def test_a_token_does_what_its_scopes_say(site: Site) -> None:
    api = await hand(site, ["tenants:read"])
    assert (await api("GET", "/tenants")).status == 200
    answer = await api("POST", "/tenants", {"name": "Another"})
    assert answer.status == 403
    assert "tenants:write" in answer.json["detail"]
    assert (await (await hand(site, ["tenants:write"]))("GET", "/tenants")).status == 200


async def test_a_tenant_that_the_token_may_not_see_is_not_there(site: Site) -> None:
    mine = await create_tenant(site.desk, "Mine", account="A")
    await create_tenant(site.desk, "Beside", account="A")
    await create_tenant(site.desk, "Strangers", account="B")
    of_tenant, of_account = await hand(site, tenant=mine), await hand(site, account="a")
    assert [one["slug"] for one in (await of_tenant("GET", "/tenants")).json["items"]] == ["mine"]
    assert [one["slug"] for one in (await of_account("GET", "/tenants")).json["items"]] == ["beside", "mine"]
    unseen, unknown = (
        await of_account("GET", "/tenants/strangers"),
        await of_account("GET", "/tenants/nothing"),
    )
    assert unseen.status == unknown.status == 404
    assert unseen.json["detail"].replace("strangers", "nothing") == unknown.json["detail"]
    assert (await of_tenant("POST", "/tenants", {"name": "New"})).status == 403
    made = await of_account("POST", "/tenants", {"name": "New"})
    assert (made.status, made.json["account"]) == (201, "A")
    assert (await of_account("POST", "/tenants", {"name": "New 2", "account": "B"})).status == 403


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b'{"name": "A", "name": "B"}', 400, "twice"),
        (b'{"name": ', 400, "no JSON"),
        (b'["name"]', 400, "no object"),
        (b"", 400, "none came"),
        (b'{"name": 5}', 422, "/name"),
        (b'{"plan": "basic"}', 422, "/name: This member is missing"),
        (b'{"name": "A", "nmae": "B"}', 422, "/nmae: There is no such member"),
        (b'{"name": "a\\u0000"}', 422, "U+0000"),
        (b'{"name": "' + b"a" * 201 + b'"}', 422, "at most 200"),
        (b'{"name": "' + b"a" * 2_000_000 + b'"}', 413, "1,048,576 bytes"),
        (b"[" * 100_000, 400, "JSON"),
    ],
)
async def test_a_body_that_is_not_what_is_taken_changes_nothing(
    api: Api, body: bytes, status: int, said: str
) -> None:
    answer = await api("POST", "/tenants", body)
    assert answer.status == status
    assert said in answer.json["detail"]
    assert (await api("GET", "/tenants")).json["items"] == []


async def test_a_body_is_declared_as_json(api: Api) -> None:
    answer = await api("POST", "/tenants", {"name": "A"}, {"Content-Type": "text/plain"})
    assert answer.status == 415


@pytest.mark.parametrize(
    "query", ["nonsense=1", "count=0", "count=1.5", "count=x", "count=2&count=3", "cursor=x"]
)
async def test_a_query_that_is_not_understood_lists_nothing(api: Api, query: str) -> None:
    answer = await api("GET", f"/tenants?{query}")
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_list_goes_on_where_its_cursor_says(site: Site, api: Api) -> None:
    slugs = [f"tenant-{number}" for number in range(7)]
    for slug in slugs:
        await create_tenant(site.desk, slug)
    found: list[str] = []
    path = "/tenants?count=3"
    while True:
        page = (await api("GET", path)).json
        found += [one["slug"] for one in page["items"]]
        if page["next"] is None:
            break
        path = f"/tenants?count=3&cursor={page['next']}"
        cursor = page["next"]
    assert found == slugs
    stranger = await hand(site)
    assert (await stranger("GET", f"/tenants?cursor={cursor}")).json["type"].endswith("/invalid-cursor")


async def test_a_key_sent_again_gives_the_first_answer_and_does_nothing(api: Api) -> None:
    key = {"Idempotency-Key": "abc-1"}
    first = await api("POST", "/tenants", {"name": "Once"}, key)
    again = await api("POST", "/tenants", {"name": "Once"}, key)
    assert first.status == again.status == 201
    assert first.json == again.json
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["etag"] == first.headers["etag"]
    other = await api("POST", "/tenants", {"name": "Other"}, key)
    assert other.status == 422
    assert "for another request" in other.json["detail"]
    assert len((await api("GET", "/tenants")).json["items"]) == 1


async def test_a_refusal_leaves_its_key_free(api: Api) -> None:
    key = {"Idempotency-Key": "abc-2"}
    assert (await api("POST", "/tenants", {"name": "A", "slug": "No slug"}, key)).status == 422
    assert (await api("POST", "/tenants", {"name": "A", "slug": "a-slug"}, key)).status == 201


async def test_of_one_key_sent_by_many_at_once_one_is_carried_out(api: Api) -> None:
    key = {"Idempotency-Key": "abc-3"}
    answers = await asyncio.gather(*(api("POST", "/tenants", {"name": "Race"}, key) for _ in range(8)))
    assert {answer.status for answer in answers} <= {201, 409}
    assert (
        sum(answer.status == 201 and "idempotency-replayed" not in answer.headers for answer in answers) == 1
    )
    assert len((await api("GET", "/tenants")).json["items"]) == 1


async def test_keys_of_two_tokens_do_not_meet(site: Site, api: Api) -> None:
    key = {"Idempotency-Key": "same"}
    assert (await api("POST", "/tenants", {"name": "One"}, key)).status == 201
    other = await (await hand(site))("POST", "/tenants", {"name": "Two"}, key)
    assert other.json["slug"] == "two"


async def test_a_problem_leads_to_what_it_means_and_to_its_story(site: Site, api: Api) -> None:
    answer = await api("POST", "/tenants", {"name": "A", "plan": "gold"})
    problem: dict[str, Any] = answer.json
    assert answer.status == problem["status"] == 422
    assert problem["requestId"] == answer.headers["x-request-id"]
    assert problem["instance"].endswith(f"/r/{problem['requestId']}")
    meaning = await api("GET", problem["type"].removeprefix("https://vestibule.test/api/v1"))
    assert meaning.json["title"] == problem["title"]
    assert "tenants.create" in meaning.json["operations"]
    log = site.application.store.log
    row = await log.request(problem["requestId"])
    assert row is not None
    assert (row.status, row.rule) == (422, "api.unknown-plan")
    assert row.token_name.startswith("api:")


async def test_a_write_is_in_the_log_and_in_the_audit_under_its_request(site: Site) -> None:
    api = await hand(site, name="billing")
    answer = await api("POST", "/tenants", {"name": "Audited"})
    number = answer.headers["x-request-id"]
    tenant = await site.desk.tenant("audited")
    log = site.application.store.log
    entry = (await log.audit(tenant.id))[0]
    assert (entry.actor, entry.action, entry.request_id) == ("api:billing", "tenant.created", number)
    row = await log.request(number)
    assert row is not None
    assert (row.tenant, row.status, row.subject_id) == (tenant.id, 201, "audited")


async def test_too_many_requests_are_told_when_to_come_again() -> None:
    async with installation(requests_per_second=25, seconds=lambda: 100.0) as site:
        api = await hand(site)
        answers = [await api("GET", "/me") for _ in range(251)]
        assert {answer.status for answer in answers[:250]} == {200}
        assert answers[250].status == 429
        assert answers[250].headers["retry-after"].isdigit()
        assert (await (await hand(site))("GET", "/me")).status == 200


async def test_a_line_feed_in_a_path_leads_to_the_api_too(api: Api) -> None:
    assert (await api("GET", "/tenants/a%0Ab")).json["type"].endswith("/invalid-parameter")


async def test_a_path_or_method_that_is_not_there_is_a_problem_too(api: Api) -> None:
    assert (await api("GET", "/nothing")).json["type"].endswith("/no-such-place")
    answer = await api("DELETE", "/tenants")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")
