"""``vestibule directory`` and ``vestibule app``, as far as nothing is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from vestibule.cli.main import app


@pytest.fixture
def vestibule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("VESTIBULE_DATABASE", f"sqlite:///{tmp_path}/vestibule.db")
    monkeypatch.delenv("VESTIBULE_DIRECTORY_DATABASE", raising=False)
    folder = tmp_path / "directory"
    folder.mkdir()
    (folder / "people.csv").write_text(
        "login,email,firstName,lastName\nana,ana@x.test,Ana,Ruiz\nbroken,no-mail,B,B\nmika,mika@x.test,Mika,Laine\n"
    )
    (folder / "groups.csv").write_text("id,name\ns,Sales\n")
    (folder / "memberships.csv").write_text("group,login\ns,ana\n")

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return call


def test_an_import_tells_broken_rows_and_keeps_the_good_ones(vestibule: Any, tmp_path: Path) -> None:
    result = vestibule("directory", "import", str(tmp_path / "directory"))
    assert result.exit_code == 1
    assert "people.csv, line 3: email 'no-mail' is no e-mail address" in result.output
    people = json.loads(vestibule("directory", "list", "--json").stdout)
    assert [person["login"] for person in people] == ["ana", "mika"]
    shown = json.loads(vestibule("directory", "show", "ANA", "--json").stdout)
    assert shown["groups"] == ["Sales"]


def test_a_dry_run_shows_what_would_be_sent(vestibule: Any, tmp_path: Path) -> None:
    vestibule("directory", "import", str(tmp_path / "directory"))
    url = "http://127.0.0.1:9/scim/v2"
    added = vestibule("app", "add", "GA", "--profile", "getaccept", "--url", url, "--token", "t", "--json")
    assert added.exit_code == 0, added.output
    assert '"token"' not in added.output
    wrong = vestibule("app", "assign", "GA", "--group", "Sales", "--set", "userType=Boss")
    assert wrong.exit_code == 1
    assert "Allowed: Administrator, Manager, User" in wrong.output
    assert vestibule("app", "assign", "GA", "--group", "Sales", "--set", "userType=User").exit_code == 0
    assert vestibule("app", "push-group", "GA", "Sales").exit_code == 0
    plan = json.loads(vestibule("app", "plan", "GA", "--json").stdout)
    assert [(entry["operation"], entry["label"]) for entry in plan] == [
        ("create", "ana"),
        ("push group", "Sales"),
    ]
    failed = vestibule("app", "test", "GA")
    assert failed.exit_code == 1
    assert "cannot be reached" in failed.output


def test_people_assigned_before_there_was_a_connection_wait(vestibule: Any, tmp_path: Path) -> None:
    vestibule("directory", "import", str(tmp_path / "directory"))
    vestibule("app", "add", "ACALL", "--profile", "acall")
    vestibule("app", "assign", "ACALL", "--person", "mika")
    (entry,) = json.loads(vestibule("app", "plan", "ACALL", "--json").stdout)
    assert entry["operation"] == "nothing"
    assert "provision-now" in entry["note"]
    assert vestibule("app", "apply", "ACALL").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("app", "show", "none"), "There is no application 'none'"),
        (("app", "add", "x", "--profile", "none"), "There are: acall, generic, getaccept"),
        (("app", "add", "x", "--url", "http://example.test", "--token", "t"), "Use https://"),
        (("app", "add", "x", "--url", "https://example.test", "--token", "a b"), "The token holds a blank"),
        (("app", "add", "x", "--username-format", "none-such"), "Allowed: okta-username, email"),
        (("app", "add", "x", "--mode", "post"), "Allowed: patch, put"),
    ],
)
def test_refusals_say_what_is_allowed(vestibule: Any, arguments: tuple[str, ...], words: str) -> None:
    result = vestibule(*arguments)
    assert result.exit_code == 1
    assert words in result.output


def test_a_stray_roles_attribute_is_pointed_out(vestibule: Any) -> None:
    vestibule("app", "add", "GA", "--profile", "getaccept")
    result = vestibule("app", "map", "GA", "roles", "--external-name", "roles", "--type", "string array")
    assert result.exit_code == 0, result.output
    assert "in Profile Editor delete this attribute" in result.output
    assert vestibule("app", "map", "GA", "bad", "--external-name", "a..b").exit_code == 1
