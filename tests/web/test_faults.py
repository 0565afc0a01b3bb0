"""Faults of ours: an answer all the same, and no secret in what the log is told."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from tests.installation import installation
from vestibule.directory.store import Recorded
from vestibule.recordings.replay import Request
from vestibule.scim.errors import Unavailable

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.mark.parametrize(
    "person",
    [
        pytest.param(b'"userName": "deep", "password": "x", "other": %s', id="undeclared, beside a password"),
        pytest.param(b'"userName": %s', id="in a declared attribute"),
    ],
)
async def test_deep_nesting_is_answered(person: bytes) -> None:
    body = b'{"schemas": ["%s"], %s}' % (USER.encode(), person % (b"[" * 950 + b"]" * 950))
    async with installation() as site:
        tenant = await site.tenant()
        headers = {"Authorization": tenant.token, "Content-Type": "application/scim+json"}
        reply = await tenant.send(Request("POST", "/Users", headers, body))
        assert reply.status in (201, 400)
        assert reply.headers["x-request-id"]


@pytest.mark.requirement("R83", "R87")
async def test_a_fault_is_told_without_what_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async with installation() as site:
        tenant = await site.tenant()

        async def broken(*_: object, **__: object) -> None:
            raise RuntimeError("a fault of ours")

        monkeypatch.setattr(type(site.application.store.directory), "get", broken)
        with capture_logs() as told:
            answer = await tenant.get("/Users/anybody")
    assert answer.status == 500
    assert answer.json["detail"].endswith(f"/r/{answer.headers['x-request-id']}")
    (entry,) = told
    assert "exc_info" not in entry
    assert "a fault of ours" in entry["exception"]
    assert tenant.token not in str(told)


async def test_an_answer_goes_out_although_it_cannot_be_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    async with installation() as site:
        tenant = await site.tenant()

        def broken(self: object, row: Recorded) -> None:
            raise RuntimeError("no log")

        monkeypatch.setattr(type(site.application.store.directory), "record", broken)
        with capture_logs():
            assert (await tenant.get("/Users")).status == 200


async def test_the_reason_in_the_log_quotes_no_value() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        await tenant.get('/Users?filter=active eq "hanako.sato"')
        (entry,) = await site.application.store.log.requests(tenant.record.id)
    assert entry.status == 400
    assert "hanako" not in entry.reason


@pytest.mark.parametrize("fault", [Unavailable("Nothing was changed: too slow.", 7), RuntimeError("ours")])
async def test_what_was_committed_is_never_denied(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    async with installation() as site:
        tenant = await site.tenant()
        path = f"/Users/{(await tenant.post('/Users', {'schemas': [USER], 'userName': 'mika'})).json['id']}"
        operation = {"op": "replace", "path": "active", "value": False}
        message = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}

        async def broken(*_: object, **__: object) -> None:
            raise fault

        with monkeypatch.context() as patched, capture_logs():
            patched.setattr(type(site.application.store.directory), "get", broken)
            answer = await tenant.patch(path, message)
        assert answer.status == 503
        assert answer.json["detail"].startswith("The change was made")
        assert (await tenant.get(path)).json["active"] is False
        assert len(await site.application.store.log.requests(tenant.record.id)) == 3
