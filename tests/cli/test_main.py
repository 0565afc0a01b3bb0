"""The root of the command line: help, exit codes, and what must not be imported for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import CommandLine

HEAVY = ("pydantic", "sqlite3", "uvicorn", "starlette", "httpx2", "cryptography", "orjson")


def run(*words: str, database: str = "sqlite://") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vestibule.cli.main", *words],
        capture_output=True,
        text=True,
        check=False,
        env={"VESTIBULE_DATABASE": database, "PATH": ""},
        timeout=60,
    )


def test_help_lists_every_group(cli: CommandLine) -> None:
    said = cli("--help")
    assert said.code == 0
    for group in ("tenant", "provisioning", "token", "domain", "role", "profile"):
        assert group in said.out


def test_every_command_takes_database_and_json(cli: CommandLine) -> None:
    for words in (["tenant", "list"], ["token", "issue"], ["provisioning", "on"]):
        said = cli(*words, "--help")
        assert "--database" in said.out
        assert "--json" in said.out


def test_a_real_process(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'vestibule.db'}"
    assert run("tenant", "create", "Corp", database=database).returncode == 0
    issued = run("token", "issue", "corp", database=database)
    assert issued.returncode == 0
    assert issued.stdout.startswith("vst_scim_")
    assert issued.stdout.count("\n") == 1
    refused = run("tenant", "show", "nobody", database=database)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Traceback" not in refused.stderr


def loaded_by(words: list[str], of: tuple[str, ...]) -> list[str]:
    """Which of these modules a command loads."""
    script = (
        "import json, sys, vestibule.cli.main as m\n"
        f"try: m.app({words!r}, prog_name='vestibule')\n"
        "except SystemExit: pass\n"
        f"print(json.dumps([name for name in {of!r} if name in sys.modules]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded: list[str] = json.loads(done.stderr.strip().splitlines()[-1])
    return loaded


def test_help_waits_for_nothing_heavy() -> None:
    assert loaded_by(["--help"], HEAVY) == []


def test_a_command_of_the_receiving_side_waits_for_nothing_of_the_sending_side() -> None:
    words = ["tenant", "list", "--database", "sqlite://"]
    sending = ("vestibule.provisioning", "vestibule.stores.shared_sql.sending", "cel", "starlette", "httpx2")
    assert loaded_by(words, ("sqlite3", *sending)) == ["sqlite3"]


def test_version(cli: CommandLine) -> None:
    assert cli("--version").out.startswith("vestibule ")


def test_a_terminal_that_takes_ascii_alone(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'vestibule.db'}"
    assert run("tenant", "create", "Größe", "--slug", "grosse", database=database).returncode == 0
    listed = subprocess.run(
        [sys.executable, "-m", "vestibule.cli.main", "tenant", "list"],
        capture_output=True,
        text=True,
        check=False,
        env={"VESTIBULE_DATABASE": database, "PATH": "", "PYTHONIOENCODING": "ascii"},
        timeout=60,
    )
    assert listed.returncode == 0, listed.stderr
    assert r"Gr\xf6\xdfe" in listed.stdout


def test_a_database_that_was_not_there_is_told(cli: CommandLine, tmp_path: Path) -> None:
    """Once, and with its path: a mistyped one is noticed. The result itself stays as it is."""
    first = cli("tenant", "list", "--json")
    assert first.json == []
    assert first.err == f"There was no database at {tmp_path / 'vestibule.db'}: a new one is made.\n"
    assert cli("tenant", "list", "--json").err == ""
    other = cli("app", "list", "--json")
    assert f"There was no database at {tmp_path / 'directory.db'}: a new one is made.\n" in other.err
    assert "no database" not in cli("app", "list", "--json").err
