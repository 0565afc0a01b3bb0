"""Sign-on: set-ups, what counts once, sessions that end with access."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.contracts.store.opened import Opened, person
from vestibule.directory.change import AuditEntry
from vestibule.sign_on.store import Attempt, Ended, Once, Session, StoredKeyPair, StoredSetup

AT, LATER, EXPIRED = "2026-01-02T03:04:05.000Z", "2026-01-02T04:00:00.000Z", "2026-01-02T03:04:04.000Z"
ENTRY = AuditEntry("administrator:mia", "sign_on.set_up", "Tenant", "corp")
OFF = {"op": "replace", "value": {"active": False}}
ON = {"op": "replace", "value": {"active": True}}


def setup(tenant: int, issuer: str = "https://idp.test") -> StoredSetup:
    return StoredSetup(tenant, issuer, {"protocol": "saml"}, b"sealed", "", "", "", AT)


def session(tenant: int, person_id: str, secret: bytes = b"1" * 32, **more: Any) -> Session:
    given = {
        "sign_in": "s",
        "protocol": "saml",
        "subject": "ada",
        "subject_format": "",
        "session_index": "i1",
    }
    return Session(tenant, secret, person_id, **{**given, **more}, created_at=AT, expires_at=LATER)


def attempt(tenant: int, rule: str = "") -> Attempt:
    return Attempt(tenant, AT, rule, "p", False, "r", {"email": "ada@corp.test"})


async def test_a_set_up_is_the_tenants_own(store: Opened) -> None:
    kept = store.whole.sign_on
    assert await kept.setup(store.tenant) is None
    await kept.put_setup(setup(store.tenant), ENTRY, AT)
    found = await kept.setup(store.tenant)
    assert (found.issuer, found.document, found.secret, found.worked_at) == (
        "https://idp.test", {"protocol": "saml"}, b"sealed", "",
    )  # fmt: skip
    assert await kept.setup(store.strangers) is None
    assert await kept.tenants_of_issuer("https://idp.test") == [store.tenant]
    assert [one.tenant for one in await kept.setups()] == [store.tenant]
    entries = await store.whole.log.audit(store.tenant)
    assert entries[-1].action == "sign_on.set_up"


async def test_that_it_works_is_noted_once_and_forgotten_with_another_issuer(store: Opened) -> None:
    kept = store.whole.sign_on
    await kept.put_setup(setup(store.tenant), ENTRY, AT)
    proof = AuditEntry("sign-on", "sign_on.proven", "Tenant", "corp")
    for _ in range(2):
        assert await kept.end(Ended(store.tenant, attempt(store.tenant), proves=proof), AT) == ""
    assert (await kept.setup(store.tenant)).worked_at == AT
    actions = [entry.action for entry in await store.whole.log.audit(store.tenant)]
    assert actions.count("sign_on.proven") == 1
    (tenant,) = await store.whole.tenancy.tenants_named("corp")
    assert tenant.sso_confirmed
    await kept.put_setup(setup(store.tenant), ENTRY, AT)
    assert (await kept.setup(store.tenant)).worked_at == AT
    await kept.put_setup(setup(store.tenant, "https://other.test"), ENTRY, AT)
    assert (await kept.setup(store.tenant)).worked_at == ""
    assert await kept.remove_setup(store.tenant, ENTRY, AT)
    assert not await kept.remove_setup(store.tenant, ENTRY, AT)
    (tenant,) = await store.whole.tenancy.tenants_named("corp")
    assert not tenant.sso_confirmed


async def test_what_counts_once_counts_once_and_until_it_expires(store: Opened) -> None:
    kept = store.whole.sign_on
    once = Once(store.tenant, "request", "v1", LATER, {"a": 1})
    assert await kept.add_once(once)
    assert not await kept.add_once(once)
    assert await kept.once("request", "v1", AT) == once
    assert await kept.once("request", "v1", LATER) is None
    assert not await kept.take_once(once, LATER)
    taken = await asyncio.gather(*(kept.take_once(once, AT) for _ in range(5)))
    assert sorted(taken) == [False] * 4 + [True]


async def test_a_sign_in_ends_whole_or_not_at_all(store: Opened) -> None:
    kept = store.whole.sign_on
    ada = await store.create(person("ada@corp.test"))
    request = Once(store.tenant, "request", "v1", LATER)
    used = Once(store.tenant, "assertion", "a1", LATER)
    await kept.add_once(request)
    ended = Ended(store.tenant, attempt(store.tenant), (request,), (used,), (), session(store.tenant, ada))
    assert await kept.end(ended, AT) == ""
    assert await kept.end(ended, AT) == "uses"
    again = Once(store.tenant, "request", "v2", LATER)
    await kept.add_once(again)
    replayed = Ended(
        store.tenant, attempt(store.tenant), (again,), (used,), (), session(store.tenant, ada, b"2" * 32)
    )
    assert await kept.end(replayed, AT) == "remembers"
    assert await kept.once("request", "v2", AT) is not None
    assert len(await kept.sessions_of(store.tenant, ada, AT)) == 1
    assert len(await kept.attempts(store.tenant)) == 3


async def test_nobody_comes_in_whose_access_is_not_granted(store: Opened) -> None:
    kept = store.whole.sign_on
    ada = await store.create(person("ada@corp.test", active=False))
    for who in (ada, "nobody"):
        ended = Ended(store.tenant, attempt(store.tenant), session=session(store.tenant, who))
        assert await kept.end(ended, AT) == "access"
    assert await kept.session(store.tenant, b"1" * 32, AT) is None


@pytest.mark.requirement("K35")
async def test_sessions_end_in_the_transaction_that_ends_access(store: Opened) -> None:
    kept = store.whole.sign_on
    ada, eve = await store.create(person("ada@corp.test")), await store.create(person("eve@corp.test"))
    for who, secret in ((ada, b"1" * 32), (eve, b"2" * 32)):
        ended = Ended(store.tenant, attempt(store.tenant), session=session(store.tenant, who, secret))
        assert await kept.end(ended, AT) == ""
    assert (await kept.session(store.tenant, b"1" * 32, AT)).person == ada
    assert await kept.session(store.strangers, b"1" * 32, AT) is None
    assert await kept.session(store.tenant, b"1" * 32, LATER) is None
    await store.patch("User", ada, OFF)
    assert await kept.sessions_of(store.tenant, ada, AT) == []
    await store.patch("User", ada, ON)
    assert await kept.session(store.tenant, b"1" * 32, AT) is None
    assert len(await kept.sessions_of(store.tenant, eve, AT)) == 1
    await store.delete("User", eve)
    assert await kept.sessions_of(store.tenant, eve, AT) == []


async def test_a_sign_in_while_access_ends_leaves_no_session_that_counts(store: Opened) -> None:
    kept = store.whole.sign_on
    for number in range(8):
        ada = await store.create(person(f"ada{number}@corp.test"))
        secret = bytes([number]) * 32
        ended = Ended(store.tenant, attempt(store.tenant), session=session(store.tenant, ada, secret))
        await asyncio.gather(kept.end(ended, AT), store.patch("User", ada, OFF))
        assert await kept.session(store.tenant, secret, AT) is None
        await store.patch("User", ada, ON)
        assert await kept.session(store.tenant, secret, AT) is None


async def test_sessions_end_by_sign_in_by_subject_and_by_index(store: Opened) -> None:
    kept = store.whole.sign_on
    ada = await store.create(person("ada@corp.test"))
    for number, index in enumerate(("i1", "i2", "i3")):
        one = session(store.tenant, ada, bytes([number]) * 32, sign_in=f"s{number}", session_index=index)
        assert await kept.end(Ended(store.tenant, attempt(store.tenant), session=one), AT) == ""
    assert len(await kept.sign_in(store.tenant, "s0", AT)) == 1
    assert await kept.revoke_sign_in(store.tenant, "somebody else", "s0", ENTRY, AT) == 0
    assert await kept.revoke_sign_in(store.strangers, ada, "s0", ENTRY, AT) == 0
    audited = len(await store.whole.log.audit(store.tenant))
    assert await kept.revoke_sign_in(store.tenant, ada, "s0", ENTRY, AT) == 1
    assert len(await store.whole.log.audit(store.tenant)) == audited + 1
    assert await kept.end_sign_in(store.tenant, "s0") == 0
    assert await kept.end_subject(store.tenant, "ada", ("i2", "i9")) == 1
    assert await kept.end_subject(store.strangers, "ada", ()) == 0
    assert await kept.end_subject(store.tenant, "ada", ()) == 1


async def test_a_code_gives_a_session_beside_the_one_of_its_sign_in(store: Opened) -> None:
    kept = store.whole.sign_on
    ada = await store.create(person("ada@corp.test"))
    code = Once(store.tenant, "code", "c1", LATER)
    first = session(store.tenant, ada)
    assert await kept.end(Ended(store.tenant, attempt(store.tenant), adds=(code,), session=first), AT) == ""
    beside = session(store.tenant, ada, b"2" * 32)
    assert await kept.exchange(code, beside, AT)
    assert not await kept.exchange(code, session(store.tenant, ada, b"3" * 32), AT)
    await kept.end_sign_in(store.tenant, "s")
    await kept.add_once(code)
    assert not await kept.exchange(code, session(store.tenant, ada, b"4" * 32), AT)


async def test_the_last_key_pair_stays(store: Opened) -> None:
    kept = store.whole.sign_on
    first = StoredKeyPair(store.tenant, "k1", "pem", b"sealed", AT)
    assert await kept.add_key_pair(first, ENTRY, AT, only_first=True)
    assert not await kept.add_key_pair(
        StoredKeyPair(store.tenant, "k2", "pem", b"sealed", AT), ENTRY, AT, only_first=True
    )
    assert not await kept.remove_key_pair(store.tenant, "k1", ENTRY, AT)
    assert await kept.add_key_pair(StoredKeyPair(store.tenant, "k2", "pem2", b"sealed", LATER), ENTRY, AT)
    assert [pair.id for pair in await kept.key_pairs(store.tenant)] == ["k2", "k1"]
    assert await kept.remove_key_pair(store.tenant, "k1", ENTRY, AT)
    assert await kept.key_pairs(store.strangers) == []


async def test_what_expired_is_tidied_away(store: Opened) -> None:
    kept = store.whole.sign_on
    await kept.add_once(Once(store.tenant, "request", "old", EXPIRED))
    await kept.add_once(Once(store.tenant, "request", "new", LATER))
    for _ in range(5):
        await kept.end(Ended(store.tenant, attempt(store.tenant, "unknown")), AT)
    assert await kept.tidy(AT, keep_attempts=3) == 3
    assert await kept.tidy(AT, keep_attempts=3) == 0
    assert await kept.once("request", "new", AT) is not None
    assert len(await kept.attempts(store.tenant)) == 3
