"""A reader of the feed, and one in a process of its own that follows it while others measure.

``python -m bench.feed_reader PORT TOKEN`` prints a line when it has begun, reads every event from then on until its
input ends, and prints how many came.
"""

from __future__ import annotations

import argparse
import http.client
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import orjson

from bench.call import HOST
from bench.population import Population
from bench.process import python, when_input_ends


class Reader:
    """One connection to the feed of all tenants, from the oldest event on, or from ``now``."""

    def __init__(self, port: int, token: str, after: str = "oldest") -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._cursor = after
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


@dataclass(slots=True)
class Feed:
    """How many events a reader of the feed got."""

    read: int = 0


@contextmanager
def following(population: Population) -> Iterator[Feed]:
    """A process that follows the feed from now on."""
    token = population.server.command("api-token", "issue", "--scope", "events:read").split()[-1]
    command = python("-m", "bench.feed_reader", str(population.server.port), token)
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    feed = Feed()
    try:
        child.stdout.readline()
        yield feed
        feed.read = int(child.communicate("", 60)[0])
    finally:
        child.kill()
        child.wait()


def follow(port: int, token: str, ends: threading.Event) -> Reader:
    """Read on until ``ends`` is set, and what is there then."""
    reader = Reader(port, token, "now")
    reader.page()
    print("begun", flush=True)
    while not ends.is_set():
        reader.page(wait=1)
    while reader.page():
        pass
    return reader


def main() -> None:
    """Until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m bench.feed_reader", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("token")
    asked = parser.parse_args()
    print(follow(asked.port, asked.token, when_input_ends()).read, flush=True)


if __name__ == "__main__":
    main()
