"""POSTs to servers that behave badly, over real sockets."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.webhooks.receiver import OK, Says, answer, receiving
from vestibule.connectors.address_guard import AddressGuard, networks_of
from vestibule.connectors.posts import LONGEST_ANSWER, Posted, Posts

HERE = AddressGuard(networks_of("127.0.0.0/8"))


async def posted(says: Says, *, seconds: float = 5.0) -> Posted:
    posts = Posts(HERE, seconds=seconds)
    async with receiving(says) as server:
        try:
            return await posts.post(server.url, [("x-test", "1")], b"{}")
        finally:
            await posts.close()


async def test_connections_are_kept_and_used_again() -> None:
    posts = Posts(HERE)
    async with receiving(lambda came: answer(200, came.body)) as server:
        for number in range(5):
            came = await posts.post(server.url, [], b"%d" % number)
            assert (came.status, came.answer, came.fault) == (200, b"%d" % number, "")
        assert server.connections == 1
        assert server.came[0].headers["host"] == f"127.0.0.1:{server.port}"
    await posts.close()


@pytest.mark.parametrize(
    ("says", "fault"),
    [
        pytest.param(b"nonsense\r\n\r\n", "no HTTP", id="no HTTP"),
        pytest.param(None, "closed the connection without an answer", id="hangs up"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000, "does not end", id="an endless head"),
        pytest.param(30.0, "within 0 seconds", id="hangs"),
        pytest.param(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
            "",
            id="another protocol",
        ),
    ],
)
async def test_no_answer_is_told_in_words(says: bytes | float | None, fault: str) -> None:
    came = await posted(lambda _: says, seconds=0.4)
    assert came.status is None
    assert fault in came.fault
    assert came.fault


@pytest.mark.parametrize(
    ("says", "status"),
    [
        pytest.param(answer(307, Location="http://127.0.0.1:1/"), 307, id="a redirect, not followed"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\npart", 200, id="a body cut off in time"),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", 204, id="an interim answer first"
        ),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\nto the end", 200, id="HTTP/1.0"),
    ],
)
async def test_a_status_that_came_counts(says: bytes, status: int) -> None:
    assert (await posted(lambda _: says, seconds=0.5)).status == status


async def test_of_a_long_answer_the_beginning_is_read_and_the_rest_is_not() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + b"y" * 5_000_000
    begun = time.monotonic()
    came = await posted(lambda _: endless, seconds=30.0)
    assert came.status == 200
    assert came.answer == b"y" * LONGEST_ANSWER
    assert time.monotonic() - begun < 20


async def test_retry_after_is_handed_on() -> None:
    assert (await posted(lambda _: answer(503, Retry_After="120"))).retry_after == "120"


async def test_a_connection_that_was_closed_meanwhile_is_opened_anew() -> None:
    posts = Posts(HERE)
    asked = 0

    def says(_: object) -> bytes | None:
        nonlocal asked
        asked += 1
        return None if asked == 2 else OK

    async with receiving(says) as server:
        assert (await posts.post(server.url, [], b"1")).status == 204
        assert (await posts.post(server.url, [], b"2")).status == 204
        assert server.connections == 2
    await posts.close()


async def test_nothing_listens() -> None:
    posts = Posts(HERE)
    came = await posts.post("http://127.0.0.1:9/", [], b"{}")
    assert came.fault == "No connection to 127.0.0.1 (127.0.0.1): refused."
    refused = await posts.post("http://10.0.0.1/", [], b"{}")
    assert "not on the public Internet" in refused.fault


async def test_a_certificate_that_nobody_knows_is_not_accepted() -> None:
    posts = Posts(AddressGuard(networks_of("127.0.0.0/8")))
    async with receiving() as server:
        came = await posts.post(f"https://127.0.0.1:{server.port}/", [], b"{}")
    assert came.status is None
    assert "No connection to 127.0.0.1" in came.fault


async def test_many_at_once_keep_apart() -> None:
    posts = Posts(HERE)
    async with receiving(lambda came: answer(200, came.body)) as server:
        bodies = [b"%d" % number for number in range(50)]
        found = await asyncio.gather(*(posts.post(server.url, [], body) for body in bodies))
        assert [one.answer for one in found] == bodies
    await posts.close()
