"""How fast the feed is read, against how fast durable creates are written: in turns, in one run, with the client beside it.

``python -m tests.batteries.feed``: three times a thousand people are created over 32 connections, and then the whole log
is read by cursor over one. Exits 1 below five times. With ``--follow PORT TOKEN`` it follows the feed of a server
that runs, until its input ends, and says how many events came; the webhook battery has one beside its load.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import orjson

from bench.call import HOST
from bench.lane import Script
from bench.population import CONNECTIONS, Population
from bench.tally import paired_ratio
from tests.database import new_database, stop

ROUNDS = 3
PEOPLE = 1000
LEAST = 5.0


class Reader:
    """One connection to the feed of all tenants, from the oldest event on."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._cursor = "oldest"
        self.read = 0

    def page(self, wait: int = 0) -> bool:
        """Read the next page; whether there are more right now."""
        path = f"/api/v1/events?after={self._cursor}&wait={wait}"
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        page = orjson.loads(body)
        self._cursor = page["cursor"]
        self.read += len(page["events"])
        return bool(page["more"])


def measured(store: str) -> dict[str, Any]:
    """Creates and events a second, and the median of their ratios."""
    with tempfile.TemporaryDirectory(prefix="vestibule-feed-") as folder:
        population = Population(Path(folder), 0, place=new_database(Path(folder), store).environment)
        population.start()
        try:
            token = population.server.command("api-token", "issue", "--scope", "events:read").split()[-1]
            Reader(
                population.server.port, token
            ).page()  # the API's modules are imported by its first request
            creates, reads = [], []
            for _ in range(ROUNDS):
                calls = population.create_calls(PEOPLE)
                creates.append(population.drive([Script(calls)] * CONNECTIONS).per_second)
                reader = Reader(population.server.port, token)
                begun = time.perf_counter()
                while reader.page():
                    pass
                reads.append(reader.read / (time.perf_counter() - begun))
                assert reader.read >= len(population.people)
        finally:
            population.server.stop()
    return {
        "store": store,
        "creates_per_second": [round(one) for one in creates],
        "events_read_per_second": [round(one) for one in reads],
        "ratio": round(paired_ratio(reads, creates), 1),
    }


def follow(port: int, token: str) -> None:
    """Until standard input ends."""
    reader = Reader(port, token)
    ends = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ends.set()), daemon=True).start()
    while not ends.is_set():
        reader.page(wait=1)
    print(reader.read, flush=True)


def main() -> int:
    """Print the figures; exit 1 where the feed is read too slowly."""
    parser = argparse.ArgumentParser(prog="python -m tests.batteries.feed", description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--follow", nargs=2, metavar=("PORT", "TOKEN"))
    asked = parser.parse_args()
    if asked.follow:
        follow(int(asked.follow[0]), asked.follow[1])
        return 0
    try:
        found = measured(asked.store)
    finally:
        stop()
    print(json.dumps(found, indent=1))
    return 0 if found["ratio"] >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
