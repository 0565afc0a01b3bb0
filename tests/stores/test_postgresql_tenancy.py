"""Tenancy on PostgreSQL: the contract, and that what one process changes another sees at once."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from tests.contracts.tenancy_contract import NOW, Actions, TenancyContract, desk
from tests.postgresql import Place
from vestibule.profiles.shelf import ProfileShelf
from vestibule.stores.postgresql.database import RECEIVING_MIGRATIONS, PostgresDatabase
from vestibule.stores.postgresql.tenancy import PostgresTenancy
from vestibule.tenancy.access_tokens import issue_token, revoke_token
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.errors import SlugTaken
from vestibule.tenancy.tenants import change_plan, create_tenant
from vestibule.tenancy.token import token_hash

__all__ = ["desk"]


def opened(place: Place) -> PostgresDatabase:
    return PostgresDatabase(place.url, RECEIVING_MIGRATIONS, schema=place.schema)


@pytest.fixture
async def database(postgresql: Place) -> AsyncIterator[PostgresDatabase]:
    database = opened(postgresql)
    await database.start()
    yield database
    await database.stop()


@pytest.fixture
def store(database: PostgresDatabase) -> PostgresTenancy:
    return PostgresTenancy(database)


@pytest.fixture
def actions(database: PostgresDatabase) -> Actions:
    async def read() -> list[str]:
        return [row[0] for row in await database.rows("SELECT action FROM audit ORDER BY seq")]

    return read


class TestPostgresTenancy(TenancyContract):
    """The contract."""

    async def test_uses_of_a_token_are_gathered_and_written(self, desk: Desk, store: PostgresTenancy) -> None:
        issued = await issue_token(desk, await create_tenant(desk, "Corp"))
        store.touch_last_used(issued.record.id, NOW)
        store.touch_last_used(issued.record.id, "2026-01-02T03:04:06.000Z")
        await store.flush()
        token = await store.token(issued.record.id)
        assert token is not None
        assert token.last_used_at == "2026-01-02T03:04:06.000Z"

    async def test_admission_reads_one_row(self, desk: Desk, database: PostgresDatabase) -> None:
        issued = await issue_token(desk, await create_tenant(desk, "Corp"))
        before = database.rows_read
        await desk.store.admit(token_hash(issued.secret))
        assert database.rows_read == before + 1

    async def test_of_many_who_want_a_slug_at_once_one_gets_it(self, desk: Desk) -> None:
        made = await asyncio.gather(
            *(create_tenant(desk, "Corp", account="Holding") for _ in range(6)), return_exceptions=True
        )
        assert sorted(type(each).__name__ for each in made) == ["SlugTaken"] * 5 + ["Tenant"]
        assert all(isinstance(each, SlugTaken) or each.slug == "corp" for each in made)  # type: ignore[union-attr]
        assert len(await desk.store.accounts()) == 1


async def test_what_another_process_changes_holds_at_once(postgresql: Place) -> None:
    server, cli = opened(postgresql), opened(postgresql)
    await server.start()
    await cli.start()
    serving, operator = PostgresTenancy(server), PostgresTenancy(cli)
    hand = Desk(operator, ProfileShelf(operator), lambda: NOW, secrets.token_bytes, "operator:mia")
    tenant = await create_tenant(hand, "Corp", profile="acall")
    issued = await issue_token(hand, tenant)
    hash = token_hash(issued.secret)
    admission = await serving.admit(hash)
    assert admission is not None
    assert admission.plan == "business"
    await change_plan(hand, tenant, "basic")
    await revoke_token(hand, issued.record)
    admission = await serving.admit(hash)
    assert admission is not None
    assert (admission.plan, admission.revoked_at) == ("basic", NOW)
    await server.stop()
    await cli.stop()
