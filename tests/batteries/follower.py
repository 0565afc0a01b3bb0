"""A product that follows the log into tables of its own, from the events alone; to be killed at any line.

``python -m tests.batteries.follower --url … --token … --product sqlite:PATH`` (or ``postgresql:URL#SCHEMA``). What it
notices itself stands in the table ``wrong``: an event that came twice, and one that came before an earlier one of the
same resource.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import httpx2

from vestibule.consumer import Event, HttpSource, follow

TABLES = """
CREATE TABLE IF NOT EXISTS person (id text PRIMARY KEY, user_name text, title text, works text, state text);
CREATE TABLE IF NOT EXISTS member (team text, person text, PRIMARY KEY (team, person));
CREATE TABLE IF NOT EXISTS heard (seq bigint PRIMARY KEY, subject text);
CREATE TABLE IF NOT EXISTS latest (subject text PRIMARY KEY, seq bigint);
CREATE TABLE IF NOT EXISTS wrong (what text)
"""
_PUT = (
    "INSERT INTO person VALUES ({0}, {1}, {2}, {3}, 'there') ON CONFLICT (id) DO UPDATE SET "
    "user_name = excluded.user_name, title = excluded.title, works = excluded.works, state = 'there'"
)
_PAUSE_SECONDS = 0.05
#: Events in one transaction: so few that it commits between two kills.
_BATCH = 25


class Run(Protocol):
    """Carries out a statement with ``{0}``, ``{1}``… for its values; the rows."""

    async def __call__(self, sql: str, *values: Any) -> list[Any]: ...


async def apply(run: Run, event: Event) -> None:
    """One event into the tables."""
    [found] = await run("SELECT count(*) FROM heard WHERE seq = {0}", event.seq)
    if found[0]:
        await run("INSERT INTO wrong VALUES ({0})", f"{event.seq} {event.type} came twice")
    else:
        await run("INSERT INTO heard VALUES ({0}, {1})", event.seq, event.subject_id)
    before = await run("SELECT seq FROM latest WHERE subject = {0}", event.subject_id)
    if before and before[0][0] > event.seq:
        await run("INSERT INTO wrong VALUES ({0})", f"{event.seq} {event.type} after {before[0][0]}")
    await run(
        "INSERT INTO latest VALUES ({0}, {1}) ON CONFLICT (subject) DO UPDATE SET seq = excluded.seq",
        event.subject_id,
        event.seq,
    )
    await _changed(run, event)


async def _changed(run: Run, event: Event) -> None:
    after = {path: values[1] for path, values in (event.payload or {}).items() if isinstance(values, list)}
    match event.type:
        case "user.created":
            works = json.dumps(after.get("active", True))
            await run(_PUT, event.subject_id, after["userName"], after.get("title"), works)
        case "user.updated" if "title" in after:
            await run("UPDATE person SET title = {0} WHERE id = {1}", after["title"], event.subject_id)
        case "user.deactivated" | "user.reactivated":
            works = json.dumps(after["active"])
            await run("UPDATE person SET works = {0} WHERE id = {1}", works, event.subject_id)
        case "user.deleted":
            await run("UPDATE person SET state = 'gone' WHERE id = {0}", event.subject_id)
        case "team.member_added":
            await run("INSERT INTO member VALUES ({0}, {1})", event.subject_id, event.data["memberId"])
        case "team.member_removed":
            await run(
                "DELETE FROM member WHERE team = {0} AND person = {1}",
                event.subject_id,
                event.data["memberId"],
            )


async def into_sqlite(path: Path, source: HttpSource) -> None:
    """Effects and cursor in one transaction of a SQLite file."""
    product = sqlite3.connect(path, isolation_level=None)
    product.execute("PRAGMA journal_mode = WAL")
    product.executescript(TABLES + "; CREATE TABLE IF NOT EXISTS place (cursor text)")

    async def run(sql: str, *values: Any) -> list[Any]:
        return product.execute(sql.format(*(f"?{at + 1}" for at in range(len(values)))), values).fetchall()

    while True:
        row = product.execute("SELECT cursor FROM place").fetchone()
        try:
            batch = await source.read(row[0] if row else "oldest", 5)
        except httpx2.HTTPError:
            await asyncio.sleep(_PAUSE_SECONDS)
            continue
        product.execute("BEGIN IMMEDIATE")
        for event in batch.events:
            await apply(run, event)
        product.execute("DELETE FROM place")
        product.execute("INSERT INTO place VALUES (?)", (batch.cursor,))
        product.execute("COMMIT")


async def into_postgresql(url: str, schema: str, source: HttpSource) -> None:
    """Effects in the transaction in which the consumer moves its cursor."""

    async def applied(connection: Any, event: Event) -> None:
        async def run(sql: str, *values: Any) -> list[Any]:
            found: list[Any] = await connection.fetch(
                sql.format(*(f"${at + 1}" for at in range(len(values)))), *values
            )
            return found

        await apply(run, event)

    settings = {"search_path": schema}
    async with asyncpg.create_pool(url, min_size=1, max_size=2, server_settings=settings) as pool:
        async with pool.acquire() as connection:
            await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            await connection.execute(TABLES)
        while True:
            try:
                await follow(pool, source, applied, "battery", wait=5)
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(_PAUSE_SECONDS)


async def main() -> None:
    """Follow until killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.batteries.follower", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--product", required=True)
    given = parser.parse_args()
    source = HttpSource(given.url, given.token, limit=_BATCH)
    kind, _, rest = given.product.partition(":")
    if kind == "sqlite":
        await into_sqlite(Path(rest), source)
    else:
        url, _, schema = rest.rpartition("#")
        await into_postgresql(url, schema, source)


if __name__ == "__main__":
    asyncio.run(main())
