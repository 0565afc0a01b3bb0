"""``vestibule token``: the secret alone on standard output, all else beside it."""

from __future__ import annotations

import pytest

from tests.cli.conftest import CommandLine
from vestibule.tenancy.token import read_authorization


def secret(text: str) -> str:
    """The line that was printed, which must be a token and nothing else."""
    assert text.count("\n") == 1
    assert read_authorization(text).fault is None
    return text.strip()


def test_issue_prints_the_token_alone(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp")
    said = cli("token", "issue", "corp", "--name", "okta")
    assert said.code == 0
    assert "not shown again" in said.err
    token = secret(said.out)
    [listed] = cli("token", "list", "corp", "--json").json
    assert (listed["id"], listed["name"], listed["state"]) == (token[9:17], "okta", "live")
    assert token not in cli("token", "list", "corp").out
    assert cli("tenant", "show", "corp", "--json").json["open"] is True


def test_issue_as_json(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp")
    assert read_authorization(cli("token", "issue", "corp", "--json").json["token"]).fault is None


def test_a_draft_stays_a_draft(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp")
    said = cli("token", "issue", "corp", "--draft")
    assert "press Save on SCIM user provisioning" in said.err
    assert cli("tenant", "show", "corp", "--json").json["provisioning"] == "draft"


@pytest.mark.parametrize(("given", "expires"), [("never", False), ("30", True), ("12h", True), ("30d", True)])
def test_expiry(cli: CommandLine, given: str, expires: bool) -> None:
    cli("tenant", "create", "Corp")
    assert bool(cli("token", "issue", "corp", "--expires-in", given, "--json").json["expires"]) is expires


@pytest.mark.parametrize("given", ["soon", "-1", "", "1w", "9" * 30])
def test_an_expiry_that_is_none_is_wrong_usage(cli: CommandLine, given: str) -> None:
    assert cli("token", "issue", "corp", "--expires-in", given).code == 2


def test_a_plan_without_provisioning_gets_no_token(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp", "--profile", "acall", "--plan", "basic")
    said = cli("token", "issue", "corp")
    assert (said.code, said.out) == (1, "")
    assert "'Basic'" in said.err
    assert "ACALL customer success" in said.err


def test_request_queue_issue(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp")
    number = cli("token", "request", "corp", "--note", "for Okta", "--json").json["request"]
    [waiting] = cli("token", "requests", "--json").json
    assert (waiting["request"], waiting["tenant"], waiting["note"]) == (number, "corp", "for Okta")
    assert cli("token", "issue", "corp", "--for", str(number)).code == 0
    assert cli("token", "requests", "--json").json == []
    assert len(cli("token", "requests", "--all", "--json").json) == 1
    assert cli("token", "issue", "corp", "--for", str(number)).code == 1


def test_rotate_and_revoke(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp")
    old = secret(cli("token", "issue", "corp").out)
    new = secret(cli("token", "rotate", old).out)
    states = {token["id"]: token["state"] for token in cli("token", "list", "corp", "--json").json}
    assert states == {old[9:17]: "revoked", new[9:17]: "live"}
    assert cli("token", "revoke", old).code == 1
    assert cli("token", "revoke", "corp", new[9:17], "--json").json["state"] == "revoked"
    assert cli("token", "revoke", "corp").code == 1


def test_a_tenant_alone_means_its_only_live_token(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp")
    cli("token", "issue", "corp")
    assert cli("token", "revoke", "corp").code == 0


def test_a_token_of_another_tenant_is_not_found(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp")
    cli("tenant", "create", "Strangers")
    token = secret(cli("token", "issue", "corp").out)
    assert cli("token", "revoke", "strangers", token).code == 1
    assert cli("token", "revoke", "a", "b", "c").code == 2
