"""A hundred webhook endpoints, ten of them dead, and the feed being read, under W6: what it costs, and how late events are.

``python -m tests.batteries.webhooks``: two servers, one without endpoints, are loaded in turn with the
same mix over sixteen connections. ``--near N`` of the endpoints are of the loaded tenant, so that each of
its events goes to N of them; the others are of other tenants. ``--pace P`` sends P requests a second in all
rather than as many as there can be. On a machine that others use, the ratio of the server's processor time
for a request says more than that of the rates.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

from bench.endpoints import SETTINGS, Shop, add_endpoints, product, reached
from bench.feed_reader import Feed, following
from bench.lane import Script
from bench.population import Population
from bench.process import cpu_seconds
from bench.tally import Tally, together
from bench.workload import MIX_CONNECTIONS, mix
from tests.database import new_database, stop


def main() -> int:
    """Print the figures; exit 1 where events were lost, out of order, or late."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--near", type=int, default=10)
    parser.add_argument("--pace", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each burst")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--store", default="sqlite")
    parser.add_argument("--alone", action="store_true", help="nobody reads the feed meanwhile")
    parser.add_argument(
        "--apart-from", default="", help="VESTIBULE_WEBHOOKS_APART_FROM; 0: in the server itself"
    )
    parser.add_argument(
        "--kills", type=int, default=0, help="kill -9 the server so often, rather than measure"
    )
    asked = parser.parse_args()
    if asked.kills:
        return _kill(asked)
    with tempfile.TemporaryDirectory() as folder, product() as shop:
        plain = _population(Path(folder) / "plain", asked.store, {})
        busy = _population(Path(folder) / "busy", asked.store, _settings(asked))
        try:
            endpoints = add_endpoints(busy, shop, asked.near)
            time.sleep(3)
            with nullcontext(Feed()) if asked.alone else following(busy) as feed:
                found = _measure(plain, busy, asked, shop)
            found["read_from_the_feed"] = feed.read
            found["missing"] = reached(busy, shop, endpoints).missing
        finally:
            for population in (plain, busy):
                population.server.stop()
            stop()
    print(json.dumps(found, indent=1))
    late = (found["lag_p99"] or 0) > 2.0
    return 1 if found["missing"] or found["out_of_order"] or late else 0


def _kill(asked: argparse.Namespace) -> int:
    """Kill the server at random under load; in the end every living endpoint has every event, in order."""
    dice = random.Random(7)
    with tempfile.TemporaryDirectory() as folder, product() as shop:
        busy = _population(Path(folder) / "busy", asked.store, _settings(asked))
        try:
            endpoints = add_endpoints(busy, shop, asked.near)
            for _ in range(asked.kills):
                timer = threading.Timer(dice.uniform(0.3, asked.seconds), busy.server.kill)
                timer.start()
                with suppress(OSError):
                    busy.drive([Script(mix(busy)) for _ in range(MIX_CONNECTIONS)], seconds=600.0)
                timer.join()
                busy.server.start()
            missing = -1
            for _ in range(120):
                time.sleep(1.0)
                if not (missing := reached(busy, shop, endpoints).missing):
                    break
            told = shop.told()
        finally:
            busy.server.stop()
            stop()
    print(
        json.dumps(
            {
                "kills": asked.kills,
                "missing": missing,
                "again": told["again"],
                "out_of_order": told["out_of_order"],
                "seen": sum(told["seen"].values()),
            }
        )
    )
    return 1 if missing or told["out_of_order"] else 0


def _settings(asked: argparse.Namespace) -> dict[str, str]:
    apart = {"VESTIBULE_WEBHOOKS_APART_FROM": asked.apart_from} if asked.apart_from else {}
    return {**SETTINGS, **apart}


def _population(folder: Path, store: str, settings: dict[str, str]) -> Population:
    folder.mkdir()
    place = {**new_database(folder, store).environment, **settings}
    population = Population(folder, 1000, place=place)
    population.start()
    population.load(lambda _tally, _count: None, 1000)
    for number in range(10):
        population.add_group(f"group {number}", [id for _, id in population.people[number * 50 :][:50]])
    return population


def _measure(plain: Population, busy: Population, asked: argparse.Namespace, shop: Shop) -> dict[str, Any]:
    bursts: dict[str, list[Tally]] = {"plain": [], "busy": []}
    pace = MIX_CONNECTIONS / asked.pace if asked.pace else None
    cpu, came = 0.0, 0
    for population in (plain, busy):
        population.drive([Script(mix(population), pace)] * MIX_CONNECTIONS, seconds=2.0)
    time.sleep(3)
    shop.told()
    lags: list[dict[str, Any]] = []
    for _ in range(asked.rounds):
        for name, population in (("plain", plain), ("busy", busy)):
            before = cpu_seconds(population.server.pid) or 0.0
            scripts = [Script(mix(population), pace) for _ in range(MIX_CONNECTIONS)]
            bursts[name].append(population.drive(scripts, seconds=asked.seconds))
            if name == "busy":
                lags += shop.settled()
                cpu += (cpu_seconds(population.server.pid) or 0.0) - before
    came = sum(one["came"] for one in lags)
    one, other = together(bursts["plain"]), together(bursts["busy"])
    return {
        "near": asked.near,
        "without": _figures(one),
        "with": _figures(other),
        "ratio": round(other.per_second / one.per_second, 3),
        "ratio_of_server_cpu": round((one.cpu_microseconds or 0) / (other.cpu_microseconds or 1), 3),
        "delivered": came,
        "delivered_per_second": round(came / other.seconds),
        "cpu_us_a_delivery": round(
            (cpu - (one.server_cpu or 0) / one.count * other.count) / max(1, came) * 1e6
        ),
        "lag_p50": max(one["lag_p50"] or 0 for one in lags),
        "lag_p99": max(one["lag_p99"] or 0 for one in lags),
        "lag_max": max(one["lag_max"] or 0 for one in lags),
        "out_of_order": lags[-1]["out_of_order"],
        "again": lags[-1]["again"],
    }


def _figures(tally: Tally) -> dict[str, Any]:
    times = sorted(tally.all_times())
    return {
        "per_second": round(tally.per_second),
        "p50_ms": round(times[len(times) // 2] * 1000, 2),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 2),
        "cpu_us": round(tally.cpu_microseconds or 0),
        "wrong": tally.wrong,
    }


if __name__ == "__main__":
    sys.exit(main())
