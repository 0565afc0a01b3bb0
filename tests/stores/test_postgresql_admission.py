"""What is remembered of a token holds for as long as nothing of it has changed, in any process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.installation import Site, Tenant, installation
from tests.postgresql import Place
from vestibule.stores.shared_sql.tenancy_rows import ADMISSION, ADMISSION_WIDTH
from vestibule.tenancy.access_tokens import only_live_token, revoke_token

#: Every column that admits somebody.
COLUMNS = [
    one.strip().removeprefix("coalesce(").removesuffix(", 0)")
    for one in ADMISSION.replace(", 0)", ")").replace(")", "").split(",")
]


@pytest.fixture
async def site(postgresql: Place) -> AsyncIterator[Site]:
    async with installation(postgresql) as site:
        yield site


@pytest.fixture
async def corp(site: Site) -> Tenant:
    return await site.tenant(slug="corp")


@pytest.fixture
async def outside(postgresql: Place, corp: Tenant) -> AsyncIterator[Any]:
    """Another process's connection."""
    connection = await postgresql.connect()
    assert (await corp.get("/Users/nobody")).status == 404
    yield connection
    await connection.close()


async def test_the_columns_are_those_of_the_tables(outside: Any) -> None:
    assert len(COLUMNS) == len(set(COLUMNS)) == ADMISSION_WIDTH
    for column in COLUMNS:
        table, _, name = column.partition(".")
        await outside.fetch(f"SELECT {name} FROM {table}")


@pytest.mark.parametrize("column", COLUMNS)
async def test_a_change_of_any_of_them_is_another_version(outside: Any, column: str) -> None:
    table, _, name = column.partition(".")
    before = await outside.fetchval("SELECT version FROM admission_version")
    await outside.execute(
        f"UPDATE {table} SET {name} = {name}" if name != "id" else f"DELETE FROM {table} WHERE false"
    )
    assert await outside.fetchval("SELECT version FROM admission_version") != before


async def test_a_use_is_none(outside: Any) -> None:
    before = await outside.fetchval("SELECT version FROM admission_version")
    await outside.execute("UPDATE token SET last_used_at = '2999'")
    assert await outside.fetchval("SELECT version FROM admission_version") == before


@pytest.mark.parametrize(
    "path", ["/Users/nobody", "/Users?filter=userName%20eq%20%22a%22", "/Users", "/Groups/x"]
)
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("UPDATE tenant SET suspended = true", 403),
        ("UPDATE tenant SET provisioning = 'paused'", 403),
        ("UPDATE token SET revoked_at = '2020-01-01T00:00:00.000Z'", 401),
        ("UPDATE token SET expires_at = '2020-01-01T00:00:00.000Z'", 401),
        ("DELETE FROM token", 401),
    ],
)
async def test_a_change_by_another_process_holds_at_once(
    corp: Tenant, outside: Any, change: str, status: int, path: str
) -> None:
    for _ in range(2):
        assert (await corp.get(path)).status in (200, 404)
    await outside.execute("BEGIN")
    await outside.execute(change)
    assert (await corp.get(path)).status in (200, 404), "not committed yet"
    await outside.execute("COMMIT")
    for _ in range(2):
        assert (await corp.get(path)).status == status


async def test_a_change_here_holds_at_once(site: Site, corp: Tenant) -> None:
    assert (await corp.get("/Users")).status == 200
    await revoke_token(site.desk, await only_live_token(site.desk, corp.record))
    assert (await corp.get("/Users")).status == 401


async def test_two_tenants_do_not_meet(site: Site, corp: Tenant) -> None:
    other = await site.tenant(slug="strangers")
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "mika@corp.test"}
    mika = (await corp.post("/Users", body)).json
    lookup = "/Users?filter=userName%20eq%20%22mika@corp.test%22"
    for _ in range(3):
        assert (await corp.get(lookup)).json["totalResults"] == 1
        assert (await other.get(lookup)).json["totalResults"] == 0
        assert (await corp.get(f"/Users/{mika['id']}")).status == 200
        assert (await other.get(f"/Users/{mika['id']}")).status == 404
