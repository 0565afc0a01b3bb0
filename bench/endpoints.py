"""A hundred webhook endpoints of a product that runs, ten of them dead; and what reached them."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.call import HOST
from bench.population import Population
from bench.process import python

ENDPOINTS = 100
DEAD = 10
#: Without it a server refuses endpoints of this machine.
SETTINGS = {"VESTIBULE_ALLOWED_NETWORKS": "127.0.0.0/8"}
_OTHERS = 10
_SETTLE_SECONDS = 90.0


class Shop:
    """The product's process, ``bench.product``."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self._child = child
        assert child.stdout is not None
        self.port = int(child.stdout.readline())

    def told(self) -> dict[str, Any]:
        """What came since it was asked last."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write("\n")
        self._child.stdin.flush()
        told: dict[str, Any] = json.loads(self._child.stdout.readline())
        return told

    def settled(self, quiet: float = 1.0) -> list[dict[str, Any]]:
        """What came since it was asked last, until nothing had for ``quiet`` seconds; in parts."""
        found: list[dict[str, Any]] = []
        deadline = time.monotonic() + _SETTLE_SECONDS
        while time.monotonic() < deadline:
            time.sleep(quiet)
            told = self.told()
            if not told["came"]:
                break
            found.append(told)
        return found


@contextmanager
def product() -> Iterator[Shop]:
    """A product that runs."""
    child = subprocess.Popen(
        python("-m", "bench.product"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Shop(child)
    finally:
        assert child.stdin is not None
        child.stdin.close()
        child.wait(10)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The paths of the living ones of the loaded tenant, and the last event before they were added."""

    near: list[str]
    after: int


@dataclass(frozen=True, slots=True)
class Reached:
    """Events of the installation since the endpoints were added, and those that did not reach a living one near."""

    events: int
    missing: int


def add_endpoints(population: Population, shop: Shop, near: int) -> Endpoints:
    """A hundred, ``near`` of them of the loaded tenant and the others of others; every tenth dead in one of three ways."""
    token = population.server.command("api-token", "issue", "--scope", "*").split()[-1]
    connection = http.client.HTTPConnection(HOST, population.server.port)

    def post(path: str, body: Mapping[str, str]) -> None:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", f"/api/v1/{path}", json.dumps(body), headers)
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == 201, said

    others = [f"other-{number}" for number in range(_OTHERS)]
    for slug in others:
        post("tenants", {"name": slug, "slug": slug})
    living: list[str] = []
    for number in range(ENDPOINTS):
        dead = number % (ENDPOINTS // DEAD) == ENDPOINTS // DEAD - 1
        way = ("hangs", "fails", "refuses")[number // (ENDPOINTS // DEAD) % 3]
        path = f"/{way if dead else 'ok'}/{population.wanted}/{number}"
        url = "http://127.0.0.1:9/" if dead and way == "refuses" else f"http://{HOST}:{shop.port}{path}"
        is_near = number < near
        post("webhooks", {"url": url, "tenant": "bench" if is_near else others[number % _OTHERS]})
        if is_near and not dead:
            living.append(path)
    connection.close()
    listed = json.loads(population.server.command("webhook", "list", "--json"))
    return Endpoints(living, max(one["deliveredUpTo"] for one in listed))


def reached(population: Population, shop: Shop, endpoints: Endpoints) -> Reached:
    """What the log holds since the endpoints were added, beside what the product has seen."""
    said = population.server.command("events", "tail", "--after", str(endpoints.after), "--json")
    tenants = [json.loads(line)["tenant"] for line in said.splitlines()]
    wanted = tenants.count("bench")
    seen = shop.told()["seen"]
    missing = sum(max(0, wanted - seen.get(path, 0)) for path in endpoints.near)
    return Reached(len(tenants), missing)
