"""What every store must do for security event tokens: keys, and what receivers fetch and acknowledge."""

from __future__ import annotations

from dataclasses import replace

from tests.contracts.store.opened import CORE_USER, Opened
from vestibule.directory.change import AuditEntry
from vestibule.security_events.store import SetKey
from vestibule.webhooks.attempt import Held, HeldState
from vestibule.webhooks.endpoint import POLL, PUSH, WEBHOOK, Endpoint, State

AT = "2026-01-02T03:04:05.000Z"
SOON = "2026-01-02T03:04:15.000Z"
LATER = "2026-01-09T03:04:05.000Z"
AUDIT = AuditEntry("operator:mia", "set_key.made", "SetKey", "")


def key(id: str, created: str = AT, signs: str = AT) -> SetKey:
    return SetKey(id, b"\x00sealed\xff", {"kty": "EC", "kid": id}, created, signs)


async def stream(opened: Opened, id: str = "st_1", kind: str = POLL) -> Endpoint:
    made = Endpoint(
        id=id,
        tenant=opened.tenant,
        url="",
        types=("user.created",),
        description="",
        secret=b"sealed",
        state=State.ON,
        created_at=AT,
        cursor=0,
        kind=kind,
        audience="https://audit.test/",
        is_full=kind == PUSH,
    )
    return await opened.whole.webhooks.add(made, AuditEntry("operator:mia", "stream.added", "Stream", id), AT)


def held(opened: Opened, *events: int) -> list[Held]:
    return [Held(event, opened.tenant, f"1/User/u{event}", HeldState.WAITING, 1, "") for event in events]


async def numbers(opened: Opened, made: Endpoint, state: HeldState) -> list[int]:
    return [one.event for one in await opened.whole.webhooks.held(made, state)]


async def test_keys_are_kept_in_their_order_and_end_when_a_new_one_says_so(store: Opened) -> None:
    events = store.whole.security_events
    await events.add_key(key("one"), AUDIT, AT, only_first=True)
    await events.add_key(key("two"), AUDIT, AT, only_first=True)
    assert await events.keys() == [key("one")]
    await events.add_key(key("two", SOON, LATER), AUDIT, SOON, old_until=LATER)
    assert await events.keys() == [replace(key("one"), published_until=LATER), key("two", SOON, LATER)]
    await events.add_key(key("three", LATER, LATER), AUDIT, LATER)
    assert [one.id for one in await events.keys()] == ["two", "three"]
    assert [one.action for one in await store.whole.log.audit(None)] == ["set_key.made"] * 3


async def test_a_stream_is_kept_as_it_was_given_and_is_no_webhook(store: Opened) -> None:
    webhooks = store.whole.webhooks
    pushed, polled = await stream(store, "st_1", PUSH), await stream(store, "st_2")
    assert (pushed.kind, pushed.audience, pushed.is_full) == (PUSH, "https://audit.test/", True)
    assert (polled.kind, polled.is_full) == (POLL, False)
    assert await webhooks.endpoint("st_1") == pushed
    assert [await webhooks.count(kinds) for kinds in ((WEBHOOK,), (WEBHOOK, PUSH), (PUSH, POLL))] == [0, 1, 2]
    await webhooks.beat("c1", AT, SOON)
    assert await webhooks.claim("c1", AT, 10) == []
    assert [one.endpoint.id for one in await webhooks.claim("c1", AT, 10, (WEBHOOK, PUSH))] == ["st_1"]


async def test_what_is_given_out_waits_once(store: Opened) -> None:
    events, made = store.whole.security_events, await stream(store)
    begun = made.cursor
    assert await events.give_out(made, begun, begun + 3, held(store, begun + 1, begun + 3))
    assert not await events.give_out(made, begun, begun + 2, held(store, begun + 2)), "somebody else moved it"
    assert await numbers(store, made, HeldState.WAITING) == [begun + 1, begun + 3]
    now = await store.whole.webhooks.endpoint("st_1")
    assert now is not None
    assert now.cursor == begun + 3


async def test_acknowledged_once_taken_or_refused(store: Opened) -> None:
    await store.create({"schemas": [CORE_USER], "userName": "a@example.com"})
    events, webhooks, made = store.whole.security_events, store.whole.webhooks, await stream(store)
    other = await stream(store, "st_2")
    for one in (made, other):
        assert await events.give_out(one, one.cursor, 9, held(store, 1, 2, 3, 4))
    assert await events.acknowledge(made, [1, 2, 77], {3: "invalid_key: unknown"}, SOON) == 3
    assert await events.acknowledge(made, [1, 2], {3: "again"}, LATER) == 0
    assert await numbers(store, made, HeldState.WAITING) == [4]
    assert await numbers(store, made, HeldState.DEAD) == [3]
    assert await numbers(store, other, HeldState.WAITING) == [1, 2, 3, 4]
    taken = await webhooks.delivered(made)
    assert [(one.event, one.type, one.at, one.status) for one in taken] == [
        (2, "", SOON, 202),
        (1, "user.created", SOON, 202),
    ]
    [(_, attempt)] = await webhooks.attempts(made)
    assert (attempt.event, attempt.at, attempt.status, attempt.fault) == (
        3,
        SOON,
        None,
        "invalid_key: unknown",
    )
    now = await webhooks.endpoint("st_1")
    assert now is not None
    assert now.standing.delivered_at == SOON
    await events.vanished(made, [4])
    assert await numbers(store, made, HeldState.DEAD) == [3, 4]


async def test_a_resource_is_known_at_this_moment(store: Opened) -> None:
    id = await store.create({"schemas": [CORE_USER], "userName": "a@example.com", "externalId": "00U1"})
    found = await store.whole.security_events.known(store.tenant, id)
    assert found is not None
    assert (found.version, found.external_id) == (1, "00U1")
    assert found.modified
    assert await store.whole.security_events.known(store.strangers, id) is None
    assert await store.whole.security_events.known(store.tenant, "nobody") is None
