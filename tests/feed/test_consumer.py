"""The consumer on the product's own PostgreSQL: effect and place are committed together, or neither is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from tests.installation import Site, installation
from tests.postgresql import Place
from vestibule.consumer import Batch, Event, follow, prepare, take
from vestibule.feed.event_document import event_document

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


class Near:
    """The feed of an installation in this process."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def read(self, after: str, wait: int) -> Batch:
        page = await self._site.application.feed.page(after, limit=3, wait=wait)
        return Batch([Event.of(event_document(event, "corp")) for event in page.events], page.cursor)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with installation() as made:
        yield made


@pytest.fixture
async def connection(postgresql: Place) -> AsyncIterator[Any]:
    opened = await asyncpg.connect(postgresql.url)
    await opened.execute(f"CREATE SCHEMA {postgresql.schema}_product")
    await opened.execute(f"SET search_path = {postgresql.schema}_product")
    await opened.execute("CREATE TABLE member (id text, seq bigint)")
    yield opened
    await opened.close()


async def add(connection: Any, event: Event) -> None:
    await connection.execute("INSERT INTO member VALUES ($1, $2)", event.subject_id, event.seq)


async def people(site: Site, count: int) -> list[str]:
    tenant = await site.tenant()
    bodies = [{"schemas": [USER], "userName": f"user{number}"} for number in range(count)]
    return [(await tenant.post("/Users", body)).json["id"] for body in bodies]


async def members(connection: Any) -> list[str]:
    return [row["id"] for row in await connection.fetch("SELECT id FROM member ORDER BY seq")]


async def test_what_raises_leaves_no_effect_and_no_move(site: Site, connection: Any) -> None:
    ids = await people(site, 5)
    await prepare(connection, "members")
    seen = 0

    async def crashes_at_the_third(inside: Any, event: Event) -> None:
        nonlocal seen
        seen += 1
        await add(inside, event)
        if seen == 3:
            raise RuntimeError("the process dies here")

    with pytest.raises(RuntimeError):
        await take(connection, Near(site), crashes_at_the_third, "members")
    assert await members(connection) == []
    while await take(connection, Near(site), add, "members"):
        pass
    assert await members(connection) == ids


async def test_of_two_that_read_the_same_batch_one_applies_it(
    site: Site, connection: Any, postgresql: Place
) -> None:
    ids = await people(site, 2)
    await prepare(connection, "members")
    other = await asyncpg.connect(postgresql.url)
    await other.execute(f"SET search_path = {postgresql.schema}_product")
    try:
        counts = await asyncio.gather(*(take(one, Near(site), add, "members") for one in (connection, other)))
    finally:
        await other.close()
    assert sorted(counts) == [0, 2]
    assert await members(connection) == ids


async def test_follow_goes_on_by_itself(site: Site, connection: Any, postgresql: Place) -> None:
    settings = {"search_path": f"{postgresql.schema}_product"}
    async with asyncpg.create_pool(postgresql.url, min_size=1, max_size=2, server_settings=settings) as pool:
        following = asyncio.create_task(follow(pool, Near(site), add, "members", wait=1))
        ids = await people(site, 4)
        async with asyncio.timeout(30):
            while len(await members(connection)) < 4:
                await asyncio.sleep(0.05)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert await members(connection) == ids
