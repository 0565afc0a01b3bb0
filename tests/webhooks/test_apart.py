"""Many endpoints are served by a process of their own; where it is killed, nothing is lost, and the server delivers."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from bench.process import url
from bench.servers import Vestibule
from tests.database import STORES, new_database
from tests.served import hand_of
from tests.webhooks.receiver import Receiver, receiving

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in /proc")


def children(pid: int) -> list[int]:
    """The processes that it started, but for the one that minds shared resources."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            command = Path(f"/proc/{child}/cmdline").read_bytes()
            if b"spawn_main" in command:
                found.append(int(child))
    return found


def has_come(product: Receiver, path: str, people: set[str]) -> bool:
    """Whether everybody is known there."""
    return {came.subject for came in product.came if came.path == path} >= people


def told(server: Vestibule) -> set[str]:
    """What the metrics say of deliveries and endpoints."""
    with urllib.request.urlopen(url(server.port, "/metrics"), timeout=10) as answer:
        page = answer.read().decode()
    found = re.findall(r'^vestibule_webhook_\w+\{\w+="(\w+)"\} (\d+)', page, re.M)
    return {f"{label} {value}" for label, value in found}


async def until(is_so: Callable[[], object], seconds: float = 120.0) -> None:
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("store", STORES)
async def test_a_process_of_its_own_delivers_and_may_be_killed(store: str, tmp_path: Path) -> None:
    place = {
        **new_database(tmp_path, store).environment,
        "VESTIBULE_ALLOWED_NETWORKS": "127.0.0.0/8",
        "VESTIBULE_WEBHOOKS_APART_FROM": "2",
    }
    server = Vestibule(tmp_path, place=place)
    server.start()
    try:
        async with receiving() as product:
            hand = await asyncio.to_thread(hand_of, server, "corp")
            for name in ("one", "two"):
                address = f"http://127.0.0.1:{product.port}/{name}"
                await asyncio.to_thread(server.command, "webhook", "add", address, "--tenant", "corp")
            await until(lambda: "by a process of their own" in server.said())
            [child] = children(server.pid)
            people = [await asyncio.to_thread(hand.create, f"a{n}@example.com") for n in range(5)]
            await product.has(10)
            await until(lambda: {"delivered 10", "taking 2"} <= told(server))

            os.kill(child, signal.SIGKILL)
            people += [await asyncio.to_thread(hand.create, f"b{n}@example.com") for n in range(5)]
            for path in ("/one", "/two"):
                await until(partial(has_come, product, path, set(people)))
            assert not children(server.pid)
            await until(lambda: "taking 2" in told(server))
    finally:
        await asyncio.to_thread(server.stop)
