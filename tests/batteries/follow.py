"""Kill server and consumer (SIGKILL) at random under a load, again and again; then compare their tables.

``python -m tests.batteries.follow --store sqlite --times 200``. In each round one of them dies, or both, somewhere
in the load; both are forked with their modules in memory, so that a kill meets them at work. At the end the consumer's
tables must equal the directory, no event may be missing, and none may have come twice or out of its resource's order.
Exits 1 where something is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import asyncpg

from bench.servers import Vestibule
from tests import database
from tests.batteries.forked import ForkedVestibule, end, follow, fork
from tests.batteries.journal import Journal
from tests.batteries.load import start_lanes
from tests.served import Hand, hand_of, read_store
from vestibule.stores.receiving import ReceivingStore

_PATIENCE = 120.0
_BASE = "https://battery.test"


@dataclass(slots=True)
class Product:
    """The consumer's process and its tables, on the store of the server."""

    folder: Path
    server: Vestibule
    token: str
    process: ForkServerProcess | None = None

    @property
    def target(self) -> str:
        """What the follower is told to write to."""
        place = self.server.place
        if place["VESTIBULE_DATABASE"].startswith("postgresql"):
            return f"postgresql:{place['VESTIBULE_DATABASE']}#{place['VESTIBULE_SCHEMA']}_product"
        return f"sqlite:{self.folder / 'product.db'}"

    def start(self) -> None:
        """Follow."""
        address = f"http://127.0.0.1:{self.server.port}"
        arguments = ("--url", address, "--token", self.token, "--product", self.target)
        self.process = fork(follow, arguments, os.environ, self.folder / "follower.log")

    def kill(self) -> None:
        """End it at once."""
        end(self.process)
        self.process = None

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What is in its tables."""
        kind, _, rest = self.target.partition(":")
        if kind == "sqlite":
            with sqlite3.connect(rest) as connection:
                return [tuple(row) for row in connection.execute(sql)]
        url, _, schema = rest.rpartition("#")

        async def read() -> list[tuple[Any, ...]]:
            connection = await asyncpg.connect(url, server_settings={"search_path": schema})
            try:
                return [tuple(row) for row in await connection.fetch(sql)]
            finally:
                await connection.close()

        return asyncio.run(read())


def follow_and_kill(
    folder: Path, store: str, times: int, seed: int, say: Callable[[str], None]
) -> Sequence[str]:
    """What is wrong after so many kills; empty where all is well."""
    dice = random.Random(seed)
    server = ForkedVestibule(folder, place=database.new_database(folder, store).environment)
    journal_path = folder / "journal.jsonl"
    journal_path.touch()
    journal = Journal(journal_path)
    product: Product | None = None
    hand: Hand | None = None
    wrong: list[str] = []
    killed = {"server": 0, "consumer": 0}
    try:
        round_ = 0
        server.start()
        hand = hand_of(server, "battery")
        token = server.command("api-token", "issue", "--scope", "events:read").splitlines()[-1].strip()
        product = Product(folder, server, token)
        product.start()
        while min(killed.values()) < times and not wrong:
            round_ += 1
            group_id = hand.create_group(f"Round {round_}")
            before = journal.heard
            lanes = start_lanes(round_, hand, group_id, journal)
            ends = time.monotonic() + _PATIENCE
            while journal.heard == before and time.monotonic() < ends:
                time.sleep(0.001)
            # The consumer dies up to three times before the server does.
            for _ in range(dice.choice((0, 1, 1, 2, 3))):
                time.sleep(dice.uniform(0.05, 0.6))
                product.kill()
                killed["consumer"] += 1
                product.start()
            time.sleep(dice.uniform(0.02, 0.4))
            server.kill()
            killed["server"] += 1
            for lane in lanes:
                lane.join(_PATIENCE)
            wrong += [lane.wrong for lane in lanes if lane.wrong]
            server.start()
            say(
                f"{killed['server']} kills of the server, {killed['consumer']} of the consumer: {journal.heard:,} writes, "
                f"{_count(product):,} events consumed"
            )
        wrong += _compared(server, product, say)
        return wrong
    finally:
        if product is not None:
            product.kill()
        server.stop()
        journal.close()


def _compared(server: Vestibule, product: Product, say: Callable[[str], None]) -> list[str]:
    people, members, events = read_store(server, _everything)
    heard, ends = 0, time.monotonic() + _PATIENCE
    while heard < len(events) and time.monotonic() < ends:
        time.sleep(0.2)
        if (now := _count(product)) > heard:
            heard, ends = now, time.monotonic() + _PATIENCE
    say(f"{len(events):,} events, {heard:,} heard; {len(people):,} people, {len(members):,} memberships")
    wrong = [row[0] for row in product.rows("SELECT what FROM wrong")]
    theirs = {
        row[0]: row[1:]
        for row in product.rows("SELECT id, user_name, title, works FROM person WHERE state = 'there'")
    }
    wrong += [
        f"{id}: {people.get(id)} here, {theirs.get(id)} there"
        for id in people.keys() | theirs.keys()
        if people.get(id) != theirs.get(id)
    ]
    joined = {(row[0], row[1]) for row in product.rows("SELECT team, person FROM member")}
    wrong += [f"membership {pair}: differs" for pair in joined ^ members]
    missing = events - {row[0] for row in product.rows("SELECT seq FROM heard")}
    wrong += [f"event {seq} is missing" for seq in sorted(missing)[:20]]
    return wrong


def _count(product: Product) -> int:
    try:
        return int(product.rows("SELECT count(*) FROM heard")[0][0])
    except (sqlite3.OperationalError, asyncpg.PostgresError):
        return 0


async def _everything(
    store: ReceivingStore,
) -> tuple[dict[str, tuple[Any, ...]], set[tuple[str, str]], set[int]]:
    """People and memberships as the directory has them, and the numbers of all events."""
    [tenant] = [one for one in await store.tenancy.tenants() if one.slug == "battery"]
    people: dict[str, tuple[Any, ...]] = {}
    members: set[tuple[str, str]] = set()
    after = 0
    while rows := await store.states.walk_states(tenant.id, "User", after, 500):
        for row in rows:
            document = row.resource.document()
            works = "true" if row.resource.active else "false"
            people[row.resource.id] = (document["userName"], document.get("title"), works)
        after = rows[-1].seq
    after = 0
    while rows := await store.states.walk_states(tenant.id, "Group", after, 500):
        for row in rows:
            text = bytes(await store.directory.members(tenant.id, row.resource.id, _BASE))
            members |= {(row.resource.id, value) for value in _values(text)}
        after = rows[-1].seq
    events: set[int] = set()
    place = 0
    while (page := await store.feed.events(place)).last > place:
        events |= {event.seq for event in page.events}
        place = page.last
    return people, members, events


def _values(text: bytes) -> list[str]:
    return [member["value"] for member in json.loads(text or b"[]")]


def main() -> int:
    """0 where the consumer's tables equal the directory."""
    parser = argparse.ArgumentParser(prog="python -m tests.batteries.follow", description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument(
        "--times", type=int, default=200, help="how often each is killed at least (default 200)"
    )
    parser.add_argument("--seed", type=int, default=int(time.time()), help="when each kill comes")
    given = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="vestibule-follow-") as folder:
            wrong = follow_and_kill(
                Path(folder), given.store, given.times, given.seed, lambda text: print(text, flush=True)
            )
    finally:
        database.stop()
    for line in wrong[:50]:
        print(f"FAULT {line}")
    if not wrong:
        print(f"{given.store}: the consumer's tables equal the directory, each event once and in order.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
