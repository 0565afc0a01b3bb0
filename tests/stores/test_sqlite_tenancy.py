"""Tenancy on SQLite: the contract, and that what one process changes another sees at once."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contracts.tenancy_contract import NOW, Actions, TenancyContract, desk
from vestibule.profiles.shelf import ProfileShelf
from vestibule.stores.sqlite.database import RECEIVING_MIGRATIONS, SqliteDatabase
from vestibule.stores.sqlite.tenancy import SqliteTenancy
from vestibule.tenancy.access_tokens import issue_token, revoke_token
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.tenants import change_plan, create_tenant
from vestibule.tenancy.token import token_hash

__all__ = ["desk"]


@pytest.fixture
async def database() -> AsyncIterator[SqliteDatabase]:
    opened = SqliteDatabase("sqlite://", RECEIVING_MIGRATIONS)
    await opened.start()
    yield opened
    await opened.stop()


@pytest.fixture
def store(database: SqliteDatabase) -> SqliteTenancy:
    return SqliteTenancy(database)


@pytest.fixture
def actions(database: SqliteDatabase) -> Actions:
    async def read() -> list[str]:
        return [action for (action,) in database.read("SELECT action FROM audit ORDER BY seq")]

    return read


class TestSqliteTenancy(TenancyContract):
    """The contract."""

    async def test_uses_of_a_token_are_gathered_and_written(self, desk: Desk, store: SqliteTenancy) -> None:
        issued = await issue_token(desk, await create_tenant(desk, "Corp"))
        store.touch_last_used(issued.record.id, NOW)
        store.touch_last_used(issued.record.id, "2026-01-02T03:04:06.000Z")
        await store.flush()
        token = await store.token(issued.record.id)
        assert token is not None
        assert token.last_used_at == "2026-01-02T03:04:06.000Z"

    async def test_admission_reads_one_row(self, desk: Desk, database: SqliteDatabase) -> None:
        issued = await issue_token(desk, await create_tenant(desk, "Corp"))
        before = database.reading.rows_read
        await desk.store.admit(token_hash(issued.secret))
        assert database.reading.rows_read == before + 1


async def test_what_another_process_changes_holds_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vestibule.db'}"
    server, cli = SqliteDatabase(url, RECEIVING_MIGRATIONS), SqliteDatabase(url, RECEIVING_MIGRATIONS)
    await server.start()
    await cli.start()
    serving = SqliteTenancy(server)
    operator = SqliteTenancy(cli)
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
