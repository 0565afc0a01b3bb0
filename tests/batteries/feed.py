"""How fast the feed is read, against how fast durable creates are written: in turns, in one run, with the client beside it.

``python -m tests.batteries.feed``: three times a thousand people are created over 32 connections, and then the whole log
is read by cursor over one. Exits 1 below five times.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.feed_reader import Reader
from bench.population import Population
from bench.tally import paired_ratio
from tests.database import new_database, stop

ROUNDS = 3
PEOPLE = 1000
LEAST = 5.0


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
                creates.append(population.create(PEOPLE).per_second)
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


def main() -> int:
    """Print the figures; exit 1 where the feed is read too slowly."""
    parser = argparse.ArgumentParser(prog="python -m tests.batteries.feed", description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    asked = parser.parse_args()
    try:
        found = measured(asked.store)
    finally:
        stop()
    print(json.dumps(found, indent=1))
    return 0 if found["ratio"] >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
