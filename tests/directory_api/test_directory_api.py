"""The sending side's API: what a company's administrator does, by HTTP; held to its own OpenAPI document."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.directory_api.conftest import PUBLIC, office
from vestibule.directory_bureau import api_resources
from vestibule.web.api.schemas import openapi_document

OPERATIONS = [operation for resource in api_resources() for operation in resource.operations]


async def test_from_an_assignment_to_a_plan_that_is_applied(tmp_path: Path) -> None:
    async with office(tmp_path) as api:
        assert (await api("GET", "/people/ana")).json["groups"] == ["Everyone"]
        assert [one["name"] for one in (await api("GET", "/groups")).json["items"]] == ["Everyone"]
        made = await api("POST", "/applications/app/assignments", {"groups": ["Everyone"]})
        assert (made.status, made.json) == (200, {"count": 1})
        assert (await api("GET", "/applications/app/assignments")).json["items"][0]["people"] == 3
        assert (await api("GET", "/applications/app/scope/ana")).json["inScope"] is True
        assert (await api("PUT", "/applications/app/push-groups/Everyone", {})).status == 204
        plan = (await api("POST", "/applications/app/plans", {})).json
        assert (plan["operations"], plan["counts"]["create"], plan["madeBy"]) == (4, 3, "api:all")
        first = (await api("GET", f"/applications/app/plans/{plan['id']}/operations?count=2")).json
        path = f"/applications/app/plans/{plan['id']}/operations?count=2&cursor={first['next']}"
        rest = (await api("GET", path)).json
        assert [one["label"] for one in first["items"] + rest["items"]] == ["Ana", "Bo", "Cy", "Everyone"]
        assert rest["next"] is None
        approved = await api("POST", f"/applications/app/plans/{plan['id']}/approve")
        assert approved.json["state"] == "approved"
        report = await api("POST", "/applications/app/runs", {"plan": plan["id"]})
        assert (report.json["creates"], report.json["groupChanges"], report.json["failures"]) == (3, 1, 0)
        assert len(api.server.users) == 3
        again = await api("POST", "/applications/app/runs", {"plan": plan["id"]})
        assert (again.status, "is applied: make a new one" in again.json["detail"]) == (422, True)
        api.server.forget_requests()
        assert (await api("POST", "/applications/app/runs", {})).json["updates"] == 0
        assert api.server.requests == []


async def test_one_person_is_provisioned_now_and_the_whole_trace_comes(tmp_path: Path) -> None:
    async with office(tmp_path) as api:
        await api("POST", "/applications/app/assignments", {"people": ["bo"]})
        done = (await api("POST", "/applications/app/provision-now", {"login": "bo"})).json
        assert done["report"]["creates"] == 1
        assert [one["step"] for one in done["trace"]][:3] == ["read", "scoped", "mapped"]
        assert done["trace"][-1]["step"] == "recorded"


async def test_an_application_is_set_up_step_by_step(tmp_path: Path) -> None:
    async with office(tmp_path) as api:
        added = await api("POST", "/applications", {"name": "Jira", "catalogue": "atlassian"})
        assert (added.status, added.json["signOn"], added.json["url"]) == (201, "", "")
        connection = {"url": api.server.url, "token": "wrong-token"}
        early = await api("PUT", "/applications/jira/connection", connection)
        assert (early.status, "opens once Sign On is set up" in early.json["detail"]) == (422, True)
        assert (await api("PUT", "/applications/jira/sign-on", {"samlEmail": "user.email"})).status == 200
        wrong = await api("PUT", "/applications/jira/connection", connection)
        assert (wrong.status, "The token is wrong" in wrong.json["detail"]) == (422, True)
        right = {**connection, "token": "secret-token-of-the-test"}
        connected = await api("PUT", "/applications/jira/connection", right)
        assert connected.json["url"] == api.server.url
        assert "secret-token-of-the-test" not in str(connected.json)
        assert (await api("POST", "/applications/jira/test")).json["verdict"] == "good"
        changed = await api("PATCH", "/applications/jira", {"operations": ["create"], "enabled": False})
        assert (changed.json["operations"], changed.json["enabled"]) == (["create"], False)
        assert (await api("POST", "/applications/jira/runs", {})).status == 422
        mapped = await api("PUT", "/applications/jira/mapping/title", {"expression": '"Clerk"'})
        assert mapped.json["expression"] == '"Clerk"'
        bad = await api("PUT", "/applications/jira/mapping/title", {"expression": "user."})
        assert (bad.status, "at position" in bad.json["detail"]) == (422, True)
        unknown = {"expression": "user.titel"}
        bad = await api("PUT", "/applications/jira/mapping/title", unknown)
        assert (bad.status, bad.json["type"].rpartition("/")[2]) == (422, "unknown-attribute")
        assert "Did you mean user.title?" in bad.json["detail"]
        assert bad.json["detail"].endswith('give "anyway": true.')
        insisted = await api("PUT", "/applications/jira/mapping/title", {**unknown, "anyway": True})
        assert insisted.json["expression"] == "user.titel"
        bad = await api("PATCH", "/applications/jira", {"usernameFormat": "custom:user."})
        assert (bad.status, bad.json["type"].rpartition("/")[2]) == (422, "invalid-expression")
        assert (await api("DELETE", "/applications/jira/mapping/title")).status == 204
        taken = await api("POST", "/applications", {"name": "JIRA"})
        assert (taken.status, taken.json["type"]) == (409, f"{PUBLIC}/api/v1/problems/name-taken")


async def test_rules_tasks_and_what_is_not_there(tmp_path: Path) -> None:
    async with office(tmp_path) as api:
        rule = {"name": "all", "fit": "starts with", "text": "E"}
        assert (await api("POST", "/applications/app/push-rules", rule)).json == {"count": 1}
        assert (await api("POST", "/applications/app/push-rules", rule)).status == 409
        (pushed,) = (await api("GET", "/applications/app/push-groups")).json["items"]
        assert (pushed["group"], pushed["rule"]) == ("Everyone", "all")
        assert (await api("GET", "/applications/app/push-rules")).json["items"][0]["active"] is True
        assert (await api("DELETE", "/applications/app/push-rules/all")).json == {"count": 1}
        assert (await api("DELETE", "/applications/app/push-groups/Everyone")).status == 422
        api.server.answering = lambda method, path: (
            (400, {}, {"detail": "no seats are left"}) if method == "POST" else None
        )
        await api("POST", "/applications/app/assignments", {"people": ["cy"]})
        report = (await api("POST", "/applications/app/runs", {})).json
        assert report["failures"] == 1
        (task,) = (await api("GET", "/applications/app/tasks")).json["items"]
        assert "no seats are left" in task["detail"]
        assert (await api("POST", "/applications/app/tasks/retry", {"whose": "cy"})).json == {"count": 1}
        assert (await api("GET", "/applications/app/tasks?waiting=true")).json["items"][0][
            "state"
        ] == "queued"
        assert (await api("POST", "/applications/app/tasks/dismiss", {})).json == {"count": 0}
        unknown = await api("GET", "/applications/nowhere")
        assert (unknown.status, "There are: app" in unknown.json["detail"]) == (404, True)
        assert (await api("GET", "/people/nobody")).status == 404
        assert (await api("GET", "/nothing")).json["type"].endswith("/no-such-place")
        meaning = await api("GET", unknown.json["type"].removeprefix(f"{PUBLIC}/api/v1"))
        assert "applications.show" in meaning.json["operations"]


async def test_a_token_does_what_its_scopes_say_and_the_audit_names_it(tmp_path: Path) -> None:
    async with office(tmp_path) as api:
        reader = await api.hand("*:read", name="reader")
        assert (await reader("GET", "/applications")).status == 200
        refused = await reader("POST", "/applications/app/assignments", {"people": ["ana"]})
        assert (refused.status, "applications:write" in refused.json["detail"]) == (403, True)
        missing = await api("GET", "/people", headers={"Authorization": ""})
        assert (missing.status, "vestibule directory token issue" in missing.json["detail"]) == (401, True)
        await api("POST", "/applications/app/assignments", {"people": ["ana"]})
        await api.sending.desk("administrator:mia").revoke_token("reader")
        assert "was revoked" in (await reader("GET", "/me")).json["detail"]
        entries = (await api("GET", "/audit?count=1000")).json["items"]
        assert [(one["actor"], one["action"]) for one in entries[-2:]] == [
            ("api:all", "assignment.made"), ("administrator:mia", "api_token.revoked"),
        ]  # fmt: skip
        assert (await api("GET", "/me")).json["name"] == "all"


async def test_a_key_sent_again_gives_the_first_answer(tmp_path: Path) -> None:
    async with office(tmp_path) as api:
        key = {"Idempotency-Key": "k1"}
        first = await api("POST", "/applications", {"name": "Once"}, key)
        again = await api("POST", "/applications", {"name": "Once"}, key)
        assert (first.status, again.status, first.json) == (201, 201, again.json)
        assert again.headers["idempotency-replayed"] == "true"
        assert (await api("POST", "/applications", {"name": "Two"}, key)).json["type"].endswith("/key-reused")


async def test_people_come_in_pages(tmp_path: Path) -> None:
    async with office(tmp_path) as api:
        first = (await api("GET", "/people?count=2")).json
        rest = (await api("GET", f"/people?count=2&cursor={first['next']}")).json
        assert [one["login"] for one in first["items"] + rest["items"]] == ["ana", "bo", "cy"]
        assert rest["next"] is None
        assert (await api("GET", "/people?cursor=x")).json["type"].endswith("/invalid-cursor")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)
def test_the_document_has_every_operation(operation: object) -> None:
    document = openapi_document(api_resources(), PUBLIC, "0")
    described = document["paths"][operation.path][operation.method.lower()]  # type: ignore[attr-defined]
    assert described["summary"]
    assert described["responses"]


async def test_the_document_is_served_and_is_no_one_s_but_this_side_s(tmp_path: Path) -> None:
    async with office(tmp_path) as api:
        served = (await api("GET", "/openapi.json", headers={"Authorization": ""})).json
        assert served["info"]["title"] == "Vestibule directory API"
        assert served["servers"] == [{"url": f"{PUBLIC}/api/v1"}]
        assert "/tenants" not in served["paths"]
