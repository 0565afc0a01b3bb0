"""``/api/v1/streams``: set up by one's own tenant, seen by nobody else, and offered only where it is switched on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.conftest import Api, hand
from tests.installation import Site, installation

NOBODY = "http://127.0.0.1:9/events"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with installation(allowed_networks="127.0.0.0/8", security_events=True) as made:
        yield made


async def test_a_life(site: Site, api: Api) -> None:
    tenant = await site.tenant(slug="corp")
    body = {"tenant": "corp", "url": NOBODY, "types": ["user.*"], "full": True, "authorization": "Bearer x"}
    answer = await api("POST", "/streams", body)
    assert answer.status == 201, answer.json
    made = answer.json
    path = f"/streams/{made['id']}"
    assert answer.headers["location"].endswith(f"/api/v1{path}")
    assert (made["delivery"], made["audience"], made["full"], made["state"]) == ("push", NOBODY, True, "on")
    assert made["issuer"] == "https://vestibule.test/t/corp/scim/v2"
    assert made["keySet"] == "https://vestibule.test/security-events/jwks.json"
    assert "user.role_changed" not in made["types"]
    assert "user.created" in made["types"]
    assert "Bearer x" not in str(made)
    assert (await api("GET", path)).json == made
    assert [one["id"] for one in (await api("GET", "/streams?tenant=corp")).json["items"]] == [made["id"]]
    assert (await api("GET", "/webhooks")).json["items"] == [], "a stream is no webhook"
    assert (await api("GET", f"/webhooks/{made['id'].replace('st_', 'we_')}")).status == 404
    assert (await api("POST", f"{path}/pause")).json["state"] == "paused"
    assert (await api("POST", f"{path}/resume")).json["state"] == "on"
    tried = await api("POST", f"{path}/test")
    assert (tried.json["taken"], tried.json["status"]) == (False, None)
    assert [one["type"] for one in (await api("GET", f"{path}/deliveries")).json["deliveries"]] == [
        "verification"
    ]
    assert (await api("GET", f"{path}/refused")).json["items"] == []
    assert (await api("DELETE", path)).status == 204
    assert (await api("GET", path)).status == 404
    actions = [one.action for one in await site.application.store.log.audit(tenant.record.id)]
    assert actions[-4:] == ["stream.added", "stream.paused", "stream.resumed", "stream.removed"]


async def test_a_token_of_a_tenant_sees_its_own_alone(site: Site, api: Api) -> None:
    ours, theirs = await site.tenant(slug="corp"), await site.tenant(slug="other")
    token = await hand(site, ["webhooks:write"], tenant=ours.record)
    made = (await token("POST", "/streams", {})).json
    assert (made["tenant"], made["delivery"]) == ("corp", "poll")
    assert made["url"] == made["audience"] == f"https://vestibule.test/api/v1/streams/{made['id']}/poll"
    stranger = await hand(site, ["webhooks:write"], tenant=theirs.record)
    assert (await stranger("GET", "/streams")).json["items"] == []
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("POST", "/test"),
        ("GET", "/deliveries"),
        ("GET", "/refused"),
        ("POST", "/resend"),
    ):
        body = {"deadLetters": True} if path == "/resend" else None
        assert (await stranger(method, f"/streams/{made['id']}{path}", body)).status == 404, path
    assert (await stranger("POST", "/streams", {"tenant": "corp"})).status == 404


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        pytest.param({}, 422, "tenant", id="no tenant"),
        pytest.param({"tenant": "nobody"}, 404, "nobody", id="an unknown tenant"),
        pytest.param({"url": "http://10.1.2.3/"}, 422, "", id="a private network"),
        pytest.param({"url": "gopher://x/"}, 422, "https://", id="no HTTP"),
        pytest.param({"types": ["user.flown"]}, 400, "user.created", id="an unknown type"),
        pytest.param({"types": ["webhook.*"]}, 422, "no SCIM resource", id="types that are not told"),
        pytest.param({"authorization": "Bearer x"}, 422, "polled", id="a header for a polled one"),
        pytest.param({"url": NOBODY, "authorization": "a\r\nHost: b"}, 422, "one line", id="two headers"),
        pytest.param({"url": NOBODY, "authorization": "Bearer \u00fc"}, 422, "letters", id="no header text"),
        pytest.param({"audience": "x" * 501}, 422, "", id="a long audience"),
        pytest.param({"secret": "x"}, 422, "", id="an unknown member"),
    ],
)
async def test_what_cannot_be_set_up_is_refused_in_words(
    site: Site, api: Api, body: dict[str, Any], status: int, why: str
) -> None:
    await site.tenant(slug="corp")
    if body and "tenant" not in body:
        body = {"tenant": "corp", **body}
    answer = await api("POST", "/streams", body)
    assert answer.status == status, answer.json
    assert why in str(answer.json)


async def test_single_events_are_given_again_and_ranges_of_a_polled_stream_are_not(
    site: Site, api: Api
) -> None:
    await site.tenant(slug="corp")
    id = (await api("POST", "/streams", {"tenant": "corp"})).json["id"]
    for body, status in (({"first": 1}, 409), ({}, 422), ({"event": 1}, 404), ({"deadLetters": True}, 204)):
        assert (await api("POST", f"/streams/{id}/resend", body)).status == status, body


async def test_nothing_is_offered_where_the_preview_is_off() -> None:
    async with installation() as site:
        await site.tenant(slug="corp")
        api = await hand(site)
        for path, body in (("/streams", {"tenant": "corp"}), ("/stream-keys", {})):
            answer = await api("POST", path, body)
            assert answer.status == 409
            assert "VESTIBULE_SECURITY_EVENTS" in answer.json["detail"]
        assert (await api("GET", "/streams")).json["items"] == []
