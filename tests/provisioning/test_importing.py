"""Imports through the command line: shown before they count, held by the safeguard, several sources, nested groups."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from vestibule.cli.main import app


class Desk:
    """``vestibule …`` on a directory of its own, and files beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, *words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, (words, result.output)
        return result.output

    def json(self, *words: str, code: int = 0) -> Any:
        result = CliRunner().invoke(app, [*words, "--json"])
        assert result.exit_code == code, (words, result.output)
        return json.loads(result.stdout)

    def file(self, people: list[dict[str, Any]], groups: list[dict[str, Any]], name: str = "all") -> str:
        file = self.path / f"{name}.json"
        file.write_text(json.dumps({"people": people, "groups": groups}))
        return str(file)


@pytest.fixture
def vestibule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("VESTIBULE_DATABASE", f"sqlite:///{tmp_path}/vestibule.db")
    monkeypatch.delenv("VESTIBULE_DIRECTORY_DATABASE", raising=False)
    return Desk(tmp_path)


def person(login: str, **more: Any) -> dict[str, Any]:
    return {"login": login, "email": f"{login}@x.test", "firstName": login.title(), **more}


def group(name: str, members: list[str], inner: list[str] | None = None) -> dict[str, Any]:
    return {"id": name.lower(), "name": name, "members": members, "groups": inner or []}


def groups_of(vestibule: Desk) -> dict[str, tuple[int, list[str]]]:
    return {row["name"]: (row["members"], row["groups"]) for row in vestibule.json("directory", "groups")}


def test_joiners_movers_and_leavers_are_shown_before_they_count(vestibule: Desk) -> None:
    people = [person("ana", title="Clerk"), person("mika"), person("leaver")]
    vestibule("directory", "import", vestibule.file(people, [group("Sales", ["ana", "mika"])]))
    people = [person("ana", title="Head"), person("mika", status="DEPROVISIONED"), person("new")]
    file = vestibule.file(people, [group("Sales", ["ana", "new"]), group("EMEA", ["new"])])
    for _ in range(2):
        plan = vestibule.json("directory", "import", file, "--plan")
        shown = [(row["what"], row["kind"], row["name"], row["detail"]) for row in plan["changes"]]
        assert shown == [
            ("joins", "person", "new", "new"),
            ("changes", "person", "ana", "title: Clerk → Head"),
            ("leaves", "person", "mika", "status: ACTIVE → DEPROVISIONED"),
            ("leaves", "person", "leaver", "leaver"),
            ("new", "group", "EMEA", "1 in, 0 out"),
            ("members", "group", "Sales", "1 in, 1 out"),
        ]
    said = vestibule("directory", "import", file, "--dry-run")
    assert "title: Clerk → Head" in said
    assert "Nothing was kept." in said
    assert {row["login"] for row in vestibule.json("directory", "list")} == {"ana", "mika", "leaver"}
    vestibule("directory", "import", file)
    assert vestibule.json("directory", "import", file, "--plan")["changes"] == []
    back = vestibule.file([person("ana", title="Head"), person("leaver"), person("new"), person("mika")], [])
    rows = vestibule.json("directory", "import", back, "--plan")["changes"]
    assert [row["name"] for row in rows if row["what"] == "comes back"] == ["leaver", "mika"]


def test_a_group_in_a_group_brings_its_members(vestibule: Desk) -> None:
    people = [person("ana"), person("mika"), person("hanako")]
    deep = [
        group("Sales", ["ana"], ["emea"]),
        group("EMEA", ["mika"], ["nordics"]),
        group("Nordics", ["hanako"], ["sales"]),  # a circle: all three have the same members
        group("Idle", []),
    ]
    vestibule("directory", "import", vestibule.file(people, deep))
    everybody = (3, ["EMEA"]), (3, ["Nordics"]), (3, ["Sales"])
    assert groups_of(vestibule) == dict(
        zip(("Sales", "EMEA", "Nordics"), everybody, strict=True), Idle=(0, [])
    )
    flat = [group("Sales", ["ana"], ["emea"]), group("EMEA", ["mika"])]
    vestibule("directory", "import", vestibule.file(people, flat))
    assert groups_of(vestibule) == {"Sales": (2, ["EMEA"]), "EMEA": (1, [])}
    wrong = [group("Sales", [], ["sales", "nowhere"])]
    said = vestibule("directory", "import", vestibule.file(people, wrong), code=1)
    assert "group 'sales' cannot be a member of itself" in said
    assert "group 'nowhere' is not in all.json" in said


def test_nested_groups_of_csv(vestibule: Desk) -> None:
    for name, text in {
        "people.csv": "login,email\nana,ana@x.test\nmika,mika@x.test\n",
        "groups.csv": "id,name\ns,Sales\ne,EMEA\n",
        "memberships.csv": "group,login\ns,ana\ne,mika\n",
        "nested.csv": "group,member\ns,e\ns,nowhere\n",
    }.items():
        (vestibule.path / name).write_text(text)
    said = vestibule("directory", "import", str(vestibule.path), code=1)
    assert "nested.csv, line 3: group 'nowhere' is not in groups.csv" in said
    assert groups_of(vestibule) == {"Sales": (2, ["EMEA"]), "EMEA": (1, [])}


def test_a_group_that_left_and_is_back_has_its_members_at_once(vestibule: Desk) -> None:
    people = [person("ana")]
    there = [group("Sales", ["ana"], ["emea"]), group("EMEA", ["ana"])]
    vestibule("directory", "import", vestibule.file(people, there))
    vestibule("directory", "import", vestibule.file(people, []))
    assert groups_of(vestibule) == {}
    vestibule("directory", "import", vestibule.file(people, there))
    assert groups_of(vestibule) == {"Sales": (1, ["EMEA"]), "EMEA": (1, [])}


def test_the_safeguard_holds_an_import_that_would_lose_too_much(
    vestibule: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = [person(f"p{n}") for n in range(60)]
    everyone = group("Everyone", [one["login"] for one in crowd])
    vestibule("directory", "import", vestibule.file(crowd, [everyone]))
    fewer = vestibule.file(crowd[:45], [everyone | {"members": everyone["members"][:45]}])
    said = vestibule("directory", "import", fewer, code=1)
    assert "15 of 60 people and 15 of 60 memberships would be gone" in said
    plan = vestibule("directory", "import", fewer, "--plan")
    assert "The safeguard would stop it: 15 of 60 people" in plan
    assert len(vestibule.json("directory", "list")) == 60
    monkeypatch.setenv("VESTIBULE_IMPORT_SAFEGUARD", "30")
    assert vestibule("directory", "import", fewer, "--plan").count("safeguard") == 0
    vestibule("directory", "import", fewer, "--safeguard", "10", code=1)
    vestibule("directory", "import", fewer, "--safeguard", "10", "--accept-leavers")
    gone = [row for row in vestibule.json("directory", "list") if row["status"] == "DEPROVISIONED"]
    assert len(gone) == 15


def test_each_source_has_its_own_people(vestibule: Desk) -> None:
    staff = vestibule.file([person("ana"), person("mika")], [group("Sales", ["ana"])], "staff")
    guests = vestibule.file([person("guest")], [group("Guests", ["guest"])], "guests")
    vestibule("directory", "import", staff, "--name", "staff")
    vestibule("directory", "import", guests, "--name", "guests")
    vestibule("directory", "import", staff, "--name", "staff")
    people = vestibule.json("directory", "list")
    assert [(row["login"], row["status"]) for row in people] == [
        ("ana", "ACTIVE"),
        ("guest", "ACTIVE"),
        ("mika", "ACTIVE"),
    ]
    assert groups_of(vestibule) == {"Guests": (1, []), "Sales": (1, [])}
    intruder = vestibule.file([person("guest"), person("ANA")], [group("SALES", ["ANA"])], "guests")
    said = vestibule("directory", "import", intruder, "--name", "guests", code=1)
    assert "guests: login 'ANA' belongs to the source 'staff'" in said
    assert "guests: group 'sales' belongs to the source 'staff'" in said
    assert vestibule.json("directory", "show", "ana")["login"] == "ana"


def test_who_left_one_source_may_be_told_by_another(vestibule: Desk) -> None:
    vestibule("directory", "import", vestibule.file([person("ana"), person("mika")], []), "--name", "staff")
    before = vestibule.json("directory", "show", "mika")["id"]
    vestibule("directory", "import", vestibule.file([person("ana")], []), "--name", "staff")
    vestibule("directory", "import", vestibule.file([person("mika")], []), "--name", "guests")
    after = vestibule.json("directory", "show", "mika")
    assert (after["id"], after["status"]) == (before, "ACTIVE")
    vestibule("directory", "import", vestibule.file([person("ana")], []), "--name", "staff")
    assert vestibule.json("directory", "show", "mika")["status"] == "ACTIVE"


def test_a_declared_source(vestibule: Desk) -> None:
    file = vestibule.file([person("ana")], [])
    declared = vestibule.path / "staff.toml"
    declared.write_text(f'name = "staff"\nkind = "json"\n[settings]\nfile = "{file}"\n')
    assert "1 person added" in vestibule("directory", "import", str(declared))
    said = vestibule("directory", "import", "--set", "colour=red", str(declared), code=1)
    assert "the setting 'colour' is not known" in said
    said = vestibule("directory", "import", "ldap://far.example", "--set", "base=dc=x", code=1)
    assert "would travel in clear" in said
