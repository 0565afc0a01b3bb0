"""On PostgreSQL any number of workers send: each claims what no other has, and takes over from the dead."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.database import on_store
from tests.provisioning.company import company
from vestibule.connectors.scim import ScimConnector
from vestibule.key_ring import KeyRing, KeyRingRefused, new_key
from vestibule.provisioning.engine_store import Lease
from vestibule.provisioning.job import Kind, NewJob, Stage
from vestibule.provisioning.worker import Worker
from vestibule.stores.postgresql.blocking import translated
from vestibule.stores.sending import open_sending_store

EARLY, LATER, LATE = (f"2026-11-30T12:0{n}:00.000+00:00" for n in (0, 1, 2))


async def test_three_workers_send_everybody_once() -> None:
    with on_store("postgresql"):
        async with company(60) as firm:
            firm.server.delay = 0.01
            await firm.assign_all()
            await firm.push("Everyone")
            connectors = [ScimConnector(firm.application) for _ in range(3)]
            workers = [
                Worker(firm.store, firm.application, one, concurrency=4, longest_wait=20)
                for one in connectors
            ]
            reports = await asyncio.gather(*(worker.apply() for worker in workers))
            for connector in connectors:
                await connector.close()
            posts = Counter(
                request.body["userName"] for request in firm.server.requests
                if (request.method, request.path) == ("POST", "/Users")
            )  # fmt: skip
            assert (len(posts), set(posts.values())) == (60, {1})
            assert sum(report.counts[Kind.CREATE] for report in reports) == 60
            assert sum(report.counts[Kind.CREATE] > 0 for report in reports) > 1
            await firm.apply()
            assert len(firm.server.member_names("Everyone")) == 60


@pytest.mark.usefixtures("each_store")
async def test_a_lease_that_runs_out_is_anybody_s() -> None:
    async with company(1) as firm:
        id = firm.application.id
        await firm.store.enqueue(id, [NewJob(Stage.USERS, f"s{n}", "x", Kind.CREATE) for n in range(4)])
        dead, alive = Lease("dead", EARLY, LATER), Lease("alive", EARLY, LATER)
        assert len(await firm.store.claim(id, Stage.USERS, dead, 2)) == 2
        assert len(await firm.store.claim(id, Stage.USERS, alive, 9)) == 2
        assert await firm.store.claim(id, Stage.USERS, Lease("third", EARLY, LATE), 9) == []
        await firm.store.renew(id, Lease("alive", EARLY, LATE))
        taken = await firm.store.claim(id, Stage.USERS, Lease("third", LATER, LATE), 9)
        assert {job.subject_id for job in taken} == {"s0", "s1"}


async def test_without_keys_postgresql_is_refused_in_words(postgresql) -> None:  # type: ignore[no-untyped-def]
    store = open_sending_store(postgresql.url, None, schema=postgresql.schema)
    with pytest.raises(KeyRingRefused, match="VESTIBULE_KEYS"):
        await store.start()


async def test_postgresql_has_every_table_and_column_of_sqlite(postgresql) -> None:  # type: ignore[no-untyped-def]
    files = open_sending_store("sqlite://")
    server = open_sending_store(postgresql.url, KeyRing.from_text(new_key()), schema=postgresql.schema)
    await files.start()
    await server.start()
    try:
        ours = {
            (table, column)
            for (table,) in files.database.read("SELECT name FROM sqlite_master WHERE type = 'table'")  # type: ignore[attr-defined]
            for (column,) in files.database.read("SELECT name FROM pragma_table_info(?)", (table,))  # type: ignore[attr-defined]
        }
        theirs = await server.database.fetch(  # type: ignore[attr-defined]
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = ?",
            (f"{postgresql.schema}_directory",),
        )
        assert {pair for pair in ours if not pair[0].startswith("sqlite_")} <= {(a, b) for a, b in theirs}
    finally:
        await files.stop()
        await server.stop()


@pytest.mark.parametrize(
    ("sql", "translation", "order"),
    [
        ("a = ? AND b = ?", "a = $1 AND b = $2", ("0", "1")),
        ("a = :x OR b = :y OR c = :x", "a = $1 OR b = $2 OR c = $1", ("x", "y")),
        ("a = '?:x' AND b = ?", "a = '?:x' AND b = $1", ("0",)),
        ("a::text = :x", "a::text = $1", ("x",)),
        (
            "FROM json_each(:people) AS j CROSS JOIN t ON t.id = j.value",
            "FROM json_array_elements_text(CAST($1 AS json)) AS j(value) JOIN t ON t.id = j.value",
            ("people",),
        ),
    ],
)
def test_a_statement_of_both_stores_as_postgresql_has_it(
    sql: str, translation: str, order: tuple[str, ...]
) -> None:
    assert translated(sql) == (translation, order)
