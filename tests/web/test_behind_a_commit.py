"""Answers that wait for a commit are given without a task; whatever comes of it, connections live on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from tests.web.pipelines import hear
from tests.web.told import PATIENCE, Application, get, serving_told
from vestibule.directory.pieces import Pieces
from vestibule.durable import Durable
from vestibule.scim.errors import Unavailable
from vestibule.web.exchange import Reply

_PIECE = 10_000


def _committed(fault: Exception | None = None) -> Durable[int]:
    """A commit that is over in a moment."""
    loop = asyncio.get_running_loop()
    commit: Durable[int] = Durable(loop=loop)
    if fault is None:
        loop.call_later(0.02, commit.set_result, 201)
    else:
        loop.call_later(0.02, commit.set_exception, fault)
    return commit


async def _made() -> Reply:
    assert asyncio.current_task() is None, "it was begun outside a task"
    status = await _committed()
    assert asyncio.current_task() is None, "a task was made for the answer alone"
    return Reply(status, b'{"made":true}')


async def _waits_again() -> Reply:
    status = await _committed()
    await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        await asyncio.sleep(0)
    return Reply(status + await _committed() - 201, b'{"made":"twice"}')


async def _large() -> Reply:
    return Reply(await _committed(), Pieces([b"x" * _PIECE, lambda: b"y" * _PIECE], 2 * _PIECE))


async def _refused() -> Reply:
    try:
        await _committed(Unavailable("the disk is full"))
    except Unavailable as refusal:
        return Reply(refusal.status, b'{"made":false}')
    raise AssertionError("the refusal was not raised")


async def _faulty() -> Reply:
    await _committed()
    raise RuntimeError("a fault of ours")


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (_made, 201, b'{"made":true}'),
        (_waits_again, 201, b'{"made":"twice"}'),
        (_large, 201, b"x" * _PIECE + b"y" * _PIECE),
        (_refused, 503, b'{"made":false}'),
    ],
    ids=["answer", "waits again", "pieces", "refused"],
)
async def test_an_answer_behind_a_commit(
    answer: Callable[[], Awaitable[Reply]], status: int, said: bytes
) -> None:
    """In its turn among others on one connection, twice, and with nothing left behind."""
    application = Application({"/write": answer})
    async with asyncio.timeout(PATIENCE), serving_told(application) as running:
        reading, writing = await running.connect()
        for _ in range(2):
            writing.write(get("/before") + get("/write") + get("/behind"))
            before, heard, behind = [await hear(reading, "GET") for _ in range(3)]
            assert [one.headers["x-path"] for one in (before, heard, behind)] == [
                "/before",
                "/write",
                "/behind",
            ]
            assert (heard.status, heard.body) == (status, said)
        writing.close()
        assert await running.is_left_by_all()
    assert running.complaints == []


async def test_a_fault_behind_a_commit_is_told_as_a_fault() -> None:
    with capture_logs() as told:
        async with asyncio.timeout(PATIENCE), serving_told(Application({"/write": _faulty})) as running:
            reading, writing = await running.connect()
            writing.write(get("/write"))
            heard = await hear(reading, "GET")
            assert await reading.read() == b""
            writing.close()
            assert await running.is_left_by_all()
    assert (heard.status, heard.headers["connection"]) == (500, "close")
    assert "a fault of ours" in told[0]["exception"]
    assert running.complaints == []


async def test_what_ends_an_answer_altogether_ends_no_other() -> None:
    """Both wait for the same commit: the one's connection is closed, the other is answered."""
    commits: list[Durable[int]] = []

    async def waits() -> int:
        commits.append(Durable(loop=asyncio.get_running_loop()))
        return await commits[-1]

    async def cancelled() -> Reply:
        await waits()
        raise asyncio.CancelledError

    async def made() -> Reply:
        return Reply(await waits(), b"{}")

    def end_all() -> None:
        for commit in commits:
            commit.set_result(201)

    application = Application({"/cancelled": cancelled, "/made": made})
    async with asyncio.timeout(PATIENCE), serving_told(application) as running:
        (one, to_one), (other, to_other) = await running.connect(), await running.connect()
        to_one.write(get("/cancelled"))
        while not commits:
            await asyncio.sleep(0.001)
        to_other.write(get("/made"))
        while len(commits) < 2:
            await asyncio.sleep(0.001)
        asyncio.get_running_loop().call_soon(end_all)
        assert (await hear(other, "GET")).status == 201
        assert await one.read() == b""
        to_one.close()
        to_other.close()
        assert await running.is_left_by_all()


async def test_the_client_leaves_before_the_commit() -> None:
    """What was asked is done all the same, and the others are served."""
    application = Application({"/write": _made})
    async with asyncio.timeout(PATIENCE), serving_told(application) as running:
        _reading, leaving = await running.connect()
        leaving.write(get("/write"))
        while not application.asked:
            await asyncio.sleep(0.001)
        leaving.transport.abort()
        while not application.left:
            await asyncio.sleep(0.001)
        reading, writing = await running.connect()
        writing.write(get("/write"))
        assert (await hear(reading, "GET")).status == 201
        writing.close()
        assert await running.is_left_by_all()
    assert running.complaints == []


async def test_the_server_stops_before_the_commit() -> None:
    """The answer is given, and says that it is the last."""
    commit: Durable[int] = Durable(loop=asyncio.get_running_loop())

    async def made() -> Reply:
        return Reply(await commit, b"{}")

    application = Application({"/write": made})
    async with asyncio.timeout(PATIENCE), serving_told(application) as running:
        reading, writing = await running.connect()
        writing.write(get("/write"))
        while not application.asked:
            await asyncio.sleep(0.001)
        running.uvicorn.should_exit = True
        while running.uvicorn.servers[0].is_serving():
            await asyncio.sleep(0.001)
        commit.set_result(201)
        heard = await hear(reading, "GET")
        assert await reading.read() == b""
        writing.close()
    assert (heard.status, heard.headers["connection"]) == (201, "close")
    assert running.complaints == []
