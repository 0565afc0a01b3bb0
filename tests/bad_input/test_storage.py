"""The database locked, the disk full: 503 with Retry-After in whole seconds, and nothing lost or half done."""

from __future__ import annotations

import json
import resource
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.process import python, started_by
from bench.servers import Vestibule
from tests.installation import Tenant, installation
from tests.served import Answer, Conversation, Hand, at_once, hand_of, patch, person, serving
from vestibule.recordings.replay import Request

_HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""


@contextmanager
def locked_by_another_process(database: Path) -> Iterator[None]:
    """Somebody else holds the write lock inside."""
    holder = subprocess.Popen(
        python("-c", _HOLD, str(database)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "locked\n"
        yield
    finally:
        holder.stdin.write("\n")
        holder.stdin.close()
        holder.stdout.close()
        holder.wait(10)


@contextmanager
def full_disk(server: Vestibule) -> Iterator[None]:
    """No file of the server can grow inside: the system refuses its writes."""
    if not hasattr(resource, "prlimit"):
        pytest.skip("machine: prlimit (Linux), to take a server's disk away")
    unlimited = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    # One that begins from now on has the limit of the server, which starts it.
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (512, unlimited[1]))
    for process in started_by(server.pid):
        resource.prlimit(process, resource.RLIMIT_FSIZE, (512, unlimited[1]))
    try:
        yield
    finally:
        for process in (server.pid, *started_by(server.pid)):
            resource.prlimit(process, resource.RLIMIT_FSIZE, unlimited)


def _is_not_now(answer: Answer) -> None:
    assert answer.status == 503, answer
    assert answer.headers["retry-after"].isdigit()
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.json["detail"].startswith("Nothing was changed")


@pytest.mark.requirement("K7")
def test_a_full_disk_gets_503_and_heals(tmp_path: Path) -> None:
    with serving(tmp_path, "sqlite") as server:
        hand = hand_of(server, "full")
        user_id = hand.create("before@people.example")
        with full_disk(server):
            names = [f"during.{number}@people.example" for number in range(8)]
            for answer in at_once(hand.port, [hand.wire("POST", "/Users", person(name)) for name in names]):
                _is_not_now(answer)
            _is_not_now(
                hand("PATCH", f"/Users/{user_id}", patch({"op": "replace", "path": "title", "value": "lost"}))
            )
            assert hand("GET", f"/Users/{user_id}").json.get("title") is None
            assert hand("GET", "/Users").json["totalResults"] == 1
        hand.create("after@people.example")
        assert hand("GET", "/Users").json["totalResults"] == 2
        server.stop()
        server.start()
        assert Hand(server.port, hand.token)("GET", "/Users").json["totalResults"] == 2


def test_a_lock_that_ends_in_time_is_waited_for(tmp_path: Path) -> None:
    with serving(tmp_path, "sqlite") as server:
        hand = hand_of(server, "patient")
        with locked_by_another_process(server.database):
            under_way = Conversation(hand.port)
            under_way.say(hand.wire("POST", "/Users", person("waits@people.example")))
            time.sleep(0.5)
            assert hand("GET", "/Users").status == 200, "reading goes on"
        assert under_way.hear().status == 201
        under_way.close()


@pytest.mark.requirement("K7")
async def test_a_lock_that_stays_gets_503(tmp_path: Path) -> None:
    database = tmp_path / "vestibule.db"
    async with installation(f"sqlite:///{database}") as site:
        tenant = await site.tenant()
        store: Any = site.application.store
        store.database.writer._patience = 0.2  # half a minute as shipped
        with locked_by_another_process(database):
            for _ in range(3):
                _is_not_now(await _post(tenant))
            assert (await tenant.get("/Users")).json["totalResults"] == 0
        assert (await _post(tenant)).status == 201


async def test_a_full_database_gets_503_for_all_of_its_group_and_heals(tmp_path: Path) -> None:
    async with installation(f"sqlite:///{tmp_path / 'vestibule.db'}") as site:
        tenant = await site.tenant()
        assert (await _post(tenant)).status == 201
        store: Any = site.application.store
        raw = store.database.writer.connection.raw
        [(pages,)] = raw.execute("PRAGMA page_count").fetchall()
        raw.execute(f"PRAGMA max_page_count = {pages}").fetchall()
        created = 1
        for _ in range(200):
            answer = await _post(tenant)
            if answer.status == 503:
                break
            created += 1
        _is_not_now(answer)
        assert (await tenant.get("/Users")).json["totalResults"] == created
        raw.execute("PRAGMA max_page_count = 1073741823").fetchall()
        assert (await _post(tenant)).status == 201
        assert (await tenant.get("/Users")).json["totalResults"] == created + 1


async def _post(tenant: Tenant) -> Answer:
    raw = json.dumps(person(f"{secrets.token_hex(8)}@people.example", title="x" * 500)).encode()
    headers = {"Authorization": f"Bearer {tenant.token}", "Content-Type": "application/scim+json"}
    reply = await tenant.send(Request("POST", "/Users", headers, raw))
    return Answer(reply.status, reply.headers, reply.body)
