"""Connections at their worst moments: faults of ours, clients that leave or do not read, a server that stops."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.installation import installation
from tests.web.pipelines import hear
from tests.web.told import PATIENCE, Application, get, serving_told
from vestibule.directory.pieces import Pieces
from vestibule.web import patience
from vestibule.web.begun import resumed
from vestibule.web.exchange import Reply

_PIECE = 10_000


async def _fault() -> Reply:
    raise RuntimeError("a fault of ours")


async def _late_fault() -> Reply:
    await asyncio.sleep(0.01)
    raise RuntimeError("a fault of ours")


@pytest.mark.requirement("R83", "R87")
@pytest.mark.parametrize("path", ["/fault", "/late-fault"])
async def test_a_fault_is_told_as_a_fault(path: str) -> None:
    """Not as a request that is none; and the requests ahead of it have their answers."""
    application = Application({"/fault": _fault, "/late-fault": _late_fault})
    with capture_logs() as told:
        async with asyncio.timeout(PATIENCE), serving_told(application) as running:
            reading, writing = await running.connect()
            writing.write(get("/before") + get(path) + get("/behind"))
            assert (await hear(reading, "GET")).headers["x-path"] == "/before"
            answer = await hear(reading, "GET")
            assert await reading.read() == b""
            writing.close()
            assert await running.is_left_by_all()
    assert answer.status == 500
    assert answer.json["status"] == "500"
    assert answer.headers["connection"] == "close"
    (entry,) = told
    assert "a fault of ours" in entry["exception"]
    assert entry["request_id"] == answer.headers["x-request-id"]
    assert running.complaints == []


@pytest.mark.parametrize("headers", ["", "Expect: 200-maybe\r\n"], ids=["short way", "ASGI way"])
async def test_a_fault_at_the_door_leaves_the_connection_usable(
    monkeypatch: pytest.MonkeyPatch, headers: str
) -> None:
    def broken(_: object) -> bytes:
        raise RuntimeError("a fault of ours")

    async with asyncio.timeout(PATIENCE), installation() as site:
        monkeypatch.setattr(type(site.application.metrics), "page", broken)
        async with serving_told(site.application) as running:
            reading, writing = await running.connect()
            with capture_logs():
                writing.write(get("/metrics", headers) + get("/healthz", headers))
                fault, health = await hear(reading, "GET"), await hear(reading, "GET")
            writing.close()
    assert (fault.status, health.status) == (500, 200)
    assert fault.json["detail"].endswith(f"/r/{fault.headers['x-request-id']}")
    assert fault.headers["content-type"] == "application/scim+json"
    assert running.complaints == []


async def test_a_large_answer_that_breaks_is_not_taken_for_a_whole_one() -> None:
    def missing() -> bytes:
        raise OSError("the file is gone")

    async def large() -> Reply:
        return Reply(200, Pieces([b"x" * _PIECE, missing], 2 * _PIECE))

    with capture_logs() as told:
        async with asyncio.timeout(PATIENCE), serving_told(Application({"/large": large})) as running:
            reading, writing = await running.connect()
            writing.write(get("/large") + get("/behind"))
            with pytest.raises(asyncio.IncompleteReadError):
                await hear(reading, "GET")
            writing.close()
            assert await running.is_left_by_all()
    assert "the file is gone" in told[0]["exception"]
    assert running.complaints == []


@pytest.mark.parametrize("behind", [b"", get("/behind"), get("/x", "Expect: 100-continue\r\n"), b"\0"])
async def test_what_was_asked_is_done_although_the_client_left(behind: bytes) -> None:
    """Nothing is cancelled, nothing complains, nothing stays behind."""
    may_go_on = asyncio.Event()

    async def commits() -> Reply:
        await may_go_on.wait()
        return Reply(201, b"{}")

    application = Application({"/commits": commits})
    async with asyncio.timeout(PATIENCE), serving_told(application) as running:
        _reading, writing = await running.connect()
        writing.write(get("/commits") + behind)
        while not application.asked:
            await asyncio.sleep(0.01)
        writing.transport.abort()
        await asyncio.sleep(0.1)  # with others queued behind it nobody reads, nor hears that the client left
        assert application.left == []
        may_go_on.set()
        assert await running.is_left_by_all()
    assert application.left[0] == "/commits"
    assert running.complaints == []


@pytest.mark.parametrize("headers", ["", "Expect: 200-maybe\r\n"], ids=["short way", "ASGI way"])
async def test_a_large_answer_is_read_no_faster_than_it_is_taken(
    monkeypatch: pytest.MonkeyPatch, headers: str
) -> None:
    """Small pieces are not gathered without end; who leaves in the middle ends it; who never reads is cut off."""
    monkeypatch.setattr(patience, "READING_SECONDS", 0.5)
    many, read = 20_000, 0

    def piece() -> bytes:
        nonlocal read
        read += 1
        return b"x" * _PIECE

    async def large() -> Reply:
        return Reply(200, Pieces([piece] * many, many * _PIECE))

    async with asyncio.timeout(PATIENCE), serving_told(Application({"/large": large})) as running:
        for leaves in (True, False):
            read = 0
            reading, writing = await running.connect()
            writing.transport.pause_reading()
            writing.write(get("/large", headers) + get("/behind", headers))
            while read == 0:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            assert read < many // 4  # what the sockets hold, some megabytes; not 200
            if leaves:
                writing.transport.abort()
            assert await running.is_left_by_all()
            # An ASGI application is not told that nobody listens any more.
            assert headers or read < many // 4
            writing.transport.abort()
        del reading
    assert running.complaints == []


async def test_who_pipelines_and_reads_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "READING_SECONDS", 0.5)

    async def page() -> Reply:
        return Reply(200, b"x" * 50_000)

    async with asyncio.timeout(PATIENCE), serving_told(Application({"/page": page})) as running:
        _reading, writing = await running.connect()
        writing.transport.pause_reading()
        writing.write(get("/page") * 2000)
        while not running.uvicorn.server_state.connections:
            await asyncio.sleep(0.01)
        assert await running.is_left_by_all()
        writing.transport.abort()
    assert running.complaints == []


async def test_one_connection_does_not_keep_the_others_waiting() -> None:
    """Of many requests in one piece the first are answered at once; then the loop has its turn."""
    turns: list[int] = []

    async def counted() -> Reply:
        asyncio.get_running_loop().call_soon(lambda: turns.append(len(application.asked)))
        return Reply(200, b"{}")

    application = Application({"/": counted})
    async with asyncio.timeout(PATIENCE), serving_told(application) as running:
        reading, writing = await running.connect()
        writing.write(get("/") * 500)
        for _ in range(500):
            assert (await hear(reading, "GET")).status == 200
        writing.close()
    assert turns[0] < 100


async def test_the_answer_under_way_when_the_server_stops_is_the_last() -> None:
    may_go_on = asyncio.Event()

    async def commits() -> Reply:
        await may_go_on.wait()
        return Reply(201, b"{}")

    application = Application({"/commits": commits})
    async with asyncio.timeout(PATIENCE), serving_told(application) as running:
        idle, idling = await running.connect()
        reading, writing = await running.connect()
        writing.write(get("/commits"))
        while not application.asked:
            await asyncio.sleep(0.01)
        running.uvicorn.should_exit = True
        assert await idle.read() == b""
        may_go_on.set()
        answer = await hear(reading, "GET")
        assert await reading.read() == b""
        for client in (idling, writing):
            client.close()
    assert (answer.status, answer.headers["connection"]) == (201, "close")
    assert running.complaints == []


async def test_what_is_cancelled_after_it_was_begun_ends_as_cancelled() -> None:
    """The coroutine itself sees it, where it waits, and may still wait for something on its way out."""
    seen: list[str] = []

    async def work() -> Any:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            seen.append("put in order")

    begun = work()
    task = asyncio.ensure_future(_awaited(resumed(begun, begun.send(None))))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["put in order"]


async def _awaited(one: Awaitable[Any]) -> Any:
    return await one


async def test_two_way_differences_in_what_is_logged() -> None:
    """A body that nobody asked for is not kept in the request log, whichever way it came."""
    async with asyncio.timeout(PATIENCE), installation() as site:
        kept: list[str] = []
        store = site.application.store.directory
        record = type(store).record

        def recorded(self: Any, row: Any) -> None:
            kept.append(row.payload.get("request", ""))
            record(self, row)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(type(store), "record", recorded)
            async with serving_told(site.application) as running:
                reading, writing = await running.connect()
                body = json.dumps({"userName": "nobody@asked.example"})
                for headers in ("", "Expect: 200-maybe\r\n"):
                    writing.write(
                        f"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}".encode()
                    )
                    assert (await hear(reading, "POST")).status == 401
                writing.close()
    assert kept == ["", ""]
