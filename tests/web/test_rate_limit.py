"""429 where an access token brings more requests a second than the installation allows (K39)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests import cast
from tests.installation import Answer, Site, Tenant, installation
from vestibule.connectors.scim.client import retry_after
from vestibule.recordings.replay import Request
from vestibule.tenancy.access_tokens import revoke_token
from vestibule.web import rate_limit
from vestibule.web.rate_limit import BURST_SECONDS, Buckets

PER_SECOND = 25
BURST = int(PER_SECOND * BURST_SECONDS)
NOBODY = {"Authorization": "", "Content-Type": "application/scim+json"}
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

ENDPOINTS = [
    ("GET", "/Users"),
    ("GET", "/Users/1"),
    ("POST", "/Users"),
    ("PUT", "/Users/1"),
    ("PATCH", "/Users/1"),
    ("DELETE", "/Users/1"),
    ("GET", "/Groups"),
    ("POST", "/Groups"),
    ("POST", "/Users/.search"),
    ("POST", "/.search"),
    ("GET", "/"),
    ("POST", "/Bulk"),
    ("GET", "/Me"),
    ("GET", "/ServiceProviderConfig"),
    ("GET", "/ResourceTypes"),
    ("GET", "/Schemas"),
    ("GET", "/Nonsense"),
]


class Seconds:
    """A clock that stands until it is told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def site(seconds: Seconds) -> AsyncIterator[Site]:
    async with installation(requests_per_second=PER_SECOND, seconds=seconds) as made:
        yield made


async def _statuses(tenant: Tenant, many: int, headers: dict[str, str] | None = None) -> list[int]:
    return [(await tenant.get("/Users?count=0", headers)).status for _ in range(many)]


async def _ask(tenant: Tenant, method: str, path: str) -> Answer:
    headers = {"Authorization": f"Bearer {tenant.token}", "Content-Type": "application/scim+json"}
    reply = await tenant.send(
        Request(method, path, headers, b"{}" if method in ("POST", "PUT", "PATCH") else b"")
    )
    return Answer(reply.status, reply.headers, json.loads(reply.body))


def _bulk(many: int) -> dict[str, Any]:
    delete = {"method": "DELETE", "path": "/Users/nobody"}
    return {"schemas": [BULK], "Operations": [delete] * many}


@pytest.mark.requirement("K7", "K39", "R83")
async def test_every_endpoint_answers_429_in_words_and_says_when(site: Site, seconds: Seconds) -> None:
    tenant = await site.tenant()
    assert set(await _statuses(tenant, BURST)) == {200}
    for method, path in ENDPOINTS:
        answer = await _ask(tenant, method, path)
        assert (answer.status, answer.json["status"]) == (429, "429"), path
        assert answer.headers["retry-after"] == "1"
        assert retry_after(answer.headers["retry-after"]) == 1
        assert answer.headers["content-type"] == "application/scim+json"
        assert "brought more than 25 requests a second" in answer.json["detail"]
        assert "Send this one again in 1 second. https://" in answer.json["detail"]
    seconds.now += int(answer.headers["retry-after"])
    assert await _statuses(tenant, PER_SECOND + 1) == [200] * PER_SECOND + [429]


@pytest.mark.requirement("K29")
async def test_twenty_five_a_second_are_never_refused(site: Site, seconds: Seconds) -> None:
    tenant = await site.tenant()
    assert set(await _statuses(tenant, BURST)) == {200}
    for _ in range(100):
        seconds.now += 1 / PER_SECOND
        assert await _statuses(tenant, 1) == [200]


@pytest.mark.requirement("K39")
async def test_tokens_do_not_spend_each_others(site: Site) -> None:
    one, other = await site.tenant(), await site.tenant()
    assert (await _statuses(one, BURST + 1))[-1] == 429
    assert await _statuses(other, 1) == [200]


@pytest.mark.requirement("R186", "K39")
@pytest.mark.parametrize("path", ["/Users", "/ServiceProviderConfig"])
async def test_who_is_not_known_shares_one_and_keeps_no_good_token_waiting(
    site: Site, seconds: Seconds, path: str
) -> None:
    tenant = await site.tenant()
    guessed = tenant.token[:-1] + ("0" if tenant.token[-1] != "0" else "1")
    for _ in range(BURST):
        assert (await tenant.get("/Users", NOBODY)).status == 401
    for authorization in ("", "Bearer nonsense", f"Bearer {guessed}"):
        refused = await tenant.get(path, {"Authorization": authorization})
        assert (refused.status, refused.headers["retry-after"]) == (429, "1")
        assert "without an access token that is known here" in refused.json["detail"]
    assert (await tenant.get(path)).status == 200
    seconds.now += 1
    assert (await tenant.get("/ServiceProviderConfig", NOBODY)).status == 200


async def test_a_refused_token_that_is_known_is_counted_by_itself(site: Site) -> None:
    tenant = await site.tenant()
    (token,) = await site.desk.store.tokens(tenant.record.id)
    await revoke_token(site.desk, token)
    assert await _statuses(tenant, BURST + 1) == [401] * BURST + [429]
    assert await _statuses(tenant, 1, NOBODY) == [401]


@pytest.mark.requirement("K39")
async def test_bulk_operations_count_and_those_let_in_are_all_carried_out(
    site: Site, seconds: Seconds
) -> None:
    tenant = await site.tenant()
    answer = await tenant.post("/Bulk", _bulk(BURST + 2 * PER_SECOND - 1))
    assert {one["status"] for one in answer.json["Operations"]} == {"404"}
    refused = await tenant.get("/Users")
    assert (refused.status, refused.headers["retry-after"]) == (429, "3")
    seconds.now += 2
    assert await _statuses(tenant, 1) == [429]
    seconds.now += 1
    assert await _statuses(tenant, 1) == [200]


@pytest.mark.requirement("K39")
async def test_nothing_is_changed_and_the_refusal_is_logged_and_counted(site: Site, seconds: Seconds) -> None:
    tenant = await site.tenant()
    await _statuses(tenant, BURST)
    refused = await tenant.post("/Users", cast.hanako())
    assert refused.status == 429
    seconds.now += 1
    assert (await tenant.get("/Users")).json["totalResults"] == 0
    logged = await site.application.store.log.requests(tenant.record.id)
    (entry,) = [one for one in logged if one.status == 429]
    assert (entry.id, entry.rule) == (refused.headers["x-request-id"], "TooManyRequests")
    assert entry.reason.startswith("The access token")
    assert b'vestibule_scim_requests_total{method="POST",status="429"} 1.0' in site.application.metrics.page()


async def test_by_default_nobody_is_limited(seconds: Seconds) -> None:
    async with installation(seconds=seconds) as site:
        tenant = await site.tenant()
        assert set(await _statuses(tenant, BURST + 10)) == {200}
        assert set(await _statuses(tenant, BURST + 10, NOBODY)) == {401}


def test_of_too_many_names_those_used_longest_ago_are_forgotten(
    seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit, "MOST_REMEMBERED", 3)
    buckets = Buckets(PER_SECOND, seconds)
    for name in ("first", "second", "third"):
        assert [buckets.take(name) for _ in range(BURST)] == [0.0] * BURST
    assert buckets.take("first") > 0
    buckets.take("fourth")
    assert (buckets.take("first") > 0, buckets.take("third") > 0) == (True, True)
    assert buckets.take("second") == 0


def test_what_is_refused_is_not_paid_for(seconds: Seconds) -> None:
    buckets = Buckets(PER_SECOND, seconds)
    for _ in range(BURST):
        buckets.take("okta")
    waits = {round(buckets.take("okta"), 6) for _ in range(1000)}
    assert waits == {1 / PER_SECOND}
    seconds.now += 1 / PER_SECOND
    assert buckets.take("okta") == 0
