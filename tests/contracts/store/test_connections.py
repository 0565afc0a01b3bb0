"""What a store keeps of a connection beside its people: tolerances by day, and the dialect it showed."""

from __future__ import annotations

from tests.contracts.store.opened import Opened
from tests.contracts.store.test_apply import recorded
from vestibule.directory.change import Answer, AuditEntry, Change, Explanation
from vestibule.tenancy.token import NewToken, Token

HASH = bytes(range(32))
YESTERDAY, TODAY = "2026-01-01T23:59:59.999Z", "2026-01-02T03:04:05.678Z"


async def connection_of(store: Opened, tenant: int) -> int:
    (connection, *_) = await store.whole.tenancy.connections(tenant)
    return connection.id


async def with_token(store: Opened) -> int:
    """The connection of a token whose hash is ``HASH``."""
    connection = await connection_of(store, store.tenant)
    token = Token("abcdefgh", store.tenant, connection, "okta", TODAY, None)
    entry = AuditEntry("operator:test", "token.issued", "Token", token.id)
    assert await store.whole.tenancy.add_token(NewToken(token, HASH), entry, TODAY)
    return connection


async def counts(store: Opened, connection: int, since: str = "") -> list[tuple[str, int, str]]:
    found = await store.whole.log.tolerances(connection, since)
    return [(one.name, one.count, one.last_at) for one in found]


async def test_tolerances_of_writes_and_reads_are_summed_by_day(store: Opened) -> None:
    mine, other = await connection_of(store, store.tenant), await connection_of(store, store.strangers)
    of = {"tenant": store.tenant, "connection": mine}
    change = Change(Answer(204), Explanation("x", "y"), tolerances={"text_booleans": 2})
    await store.apply(change, record=recorded("w", **of, at=YESTERDAY))
    for number in range(3):
        read = recorded(f"r{number}", **of, at=TODAY, tolerances={"text_booleans": 1, "quoted_booleans": 4})
        store.store.record(read)
    store.store.record(recorded("nobody", tolerances={"text_booleans": 100}))
    assert await counts(store, mine) == [("quoted_booleans", 12, TODAY), ("text_booleans", 5, TODAY)]
    assert await counts(store, mine, "2026-01-02") == [
        ("quoted_booleans", 12, TODAY),
        ("text_booleans", 3, TODAY),
    ]
    assert await counts(store, mine, "2026-01-03") == []
    assert await counts(store, other) == []


async def test_old_days_are_forgotten(store: Opened) -> None:
    mine = await connection_of(store, store.tenant)
    for at in (YESTERDAY, TODAY):
        store.store.record(
            recorded(at, tenant=store.tenant, connection=mine, at=at, tolerances={"text_booleans": 1})
        )
    assert await counts(store, mine) == [("text_booleans", 2, TODAY)]
    assert await store.whole.log.trim_tolerances("2026-01-02") == 1
    assert await counts(store, mine) == [("text_booleans", 1, TODAY)]


async def test_what_traffic_showed_is_kept_and_admitted(store: Opened) -> None:
    tenancy, connection = store.whole.tenancy, await with_token(store)
    before = await tenancy.admit(HASH)
    assert before is not None
    assert (before.recognised, before.recognised_why) == ("", "")
    tenancy.note_recognised(connection, "generic", "a guess", YESTERDAY)
    tenancy.note_recognised(connection, "okta", "its User-Agent", TODAY)
    await tenancy.flush()
    admission = await tenancy.admit(HASH)
    assert admission is not None
    assert (admission.dialect, admission.recognised, admission.recognised_why) == (
        "",
        "okta",
        "its User-Agent",
    )
    (kept, *_) = await tenancy.connections(store.tenant)
    assert (kept.recognised, kept.recognised_why, kept.recognised_at) == ("okta", "its User-Agent", TODAY)
    (stranger, *_) = await tenancy.connections(store.strangers)
    assert (stranger.recognised, stranger.recognised_at) == ("", None)


async def test_a_pin_keeps_what_was_recognised_and_its_end_forgets_it(store: Opened) -> None:
    tenancy, connection = store.whole.tenancy, await with_token(store)
    tenancy.note_recognised(connection, "okta", "its User-Agent", TODAY)
    await tenancy.flush()
    entry = AuditEntry("operator:test", "connection.dialect_pinned", "Connection", str(connection))
    await tenancy.pin_dialect(connection, "strict", entry, TODAY)
    (pinned, *_) = await tenancy.connections(store.tenant)
    assert (pinned.dialect, pinned.recognised) == ("strict", "okta")
    await tenancy.pin_dialect(connection, "", entry, TODAY)
    (freed, *_) = await tenancy.connections(store.tenant)
    assert (freed.dialect, freed.recognised, freed.recognised_why, freed.recognised_at) == ("", "", "", None)
