"""Sign-in on both stores: links, passwords, sessions, and what ends them."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.database import new_database
from vestibule.profiles.shelf import ProfileShelf
from vestibule.sign_in.administrator import Grant
from vestibule.sign_in.administrators import (
    add_administrator,
    add_operator,
    administrator_named,
    become_first_operator,
    issue_first_link,
    issue_link,
    remove_administrator,
    remove_operator,
)
from vestibule.sign_in.entering import Reception
from vestibule.sign_in.errors import (
    BadEmail,
    LastOneLeft,
    LinkUsed,
    TooManyAttempts,
    UnknownAdministrator,
    WeakPassword,
    WrongPassword,
)
from vestibule.sign_in.session import IDLE, LONGEST, later
from vestibule.stores.receiving import ReceivingStore, open_receiving_store
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.tenant import Tenant
from vestibule.tenancy.tenants import create_tenant

GOOD = "four plain words here"


class Stage:
    """A store, a clock that is set by hand, and a reception."""

    def __init__(self, store: ReceivingStore) -> None:
        self.now = "2026-01-02T03:04:05.678Z"
        self.seconds = 0.0
        self.store = store
        self.reception = Reception(store.sign_in, lambda: self.now, secrets.token_bytes, lambda: self.seconds)
        self.desk = self.reception.desk("operator:mia")

    async def tenant(self) -> tuple[Tenant, Grant]:
        desk = Desk(
            self.store.tenancy,
            ProfileShelf(self.store.tenancy),
            lambda: self.now,
            secrets.token_bytes,
            "operator:mia",
        )
        name = f"corp-{secrets.token_hex(4)}"
        tenant = await create_tenant(desk, name)
        account = next(one for one in await self.store.tenancy.accounts() if one.name == name)
        return tenant, Grant(account.id, tenant.id)

    def email(self) -> str:
        return f"mia.{secrets.token_hex(4)}@corp.test"


@pytest.fixture
async def stage(each_store: None) -> AsyncIterator[Stage]:
    place = new_database()
    store = open_receiving_store(place.url, schema=place.schema)
    await store.start()
    yield Stage(store)
    await store.stop()


async def test_a_link_lets_in_once_and_for_a_day(stage: Stage) -> None:
    one = await add_operator(stage.desk, stage.email())
    link = await issue_link(stage.desk, one)
    assert (await stage.reception.whose_link(link)) == one
    session = await stage.reception.by_link(link, "browser")
    with pytest.raises(LinkUsed):
        await stage.reception.by_link(link, "browser")
    found = await stage.reception.who(session)
    assert found is not None
    assert found[1].email == one.email
    assert found[1].signed_in_at == stage.now
    link = await issue_link(stage.desk, one)
    stage.now = later(stage.now, timedelta(hours=24))
    with pytest.raises(LinkUsed):
        await stage.reception.by_link(link, "browser")


async def test_a_later_link_ends_the_earlier_one(stage: Stage) -> None:
    one = await add_operator(stage.desk, stage.email())
    first, second = await issue_link(stage.desk, one), await issue_link(stage.desk, one)
    with pytest.raises(LinkUsed):
        await stage.reception.by_link(first, "")
    assert await stage.reception.by_link(second, "")


async def test_sessions_end_when_idle_and_at_last(stage: Stage) -> None:
    one = await add_operator(stage.desk, stage.email())
    secret = await stage.reception.by_link(await issue_link(stage.desk, one), "browser")
    started = stage.now
    while stage.now < later(started, LONGEST - IDLE):
        stage.now = later(stage.now, IDLE - timedelta(minutes=1))
        assert await stage.reception.who(secret)
    stage.now = later(started, LONGEST)
    assert await stage.reception.who(secret) is None
    other = await stage.reception.by_link(await issue_link(stage.desk, one), "browser")
    stage.now = later(stage.now, IDLE)
    assert await stage.reception.who(other) is None


async def test_a_password_is_chosen_and_then_lets_in(stage: Stage) -> None:
    one = await add_operator(stage.desk, stage.email())
    before = await stage.reception.by_link(await issue_link(stage.desk, one), "")
    with pytest.raises(WeakPassword):
        await stage.reception.choose_password(one, "short", "")
    with pytest.raises(WeakPassword):
        await stage.reception.choose_password(one, one.email, "")
    after = await stage.reception.choose_password(one, GOOD, "")
    assert await stage.reception.who(before) is None
    assert await stage.reception.who(after)
    secret = await stage.reception.by_password(one.email.upper(), GOOD, "here", "")
    assert await stage.reception.who(secret)
    for email, password in ((one.email, GOOD + "!"), (stage.email(), GOOD), ("", "")):
        with pytest.raises(WrongPassword):
            await stage.reception.by_password(email, password, "here", "")


async def test_without_a_password_none_lets_in(stage: Stage) -> None:
    one = await add_operator(stage.desk, stage.email())
    for password in ("", "nobody's", GOOD):
        with pytest.raises(WrongPassword):
            await stage.reception.by_password(one.email, password, "here", "")


async def test_wrong_passwords_are_limited_by_address_and_place(stage: Stage) -> None:
    one = await add_operator(stage.desk, stage.email())
    for _ in range(8):
        with pytest.raises(WrongPassword):
            await stage.reception.by_password(one.email, "wrong", "here", "")
    with pytest.raises(TooManyAttempts):
        await stage.reception.by_password(one.email, GOOD, "elsewhere", "")
    with pytest.raises(WrongPassword):
        await stage.reception.by_password(stage.email(), "wrong", "here", "")
    stage.seconds = 901.0
    with pytest.raises(WrongPassword):
        await stage.reception.by_password(one.email, "wrong", "here", "")


async def test_an_administrator_reaches_what_was_granted_and_nothing_else(stage: Stage) -> None:
    tenant, grant = await stage.tenant()
    other, other_grant = await stage.tenant()
    one = await add_administrator(stage.desk, stage.email(), grant, name="Mia")
    assert one.reaches(grant.account, tenant.id)
    assert not one.reaches(other_grant.account, other.id)
    both = await add_administrator(stage.desk, one.email.upper(), Grant(other_grant.account))
    assert (both.id, both.name) == (one.id, "Mia")
    assert both.reaches(other_grant.account, other.id)
    assert [found.id for found in await stage.store.sign_in.administrators(grant.account)] == [one.id]


async def test_whoever_is_left_with_nothing_is_out_at_once(stage: Stage) -> None:
    _, grant = await stage.tenant()
    one = await add_administrator(stage.desk, stage.email(), grant)
    secret = await stage.reception.by_link(await issue_link(stage.desk, one), "")
    with pytest.raises(LastOneLeft):
        await remove_administrator(stage.desk, one, grant)
    await add_administrator(stage.desk, stage.email(), grant)
    await remove_administrator(stage.desk, one, grant)
    assert await stage.reception.who(secret) is None
    with pytest.raises(UnknownAdministrator):
        await administrator_named(stage.desk, one.email)


async def test_a_session_is_ended_by_its_owner_alone(stage: Stage) -> None:
    one, other = [await add_operator(stage.desk, stage.email()) for _ in range(2)]
    secret = await stage.reception.by_link(await issue_link(stage.desk, one), "Firefox")
    (session,) = await stage.store.sign_in.sessions(one.id)
    assert session.user_agent == "Firefox"
    assert not await stage.reception.end(other, session.id, other)
    assert await stage.reception.who(secret)
    assert await stage.reception.end(one, session.id, one)
    assert await stage.reception.who(secret) is None


async def test_what_ended_is_forgotten(stage: Stage) -> None:
    one = await add_operator(stage.desk, stage.email())
    await stage.reception.by_link(await issue_link(stage.desk, one), "")
    assert await stage.store.sign_in.forget_ended(later(stage.now, LONGEST + IDLE)) >= 1
    assert await stage.store.sign_in.sessions(one.id) == []


@pytest.mark.parametrize(
    "email", ["", "mia", "mia@", "@corp.test", "a b@corp.test", "a@b\r\nc", "<a@b>", "a@" + "b" * 300]
)
async def test_what_is_no_address_is_refused(stage: Stage, email: str) -> None:
    with pytest.raises(BadEmail):
        await add_operator(stage.desk, email)


async def test_the_first_operator_comes_by_the_first_link() -> None:
    store = open_receiving_store("sqlite://")
    await store.start()
    stage = Stage(store)
    link = await issue_first_link(stage.desk)
    assert link is not None
    assert await stage.reception.whose_link(link) is None
    with pytest.raises(BadEmail):
        await become_first_operator(stage.desk, link, "mia", "Mia")
    first = await become_first_operator(stage.desk, link, "mia@corp.test", "Mia")
    assert first.is_operator
    with pytest.raises(LinkUsed):
        await become_first_operator(stage.desk, link, "eve@corp.test", "Eve")
    assert await issue_first_link(stage.desk) is None
    with pytest.raises(LastOneLeft):
        await remove_operator(stage.desk, first)
    actions = [entry.action for entry in await store.log.audit(None)]
    assert actions == ["operator.first_link_issued", "operator.added"]
    await store.stop()
