"""What every store must do for webhooks: endpoints, who serves them, and what came of each delivery."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.contracts.store.opened import CORE_USER, Opened
from vestibule.directory.change import AuditEntry
from vestibule.directory.events import WebhookFailing
from vestibule.webhooks.attempt import Attempt, Delivered, Held, HeldState, Resend
from vestibule.webhooks.endpoint import Endpoint, EndpointChange, Standing, State
from vestibule.webhooks.store import Counts, Settled, WebhookStore

AT = "2026-01-02T03:04:05.000Z"
SOON = "2026-01-02T03:04:15.000Z"
LATER = "2026-01-02T03:05:05.000Z"
STANDING = Standing(3, AT, SOON, AT, AT)


def audit(action: str) -> AuditEntry:
    return AuditEntry("operator:mia", action, "Webhook", "we")


async def add(opened: Opened, id: str = "we_1", tenant: int | None = None) -> Endpoint:
    webhooks: WebhookStore = opened.whole.webhooks
    endpoint = Endpoint(
        id=id,
        tenant=opened.tenant if tenant is None else tenant,
        url="https://product.test/hook",
        types=("user.created", "team.*"),
        description="Prod",
        secret=b"\x00sealed\xff",
        state=State.ON,
        created_at=AT,
        cursor=0,
    )
    return await webhooks.add(endpoint, audit("webhook.added"), AT)


async def claimed(opened: Opened, courier: str = "c1", now: str = AT, until: str = SOON) -> list[str]:
    await opened.whole.webhooks.beat(courier, now, until)
    return [one.endpoint.id for one in await opened.whole.webhooks.claim(courier, now, 100)]


def settled(endpoint: Endpoint, **found: object) -> Settled:
    start = Settled(endpoint.id, endpoint.tenant, endpoint.begun, 0, Standing())
    return replace(start, **found)  # type: ignore[arg-type]


async def test_an_endpoint_is_kept_as_it_was_given_and_begins_behind_the_last_event(store: Opened) -> None:
    await store.create({"schemas": [CORE_USER], "userName": "a@example.com"})
    last = await store.whole.webhooks.last_event()
    added = await add(store)
    assert last >= 1
    assert added.cursor == last
    assert added.types == ("user.created", "team.*")
    assert added.secret == b"\x00sealed\xff"
    assert await store.whole.webhooks.endpoint("we_1") == added
    assert await store.whole.webhooks.endpoints(store.tenant) == [added]
    assert await store.whole.webhooks.endpoints(store.strangers) == []
    assert [one.action for one in await store.whole.log.audit(store.tenant)][-1] == "webhook.added"


async def test_the_installations_own_are_tenant_nought(store: Opened) -> None:
    added = await add(store, tenant=0)
    assert await store.whole.webhooks.endpoints(0) == [added]
    assert [one.action for one in await store.whole.log.audit(None)][-1] == "webhook.added"


async def test_changes_are_noticed_once_in_their_order(store: Opened) -> None:
    webhooks = store.whole.webhooks
    one, two = await add(store), await add(store, "we_2")
    seen = await webhooks.changes(0)
    assert [endpoint.id for endpoint in seen.endpoints] == ["we_1", "we_2"]
    assert (await webhooks.changes(seen.upto)).endpoints == []
    await webhooks.change(one, EndpointChange(state=State.PAUSED), audit("webhook.paused"), AT)
    news = await webhooks.changes(seen.upto)
    assert [(endpoint.id, endpoint.state) for endpoint in news.endpoints] == [("we_1", State.PAUSED)]
    await webhooks.resend_range(two, 3, 9, audit("webhook.resent"), AT)
    assert [endpoint.id for endpoint in (await webhooks.changes(news.upto)).endpoints] == ["we_2"]


async def test_a_change_touches_what_it_names(store: Opened) -> None:
    webhooks = store.whole.webhooks
    before = await add(store)
    change = EndpointChange(url="https://other.test/", types=(), old_secret=b"old", old_secret_until=LATER)
    after = await webhooks.change(before, change, audit("webhook.changed"), AT)
    assert (after.url, after.types, after.old_secret, after.old_secret_until) == (
        "https://other.test/",
        (),
        b"old",
        LATER,
    )
    assert (after.description, after.secret, after.cursor) == (
        before.description,
        before.secret,
        before.cursor,
    )


async def test_a_removed_endpoint_is_seen_by_couriers_alone(store: Opened) -> None:
    webhooks = store.whole.webhooks
    endpoint = await add(store)
    before = (await webhooks.changes(0)).upto
    await webhooks.change(endpoint, EndpointChange(state=State.REMOVED, why=AT), audit("webhook.removed"), AT)
    assert await webhooks.endpoint("we_1") is None
    assert await webhooks.endpoints() == []
    assert await webhooks.count() == 0
    assert [one.state for one in (await webhooks.changes(before)).endpoints] == [State.REMOVED]
    assert await claimed(store) == []


async def test_each_endpoint_is_one_living_couriers(store: Opened) -> None:
    for number in range(5):
        await add(store, f"we_{number}")
    await store.whole.webhooks.beat("c1", AT, SOON)
    await store.whole.webhooks.beat("c2", AT, SOON)
    claims = await asyncio.gather(*(store.whole.webhooks.claim(name, AT, 3) for name in ("c1", "c2", "c1")))
    got = [one.endpoint.id for claim in claims for one in claim]
    assert len(got) == len(set(got))
    rest = [one.endpoint.id for name in ("c1", "c2") for one in await store.whole.webhooks.claim(name, AT, 9)]
    assert sorted([*got, *rest]) == [f"we_{number}" for number in range(5)]


async def test_a_dead_couriers_endpoints_are_taken_over_and_a_living_ones_not(store: Opened) -> None:
    await add(store)
    assert await claimed(store, "c1", AT, SOON) == ["we_1"]
    assert await claimed(store, "c2", AT, LATER) == []
    assert await store.whole.webhooks.beat("c2", AT, LATER) == 2
    assert await store.whole.webhooks.beat("c2", LATER, LATER) == 1
    assert await claimed(store, "c2", LATER, LATER) == ["we_1"]


async def test_who_lost_an_endpoint_writes_nothing_of_it(store: Opened) -> None:
    webhooks = store.whole.webhooks
    one, two = await add(store), await add(store, "we_2")
    await claimed(store, "c1")
    await webhooks.release("c1", ["we_2"])
    await claimed(store, "c2")
    held = [Held(7, store.tenant, "s", HeldState.WAITING, 1, SOON)]
    lost = await webhooks.settle(
        "c1", [settled(one, cursor=5, held=held), settled(two, cursor=6, held=held)], AT
    )
    assert lost == ["we_2"]
    assert (await webhooks.endpoint("we_1")).cursor == 5
    assert (await webhooks.endpoint("we_2")).cursor == two.cursor
    assert await webhooks.held(two) == []


async def test_released_endpoints_are_free_at_once(store: Opened) -> None:
    await add(store)
    assert await claimed(store, "c1") == ["we_1"]
    await store.whole.webhooks.release("c1")
    assert await claimed(store, "c2") == ["we_1"]


async def test_what_a_courier_found_out_is_kept_whole(store: Opened) -> None:
    webhooks = store.whole.webhooks
    endpoint = await add(store)
    await claimed(store)
    attempts = [
        Attempt(4, "user.created", AT, 1, 500, 12, "", "no\nroom"),
        Attempt(4, "user.created", SOON, 2, None, 9, "No answer.", ""),
    ]
    delivered = [Delivered(event, "user.created", AT, 204, 3) for event in range(1, 1203)]
    held = [
        Held(4, store.tenant, "s", HeldState.WAITING, 2, LATER),
        Held(5, store.tenant, "s", HeldState.DEAD, 10, ""),
    ]
    told = [WebhookFailing("we_1", host="product.test", since=AT, reason="status 500")]
    found = settled(
        endpoint, cursor=1202, standing=STANDING, delivered=delivered, attempts=attempts, held=held, told=told
    )
    assert await webhooks.settle("c1", [found], AT) == []
    after = await webhooks.endpoint("we_1")
    assert (after.cursor, after.standing, after.state) == (1202, STANDING, State.ON)
    assert [one for _, one in await webhooks.attempts(endpoint)] == attempts[::-1]
    assert [one for _, one in await webhooks.attempts(endpoint, event=5)] == []
    assert await webhooks.delivered(endpoint, limit=2000) == delivered[::-1]
    assert await webhooks.delivered(endpoint, event=77) == [delivered[76]]
    assert await webhooks.held(endpoint) == held
    assert await webhooks.held(endpoint, HeldState.DEAD) == held[1:]
    assert await webhooks.counts(["we_1", "we_9"]) == {"we_1": Counts(1, 1)}
    event = (await store.whole.log.events(limit=1000))[-1]
    assert (event.type, event.subject_type, event.subject_id, event.tenant) == (
        "webhook.failing",
        "Webhook",
        "we_1",
        store.tenant,
    )
    assert event.fields == {"host": "product.test", "since": AT, "reason": "status 500"}


async def test_what_was_held_back_comes_with_the_claim_and_goes_when_it_is_freed(store: Opened) -> None:
    webhooks = store.whole.webhooks
    endpoint = await add(store)
    await claimed(store)
    held = [Held(event, store.tenant, "s", HeldState.WAITING, 1, SOON) for event in (3, 4)]
    dead = Held(2, store.tenant, "s", HeldState.DEAD, 10, "")
    await webhooks.settle("c1", [settled(endpoint, held=[dead, *held])], AT)
    assert (await webhooks.waiting(endpoint)).held == held
    await webhooks.settle("c1", [settled(endpoint, freed=[3])], AT)
    await webhooks.release("c1")
    await webhooks.beat("c2", AT, SOON)
    assert [one.held for one in await webhooks.claim("c2", AT, 10)] == [[held[1]]]


async def test_after_a_new_beginning_the_old_place_and_standing_are_not_kept(store: Opened) -> None:
    webhooks = store.whole.webhooks
    endpoint = await add(store)
    await claimed(store)
    held = [Held(4, store.tenant, "s", HeldState.WAITING, 4, LATER)]
    await webhooks.settle("c1", [settled(endpoint, cursor=4, standing=STANDING, held=held)], AT)
    anew = EndpointChange(state=State.ON, begins_anew=True, cursor=90)
    begun = await webhooks.change(endpoint, anew, audit("webhook.resumed"), AT)
    assert (begun.cursor, begun.standing.failures, begun.standing.retry_at) == (90, 0, "")
    assert [one.due for one in await webhooks.held(endpoint)] == [""]
    late = settled(endpoint, cursor=5, standing=STANDING, freed=[4], disabled="It took nothing.")
    assert await webhooks.settle("c1", [late], AT) == []
    after = await webhooks.endpoint("we_1")
    assert (after.cursor, after.standing.failures, after.state) == (90, 0, State.ON)
    assert await webhooks.held(endpoint) == []


async def test_a_disabled_endpoint_says_why_and_is_nobodys(store: Opened) -> None:
    webhooks = store.whole.webhooks
    endpoint = await add(store)
    await claimed(store)
    before = (await webhooks.changes(0)).upto
    await webhooks.settle("c1", [settled(endpoint, disabled="It answered 410 Gone.")], AT)
    after = await webhooks.endpoint("we_1")
    assert (after.state, after.why) == (State.DISABLED, "It answered 410 Gone.")
    assert [one.id for one in (await webhooks.changes(before)).endpoints] == ["we_1"]
    await webhooks.release("c1")
    assert await claimed(store, "c2") == []


async def test_a_range_is_sent_again_until_it_is_through(store: Opened) -> None:
    webhooks = store.whole.webhooks
    endpoint = await add(store)
    await claimed(store)
    await webhooks.resend_range(endpoint, 10, 20, audit("webhook.resent"), AT)
    (again,) = (await webhooks.waiting(endpoint)).resends
    assert (again.after, again.until) == (10, 20)
    await webhooks.settle("c1", [settled(endpoint, resent=[Resend(again.id, 15, 20)])], AT)
    assert [one.after for one in (await webhooks.waiting(endpoint)).resends] == [15]
    await webhooks.settle("c1", [settled(endpoint, resent=[Resend(again.id, 20, 20)])], AT)
    assert (await webhooks.waiting(endpoint)).resends == []


async def test_a_dead_letter_that_is_sent_again_waits_anew(store: Opened) -> None:
    webhooks = store.whole.webhooks
    endpoint = await add(store)
    await claimed(store)
    dead = Held(2, store.tenant, "s", HeldState.DEAD, 10, "")
    await webhooks.settle("c1", [settled(endpoint, held=[dead])], AT)
    again = Held(2, store.tenant, "s", HeldState.WAITING, 0, "")
    await webhooks.resend(endpoint, [again], audit("webhook.resent"), AT)
    assert await webhooks.held(endpoint) == [again]
    await webhooks.settle("c1", [settled(endpoint, held=[dead])], AT)
    assert await webhooks.forget_dead(endpoint, audit("webhook.forgotten"), AT) == 1
    assert await webhooks.held(endpoint) == []


async def test_what_is_old_or_too_much_is_forgotten_and_what_removed_ones_left(store: Opened) -> None:
    webhooks = store.whole.webhooks
    one, two = await add(store), await add(store, "we_2")
    await claimed(store)
    for at in (AT, LATER, LATER):
        attempt = Attempt(4, "user.created", at, 1, 500, 12, "", "")
        delivered = [Delivered(4, "user.created", at, 204, 3)]
        await webhooks.settle(
            "c1",
            [settled(each, attempts=[attempt], delivered=delivered) for each in (one, two)],
            AT,
        )
    while await webhooks.trim(SOON, keep=100):
        pass
    assert [found.at for _, found in await webhooks.attempts(one)] == [LATER, LATER]
    while await webhooks.trim(SOON, keep=1):
        pass
    assert len(await webhooks.attempts(one)) == len(await webhooks.delivered(one)) == 1
    held = [Held(4, store.tenant, "s", HeldState.WAITING, 1, SOON)]
    await webhooks.settle("c1", [settled(one, held=held)], AT)
    await webhooks.change(one, EndpointChange(state=State.REMOVED, why=AT), audit("webhook.removed"), AT)
    while await webhooks.trim(SOON, keep=1):
        pass
    assert await webhooks.held(one) == []
    assert await webhooks.attempts(one) == []
    assert len(await webhooks.attempts(two)) == 1


async def test_the_attempt_of_a_test_is_kept(store: Opened) -> None:
    endpoint = await add(store)
    attempt = Attempt(0, "webhook.test", AT, 1, 200, 5, "", "thanks")
    await store.whole.webhooks.note_attempt(endpoint, attempt)
    assert [one for _, one in await store.whole.webhooks.attempts(endpoint)] == [attempt]


async def test_what_is_only_looked_at_leaves_the_endpoint_and_stands_in_the_audit(store: Opened) -> None:
    endpoint = await add(store)
    entry = audit("webhook.secret_revealed")
    after = await store.whole.webhooks.change(endpoint, EndpointChange(), entry, AT)
    assert replace(after, changed=endpoint.changed) == endpoint
    assert [one.action for one in await store.whole.log.audit(store.tenant)][-1] == "webhook.secret_revealed"
