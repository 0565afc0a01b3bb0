"""``vestibule domain``, ``role`` and ``profile``."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import CommandLine
from vestibule.profiles.builtin import builtin_texts


def test_domains(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp")
    assert cli("domain", "add", "corp", "Corp.Test").code == 0
    assert "already" in cli("domain", "add", "corp", "corp.test").out
    [listed] = cli("domain", "list", "corp", "--json").json
    assert listed["domain"] == "corp.test"
    assert cli("domain", "remove", "corp", "corp.test").code == 0
    assert cli("domain", "remove", "corp", "corp.test").code == 1
    assert cli("domain", "add", "corp", "mia@corp.test").code == 1


def test_roles(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp", "--profile", "getaccept")
    assert cli("role", "add", "corp", "Auditor", "--rights", "documents, team documents").code == 0
    roles = {role["role"]: role for role in cli("role", "list", "corp", "--json").json}
    assert list(roles) == ["Administrator", "Manager", "User", "Auditor"]
    assert roles["Auditor"]["own"]
    assert roles["User"]["default"]
    said = cli("role", "add", "corp", "Pilot", "--rights", "fly")
    assert said.code == 1
    assert "its rights are documents" in said.err
    assert "Nobody of 0" in cli("role", "simulate", "corp", "--default", "manager").out
    assert cli("role", "simulate", "corp", "--added", "Pilot", "--json").json["changed"] == 0
    said = cli("role", "simulate", "corp", "--default", "Pilot")
    assert said.code == 1
    assert "the roles are Administrator" in said.err


def test_profiles(cli: CommandLine) -> None:
    assert [profile["name"] for profile in cli("profile", "list", "--json").json] == [
        "acall",
        "generic",
        "getaccept",
    ]
    shown = cli("profile", "show", "acall", "--json").json
    assert [row["Attribute"] for row in shown["attributes"]][:4] == [
        "User name",
        "Family name",
        "Given name",
        "Slack account",
    ]
    assert "accounts.^[type=='slack'].value" in cli("profile", "show", "acall").out
    assert cli("profile", "show", "nothing").code == 1


def test_a_file_is_checked(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(builtin_texts()["acall"], "utf-8")
    assert cli("profile", "check", str(file)).code == 0
    file.write_text(builtin_texts()["acall"].replace('"shared"', '"everywhere"'), "utf-8")
    said = cli("profile", "check", str(file))
    assert said.code == 1
    assert said.err.strip() == f"{file}: rules.address: found 'everywhere'; allowed: shared, tenant"
    assert cli("profile", "check", str(tmp_path / "none.toml")).code == 2


def test_a_profile_file_is_shown_without_being_copied(cli: CommandLine, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(builtin_texts()["generic"].replace('name = "generic"', 'name = "mine"', 1), "utf-8")
    assert cli("profile", "show", str(mine), "--json").json["name"] == "mine"
    assert "mine" not in [profile["name"] for profile in cli("profile", "list", "--json").json]
    assert cli("profile", "show", "absent.toml").code == 1
