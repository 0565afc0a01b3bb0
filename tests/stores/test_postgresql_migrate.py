"""Schema steps on PostgreSQL: each once, whole or not at all, whoever comes first."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from tests.postgresql import Place
from vestibule.scim.errors import Unavailable
from vestibule.stores.migration import MigrationError
from vestibule.stores.postgresql.address import DatabaseRefused
from vestibule.stores.postgresql.database import RECEIVING_MIGRATIONS, PostgresDatabase
from vestibule.stores.postgresql.migrate import version
from vestibule.stores.receiving import open_receiving_store

FIRST = "CREATE TABLE a (x int); -- a; comment\nCREATE TABLE b (y text DEFAULT ';');\n"
OUR_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "steps"
    made.mkdir()
    (made / "0001_first.sql").write_text(FIRST)
    (made / "README").write_text("no step")
    return made


async def migrated(place: Place, folder: Path, **more: float) -> set[str]:
    """Start once; the tables that are there then."""
    database = PostgresDatabase(place.url, folder, schema=place.schema, **more)  # type: ignore[arg-type]
    await database.start()
    tables = {row[0] for row in await database.rows(OUR_TABLES)}
    await database.stop()
    return tables


async def test_each_step_once(postgresql: Place, folder: Path) -> None:
    assert await migrated(postgresql, folder) == {"a", "b", "migration"}
    (folder / "0002_second.py").write_text(
        "async def migrate(connection):\n    await connection.script('DROP TABLE b')\n"
    )
    assert await migrated(postgresql, folder) == {"a", "migration"}
    assert await migrated(postgresql, folder) == {"a", "migration"}


async def test_a_step_that_fails_leaves_nothing(postgresql: Place, folder: Path) -> None:
    (folder / "0002_bad.sql").write_text("CREATE TABLE c (z int); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(asyncpg.UndefinedTableError, match="nowhere"):
        await migrated(postgresql, folder)
    (folder / "0002_bad.sql").unlink()
    assert await migrated(postgresql, folder) == {"a", "b", "migration"}


async def test_killed_half_way_it_goes_on_from_there(postgresql: Place, folder: Path) -> None:
    killing = (
        "import os\n\nasync def migrate(connection):\n"
        "    await connection.script('CREATE TABLE c (z int)')\n    os._exit(9)\n"
    )
    (folder / "0002_long.py").write_text(killing)
    script = (
        "import asyncio, sys; from pathlib import Path\n"
        "from vestibule.stores.postgresql.database import PostgresDatabase\n"
        "asyncio.run(PostgresDatabase(sys.argv[1], Path(sys.argv[3]), schema=sys.argv[2]).start())\n"
    )
    command = [sys.executable, "-c", script, postgresql.url, postgresql.schema, folder]
    assert subprocess.run(command, check=False).returncode == 9
    (folder / "0002_long.py").rename(folder / "later.txt")
    assert await migrated(postgresql, folder) == {"a", "b", "migration"}
    (folder / "0002_long.py").write_text(killing.replace("os._exit(9)", "pass"))
    assert await migrated(postgresql, folder) == {"a", "b", "c", "migration"}


async def test_many_at_once_do_each_step_once(postgresql: Place, folder: Path) -> None:
    (folder / "0002_rows.sql").write_text("INSERT INTO a VALUES (1); SELECT pg_sleep(0.05)")
    await asyncio.gather(*(migrated(postgresql, folder) for _ in range(5)))
    connection = await postgresql.connect()
    assert await connection.fetchval("SELECT count(*) FROM a") == 1
    await connection.close()


async def test_who_waits_says_so_and_gives_up_in_the_end(postgresql: Place, folder: Path) -> None:
    holder = await postgresql.connect()
    lock = "SELECT pg_advisory_lock(hashtextextended('vestibule migrates ' || $1, 0))"
    await holder.execute(lock, postgresql.schema)
    waited: list[float] = []
    database = PostgresDatabase(
        postgresql.url, folder, schema=postgresql.schema, patience=0.1, waiting=waited.append
    )
    with pytest.raises(Unavailable, match="another process is migrating") as refused:
        await database.start()
    assert refused.value.retry_after == 30
    assert waited == sorted(waited) != []
    await holder.close()
    assert await migrated(postgresql, folder) == {"a", "b", "migration"}


async def test_steps_of_a_newer_version_are_no_fault(postgresql: Place, folder: Path) -> None:
    (folder / "0002_newer.sql").write_text("CREATE TABLE c (z int)")
    await migrated(postgresql, folder)
    (folder / "0002_newer.sql").unlink()
    assert "c" in await migrated(postgresql, folder)


async def test_a_folder_out_of_order(postgresql: Place, folder: Path) -> None:
    await migrated(postgresql, folder)
    (folder / "0001_first.sql").rename(folder / "0001_renamed.sql")
    with pytest.raises(MigrationError, match="'first'"):
        await migrated(postgresql, folder)


async def test_two_installations_in_one_database(postgresql: Place, folder: Path) -> None:
    """Each in its schema, and none sees the other's."""
    other = Place(postgresql.url, f"{postgresql.schema}_other")
    await migrated(postgresql, folder)
    (folder / "0002_more.sql").write_text("CREATE TABLE c (z int)")
    assert await migrated(other, folder) == {"a", "b", "c", "migration"}
    connection = await postgresql.connect()
    assert {row[0] for row in await connection.fetch(OUR_TABLES)} == {"a", "b", "migration"}
    await connection.close()


async def test_the_version_before_and_after(postgresql: Place) -> None:
    async def told(database: PostgresDatabase) -> int:
        return await database.read(lambda connection: version(connection, postgresql.schema))

    looking = PostgresDatabase(postgresql.url, RECEIVING_MIGRATIONS, schema=postgresql.schema, migrates=False)
    await looking.start()
    assert await told(looking) == 0
    with pytest.raises(Unavailable, match="vestibule migrate"):
        await looking.rows("SELECT id FROM tenant")
    migrating = PostgresDatabase(postgresql.url, RECEIVING_MIGRATIONS, schema=postgresql.schema)
    await migrating.start()
    assert (
        await told(looking)
        == await told(migrating)
        == max(int(path.name[:4]) for path in RECEIVING_MIGRATIONS.glob("0*"))
    )
    await looking.stop()
    await migrating.stop()


async def test_who_may_not_make_a_schema_is_told_what_to_ask_for(postgresql: Place, folder: Path) -> None:
    """And with that done, it works: the user need own no more than the schema."""
    role = f"r_{postgresql.schema}"
    administrator = await postgresql.connect()
    await administrator.execute(f"CREATE ROLE {role} LOGIN PASSWORD 's3cret'")
    limited = Place(postgresql.url.replace("vestibule@", f"{role}:s3cret@"), postgresql.schema)
    with pytest.raises(DatabaseRefused) as refused:
        await migrated(limited, folder)
    said = str(refused.value)
    assert "s3cret" not in said
    cure = f"CREATE SCHEMA {postgresql.schema} AUTHORIZATION {role}"
    assert said.endswith(cure)
    await administrator.execute(cure)
    assert await migrated(limited, folder) == {"a", "b", "migration"}
    await administrator.close()


async def test_a_write_by_the_step_of_another_version_is_not_seen_half(
    postgresql: Place, folder: Path
) -> None:
    """Readers beside a migration see the schema before it or after it."""
    await migrated(postgresql, folder)
    (folder / "0002_two.sql").write_text(
        "INSERT INTO a VALUES (1); SELECT pg_sleep(0.05); INSERT INTO a VALUES (2)"
    )
    database = PostgresDatabase(postgresql.url, folder, schema=postgresql.schema, migrates=False)
    await database.start()
    migrating = asyncio.create_task(migrated(postgresql, folder))
    seen = set()
    while not migrating.done():
        seen.add(await database.value("SELECT count(*) FROM a"))
    seen.add(await database.value("SELECT count(*) FROM a"))
    assert seen <= {0, 2}
    assert 2 in seen
    await database.stop()


def test_the_store_is_chosen_by_the_address(postgresql: Place) -> None:
    for scheme in ("postgresql", "postgres"):
        store = open_receiving_store(postgresql.url.replace("postgresql", scheme, 1), schema="elsewhere")
        assert type(store).__name__ == "PostgresReceiving"
