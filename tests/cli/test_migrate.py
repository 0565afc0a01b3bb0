"""What ``vestibule migrate`` refuses before it touches anything; tests/moving has the moves."""

from __future__ import annotations

import pytest

from tests.cli.conftest import CommandLine


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "postgresql://me@host/db", "--reopen"], "give one of them"),
        (["--schema", "elsewhere"], "give --to"),
        (["--to", "postgresql://me@host/db", "--schema", "No-Such"], "schema"),
        (["--to", "mysql://me:secret@host/db"], "postgresql://user@host/database"),
        (["--reopen"], "There is no database"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(cli: CommandLine, words: list[str], said: str) -> None:
    answer = cli("migrate", *words)
    assert answer.code == 1
    assert said in answer.err
    assert "secret" not in answer.err
