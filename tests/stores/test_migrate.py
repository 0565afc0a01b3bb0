"""Schema steps: each once, whole or not at all, whoever comes first."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vestibule.stores.migration import MigrationError
from vestibule.stores.sqlite.connection import SqliteConnection, SqliteFile
from vestibule.stores.sqlite.migrate import migrate, statements
from vestibule.stores.url import SqliteUrl

FIRST = "CREATE TABLE a (x INTEGER); -- a; comment\nCREATE TABLE b (y TEXT DEFAULT ';');\n"
TRIGGER = (
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES ('1'); INSERT INTO b VALUES ('2'); END;\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "steps"
    made.mkdir()
    (made / "0001_first.sql").write_text(FIRST)
    (made / "README").write_text("no step")
    return made


def connected(tmp_path: Path) -> SqliteConnection:
    return SqliteFile(SqliteUrl(tmp_path / "x.db")).open(writes=True)


def tables(connection: SqliteConnection) -> set[str]:
    return {name for (name,) in connection.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_statements_are_split_where_they_end() -> None:
    """Not at a semicolon in text, in a comment or in a trigger."""
    assert list(statements(FIRST + TRIGGER + "-- the end\n")) == [
        "CREATE TABLE a (x INTEGER);",
        "-- a; comment\nCREATE TABLE b (y TEXT DEFAULT ';');",
        TRIGGER.strip(),
        "-- the end",
    ]


def test_each_step_once(tmp_path: Path, folder: Path) -> None:
    connection = connected(tmp_path)
    assert migrate(connection, folder) == ("first",)
    (folder / "0002_second.py").write_text(
        "def migrate(connection):\n    connection.change('DROP TABLE b')\n"
    )
    assert migrate(connection, folder) == ("second",)
    assert migrate(connection, folder) == ()
    assert tables(connection) == {"a", "migration"}
    connection.close()


def test_a_step_that_fails_leaves_nothing(tmp_path: Path, folder: Path) -> None:
    connection = connected(tmp_path)
    (folder / "0002_bad.sql").write_text("CREATE TABLE c (z); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(Exception, match="nowhere"):
        migrate(connection, folder)
    assert tables(connection) == {"a", "b", "migration"}
    (folder / "0002_bad.sql").write_text("CREATE TABLE c (z);")
    assert migrate(connection, folder) == ("bad",)
    connection.close()


def test_killed_half_way_it_goes_on_from_there(tmp_path: Path, folder: Path) -> None:
    """The step that was running is as if it had never begun."""
    killing = "import os\n\ndef migrate(connection):\n    connection.change('CREATE TABLE c (z)')\n    os._exit(9)\n"
    (folder / "0002_long.py").write_text(killing)
    script = (
        "import sys; from pathlib import Path\n"
        "from vestibule.stores.sqlite.connection import SqliteFile\n"
        "from vestibule.stores.sqlite.migrate import migrate\n"
        "from vestibule.stores.url import SqliteUrl\n"
        "migrate(SqliteFile(SqliteUrl(Path(sys.argv[1]))).open(writes=True), Path(sys.argv[2]))\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, tmp_path / "x.db", folder], check=False)
    assert killed.returncode == 9
    connection = connected(tmp_path)
    assert tables(connection) == {"a", "b", "migration"}
    (folder / "0002_long.py").write_text(killing.replace("os._exit(9)", "pass"))
    assert migrate(connection, folder) == ("long",)
    assert "c" in tables(connection)
    connection.close()


def test_two_at_once_do_each_step_once(tmp_path: Path, folder: Path) -> None:
    (folder / "0002_rows.sql").write_text("INSERT INTO a VALUES (1);")
    done: list[tuple[str, ...]] = []

    def run() -> None:
        connection = connected(tmp_path)
        done.append(migrate(connection, folder))
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(name for names in done for name in names) == ["first", "rows"]
    connection = connected(tmp_path)
    assert connection.value("SELECT count(*) FROM a") == 1
    connection.close()


def test_steps_of_a_newer_version_are_no_fault(tmp_path: Path, folder: Path) -> None:
    """The previous version runs on the new schema."""
    connection = connected(tmp_path)
    (folder / "0002_newer.sql").write_text("CREATE TABLE c (z);")
    migrate(connection, folder)
    (folder / "0002_newer.sql").unlink()
    assert migrate(connection, folder) == ()
    connection.close()


def test_a_folder_out_of_order(tmp_path: Path, folder: Path) -> None:
    connection = connected(tmp_path)
    migrate(connection, folder)
    (folder / "0001_first.sql").rename(folder / "0001_renamed.sql")
    with pytest.raises(MigrationError, match="'first'"):
        migrate(connection, folder)
    (folder / "0001_another.sql").write_text("")
    with pytest.raises(MigrationError, match="same number"):
        migrate(connection, folder)
    connection.close()
