"""Random pipelines, the same ones on every run; ``python -m tests.web.pipelines`` goes on for longer."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from bench.servers import Vestibule
from tests.served import HOST, Hand, hand_of, person, serving
from tests.web.pipelines import complaints, hear, hold_many, prepare

_PIPELINES = 120
_CLIENTS = 8


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Vestibule]:
    """A real server that never complains."""
    with serving(tmp_path) as server:
        yield server
        assert complaints(server.log) == []


async def test_every_request_has_its_own_answer_in_its_turn(running: Vestibule) -> None:
    """Two tenants alternate on one connection; each answer speaks of what was asked, and of no other tenant."""
    hands = [prepare(hand_of(running, slug)) for slug in ("acme", "beta")]
    assert await hold_many(hands, range(_PIPELINES)) > _PIPELINES
    async with asyncio.timeout(30):
        while _connections(running):
            await asyncio.sleep(0.05)


async def test_what_was_acknowledged_before_the_end_is_there_after_it(running: Vestibule) -> None:
    """Told to stop under load: each client hears whole answers and then the end, and nothing is lost."""
    hand = hand_of(running, "acme")
    acknowledged: list[str] = []
    cut: list[bytes] = []
    enough = asyncio.Event()

    async def client(number: int) -> None:
        reading, writing = await asyncio.open_connection(HOST, hand.port)
        made = 0
        try:
            while True:
                names = [f"{number}-{made + at}@load.example" for at in range(5)]
                made += len(names)
                writing.write(b"".join(hand.wire("POST", "/Users", person(name)) for name in names))
                for name in names:
                    answer = await hear(reading, "POST")
                    assert answer.status == 201
                    assert name in answer.body.decode()
                    acknowledged.append(name)
                if len(acknowledged) > 20 * _CLIENTS:
                    enough.set()
        except asyncio.IncompleteReadError as end:
            cut.append(end.partial)
        except ConnectionError:
            pass  # it had hung up when the next requests were sent
        finally:
            writing.close()

    async with asyncio.timeout(60):
        clients = [asyncio.create_task(client(number)) for number in range(_CLIENTS)]
        await enough.wait()
        os.kill(running.pid, signal.SIGTERM)
        await asyncio.gather(*clients)
    assert set(cut) <= {b""}
    running.stop()
    assert complaints(running.log) == []
    running.start()
    assert all(_exists(hand, name) for name in acknowledged[-200:])
    assert hand("GET", "/Users?count=0").json["totalResults"] >= len(acknowledged)


def _exists(hand: Hand, name: str) -> bool:
    found = hand("GET", "/Users?filter=" + quote(f'userName eq "{name}"'))
    return bool(found.json["totalResults"])


def _connections(running: Vestibule) -> int:
    """To clients, that the server holds; 0 where the machine does not tell."""
    table = Path(f"/proc/{running.pid}/net/tcp")
    rows = [line.split() for line in table.read_text().splitlines()[1:]] if table.exists() else []
    # The local address, the state (listening is 0A), and the inode, which is 0 for what nobody holds.
    return sum(row[1].endswith(f":{running.port:04X}") and row[3] != "0A" and row[9] != "0" for row in rows)
