"""Vestibule as an object in somebody else's process: mounted, twice, stopped in the middle of a request."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.installation import installation, over_asgi
from vestibule.app import BoundToAnotherLoop, Vestibule
from vestibule.recordings.replay import DEFAULT_HEADERS, Request
from vestibule.settings import Settings

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_HEALTH = Request("GET", "/healthz", {}, b"")


async def test_the_first_request_starts_it() -> None:
    application = Vestibule(Settings(database="sqlite://"))
    try:
        replies = await asyncio.gather(*(over_asgi(application, "", _HEALTH) for _ in range(8)))
        assert {reply.status for reply in replies} == {200}
    finally:
        await application.stop()


async def test_two_in_one_process_do_not_meet() -> None:
    async with installation() as one, installation() as other:
        mine, theirs = await one.tenant(slug="corp"), await other.tenant(slug="corp")
        assert (await mine.post("/Users", {"schemas": [USER], "userName": "mika"})).status == 201
        assert (await theirs.get("/Users")).json["totalResults"] == 0
        swapped = {**DEFAULT_HEADERS, "Authorization": mine.token}
        assert (await theirs.get("/Users", swapped)).status == 401


def test_another_loop_is_refused_in_words() -> None:
    application = Vestibule(Settings(database="sqlite://"))

    async def asked() -> None:
        await over_asgi(application, "", _HEALTH)

    async def first() -> None:
        await asked()
        with pytest.raises(BoundToAnotherLoop, match="Make one Vestibule for each loop"):
            await asyncio.to_thread(asyncio.run, asked())
        await application.stop()

    asyncio.run(first())


async def test_after_the_end_it_says_so_until_it_is_started_again() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        await site.application.stop()
        answer = await tenant.get("/Users")
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert answer.json["detail"].endswith(f"/r/{answer.headers['x-request-id']}")
        assert (await over_asgi(site.application, "", _HEALTH)).status == 503
        await site.application.start()
        assert (await over_asgi(site.application, "", _HEALTH)).status == 200


async def test_who_is_inside_is_served_before_the_end() -> None:
    """Each is answered truly: 201 and it is there, or 503 and it is not; never 500."""
    async with installation() as site:
        tenant = await site.tenant()
        headers = {**DEFAULT_HEADERS, "Authorization": tenant.token}

        async def create(number: int) -> int:
            body = json.dumps({"schemas": [USER], "userName": f"person{number}"}).encode()
            return (await tenant.send(Request("POST", "/Users", headers, body))).status

        inside = [asyncio.create_task(create(number)) for number in range(50)]
        await asyncio.sleep(0)
        stopping = asyncio.create_task(site.application.stop())
        late = [asyncio.create_task(create(number)) for number in range(50, 100)]
        await stopping
        assert {await task for task in inside} == {201}
        assert {await task for task in late} <= {201, 503}
