"""``vestibule directory`` and ``vestibule app``, as far as nothing is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from vestibule.cli.main import app
from vestibule.profiles.builtin import builtin_texts


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


@pytest.mark.parametrize(
    ("format", "expression"),
    [
        ("email", "user.email"),
        ("okta-username", "user.login"),
        ("custom:user.login + '@x.test'", "user.login + '@x.test'"),
    ],
)
def test_the_user_name_is_shown_as_it_is_sent(vestibule: Any, format: str, expression: str) -> None:
    """The generic profile maps userName from user.login; the application username format decides (W51)."""
    vestibule("app", "add", "W", "--username-format", format)
    shown = json.loads(vestibule("app", "show", "W", "--json").stdout)["mapping"]
    assert json.loads(vestibule("app", "map", "W", "--list", "--json").stdout) == shown
    row = next(row for row in shown if row["variable"] == "userName")
    assert row["expression"] == expression
    assert row["decided_by"] == f"application username format: {format.partition(':')[0]}"
    refused = vestibule("app", "map", "W", "userName", "--expression", "user.nickName")
    assert refused.exit_code == 1
    assert "vestibule app change APP --username-format" in refused.output


def test_a_mapping_cannot_give_what_the_attribute_does_not_take(vestibule: Any) -> None:
    vestibule("app", "add", "GA", "--profile", "getaccept")
    for expression in ('"Boss"', 'user.title == "CEO" ? "Boss" : "User"'):
        refused = vestibule("app", "map", "GA", "userType", "--expression", expression)
        assert refused.exit_code == 1
        assert "userType cannot be 'Boss'. Allowed: Administrator, Manager, User." in refused.output
    assert vestibule("app", "map", "GA", "userType", "--expression", '"Manager"').exit_code == 0
    assert vestibule("app", "map", "GA", "userType", "--enum", "Admin").exit_code == 1
    assert vestibule("app", "map", "GA").exit_code == 2


def test_a_profile_from_a_file_stays_when_the_file_goes(vestibule: Any, tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    own = builtin_texts()["getaccept"].replace('name = "getaccept"', 'name = "ours"')
    file.write_text(own, "utf-8")
    added = json.loads(vestibule("app", "add", "One", "--profile", str(file), "--json").stdout)
    assert (added["profile"], added["pushes_groups"]) == ("ours", True)
    file.unlink()
    again = vestibule("app", "add", "Two", "--profile", "ours")
    assert again.exit_code == 0, again.output
    mappings = [
        json.loads(vestibule("app", "map", name, "--list", "--json").stdout) for name in ("One", "Two")
    ]
    assert mappings[0] == mappings[1]
    missing = vestibule("app", "add", "Three", "--profile", str(file))
    assert missing.exit_code == 1
    assert "cannot be read" in missing.output
    file.write_text("name = 1", "utf-8")
    faulty = vestibule("app", "add", "Three", "--profile", str(file))
    assert faulty.exit_code == 1
    assert "ours.toml: name: found" in faulty.output


def test_connecting_anew_keeps_how_the_token_is_sent(vestibule: Any) -> None:
    url = "http://127.0.0.1:9/scim/v2"
    vestibule("app", "add", "W", "--url", url, "--token", "t", "--header-token")
    assert (
        json.loads(vestibule("app", "connect", "W", "--token", "u", "--json").stdout)["token_as"] == "header"
    )
    changed = vestibule("app", "connect", "W", "--bearer-token", "--json")
    assert json.loads(changed.stdout)["token_as"] == "bearer"


def test_a_pushed_group_that_left_the_directory_can_be_unlinked_and_unassigned(
    vestibule: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "directory"
    vestibule("directory", "import", str(folder))
    vestibule("app", "add", "W", "--url", "http://127.0.0.1:9/scim/v2", "--token", "t")
    vestibule("app", "assign", "W", "--group", "Sales")
    vestibule("app", "push-group", "W", "Sales")
    (folder / "groups.csv").write_text("id,name\n")
    (folder / "memberships.csv").unlink()
    vestibule("directory", "import", str(folder))
    (entry,) = json.loads(vestibule("app", "plan", "W", "--json").stdout)
    assert "left the directory" in entry["note"]
    assert vestibule("app", "push-group", "W", "Sales").exit_code == 1
    assert json.loads(vestibule("app", "unassign", "W", "--group", "Sales", "--json").stdout) == {"gone": 1}
    assert vestibule("app", "push-group", "W", "Sales", "--unlink").exit_code == 0
    assert json.loads(vestibule("app", "plan", "W", "--json").stdout) == []
    assert vestibule("app", "push-group", "W", "Sales", "--delete").exit_code == 1


def test_one_is_not_said_as_many(vestibule: Any, tmp_path: Path) -> None:
    said = vestibule("directory", "import", str(tmp_path / "directory")).stdout
    assert said == "Imported: 2 people added, 1 group added, 1 member added.\n"
    vestibule("app", "add", "W")
    assert vestibule("app", "assign", "W", "--person", "ana").stdout.startswith(
        "1 assignment is new or changed."
    )


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
        (("app", "add", "x", "--profile", "none"), "there are acall, generic, getaccept"),
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


def test_a_plan_is_saved_shown_approved_and_dropped(vestibule: Any, tmp_path: Path) -> None:
    vestibule("directory", "import", str(tmp_path / "directory"))
    vestibule("app", "add", "G", "--url", "http://127.0.0.1:9/scim/v2", "--token", "t")
    vestibule("app", "assign", "G", "--group", "Sales")
    saved = json.loads(vestibule("app", "plan", "G", "--save", "--by", "Mika", "--json").stdout)
    assert (saved["state"], saved["made_by"], saved["counts"]) == ("made", "Mika", {"create": 1})
    number = str(saved["id"])
    text = vestibule("app", "plan", "show", "G", number).stdout
    assert "assigned through Sales, not there yet" in text
    assert "<table>" in vestibule("app", "plan", "show", "G", number, "--format", "html").stdout
    planned = json.loads(vestibule("app", "plan", "show", "G", number, "--json").stdout)["planned"]
    assert [(one["operation"], one["label"]) for one in planned] == [("create", "ana")]
    assert vestibule("app", "plan", "approve", "G", number, "--by", "Hanako").exit_code == 0
    listed = json.loads(vestibule("app", "plan", "list", "G", "--json").stdout)
    assert [(one["state"], one["decided_by"]) for one in listed] == [("approved", "Hanako")]
    assert vestibule("app", "plan", "drop", "G", number).exit_code == 0
    gone = vestibule("app", "apply", "G", "--plan", number)
    assert gone.exit_code == 1
    assert f"There is no plan {number}" in gone.output
    odd = vestibule("app", "apply", "G", "--accept", "everything")
    assert "There is no threshold 'everything'. There are: deactivations" in odd.output
