"""``/api/v1/webhooks``: the same room as the command line's, and nobody sees another's endpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.api.conftest import Api, hand
from tests.installation import Site, installation
from tests.webhooks.receiver import receiving

NOBODY = "http://127.0.0.1:9/hook"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with installation(allowed_networks="127.0.0.0/8") as made:
        yield made


async def added(api: Api, **more: Any) -> Any:
    answer = await api("POST", "/webhooks", {"url": NOBODY, **more})
    assert answer.status == 201, answer.json
    return answer.json


async def test_a_life(site: Site, api: Api) -> None:
    tenant = await site.tenant(slug="corp")
    made = await added(api, tenant="corp", types=["user.*"], description="Production")
    assert Webhook(made["secret"])
    id = made["webhook"]["id"]
    shown = (await api("GET", f"/webhooks/{id}")).json
    assert shown == made["webhook"]
    assert (shown["tenant"], shown["types"], shown["state"]) == ("corp", ["user.*"], "on")
    assert (await api("PATCH", f"/webhooks/{id}", {"types": []})).json["types"] == []
    assert (await api("POST", f"/webhooks/{id}/pause")).json["state"] == "paused"
    assert (await api("POST", f"/webhooks/{id}/pause")).status == 409
    assert (await api("POST", f"/webhooks/{id}/resume", {"fromNow": True})).json["state"] == "on"
    rolled = (await api("POST", f"/webhooks/{id}/secret", {"overlapHours": 2})).json
    assert rolled["secret"] != made["secret"]
    assert rolled["webhook"]["oldSecretUntil"]
    assert (await api("DELETE", f"/webhooks/{id}")).status == 204
    assert (await api("GET", f"/webhooks/{id}")).status == 404
    actions = [one.action for one in await site.application.store.log.audit(tenant.record.id)]
    assert actions[-6:] == [
        "webhook.added",
        "webhook.changed",
        "webhook.paused",
        "webhook.resumed",
        "webhook.secret_rolled",
        "webhook.removed",
    ]


async def test_a_test_and_deliveries(site: Site, api: Api) -> None:
    async with receiving() as product:
        id = (await added(api, url=product.url))["webhook"]["id"]
        answer = await api("POST", f"/webhooks/{id}/test")
        assert (answer.json["taken"], answer.json["status"]) == (True, 204)
    assert (await api("POST", f"/webhooks/{id}/test")).json["taken"] is False
    listed = (await api("GET", f"/webhooks/{id}/deliveries")).json["deliveries"]
    assert [one["taken"] for one in listed].count(False) >= 1
    assert (await api("GET", f"/webhooks/{id}/dead-letters")).json == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"url": "http://10.0.0.1/"}, "address-refused"),
        ({"url": "https://user:pw@product.test/"}, "address-refused"),
        ({"url": NOBODY, "types": ["user.flown"]}, "unknown-event-type"),
        ({"url": NOBODY, "secret": "geheim"}, "bad-secret"),
        ({"url": NOBODY, "tenant": "nobody"}, "unknown-tenant"),
        ({"url": NOBODY, "colour": "red"}, "invalid-body"),
        ({}, "invalid-body"),
    ],
)
async def test_what_cannot_be_added_is_a_problem(api: Api, body: dict[str, Any], problem: str) -> None:
    answer = await api("POST", "/webhooks", body)
    assert answer.json["type"].endswith(f"/{problem}"), answer.json


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 422), ({"event": 1, "deadLetters": True}, 422), ({"event": 99}, 404), ({"first": 99}, 404)],
)
async def test_sending_again_wants_one_thing_that_there_is(
    api: Api, body: dict[str, Any], status: int
) -> None:
    id = (await added(api))["webhook"]["id"]
    assert (await api("POST", f"/webhooks/{id}/resend", body)).status == status
    assert (await api("POST", f"/webhooks/{id}/resend", {"deadLetters": True})).status == 204


async def test_a_token_of_one_tenant_sees_and_makes_its_own_alone(site: Site, api: Api) -> None:
    ours, theirs = await site.tenant(slug="ours"), await site.tenant(slug="theirs")
    bound = await hand(site, name="bound", tenant=ours.record)
    of_all = (await added(api))["webhook"]["id"]
    of_them = (await added(api, tenant="theirs"))["webhook"]["id"]
    own = (await added(bound))["webhook"]
    assert own["tenant"] == "ours"
    assert [one["id"] for one in (await bound("GET", "/webhooks")).json["items"]] == [own["id"]]
    assert len((await api("GET", "/webhooks")).json["items"]) == 3
    for id in (of_all, of_them, "we_0123456789abcdef01234567"):
        for method, path, body in (
            ("GET", "", None),
            ("DELETE", "", None),
            ("PATCH", "", {"description": "mine"}),
            ("POST", "/test", None),
            ("POST", "/secret", {}),
            ("GET", "/deliveries", None),
        ):
            answer = await bound(method, f"/webhooks/{id}{path}", body)
            assert answer.status == 404
            assert answer.json["detail"].startswith("There is no webhook endpoint")
    assert (await bound("POST", "/webhooks", {"url": NOBODY, "tenant": "theirs"})).status == 404
    assert theirs.record.id != ours.record.id


async def test_reading_needs_a_scope_and_writing_another(site: Site) -> None:
    reader = await hand(site, ("webhooks:read",), name="reader")
    assert (await reader("GET", "/webhooks")).status == 200
    assert (await reader("POST", "/webhooks", {"url": NOBODY})).status == 403
    stranger = await hand(site, ("events:read",), name="stranger")
    assert (await stranger("GET", "/webhooks")).status == 403
