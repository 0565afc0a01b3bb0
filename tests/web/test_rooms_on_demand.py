"""The rooms beyond SCIM are furnished for the first who comes; nobody else notices."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.installation import installation
from vestibule.web.rooms import Rooms
from vestibule.web.rooms_on_demand import RoomsNotFurnished, RoomsOnDemand

_SCIM_ALONE = """
import asyncio, sys
from tests.installation import installation

async def main():
    async with installation() as site:
        tenant = await site.tenant()
        user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "mia@corp.test"}
        assert (await tenant.post("/Users", user)).status == 201
        assert (await tenant.get("/Users")).json["totalResults"] == 1
        for heavy in ("starlette.applications", "jinja2", "lxml", "joserfc", "cel", "argon2", "vestibule.provisioning"):
            assert heavy not in sys.modules, heavy

asyncio.run(main())
"""


def test_a_server_that_is_asked_for_scim_alone_does_without_them() -> None:
    subprocess.run([sys.executable, "-c", _SCIM_ALONE], check=True, timeout=60)


async def test_what_no_room_has_is_answered_alike_before_and_after() -> None:
    async with installation() as site:
        tenant = await site.tenant()
        base = tenant.base
        object.__setattr__(tenant, "base", "")
        first = await tenant.get("/nothing/here")
        assert (await tenant.get("/api/v1/tenants")).status == 401
        second = await tenant.get("/nothing/here")
        object.__setattr__(tenant, "base", base)
        assert first.status == second.status == 404
        assert first.headers["content-type"] == second.headers["content-type"] == "application/scim+json"
        sentences = [answer.json["detail"].partition(" http")[0] for answer in (first, second)]
        assert sentences[0] == sentences[1]


def on_demand(fetch: object) -> RoomsOnDemand:
    routes = [Route("/room", lambda _: PlainTextResponse("here"))]
    return RoomsOnDemand(fetch, lambda: Rooms(routes, lambda: "r-1"))  # type: ignore[arg-type]


async def test_many_who_come_at_once_have_them_furnished_once_and_beside_the_loop() -> None:
    threads: list[threading.Thread] = []
    rooms = on_demand(lambda: threads.append(threading.current_thread()))
    found = await asyncio.gather(*(rooms.furnished() for _ in range(20)))
    assert len({id(one) for one in found}) == 1
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()


async def test_what_could_not_be_fetched_is_fetched_for_the_next_one() -> None:
    faults = [OSError("too many open files")]

    def fetch() -> None:
        if faults:
            raise faults.pop()

    rooms = on_demand(fetch)
    with pytest.raises(RoomsNotFurnished) as told:
        await rooms.furnished()
    assert isinstance(told.value.fault, OSError)
    assert (await rooms.furnished()).has("/room")


async def test_what_the_door_has_itself_is_in_no_room_and_all_else_may_be() -> None:
    rooms = on_demand(lambda: None)
    for path in ("/scim/v2/Users", "/t/acme/scim/v2", "/healthz", "/readyz", "/metrics"):
        assert not rooms.may_have(path)
    assert rooms.may_have("/elsewhere")
    await rooms.furnished()
    assert rooms.may_have("/room")
    assert not rooms.may_have("/elsewhere")


async def test_a_fault_of_ours_in_furnishing_is_told_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch() -> None:
        raise ImportError("a package is half installed")

    async with installation() as site:
        tenant = await site.tenant()
        object.__setattr__(tenant, "base", "")
        monkeypatch.setattr("vestibule.routing.fetch", fetch)
        answer = await tenant.get("/api/v1/tenants")
        assert answer.status == 500
        assert answer.headers["x-request-id"]
        assert "half installed" not in str(answer.json)
        monkeypatch.undo()
        assert (await tenant.get("/api/v1/tenants")).status == 401
