"""The event log through the API: cursors, filters, waiting, the stream, and who may read what."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any

import orjson
import pytest

from tests.api.conftest import Api, hand
from tests.cast import hanako, sales, zoe
from tests.installation import Site, Tenant


@pytest.fixture
async def tenant(site: Site) -> Tenant:
    return await site.tenant(slug="corp")


async def test_events_come_in_order_and_go_on_from_the_cursor(api: Api, tenant: Tenant) -> None:
    one = (await tenant.post("/Users", hanako())).json["id"]
    first = (await api("GET", "/events")).json
    assert [(event["type"], event["subjectId"], event["tenant"]) for event in first["events"]] == [
        ("user.created", one, "corp")
    ]
    team = (await tenant.post("/Groups", sales(one))).json["id"]
    page = (await api("GET", f"/events?after={first['cursor']}")).json
    assert [event["type"] for event in page["events"]] == ["team.created", "team.member_added"]
    assert page["events"][1]["data"] == {"memberId": one, "memberType": "User"}
    assert page["events"][1]["subjectId"] == team
    assert not page["more"]


async def test_only_some_types(api: Api, tenant: Tenant) -> None:
    one = (await tenant.post("/Users", hanako())).json["id"]
    await tenant.post("/Groups", sales(one))
    page = (await api("GET", "/events?types=team.*,user.deleted")).json
    assert {event["type"] for event in page["events"]} == {"team.created", "team.member_added"}
    answer = await api("GET", "/events?types=user.createt")
    assert answer.status == 400
    assert "There is no event type 'user.createt'" in answer.json["detail"]


async def test_a_limit_says_that_there_is_more(api: Api, tenant: Tenant) -> None:
    await tenant.post("/Users", hanako())
    await tenant.post("/Users", zoe())
    page = (await api("GET", "/events?limit=1")).json
    assert (len(page["events"]), page["more"]) == (1, True)
    assert len((await api("GET", f"/events?limit=5&after={page['cursor']}")).json["events"]) == 1


async def test_a_token_reads_what_it_is_bound_to(site: Site, tenant: Tenant) -> None:
    stranger = await site.tenant(slug="strangers")
    await tenant.post("/Users", hanako())
    await stranger.post("/Users", zoe())
    own = await hand(site, ["events:read"], tenant=tenant.record)
    page = (await own("GET", "/events")).json
    assert {event["tenant"] for event in page["events"]} == {"corp"}
    assert (await own("GET", "/events?tenant=corp")).json["events"] == page["events"]
    assert (await own("GET", "/events?tenant=strangers")).status == 404
    theirs = await hand(site, ["events:read"], tenant=stranger.record)
    answer = await theirs("GET", f"/events?after={page['cursor']}")
    assert answer.status == 400
    assert "belongs to another tenant" in answer.json["detail"]
    of_account = await hand(site, ["events:read"], account="corp")
    assert (await of_account("GET", "/events")).status == 403
    assert (await of_account("GET", "/events?tenant=corp")).status == 200
    assert (await (await hand(site, ["people:read"]))("GET", "/events")).status == 403


async def test_who_waits_hears_of_the_next_event(api: Api, tenant: Tenant) -> None:
    cursor = (await api("GET", "/events?after=now")).json["cursor"]
    waiting = asyncio.create_task(api("GET", f"/events?after={cursor}&wait=30"))
    await asyncio.sleep(0.05)
    await tenant.post("/Users", hanako())
    assert len((await asyncio.wait_for(waiting, 20)).json["events"]) == 1


async def test_a_tenant_that_came_later_is_named_too(site: Site, api: Api, tenant: Tenant) -> None:
    await tenant.post("/Users", hanako())
    assert [event["tenant"] for event in (await api("GET", "/events")).json["events"]] == ["corp"]
    stranger = await site.tenant(slug="strangers")
    await stranger.post("/Users", zoe())
    assert [event["tenant"] for event in (await api("GET", "/events")).json["events"]] == [
        "corp",
        "strangers",
    ]


async def test_a_forgotten_place_is_gone(api: Api, tenant: Tenant, site: Site) -> None:
    cursor = (await api("GET", "/events?after=now")).json["cursor"]
    await tenant.post("/Users", hanako())
    await site.application.store.feed.forget_events("9999")
    answer = await api("GET", f"/events?after={cursor}")
    assert answer.status == 410
    assert "Load a snapshot" in answer.json["detail"]


class Stream:
    """An event stream that is being read; ``close`` hangs up."""

    def __init__(self, api: Api, query: str = "", headers: Mapping[str, str] | None = None) -> None:
        self.status = 0
        self._came: asyncio.Queue[bytes] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._asked = False
        given = {"authorization": f"Bearer {api.token}", "accept": "text/event-stream", **(headers or {})}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "https",
            "path": "/api/v1/events",
            "raw_path": b"/api/v1/events",
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "client": ("127.0.0.1", 1),
            "server": ("vestibule.test", 443),
        }
        self.task = asyncio.create_task(api.application(scope, self._receive, self._send))

    async def _receive(self) -> Mapping[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if self._gone.is_set():
            raise OSError("nobody reads any more")
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message.get("body"):
            self._came.put_nowait(message["body"])

    async def event(self) -> tuple[str, Any]:
        """The next event: its id and its document."""
        while True:
            text = (await asyncio.wait_for(self._came.get(), 20)).decode()
            lines = dict(
                line.split(": ", 1) for line in text.strip().splitlines() if not line.startswith(":")
            )
            if "data" in lines:
                return lines.get("id", ""), orjson.loads(lines["data"])

    async def close(self) -> None:
        self._gone.set()
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def test_a_stream_brings_events_as_they_come_and_goes_on_after_a_break(
    api: Api, tenant: Tenant
) -> None:
    one = (await tenant.post("/Users", hanako())).json["id"]
    stream = Stream(api)
    id, event = await stream.event()
    assert (stream.status, event["type"], event["subjectId"]) == (200, "user.created", one)
    other = (await tenant.post("/Users", zoe())).json["id"]
    assert (await stream.event())[1]["subjectId"] == other
    await stream.close()
    again = Stream(api, headers={"last-event-id": id})
    assert (await again.event())[1]["subjectId"] == other
    await again.close()


async def test_a_stream_ends_with_the_server(api: Api, tenant: Tenant, site: Site) -> None:
    await tenant.post("/Users", hanako())
    stream = Stream(api)
    await stream.event()
    await asyncio.wait_for(site.application.stop(), 8)
    await asyncio.wait_for(stream.task, 8)


async def test_a_stream_of_a_foreign_cursor_is_refused_before_it_begins(api: Api, tenant: Tenant) -> None:
    stream = Stream(api, headers={"last-event-id": "nonsense"})
    await asyncio.wait_for(stream.task, 20)
    assert stream.status == 400
