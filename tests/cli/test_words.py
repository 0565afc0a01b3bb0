"""What has parts is shown in words in a table, and stays as it is with ``--json``."""

from __future__ import annotations

from tests.cli.conftest import CommandLine


def test_what_there_is_none_of_is_a_dash(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp", "--profile", "acall")
    told = cli("integration", "list", "corp").out
    assert "not connected" in told
    assert "{" not in told
    assert "—" in told
    assert {type(one["accounts"]) for one in cli("integration", "list", "corp", "--json").json} == {dict}


def test_the_audit_of_a_directory_is_in_words(cli: CommandLine) -> None:
    cli("directory", "token", "issue", "--name", "HR", "--scope", "directory:read")
    told = cli("directory", "audit")
    assert "name: HR" in told.out
    assert "{" not in told.out
    assert cli("directory", "audit", "--json").json[-1]["details"]["name"] == "HR"
