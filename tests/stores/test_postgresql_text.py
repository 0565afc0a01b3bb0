"""Text compares by bytes, whatever locale the database was made with: nothing is left to the default collation."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.postgresql import Place
from tests.scim.compiled import ENTERPRISE, GROUPS, USERS, WSOS
from vestibule.scim.path import parse_attribute_path
from vestibule.scim.target import Target
from vestibule.stores.postgresql.database import RECEIVING_MIGRATIONS, PostgresDatabase
from vestibule.stores.postgresql.dialect import PostgresDialect
from vestibule.stores.shared_sql.dialect import Bindings
from vestibule.stores.shared_sql.filter_sql import Asking, FilterSql

_DEFAULT_COLLATION = """
SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_collation l ON l.oid = a.attcollation
WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND l.collname <> 'C'"""


@pytest.fixture
async def database(postgresql: Place) -> AsyncIterator[PostgresDatabase]:
    opened = PostgresDatabase(postgresql.url, RECEIVING_MIGRATIONS, schema=postgresql.schema)
    await opened.start()
    yield opened
    await opened.stop()


async def test_every_column_compares_by_bytes(database: PostgresDatabase) -> None:
    schema = database.address.schema
    assert await database.rows(_DEFAULT_COLLATION, (schema,)) == []
    assert await database.value("SELECT count(*) FROM pg_tables WHERE schemaname = $1", (schema,)) > 10


@pytest.mark.parametrize(
    "path",
    [
        *(
            "userName",
            "displayName",
            "title",
            "name.familyName",
            "emails.value",
            "emails.type",
            "emails",
            "id",
        ),
        *("externalId", "meta.version", "meta.location", "meta.created", "meta.resourceType", "profileUrl"),
        *(
            "groups.value",
            "groups.display",
            "groups.type",
            "groups.$ref",
            "x509Certificates.value",
            "schemas",
        ),
        *(
            f"{ENTERPRISE}:department",
            f"{ENTERPRISE}:manager.value",
            f"{WSOS}:hiredAt",
            f"{WSOS}:badges.value",
        ),
    ],
)
async def test_what_is_compared_and_sorted_by_is_too(database: PostgresDatabase, path: str) -> None:
    target = USERS.target(parse_attribute_path(path))
    assert target is not None
    assert await _collation(database, "User", target) == '"C"'


@pytest.mark.parametrize("path", ["members.value", "members.display", "members.type", "members.$ref"])
async def test_of_groups_as_well(database: PostgresDatabase, path: str) -> None:
    target = GROUPS.target(parse_attribute_path(path))
    assert target is not None
    assert await _collation(database, "Group", target) == '"C"'


async def _collation(database: PostgresDatabase, type: str, target: Target) -> str:
    """What PostgreSQL would compare the sort key by; asked of a row, as there must be one."""
    dialect = PostgresDialect()
    bindings = Bindings(dialect, (1, 1))
    asking = Asking(type, "$1", "$2", "https://vestibule.test")
    key = FilterSql(dialect, bindings, asking).sort_key(target)
    sql = f"""
        WITH r AS (
            SELECT * FROM resource UNION ALL
            SELECT 1, 1, '', '', '', 1, 1, '', '', '', '', '', '', true, '', '', 1, '', '', '', '', ''::bytea, '{{}}'::jsonb
        )
        SELECT pg_collation_for({key}) FROM r WHERE tenant = $1::bigint AND connection = $2::bigint"""
    found: str = await database.value(sql, bindings.values)
    return found
