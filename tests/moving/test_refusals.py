"""A move that cannot be made says why and what to do, and leaves both sides as they were."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.moving.conftest import Filled, child
from tests.postgresql import PASSWORD, Place
from vestibule.refused import Refused
from vestibule.stores.move import MoveRefused, Progress, move_installation, reopen
from vestibule.stores.receiving import open_receiving_store


async def run(place: Place, *statements: str) -> None:
    connection = await place.connect()
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def migrated(place: Place) -> None:
    store = open_receiving_store(place.url, schema=place.schema)
    await store.start()
    await store.stop()


async def refused(filled: Filled, place: Place, *words: str) -> str:
    """The move is refused in those words, and the source is as it was."""
    before = filled.dump()
    with pytest.raises(Refused) as caught:
        await filled.move(place)
    for word in words:
        assert word in str(caught.value)
    assert filled.dump() == before
    return str(caught.value)


async def test_a_target_that_is_not_there(filled: Filled, tmp_path: Path) -> None:
    said = await refused(
        filled, Place(f"postgresql://me:{PASSWORD}@/db?host={tmp_path}", "vestibule"), "cannot be reached"
    )
    assert PASSWORD not in said


async def test_a_target_that_holds_something(filled: Filled, postgresql: Place) -> None:
    await migrated(postgresql)
    await run(postgresql, "INSERT INTO setting VALUES ('default_profile', 'acall')")
    await refused(filled, postgresql, "is not empty: setting (1)", "--schema", "DROP SCHEMA")


async def test_a_target_that_is_migrated_and_empty_will_do(filled: Filled, postgresql: Place) -> None:
    await migrated(postgresql)
    assert (await filled.move(postgresql)).tables


async def test_a_target_of_a_newer_version(filled: Filled, postgresql: Place) -> None:
    await migrated(postgresql)
    await run(postgresql, "INSERT INTO migration VALUES (9999, 'from_the_future', '')")
    await refused(filled, postgresql, "9999", "newer")


async def test_a_target_that_somebody_writes_to(filled: Filled, postgresql: Place) -> None:
    await migrated(postgresql)
    other = await postgresql.connect()
    await other.execute("BEGIN; INSERT INTO setting VALUES ('a', 'b')")
    await refused(filled, postgresql, "somebody else is writing")
    await other.execute("ROLLBACK")
    await other.close()
    assert (await filled.move(postgresql)).tables


@pytest.mark.parametrize(
    ("state", "words"),
    [("disk_full", ["disk is full", "the source serves on"]), ("internal_error", ["Nothing was moved"])],
)
async def test_a_target_that_fails_in_the_middle(
    filled: Filled, postgresql: Place, state: str, words: list[str]
) -> None:
    await migrated(postgresql)
    await run(
        postgresql,
        f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION 'no room' USING ERRCODE = '{state}'; END $$",
        "CREATE TRIGGER fails BEFORE INSERT ON member FOR EACH ROW EXECUTE FUNCTION fail()",
    )
    await refused(filled, postgresql, "member", "no room", *words)
    await run(postgresql, "DROP TRIGGER fails ON member")
    assert (await filled.move(postgresql)).tables, "nothing is left in the way"


@pytest.mark.parametrize(
    "spoils",
    [
        "NEW.doc := NEW.doc || '\\x20'::bytea",
        "NEW.find := NEW.find || '{\"more\": 1}'",
        "NEW.active := NOT NEW.active",
        "NEW.version := NEW.version + 1",
        "NEW := CASE WHEN NEW.seq = 3 THEN NULL ELSE NEW END",
    ],
)
async def test_a_difference_in_one_row_is_seen(filled: Filled, postgresql: Place, spoils: str) -> None:
    """A comparison that finds nothing must be one that could."""
    await migrated(postgresql)
    await run(
        postgresql,
        f"CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NEW.seq = 3 THEN {spoils}; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER spoils BEFORE INSERT ON resource FOR EACH ROW EXECUTE FUNCTION spoil()",
    )
    await refused(filled, postgresql, "The table resource has", "Nothing was moved")


async def test_a_source_of_another_version(filled: Filled, postgresql: Place) -> None:
    steps = filled.rows("SELECT number, name, done_at FROM migration ORDER BY number")
    for change, words in (
        (("DELETE FROM migration WHERE number = ?", steps[-1][:1]), ["run vestibule migrate first"]),
        (("INSERT INTO migration VALUES (?, ?, ?)", steps[-1]), []),
        (("INSERT INTO migration VALUES (?, ?, ?)", (9999, "future", "")), ["9999", "newer"]),
    ):
        connection = sqlite3.connect(filled.path)
        connection.execute(*change)
        connection.commit()
        connection.close()
        if words:
            await refused(filled, postgresql, *words)


async def test_a_source_that_is_moved_by_somebody_else(filled: Filled, postgresql: Place) -> None:
    elsewhere = Place(postgresql.url, f"{postgresql.schema}_2")
    said: list[str] = []

    def second(progress: Progress) -> None:
        """The first one waits for us meanwhile."""
        if not said:
            process = child(filled, elsewhere, "never", 0)
            said.append(process.communicate(timeout=60)[1])

    await filled.move(postgresql, second)
    assert "is being moved by another process" in said[0]


async def test_a_source_that_was_moved_already(filled: Filled, postgresql: Place) -> None:
    await filled.move(postgresql)
    await refused(filled, Place(postgresql.url, f"{postgresql.schema}_2"), "was moved already", "--reopen")
    await refused(filled, postgresql, "was moved already")
    with pytest.raises(Refused, match="--reopen"):
        await open_receiving_store(filled.url).start()
    assert reopen(filled.url)
    assert not reopen(filled.url)
    assert (await filled.move(Place(postgresql.url, f"{postgresql.schema}_2"))).tables


async def test_no_process_of_any_version_writes_to_a_moved_file(filled: Filled, postgresql: Place) -> None:
    names = [row[0] for row in filled.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    await filled.move(postgresql)
    connection = sqlite3.connect(filled.path)
    for name in names:
        if not str(name).startswith("sqlite_"):
            for write in (f"INSERT INTO {name} SELECT * FROM {name} LIMIT 1", f"DELETE FROM {name}"):
                if filled.rows(f"SELECT 1 FROM {name} LIMIT 1"):
                    with pytest.raises(sqlite3.IntegrityError, match="was moved to PostgreSQL"):
                        connection.execute(write)
    connection.close()


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("sqlite://", "postgresql://me@host/db", "ends with its process"),
        (
            "sqlite:////nowhere/at/all.db",
            "postgresql://me@host/db",
            "There is no database at /nowhere/at/all.db",
        ),
        ("postgresql://me:secret@host/db", "postgresql://me@host/db", "from SQLite to PostgreSQL"),
        ("sqlite:////nowhere/a.db", "sqlite:////nowhere/b.db", "A move goes to PostgreSQL"),
    ],
)
async def test_addresses_that_make_no_move(source: str, target: str, said: str) -> None:
    with pytest.raises(MoveRefused) as caught:
        await move_installation(source, target, schema="vestibule", progress=lambda _: None)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)
    assert not Path("/nowhere").exists()
