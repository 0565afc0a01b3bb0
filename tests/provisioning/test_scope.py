"""Who is in scope and why, what a mapping gives for one person, and push groups, as the commands show them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from vestibule.cli.main import app

DIRECTORY = {
    "people": [
        {"login": "ana", "email": "ana@x.test", "firstName": "Ana", "lastName": "Ruiz"},
        {"login": "mika", "email": "mika@x.test", "firstName": "Mika", "lastName": "Laine"},
        {"login": "idle", "email": "idle@x.test", "status": "SUSPENDED"},
        {"login": "stranger", "email": "stranger@x.test"},
    ],
    "groups": [
        {"id": "sales", "name": "Sales", "members": ["ana", "idle"], "groups": ["emea"]},
        {"id": "emea", "name": "EMEA", "members": ["mika"]},
        {"id": "heads", "name": "Heads", "members": ["ana", "mika"]},
    ],
}


@pytest.fixture
def vestibule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("VESTIBULE_DATABASE", f"sqlite:///{tmp_path}/vestibule.db")
    monkeypatch.delenv("VESTIBULE_DIRECTORY_DATABASE", raising=False)

    def call(*words: str, code: int = 0) -> Any:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, (words, result.output)
        return json.loads(result.stdout) if "--json" in words else result.output

    file = tmp_path / "all.json"
    file.write_text(json.dumps(DIRECTORY))
    call("directory", "import", str(file))
    call("app", "add", "G", "--profile", "getaccept", "--url", "http://127.0.0.1:9/scim", "--token", "t")
    return call


def test_who_is_in_scope_and_which_assignment_gives_each_value(vestibule: Any) -> None:
    vestibule("app", "assign", "G", "--group", "Sales", "--set", "userType=User", "--priority", "5")
    vestibule("app", "assign", "G", "--group", "Heads", "--set", "userType=Manager", "--priority", "2")
    vestibule("app", "assign", "G", "--person", "ana", "--set", "userType=Administrator")
    ana = vestibule("app", "assignments", "why", "G", "ana", "--json")
    assert ana["in_scope"] is True
    assert ana["sentence"] == "in scope by an assignment of their own"
    assert [(one["value"], one["by"], one["counts"]) for one in ana["values"]] == [
        ("Administrator", "an assignment of their own", True),
        ("Manager", "the group Heads", False),
        ("User", "the group Sales", False),
    ]
    assert ana["values"][1]["note"] == "an assignment of their own is stronger"
    mika = vestibule("app", "assignments", "why", "G", "MIKA", "--json")
    assert mika["reasons"] == [
        "the group Heads (priority 2)",
        "the group Sales (priority 5), through EMEA in it",
    ]
    assert [one["value"] for one in mika["values"] if one["counts"]] == ["Manager"]
    preview = vestibule("app", "map", "G", "--preview", "mika", "--json")
    assert next(row for row in preview if row["variable"] == "userType")["value"] == "Manager"
    said = vestibule("app", "assignments", "why", "G", "stranger")
    assert said.startswith("Not in scope: no assignment: neither the person nor a group of theirs")
    assert "suspended: nothing is sent" in vestibule("app", "assignments", "why", "G", "idle")
    listed = vestibule("app", "assignments", "list", "G", "--json")
    assert [(row["kind"], row["name"], row["people"]) for row in listed] == [
        ("group", "Heads", 2),
        ("group", "Sales", 3),
        ("person", "ana", 1),
    ]


def test_a_mapping_is_shown_for_one_person(vestibule: Any) -> None:
    vestibule("app", "map", "G", "title", "--expression", 'appuser.displayName + " at work"')
    vestibule(
        "app", "map", "G", "nickName", "--expression", "int(user.firstName)", "--external-name", "nickName"
    )
    vestibule("app", "map", "G", "locale", "--on", "create", "--expression", '"en"')
    rows = {row["variable"]: row for row in vestibule("app", "map", "G", "--preview", "ana", "--json")}
    assert rows["userName"]["value"] == "ana@x.test"
    assert rows["userName"]["from"] == "application username format: user.email"
    assert rows["title"]["value"] == " at work"
    assert rows["nickName"]["fault"].startswith("nickName of ana: ")
    assert rows["locale"]["sent_on"] == "create"
    assert rows["givenName"]["value"] == "Ana"
    plan = vestibule("app", "assign", "G", "--person", "ana")
    assert "1 assignment is new" in plan


def test_groups_are_pushed_by_rule_and_listed(vestibule: Any) -> None:
    assert "1 group is pushed by it" in vestibule("app", "push-rule", "add", "G", "s", "--starts-with", "SAL")
    again = vestibule("app", "push-rule", "add", "G", "S", "--contains", "x", code=1)
    assert "There is a push rule 'S' already" in again
    assert "Say one of" in vestibule("app", "push-rule", "add", "G", "t", code=1)
    assert "would push every group" in vestibule(
        "app", "push-rule", "add", "G", "t", "--contains", " ", code=1
    )
    vestibule("app", "push-group", "G", "EMEA", "--link-to", "Vendors", "--keep-name")
    rows = vestibule("app", "push-groups", "G", "--json")
    assert [(row["group"], row["state"], row["rule"]) for row in rows] == [
        ("EMEA", "active", ""),
        ("Sales", "active", "s"),
    ]
    assert "1 group is held back" in vestibule("app", "push-rule", "deactivate", "G", "s")
    assert vestibule("app", "push-rule", "list", "G", "--json")[0]["active"] is False
    assert "1 group is pushed again" in vestibule("app", "push-rule", "activate", "G", "s")
    assert "There are: s" in vestibule("app", "push-rule", "delete", "G", "nope", code=1)
    assert "1 group is pushed no longer" in vestibule("app", "push-rule", "delete", "G", "s")
    assert "is not pushed to G" in vestibule("app", "push-group", "G", "Heads", "--unlink", code=1)


def test_a_mapping_that_names_what_nobody_has_is_refused_with_the_nearest(vestibule: Any) -> None:
    """It would read as null, and clear the attribute of everybody."""
    before = vestibule("app", "map", "G", "--list", "--json")
    command = ("app", "map", "G", "title", "--expression")
    said = vestibule(*command, "String.toUpperCase(user.titel)", code=1)
    assert "Nobody in the directory has user.titel" in said
    assert "Did you mean user.title?" in said
    assert "say --anyway" in said
    assert "user.firstName" in vestibule(*command, 'user.email != null ? user.FirstName : ""', code=1)
    assert "The directory has: email, " in vestibule(*command, "user.qqq", code=1)
    assert vestibule("app", "map", "G", "--list", "--json") == before
    vestibule(*command, "user.secondEmail")
    vestibule(*command, "user.titel", "--anyway")
    vestibule("app", "map", "G", "title", "--on", "create")
    rows = {row["variable"]: row for row in vestibule("app", "map", "G", "--list", "--json")}
    assert rows["title"]["expression"] == "user.titel"


def test_what_one_person_has_can_be_mapped_and_an_empty_directory_knows_no_better(
    vestibule: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [{"login": f"P{n:04}", "email": f"p{n}@x.test"} for n in range(600)]
    (tmp_path / "more.json").write_text(
        json.dumps({"people": [*people, {"login": "ZZ", "email": "z@x.test", "badge": "7"}]})
    )
    vestibule("directory", "import", str(tmp_path / "more.json"), "--accept-leavers")
    vestibule("app", "map", "G", "title", "--expression", "user.badge")
    assert "Did you mean user.badge?" in vestibule(
        "app", "map", "G", "title", "--expression", "user.bagde", code=1
    )
    monkeypatch.setenv("VESTIBULE_DIRECTORY_DATABASE", f"sqlite:///{tmp_path}/empty.db")
    vestibule("app", "add", "E")
    vestibule("app", "map", "E", "title", "--expression", "user.bagde")


def test_a_plan_says_where_nobody_is_assigned_yet(vestibule: Any) -> None:
    said = vestibule("app", "plan", "G")
    assert "G is in step with the directory. Nobody is assigned yet." in said
    vestibule("app", "assign", "G", "--person", "idle")
    assert "Nobody is assigned" not in vestibule("app", "plan", "G")
