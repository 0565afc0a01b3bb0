"""Ten thousand endpoints at rest cost a courier's round what ten do: counted in steps of SQLite's machine and lines looked at."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from vestibule.directory.events import TokenExpiring
from vestibule.stores.sqlite.receiving import SqliteReceiving, open_store
from vestibule.webhooks.line import Line
from vestibule.webhooks.lines import Lines
from vestibule.webhooks.reader import Reader
from vestibule.webhooks.roster import Roster
from vestibule.webhooks.store import Claimed
from vestibule.webhooks.tally import Tally

AT = "2026-01-02T03:04:05.000Z"
#: One for each tenant.
_ENDPOINTS = """
INSERT INTO webhook_endpoint (tenant, id, url, types, description, secret, state, created_at, place, changed, courier)
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?1)
SELECT x, 'we_' || x, 'https://product.test/', '[]', '', x'00', 'on', ?2, 0, x, 'c1' FROM n"""


class Steps:
    """How many steps SQLite's machine took for this process's reading and writing connection."""

    def __init__(self, store: SqliteReceiving) -> None:
        self.count = 0
        for connection in (store.database.reading, store.database.writer.connection):
            connection.raw.set_progress_handler(self._step, 1)

    def _step(self) -> int:
        self.count += 1
        return 0


@asynccontextmanager
async def served(many: int) -> AsyncIterator[tuple[SqliteReceiving, Roster, Lines, Reader]]:
    """A courier's parts that serve so many endpoints, each of them at the end of the log."""
    store = open_store("sqlite://", schema="")
    await store.start()
    try:
        await store.database.write(lambda connection: connection.change(_ENDPOINTS, (many, AT)))
        lines, tally = Lines(), Tally()

        async def nothing(*_: Any) -> Any:
            return ""

        # Each round is a beat later.
        moments = count(time.time(), 3.0)
        roster = Roster("c1", store.webhooks, lines, tally, nothing, lambda: next(moments))
        reader = Reader(store.feed, lines, nothing, nothing, tally)
        for endpoint in await store.webhooks.endpoints():
            lines.serve(Line(Claimed(endpoint)))
        for line in lines.called_up(time.time()):
            await reader.catch_up(line)
        for _ in range(2):
            await roster.go_on()
        yield store, roster, lines, reader
    finally:
        await store.stop()


async def cost(many: int) -> tuple[int, int, int, list[Line]]:
    """Steps of a round at rest, lines it looks at, steps of handing out one event, and who got it."""
    async with served(many) as (store, roster, lines, reader):
        steps = Steps(store)
        looked_at = len(lines.stirred())
        await roster.go_on()
        resting = steps.count
        await store.feed.tell(7, TokenExpiring("tok", days=7), AT)
        steps.count = 0
        await reader.go_on()
        return resting, looked_at, steps.count, lines.stirred()


async def test_a_round_costs_the_same_however_many_rest() -> None:
    few, many = await cost(10), await cost(10_000)
    assert few[1] == many[1] == 0, "nobody at rest is looked at"
    assert many[0] <= few[0] * 1.2
    assert many[2] <= few[2] * 1.2
    assert [line.endpoint.id for line in many[3]] == [line.endpoint.id for line in few[3]] == ["we_7"]
