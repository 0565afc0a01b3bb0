"""Reading the feed: cursors for one reader, waiting without polling, and what was forgotten is said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.cast import hanako, zoe
from tests.installation import Site, Tenant, installation
from vestibule.feed.errors import EventsForgotten, ForeignCursor, UnknownEventType
from vestibule.feed.event_document import event_document, types_named
from vestibule.feed.feed import Feed

pytestmark = pytest.mark.usefixtures("each_store")


@dataclass
class Reading:
    site: Site
    tenant: Tenant
    strangers: Tenant

    @property
    def feed(self) -> Feed:
        return self.site.application.feed

    @property
    def id(self) -> int:
        return self.tenant.record.id


@pytest.fixture
async def reading() -> AsyncIterator[Reading]:
    async with installation() as site:
        yield Reading(site, await site.tenant(), await site.tenant())


async def test_a_cursor_goes_on_where_the_page_ended(reading: Reading) -> None:
    one = (await reading.tenant.post("/Users", hanako())).json["id"]
    page = await reading.feed.page("oldest", reading.id)
    assert [(event.type, event.subject_id) for event in page.events] == [("user.created", one)]
    assert (await reading.feed.page(page.cursor, reading.id)).events == []
    other = (await reading.tenant.post("/Users", zoe())).json["id"]
    page = await reading.feed.page(page.cursor, reading.id)
    assert [event.subject_id for event in page.events] == [other]


async def test_from_now_on_nothing_of_before_is_read(reading: Reading) -> None:
    await reading.tenant.post("/Users", hanako())
    page = await reading.feed.page("now", reading.id)
    assert page.events == []
    await reading.tenant.post("/Users", zoe())
    assert len((await reading.feed.page(page.cursor, reading.id)).events) == 1


async def test_a_cursor_is_good_for_its_own_reader_only(reading: Reading) -> None:
    cursor = (await reading.feed.page("now", reading.id)).cursor
    changed = cursor[:30] + ("A" if cursor[30] != "A" else "B") + cursor[31:]
    stranger = reading.strangers.record.id
    for tried, tenant in (
        (cursor, stranger),
        (cursor, None),
        (changed, reading.id),
        ("x" * 5000, reading.id),
    ):
        with pytest.raises(ForeignCursor, match="altered, or belongs to another tenant"):
            await reading.feed.page(tried, tenant)
    with pytest.raises(ForeignCursor):
        await reading.feed.page("17", reading.id)


async def test_who_waits_is_woken_by_a_commit(reading: Reading) -> None:
    cursor = (await reading.feed.page("now", reading.id)).cursor
    waiting = asyncio.create_task(reading.feed.page(cursor, reading.id, wait=30))
    elsewhere = asyncio.create_task(reading.feed.page("now", reading.strangers.record.id, wait=0.6))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await reading.tenant.post("/Users", hanako())
    page = await asyncio.wait_for(waiting, 10)
    assert [event.type for event in page.events] == ["user.created"]
    assert (await elsewhere).events == []


async def test_what_another_process_commits_is_noticed(reading: Reading) -> None:
    """Nobody rings for it: the bell looks by itself while somebody waits."""
    reading.site.application.store.feed.on_commit(lambda: None)
    cursor = (await reading.feed.page("now", reading.id)).cursor
    waiting = asyncio.create_task(reading.feed.page(cursor, reading.id, wait=30))
    await asyncio.sleep(0.05)
    await reading.tenant.post("/Users", hanako())
    assert len((await asyncio.wait_for(waiting, 10)).events) == 1


async def test_a_wait_ends_with_the_time_or_with_the_server(reading: Reading) -> None:
    page = await reading.feed.page("now", reading.id, wait=0.05)
    assert page.events == []
    waiting = asyncio.create_task(reading.feed.page(page.cursor, reading.id, wait=60))
    await asyncio.sleep(0.05)
    began = time.monotonic()
    await reading.site.application.stop()
    await asyncio.gather(waiting, return_exceptions=True)
    assert time.monotonic() - began < 8


async def test_a_place_that_was_forgotten_is_said(reading: Reading) -> None:
    early = (await reading.feed.page("now", reading.id)).cursor
    for number in range(3):
        await reading.tenant.post("/Users", {"schemas": hanako()["schemas"], "userName": f"u{number}"})
    store = reading.site.application.store.feed
    third = (await reading.feed.page("oldest", reading.id)).events[2].at
    while await store.forget_events(third):
        pass
    with pytest.raises(EventsForgotten, match=r"kept for 400 days .* Load a snapshot"):
        await reading.feed.page(early, reading.id)
    page = await reading.feed.page("oldest", reading.id)
    assert 1 <= len(page.events) <= 3


async def test_a_document_of_an_event(reading: Reading) -> None:
    person = (await reading.tenant.post("/Users", hanako())).json["id"]
    [event] = (await reading.feed.page("oldest", reading.id)).events
    document = event_document(event, reading.tenant.slug)
    assert document["tenant"] == reading.tenant.slug
    assert (document["type"], document["subjectType"], document["subjectId"]) == (
        "user.created",
        "User",
        person,
    )
    assert document["payload"]["userName"] == [None, "hanako.sato@corp.test"]


def test_families_of_types() -> None:
    assert types_named(()) == ()
    assert types_named(["*", "user.created"]) == ()
    assert types_named(["team.member_added", "access.*"]) == (
        "team.member_added",
        "access.ended",
        "access.granted",
        "access.held",
    )
    with pytest.raises(UnknownEventType, match=r"no event type 'user.create'; there are user.created"):
        types_named(["user.create"])
