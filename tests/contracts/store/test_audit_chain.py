"""The audit trail's chain on either store: sealed in order, held over an erasure, broken by every kind of tampering."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

from tests.contracts.store.opened import Opened
from vestibule.directory.audit_chain import verified
from vestibule.directory.change import AuditEntry
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.tenancy.store import TenantChange

NOW = "2026-01-02T03:04:05.678Z"


async def written(store: Opened, count: int) -> None:
    """So many entries of two tenants, some with details."""
    for number in range(count):
        tenant = store.tenant if number % 3 else store.strangers
        payload = {"plan": f"p{number}", "who": "佐藤 \u2028"} if number % 2 else None
        entry = AuditEntry(
            "operator:mia", "tenant.plan_changed", "Tenant", str(number), payload, f"r{number}"
        )
        await store.whole.tenancy.change_tenant(tenant, TenantChange(plan=f"p{number}"), entry, NOW)


async def sealed(store: Opened, limit: int = 200) -> None:
    while await store.whole.audit_chain.seal(os.urandom, limit=limit):
        pass


async def by_hand(store: Opened, sql: str) -> None:
    """Whoever has the database may write what they like to it."""
    database: Any = store.whole.database
    if isinstance(database, PostgresDatabase):
        await database.change(sql)
    else:
        await database.write(lambda connection: connection.change(sql))


async def test_entries_are_sealed_in_order_and_the_chain_holds(store: Opened) -> None:
    await written(store, 9)
    chain = store.whole.audit_chain
    assert (await verified(chain)).head.count == 0
    await sealed(store, limit=2)
    first = await chain.head()
    await written(store, 4)
    walk = await verified(chain)
    assert (walk.holds, walk.faults) == (True, [])
    await sealed(store)
    walk = await verified(chain)
    assert (walk.holds, walk.waiting, walk.erased) == (True, 0, 0)
    assert walk.head.count == first.count + 4
    assert await chain.seal(os.urandom) == 0


async def test_several_who_seal_at_once_make_one_chain(store: Opened) -> None:
    await written(store, 12)
    while any(await asyncio.gather(*(store.whole.audit_chain.seal(os.urandom, limit=3) for _ in range(4)))):
        pass
    walk = await verified(store.whole.audit_chain)
    assert walk.holds
    assert walk.head.count >= 12


async def test_an_erasure_leaves_the_chain_whole(store: Opened) -> None:
    await written(store, 6)
    await sealed(store)
    await by_hand(store, "UPDATE audit SET payload = NULL, salt = NULL WHERE subject_id = '3'")
    walk = await verified(store.whole.audit_chain)
    assert (walk.holds, walk.erased) == (True, 1)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit SET actor = 'operator:eve' WHERE subject_id = '3'",
        "UPDATE audit SET at = '2020-01-01T00:00:00.000Z' WHERE subject_id = '3'",
        "UPDATE audit SET payload = '{}' WHERE subject_id = '3'",
        "UPDATE audit SET payload = '{}' WHERE subject_id = '2'",
        "DELETE FROM audit WHERE subject_id = '3'",
        "DELETE FROM audit WHERE subject_id = '5'",
        "UPDATE audit SET chain = NULL WHERE subject_id = '3'",
        "UPDATE audit SET payload_hash = NULL, payload = NULL, salt = NULL WHERE subject_id = '3'",
        "UPDATE audit SET request_id = NULL WHERE subject_id = '4'",
    ],
)
async def test_every_kind_of_tampering_is_told(store: Opened, tampering: str) -> None:
    await written(store, 6)
    await sealed(store)
    assert (await verified(store.whole.audit_chain)).holds
    await by_hand(store, tampering)
    walk = await verified(store.whole.audit_chain)
    assert not walk.holds
    assert walk.faults
