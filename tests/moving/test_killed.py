"""Killed (SIGKILL) half-way, the source is untouched and serves on, and the same command starts the move again."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bench.servers import Vestibule
from tests.moving.conftest import Filled, child
from tests.postgresql import Place
from tests.served import hand_of, person
from vestibule.refused import Refused
from vestibule.stores.move import MoveRefused, move_installation
from vestibule.stores.receiving import open_receiving_store

_PATIENCE = 120.0
#: A move that takes a while on any machine.
_MANY = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
INSERT INTO resource (tenant, type, state, id, version, created, modified, user_name, active, access, profile_version,
    fold_version, label, doc, find)
SELECT 1, 'User', 'existing', 'made-' || i, 1, '', '', 'made-' || i, 1, 'granted', 1, '', 'made', {doc},
    json_object('username', 'made-' || i) FROM n"""


def killed_at(filled: Filled, place: Place, stage: str, rows: int = 0) -> None:
    process = child(filled, place, stage, rows)
    _, said = process.communicate(timeout=_PATIENCE)
    assert process.returncode == -signal.SIGKILL, said


def more(filled: Filled, rows: int, doc: str = "'{}'") -> None:
    connection = sqlite3.connect(filled.path)
    connection.execute(_MANY.format(rows=rows, doc=f"CAST({doc} AS BLOB)"))
    connection.commit()
    connection.close()


async def serves(url: str, schema: str = "vestibule") -> None:
    store = open_receiving_store(url, schema=schema)
    await store.start()
    assert await store.tenancy.tenants()
    await store.stop()


@pytest.mark.parametrize(
    ("stage", "rows"), [("copying", 0), ("copying", 60), ("comparing", 0), ("comparing", 60)]
)
async def test_before_the_target_has_it(filled: Filled, postgresql: Place, stage: str, rows: int) -> None:
    before = filled.dump()
    killed_at(filled, postgresql, stage, rows)
    assert filled.dump() == before
    await serves(filled.url)
    connection = await postgresql.connect()
    assert await connection.fetchval("SELECT count(*) FROM resource") == 0
    await connection.close()
    assert (await filled.move(postgresql)).tables
    await serves(postgresql.url, postgresql.schema)


async def test_when_the_target_has_it_and_the_source_does_not_know(filled: Filled, postgresql: Place) -> None:
    """The target cannot be served: the source goes on, and what it learns must not be lost by the next try."""
    before = filled.dump()
    killed_at(filled, postgresql, "copied")
    assert filled.dump() == before
    await serves(filled.url)
    with pytest.raises(Refused, match="did not come to its end"):
        await serves(postgresql.url, postgresql.schema)
    more(filled, 3)
    moved = {table.table: table.rows for table in (await filled.move(postgresql)).tables}
    assert [(moved["resource"],)] == filled.rows("SELECT count(*) FROM resource")
    await serves(postgresql.url, postgresql.schema)


async def test_when_both_know_but_for_the_last_step(filled: Filled, postgresql: Place) -> None:
    killed_at(filled, postgresql, "marked")
    with pytest.raises(Refused, match="--reopen"):
        await serves(filled.url)
    with pytest.raises(Refused, match="did not come to its end"):
        await serves(postgresql.url, postgresql.schema)
    with pytest.raises(MoveRefused, match="was moved already"):
        await filled.move(Place(postgresql.url, f"{postgresql.schema}_2"))
    assert (await filled.move(postgresql)).finished_only
    await serves(postgresql.url, postgresql.schema)


def test_at_any_moment_beside_a_server(tmp_path: Path, postgresql: Place) -> None:
    """The server's writes are refused while the move runs, and are taken again once it was killed."""
    dice = random.Random(7)
    server = Vestibule(tmp_path)
    server.start()
    try:
        hand = hand_of(server, "corp")
        filled = Filled(server.database, "corp", hand.token, [hand.create("first@corp.test")], "")
        more(filled, 20_000)
        acknowledged = 1
        for number in range(4):
            process = child(filled, postgresql, "never", 0)
            while (
                answer := hand("POST", "/Users", person(f"{number}.{acknowledged}@corp.test"))
            ).status == 201:
                acknowledged += 1
                if process.poll() is not None:
                    pytest.fail(f"it was faster than we: {process.communicate()}")
            assert answer.status == 503
            before = filled.rows("SELECT count(*), sum(version), max(seq) FROM resource")
            time.sleep(dice.uniform(0, 1.0))
            process.kill()
            process.communicate()
            assert filled.rows("SELECT count(*), sum(version), max(seq) FROM resource") == before
            answer = hand("POST", "/Users", person(f"after{number}@corp.test"))
            assert answer.status == 201, answer
            acknowledged += 1
        moved = asyncio.run(
            move_installation(filled.url, postgresql.url, schema=postgresql.schema, progress=lambda _: None)
        )
        assert (
            next(table.rows for table in moved.tables if table.table == "resource") == 20_000 + acknowledged
        )
    finally:
        server.stop()
    new = Vestibule(tmp_path, "moved", postgresql.environment)
    new.start()
    try:
        assert replace(hand, port=new.port)("GET", "/Users").json["totalResults"] == acknowledged
    finally:
        new.stop()


def test_memory_does_not_grow_with_the_installation(
    tmp_path: Path, filled: Filled, postgresql: Place
) -> None:
    """100 MB of documents go over in batches."""
    more(filled, 12_500, doc="printf('%08000d', i)")
    process = child(filled, postgresql, "never", 0)
    said, errors = process.communicate(timeout=_PATIENCE)
    assert process.returncode == 0, errors
    before, highest = (float(word) for word in said.split())
    assert highest - before < 50, "MB"
