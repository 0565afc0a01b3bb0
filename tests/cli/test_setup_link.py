"""``vestibule setup-link``."""

from __future__ import annotations

from tests.cli.conftest import CommandLine


def test_a_link_is_printed_once_listed_without_its_code_and_withdrawn(cli: CommandLine) -> None:
    cli("tenant", "create", "corp", "--profile", "generic")
    said = cli("setup-link", "issue", "corp")
    assert said.code == 0
    start, _, code = said.out.strip().rpartition("/")
    assert (start.endswith("/setup"), len(code)) == (True, 32)
    made = cli("setup-link", "issue", "corp", "--expires-in", "2", "--json").json
    (newest, first) = cli("setup-link", "list", "corp", "--json").json
    assert (newest["id"], newest["state"], first["state"]) == (made["id"], "open", "open")
    assert code not in cli("setup-link", "list", "corp").out
    assert cli("setup-link", "revoke", "corp", str(first["id"])).code == 0
    assert [one["state"] for one in cli("setup-link", "list", "corp", "--json").json] == ["open", "revoked"]


def test_what_cannot_be_is_refused_in_words(cli: CommandLine) -> None:
    cli("tenant", "create", "basic", "--profile", "acall", "--plan", "basic")
    refused = cli("setup-link", "issue", "basic")
    assert (refused.code, "does not include user provisioning" in refused.err) == (1, True)
    assert cli("setup-link", "revoke", "basic", "7").code == 1
    assert cli("setup-link", "issue", "nobody").code == 1
    assert cli("setup-link", "issue", "basic", "--expires-in", "91").code == 2
