"""A directory from queries: on a connection that cannot write, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.postgresql import Place
from vestibule.provisioning.reading import UnreadableSource
from vestibule.refused import Refused
from vestibule.sources.sql import SOURCE

TABLES = (
    "CREATE TABLE staff (number INTEGER, name TEXT, mail TEXT, left_on DATE)",
    "INSERT INTO staff VALUES (1, 'ana', 'ana@x.test', NULL), (2, 'mika', 'mika@x.test', NULL), (3, 'nobody', '', NULL)",
    "CREATE TABLE team (number INTEGER, title TEXT, parent INTEGER)",
    "INSERT INTO team VALUES (10, 'Sales', NULL), (11, 'EMEA', 10)",
    "CREATE TABLE in_team (team INTEGER, name TEXT)",
    "INSERT INTO in_team VALUES (11, 'ana'), (10, 'mika'), (10, 'nobody')",
)
QUERIES = {
    "people": 'SELECT name AS login, mail AS email, number AS "employeeNumber", left_on FROM staff ORDER BY number',
    "groups": "SELECT number AS id, title AS name FROM team",
    "memberships": 'SELECT team AS "group", name AS login FROM in_team',
    "nested": 'SELECT parent AS "group", number AS member FROM team WHERE parent IS NOT NULL',
}


@pytest.fixture
def on_sqlite(tmp_path: Path) -> str:
    path = tmp_path / "staff.db"
    with closing(sqlite3.connect(path)) as connection:
        for statement in TABLES:
            connection.execute(statement)
        connection.commit()
    return f"sqlite:///{path}"


@pytest.fixture
async def on_postgresql(postgresql: Place) -> Any:
    connection = await asyncpg.connect(postgresql.url)
    await connection.execute("DROP SCHEMA IF EXISTS staff_of_test CASCADE; CREATE SCHEMA staff_of_test")
    await connection.execute("SET search_path TO staff_of_test")
    for statement in TABLES:
        await connection.execute(statement)
    yield postgresql.url
    await connection.execute("DROP SCHEMA staff_of_test CASCADE")
    await connection.close()


async def _check(url: str, queries: dict[str, str]) -> None:
    reading, faults = await SOURCE.opened({"url": url, **queries}).read()
    assert [str(fault) for fault in faults] == ["query people, line 3: email '' is no e-mail address"]
    assert reading.people["ana"].attributes == {"login": "ana", "email": "ana@x.test", "employeeNumber": "1"}
    assert {row.name for row in reading.groups.values()} == {"Sales", "EMEA"}
    assert reading.memberships == {("11", "ana"), ("10", "mika"), ("10", "nobody")}
    assert reading.nested == {("10", "11")}


async def test_sqlite(on_sqlite: str) -> None:
    await _check(on_sqlite, QUERIES)


async def test_postgresql(on_postgresql: str) -> None:
    queries = {name: text.replace("FROM ", "FROM staff_of_test.") for name, text in QUERIES.items()}
    await _check(on_postgresql, queries)


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM {0} RETURNING name AS login, mail AS email",
        "DROP TABLE {0}",
        "INSERT INTO {0} (number) VALUES (9)",
    ],
)
async def test_nothing_can_be_written(on_sqlite: str, on_postgresql: str, query: str) -> None:
    with pytest.raises(UnreadableSource, match="readonly"):
        await SOURCE.opened({"url": on_sqlite, "people": query.format("staff")}).read()
    with pytest.raises(UnreadableSource, match="read-only"):
        await SOURCE.opened({"url": on_postgresql, "people": query.format("staff_of_test.staff")}).read()
    await _check(on_sqlite, QUERIES)


async def test_what_is_wrong_is_said(on_sqlite: str, on_postgresql: str) -> None:
    with pytest.raises(
        UnreadableSource, match=r"The query people has the columns name, mail; missing: login, email"
    ):
        await SOURCE.opened({"url": on_sqlite, "people": "SELECT name, mail FROM staff"}).read()
    with pytest.raises(UnreadableSource, match="the query people failed: no such table: nowhere"):
        await SOURCE.opened({"url": on_sqlite, "people": "SELECT * FROM nowhere"}).read()
    with pytest.raises(UnreadableSource, match='the query people failed: relation "nowhere" does not exist'):
        await SOURCE.opened({"url": on_postgresql, "people": "SELECT * FROM nowhere"}).read()
    with pytest.raises(UnreadableSource, match="unable to open"):
        await SOURCE.opened({"url": on_sqlite + ".not", "people": "SELECT 1"}).read()
    with pytest.raises(UnreadableSource, match="connecting failed"):
        await SOURCE.opened({"url": "postgresql://127.0.0.1:9/x", "people": "SELECT 1"}).read()


def test_a_password_does_not_stand_in_the_address() -> None:
    with pytest.raises(Refused, match="holds a password"):
        SOURCE.opened({"url": "postgresql://me:secret@db.example.com/staff", "people": "SELECT 1"})
    with pytest.raises(Refused, match="not mysql://"):
        SOURCE.opened({"url": "mysql://db.example.com/staff", "people": "SELECT 1"})
