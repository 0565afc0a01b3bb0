"""The log on its way out: in order, by tenant and type, forgotten in words, told once."""

from __future__ import annotations

from collections.abc import Sequence

from tests.contracts.store.opened import Opened, person
from vestibule.directory.change import AuditEntry
from vestibule.directory.events import TokenExpiring

AT = "2026-01-02T04:00:00.000Z"


async def seen(store: Opened, **asked: object) -> list[str]:
    page = await store.whole.feed.events(0, **asked)
    return [event.subject_id for event in page.events]


async def create(store: Opened, count: int) -> list[str]:
    return [await store.create(person(f"user{number}")) for number in range(count)]


async def test_pages_follow_one_another_without_a_gap(store: Opened) -> None:
    ids = await create(store, 7)
    found: list[str] = []
    after = 0
    while (page := await store.whole.feed.events(after, limit=3)).events:
        assert page.last == page.events[-1].seq or len(page.events) < 3
        found += [event.subject_id for event in page.events]
        after = page.last
    assert found == ids
    assert after == await store.whole.feed.last()


async def test_from_far_back_and_from_near_the_end_the_same_events_come(store: Opened) -> None:
    ids = await create(store, 70)
    feed = store.whole.feed
    whole = (await feed.events(0, tenant=store.tenant)).events
    assert [event.subject_id for event in whole] == ids
    for passed in (1, 15, 19, 20, 21, 50, 69, 70):
        page = await feed.events(whole[passed - 1].seq, tenant=store.tenant, types=("user.created",))
        assert page.events == whole[passed:], passed
        assert page.last == await feed.last()


async def test_a_look_for_a_rare_type_goes_on_from_where_it_ended(store: Opened) -> None:
    ids = await create(store, 3)
    await store.delete("User", ids[1])
    page = await store.whole.feed.events(0, types=("user.deleted",))
    assert [(event.type, event.subject_id) for event in page.events] == [("user.deleted", ids[1])]
    assert page.last == await store.whole.feed.last()
    none = await store.whole.feed.events(0, types=("team.created",))
    assert (none.events, none.last) == ([], page.last)


async def test_a_stranger_sees_nothing(store: Opened) -> None:
    ids = await create(store, 2)
    assert await seen(store, tenant=store.tenant) == ids
    assert await seen(store, tenant=store.strangers) == []


async def test_news_is_there_once_something_is_committed_and_names_the_tenant(store: Opened) -> None:
    feed = store.whole.feed
    rung: list[int] = []
    feed.on_commit(lambda: rung.append(1))
    before = await feed.last()
    assert not (await feed.news(before)).tenants
    await create(store, 1)
    news = await feed.news(before)
    assert (news.last, news.tenants) == (await feed.last(), {store.tenant})
    assert rung


async def test_what_is_forgotten_is_kept_in_mind(store: Opened) -> None:
    feed = store.whole.feed
    assert await feed.forgotten() == 0
    ids = await create(store, 5)
    third = (await feed.events(0)).events[3].at
    assert await feed.forget_events(third, limit=2) == 2
    assert await feed.forget_events(third) == 1
    assert await feed.forget_events(third) == 0
    kept = await feed.events(0)
    assert [event.subject_id for event in kept.events] == ids[3:]
    assert await feed.forgotten() == kept.events[0].seq - 1
    last = await feed.last()
    assert await feed.forget_events("9999") == 2
    assert (await feed.forgotten(), await feed.last()) == (last, last)


async def test_an_alarm_is_told_once_with_its_audit_entry(store: Opened) -> None:
    feed = store.whole.feed
    alarm = TokenExpiring("token1", None, 30, "2026-02-01T00:00:00.000Z")
    entry = AuditEntry("vestibule", "token.expiring", "Token", "token1")
    assert await feed.tell(store.tenant, alarm, AT, audit=entry, once="token1 30")
    assert not await feed.tell(store.tenant, alarm, AT, audit=entry, once="token1 30")
    assert await feed.tell(store.tenant, alarm, AT, once="token1 14")
    assert await feed.tell(store.strangers, alarm, AT, audit=entry, once="token1 30")
    told: Sequence[object] = (await feed.events(0, tenant=store.tenant)).events
    assert len(told) == 2
    (event, _) = (await feed.events(0, tenant=store.tenant)).events
    assert (event.type, event.subject_type, event.fields) == (
        "token.expiring",
        "Token",
        {"days": 30, "expires_at": "2026-02-01T00:00:00.000Z"},
    )
    audit = await store.whole.log.audit(store.tenant)
    assert [one.action for one in audit].count("token.expiring") == 1
