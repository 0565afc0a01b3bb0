"""One Change, one transaction: whole or not at all, with its preconditions, its events and its record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.contracts.store.opened import BASE, Opened, changed, person
from vestibule.directory.change import (
    Answer,
    AuditEntry,
    Change,
    Explanation,
    ExternalIdWrite,
    Job,
    ReviewClosure,
    ReviewEntry,
)
from vestibule.directory.events import UserCreated, UserDeleted
from vestibule.directory.facts import ById, ByUserName, Facts, Need, Reviews
from vestibule.directory.request import Create
from vestibule.directory.resource import State
from vestibule.directory.store import Recorded


def recorded(id: str, **more: object) -> Recorded:
    values = {"tenant": None, "connection": 1, "at": "2026-01-02T03:04:05.678Z", "status": 201, **more}
    return Recorded(id, method="POST", path="/Users", duration_us=5, **values)  # type: ignore[arg-type]


def counting(then: Change) -> tuple[list[Facts], Callable[[Facts], Change | Need]]:
    asked: list[Facts] = []

    def again(facts: Facts) -> Change | Need:
        asked.append(facts)
        return then

    return asked, again


@pytest.mark.requirement("R38", "R74")
async def test_32_creates_of_one_name_in_any_case(every_store: Opened) -> None:
    """Exactly one 201; the others 409, and nobody else is there."""
    names = ["Kim@Corp.Test", "kim@corp.test", "KIM@CORP.TEST", "kIm@cOrP.tEsT"] * 8
    creates = [every_store.carry_out(Create("User", person(name))) for name in names]
    statuses = [change.answer.status for change in await asyncio.gather(*creates)]
    assert sorted(statuses) == [201] + [409] * 31
    assert await every_store.store.count(every_store.tenant, "User") == 1


async def test_a_wrong_version_is_decided_again_with_fresh_facts(store: Opened) -> None:
    """In the writer, in the same transaction, as often as it asks."""
    resource = await store.put(person("a"))
    key = ById("User", resource.id, 1)
    late = changed(store.written({**resource.document(), "title": "late"}, expected_version=7))

    def again(facts: Facts) -> Change | Need:
        try:
            found = facts[key]
        except Exception:
            return Need((key,))
        write = store.written({**found.document(), "title": "in time"}, expected_version=found.version)
        return changed(write)

    await store.apply(late, again=again)
    assert (await store.fact(key)).document()["title"] == "in time"


async def test_settings_that_changed_meanwhile_are_decided_upon_again(store: Opened) -> None:
    """A role or a domain may have gone between the facts and the commit; what is decided inside holds."""
    tenant = next(t for t in await store.whole.tenancy.tenants() if t.id == store.tenant)
    asked, again = counting(changed(store.written(person("again"))))
    stale = replace(changed(store.written(person("stale"))), settings_version=tenant.settings_version - 1)
    await store.apply(stale, again=again)
    assert len(asked) == 1
    current = replace(changed(store.written(person("current"))), settings_version=tenant.settings_version)
    await store.apply(current, again=again)
    assert len(asked) == 1
    assert await store.store.count(store.tenant, "User") == 2


@pytest.mark.requirement("R148")
async def test_nothing_is_left_of_an_attempt_that_failed(store: Opened) -> None:
    """Events, audit, counters, all of it goes with the row."""
    await store.put(person("taken"))
    attempt = changed(
        store.written(person("fresh")),
        store.written(person("TAKEN")),
        events=(UserCreated("x"),),
        audit=AuditEntry("a", "b", "User", "x"),
        tolerances={"quirk": 1},
    )
    asked, again = counting(changed())
    await store.apply(attempt, again=again)
    assert len(asked) == 1
    assert await store.store.count(store.tenant, "User") == 1
    assert await store.whole.log.events() == []
    assert await store.whole.log.audit(store.tenant) != []
    assert all(entry.action != "b" for entry in await store.whole.log.audit(store.tenant))


async def test_a_fault_in_a_decision_undoes_the_request_alone(store: Opened) -> None:
    """Others of the same commit are untouched."""
    await store.put(person("taken"))

    def again(facts: Facts) -> Change | Need:
        raise ZeroDivisionError

    bad = store.apply(changed(store.written(person("taken"))), again=again)
    good = [store.apply(changed(store.written(person(f"g{n}")))) for n in range(5)]
    results = await asyncio.gather(bad, *good, return_exceptions=True)
    assert isinstance(results[0], ZeroDivisionError)
    assert await store.store.count(store.tenant, "User") == 6


@pytest.mark.parametrize(
    ("kind", "key", "taken"),
    [
        ("userName", "kim", True),
        ("userName", "nobody", False),
        ("displayName", "sales", True),
        ("displayName", "nobody", False),
    ],
)
async def test_keys_that_must_be_free(store: Opened, kind: str, key: str, taken: bool) -> None:
    """Checked in the transaction; the row written itself may have it."""
    await store.put(person("Kim"))
    await store.put({"displayName": "Sales"}, type="Group")
    group = store.written({"displayName": "Other"}, type="Group")
    asked, again = counting(changed())
    await store.apply(changed(group, must_be_free=((kind, key),)), again=again)
    assert bool(asked) is taken


@pytest.mark.requirement("R163")
async def test_a_name_is_free_after_a_deletion(store: Opened) -> None:
    """R163; and both tombstone and newcomer are what they are."""
    first = await store.create(person("kim", externalId="00u"))
    await store.delete("User", first)
    second = await store.create(person("KIM", externalId="00u"))
    assert first != second
    assert [r.id for r in await store.fact(ByUserName("kim", 1))] == [second]
    assert (await store.fact(ById("User", first, 1))).state is State.TOMBSTONE
    assert await store.store.get(store.tenant, "User", first, 1, with_groups=False, base_url=BASE) is None


async def test_events_stand_in_the_order_of_commits(store: Opened) -> None:
    """Without gaps, with what is personal apart from what is not."""
    for n in range(3):
        await store.apply(
            changed(store.written(person(f"p{n}")), events=(UserCreated(f"s{n}", {"path": [None, "x"]}),)),
            record=recorded(f"r{n}", tenant=store.tenant),
        )
    await store.apply(changed(store.written(person("p0")), events=(UserDeleted("s0"),)), store.strangers)
    log = store.whole.log
    events = await log.events()
    assert [(e.seq, e.subject_id) for e in events] == [(1, "s0"), (2, "s1"), (3, "s2"), (4, "s0")]
    assert events[0].payload == {"path": [None, "x"]}
    assert (events[0].request_id, events[0].type) == ("r0", "user.created")
    assert [e.seq for e in await log.events(after=2)] == [3, 4]
    assert [e.seq for e in await log.events(tenant=store.strangers)] == [4]
    assert [e.seq for e in await log.events(limit=2)] == [1, 2]


@pytest.mark.requirement("K41")
async def test_the_story_of_a_person(store: Opened) -> None:
    id = (await store.put(person("a"))).id
    await store.apply(
        changed(
            store.written({**person("a"), "id": id}, expected_version=1),
            events=(UserCreated(id),),
            audit=AuditEntry("token:x", "user.created", "User", id, {"userName": "a"}),
        ),
        record=recorded("r1", tenant=store.tenant, subject_id=id, payload={"request": "…"}, notes=("one",)),
    )
    store.store.record(recorded("r2", tenant=store.tenant, subject_id=id, status=404))
    story = await store.whole.log.story_of(store.tenant, id)
    assert [r.id for r in story.requests] == ["r1", "r2"]
    assert story.requests[0].notes == ("one",)
    assert story.requests[0].payload == {"request": "…"}
    assert [e.type for e in story.events] == ["user.created"]
    assert story.audit[0].payload == {"userName": "a"}
    assert (await store.whole.log.story_of(store.strangers, id)).requests == []


async def test_the_request_log(store: Opened) -> None:
    """Newest first, by tenant, in pages; strangers to all tenants in a list of their own."""
    log = store.whole.log
    for n in range(6):
        store.store.record(recorded(f"r{n}", tenant=store.tenant, status=200 + 200 * (n % 2)))
    store.store.record(recorded("nobody", tenant=None, status=401))
    assert [r.id for r in await log.requests(store.tenant, limit=2)] == ["r5", "r4"]
    assert [r.id for r in await log.requests(store.tenant, before="r4", limit=2)] == ["r3", "r2"]
    assert [r.id for r in await log.requests(store.tenant, failed=True)] == ["r5", "r3", "r1"]
    assert [r.id for r in await log.requests(None)] == ["nobody"]
    assert (await log.request("r3")).status == 400  # type: ignore[union-attr]
    assert await log.request("never") is None
    assert await log.trim_requests("2020-01-01T00:00:00.000Z") == 0
    assert await log.trim_requests("2030-01-01T00:00:00.000Z") == 7
    assert await log.requests(store.tenant) == []


async def test_surplus_requests_are_forgotten(store: Opened) -> None:
    """The newest stay, of the reads of no one resource and of all others."""
    log = store.whole.log
    for n in range(6):
        store.store.record(recorded(f"w{n}", tenant=store.tenant, status=400))
    for n in range(2):
        store.store.record(recorded(f"r{n}", tenant=store.tenant))
        store.store.record(recorded(f"t{n}", tenant=store.strangers))
        assert await log.request(f"r{n}") is not None
    assert await log.trim_requests("2020-01-01T00:00:00.000Z", keep=1) == 7
    assert {r.id for r in await log.requests(store.tenant)} == {"w5", "r1"}
    assert {r.id for r in await log.requests(store.strangers)} == {"t1"}


async def test_a_read_is_recorded_whole(store: Opened) -> None:
    """What is kept many to a row comes back as it was recorded."""
    log = store.whole.log
    one = recorded(
        "r1", tenant=store.tenant, connection=7, status=200, payload={"query": "filter=1"}, notes=("n",),
        subject_type="User", dialect="okta", token_name="abc", rule="page", reason="…",
    )  # fmt: skip
    store.store.record(one)
    assert await log.request("r1") == one
    assert await log.requests(store.tenant) == [one]
    assert await log.requests(store.strangers) == []


async def test_a_change_of_nothing_is_recorded_without_a_transaction(store: Opened) -> None:
    change = Change(Answer(204), Explanation("nothing", "There was nothing to do."))
    commits = await store.commits()
    await store.apply(change, record=recorded("quiet", tenant=store.tenant))
    assert await store.commits() == commits
    assert await store.whole.log.request("quiet") is not None


async def test_tolerances_are_counted_even_where_nothing_changes(store: Opened) -> None:
    tenancy = store.whole.tenancy
    (connection, *_) = await tenancy.connections(store.tenant)
    for _ in range(2):
        change = Change(Answer(204), Explanation("x", "y"), tolerances={"text_booleans": 2, "paths": 1})
        await store.apply(change, record=recorded("r", tenant=store.tenant, connection=connection.id))
    counted = await store.whole.log.tolerances(connection.id)
    assert [(t.name, t.count) for t in counted] == [("paths", 2), ("text_booleans", 4)]


async def test_reviews_are_asked_once_and_answered(store: Opened) -> None:
    """A second asking refreshes; an answer given before is replaced."""
    mika = await store.put(person("mika"), state=State.UNCLAIMED, connection=None)
    entry = ReviewEntry("r-1", "mika", (mika.id,), 1, "no proven domain", store.clock(), {"email": "x"})
    refusal = Change(Answer(409), Explanation("adopt", "Review."), reviews=(entry,))
    await store.apply(refusal)
    second = ReviewEntry("r-2", "mika", (mika.id,), 1, "again", store.clock())
    await store.apply(Change(Answer(409), Explanation("adopt", "Review."), reviews=(second,)))
    assert await store.fact(Reviews(mika.id, 1)) == (("r-1", "open", "", "mika"),)
    assert await store.fact(Reviews(mika.id, 2)) == ()
    (open_one,) = await store.whole.log.reviews(store.tenant)
    assert (open_one.reason, open_one.candidates) == ("again", (mika.id,))
    named_otherwise = ReviewEntry("r-1", "Mika", (mika.id,), 1, "once more", store.clock())
    await store.apply(Change(Answer(409), Explanation("adopt", "Review."), reviews=(named_otherwise,)))
    (open_one,) = await store.whole.log.reviews(store.tenant)
    assert (open_one.id, open_one.reason) == ("r-1", "once more")
    for outcome in ("kept_apart", "linked"):
        await store.apply(changed(closures=(ReviewClosure("r-1", outcome, store.clock(), mika.id),)))
    assert await store.fact(Reviews(mika.id, 1)) == (("r-1", "linked", mika.id, "mika"),)
    assert await store.whole.log.reviews(store.tenant) == []
    assert len(await store.whole.log.reviews(store.tenant, closed=True)) == 1
    assert await store.whole.log.reviews(store.strangers, closed=True) == []


async def test_a_claim_moves_the_external_id_to_the_managing_connection(store: Opened) -> None:
    mika = await store.put(person("mika"), state=State.UNCLAIMED, connection=None)
    await store.apply(changed(external_ids=(ExternalIdWrite(2, "User", mika.id, "early"),)))
    write = store.written(
        {**mika.document(), "id": mika.id}, connection=2, expected_version=1, state_before=State.UNCLAIMED
    )
    await store.apply(changed(write))
    assert (await store.fact(ById("User", mika.id, 2))).external_id == "early"
    assert await store.ids('externalId eq "early"', connection=2) == [mika.id]


async def test_jobs_are_kept_with_their_change(store: Opened) -> None:
    queue = store.job_queue()
    await store.apply(changed(jobs=(Job("notify", {"n": 1}), Job("later", {}, "2030-01-01T00:00:00.000Z"))))
    now, lease, after = "2026-06-01T00:00:00.000Z", "2026-06-01T00:01:00.000Z", "2026-06-01T00:02:00.000Z"
    (job,) = await queue.claim(["notify", "later"], now, lease, 10)
    assert (job.kind, job.payload, job.attempts) == ("notify", {"n": 1}, 1)
    assert await queue.claim(["notify"], now, lease) == []
    (again,) = await queue.claim(["notify"], after, "2026-06-01T00:03:00.000Z")
    assert not await queue.finish(job)
    assert await queue.put_back(again, after, "not reached")
    (last,) = await queue.claim(["notify"], after, "2026-06-01T00:03:00.000Z")
    assert await queue.finish(last)
    assert await queue.claim(["notify"], "2029-01-01T00:00:00.000Z", lease) == []
