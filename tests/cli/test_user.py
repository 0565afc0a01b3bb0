"""``vestibule user`` and ``vestibule group``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import cast
from tests.cli.conftest import CommandLine
from tests.cli.provider import provider_of

GOOD_AND_BROKEN = """\
userName,givenName,familyName,email,displayName,active,userType,shoeSize
mika@corp.test,Mika,Laine,mika@corp.test,"Laine, Mika",true,Employee,44
,No,Name,no@corp.test,,,,
gone@corp.test,Gone,Girl,gone@corp.test,,false,,
bad@corp.test,Bad,Mail,nobody,,true,,
"""


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(GOOD_AND_BROKEN, "utf-8")
    return path


def test_import_reports_every_broken_row_and_takes_the_good_ones(cli: CommandLine, people: Path) -> None:
    cli("tenant", "create", "corp", "--profile", "generic")
    said = cli("user", "import", "corp", str(people))
    assert said.code == 1
    assert said.out == "2 imported (2 new, 0 changed, 0 as they were), 2 refused.\n"
    assert "people.csv, line 3: userName is empty" in said.err
    assert "people.csv, line 5: email is 'nobody'" in said.err
    assert "'shoeSize' is ignored" in said.err
    everybody = cli("user", "list", "corp", "--all", "--json").json
    assert [(person["userName"], person["active"]) for person in everybody] == [
        ("mika@corp.test", True),
        ("gone@corp.test", False),
    ]
    assert everybody[0]["displayName"] == "Laine, Mika"
    assert cli("user", "list", "corp", "--json").json == []


def test_import_with_json_has_the_counts(cli: CommandLine, people: Path) -> None:
    cli("tenant", "create", "corp", "--profile", "generic")
    cli("user", "import", "corp", str(people))
    again = cli("user", "import", "corp", str(people), "--json")
    assert again.code == 1
    assert (again.json["imported"], again.json["unchanged"], again.json["refused"]) == (2, 2, 2)
    assert again.json["faults"][0] == {
        "line": 3,
        "userName": "",
        "reason": "userName is empty; without one nobody can be known.",
    }
    people.write_text("userName,title\nmika@corp.test,Captain\n", "utf-8")
    changed = cli("user", "import", "corp", str(people), "--json")
    assert (changed.code, changed.json["updated"]) == (0, 1)
    shown = cli("user", "show", "corp", "mika@corp.test", "--json").json
    assert (shown["title"], shown["name"]["givenName"]) == ("Captain", "Mika")


def test_import_is_refused_by_the_directory_where_somebody_is_managed(cli: CommandLine, people: Path) -> None:
    okta = provider_of(cli)
    okta("POST", "/Users", cast.hanako(userName="Mika@corp.test"))
    said = cli("user", "import", "corp", str(people), "--json")
    assert (said.code, said.json["imported"]) == (1, 1)
    assert "is taken by the user" in said.json["faults"][0]["reason"]
    assert said.json["faults"][0]["line"] == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"login,email\na,b\n", "userName is missing"), (b"", "is empty"), (None, "cannot be read")],
)
def test_import_refuses_a_file_of_no_use(
    cli: CommandLine, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    cli("tenant", "create", "corp")
    path = tmp_path / "people.csv"
    if content is not None:
        path.write_bytes(content)
    said = cli("user", "import", "corp", str(path))
    assert (said.code, said.out) == (1, "")
    assert reason in said.err


def test_list_takes_a_filter(cli: CommandLine) -> None:
    okta = provider_of(cli)
    for person in (cast.hanako(), cast.zoe()):
        okta("POST", "/Users", person)
    [found] = cli("user", "list", "corp", "--filter", 'name.familyName eq "Brontë"', "--json").json
    assert found["userName"] == "Zoë.Brontë@Corp.test"
    assert found["externalId"] == "00u2zoe"
    assert found["meta"]["resourceType"] == "User"
    assert "Zoë.Brontë@Corp.test" in cli("user", "list", "corp").out
    faulty = cli("user", "list", "corp", "--filter", "name.familyName eq")
    assert faulty.code == 1
    assert "character" in faulty.err or "position" in faulty.err


def test_show_tells_state_and_who_manages(cli: CommandLine, people: Path) -> None:
    okta = provider_of(cli)
    cli("user", "import", "corp", str(people))
    made = okta("POST", "/Users", cast.hanako())
    for word in (made.json["id"], "HANAKO.SATO@CORP.TEST"):
        shown = cli("user", "show", "corp", word, "--json").json
        assert (shown["id"], shown["state"], shown["access"]) == (made.json["id"], "managed", "granted")
        assert shown["managedBy"]
    said = cli("user", "show", "corp", "mika@corp.test")
    assert "existed before" in said.out
    assert "name.familyName" in said.out
    stranger = cli("user", "show", "corp", "nobody@corp.test")
    assert (stranger.code, stranger.out) == (1, "")


@pytest.mark.requirement("K28")
def test_show_and_the_story_tell_of_two_addresses_of_one_type(cli: CommandLine) -> None:
    okta = provider_of(cli)
    two = [{"value": "h@corp.test", "type": "work"}, {"value": "s@corp.test", "type": "work"}]
    made = okta("POST", "/Users", cast.hanako(emails=two))
    assert made.status == 201
    hint = "emails has 2 values of type work"
    assert hint in cli("user", "show", "corp", made.json["id"]).out
    assert hint in cli("explain", made.json["id"]).out
    okta("PUT", f"/Users/{made.json['id']}", cast.hanako())
    assert hint not in cli("user", "show", "corp", made.json["id"]).out


def test_groups_show_members_and_who_is_unresolved(cli: CommandLine) -> None:
    okta = provider_of(cli)
    hanako = okta("POST", "/Users", cast.hanako()).json["id"]
    group = {
        "schemas": [cast.CORE_GROUP],
        "displayName": "Sales",
        "members": [{"value": hanako}, {"value": "later@corp.test"}],
    }
    made = okta("POST", "/Groups", group)
    assert made.status == 201
    [listed] = cli("group", "list", "corp", "--json").json
    assert [member["value"] for member in listed["members"]] == [hanako]
    for word in ("sales", made.json["id"]):
        shown = cli("group", "show", "corp", word, "--json").json
        assert [one["value"] for one in shown["unresolved"]] == ["later@corp.test"]
        assert shown["unresolved"][0]["since"] == shown["meta"]["created"]
    said = cli("group", "show", "corp", "Sales")
    assert "later@corp.test" in said.out
    assert "佐藤 花子" in said.out
    person = cli("user", "show", "corp", hanako, "--json").json
    assert [one["display"] for one in person["groups"]] == ["Sales"]
    assert cli("group", "show", "corp", "Marketing").code == 1


def test_a_product_without_teams_says_so(cli: CommandLine) -> None:
    cli("tenant", "create", "corp", "--profile", "acall")
    said = cli("group", "list", "corp")
    assert (said.code, said.out) == (1, "")
    assert "ACALL has no teams" in said.err


def test_an_imported_role_has_its_reason(cli: CommandLine, tmp_path: Path) -> None:
    cli("tenant", "create", "corp", "--profile", "getaccept")
    path = tmp_path / "people.csv"
    path.write_text("userName,email,userType\nmika@corp.test,mika@corp.test,manager\n", "utf-8")
    assert cli("user", "import", "corp", str(path)).code == 0
    shown = cli("user", "show", "corp", "mika@corp.test", "--json").json
    assert (shown["role"], shown["roleExplanation"]["rule"]) == ("Manager", "userType decides")
    assert json.dumps(shown)


def test_the_list_shows_a_name_that_was_sent_in_parts(cli: CommandLine, tmp_path: Path) -> None:
    cli("tenant", "create", "corp", "--profile", "generic")
    (tmp_path / "one.csv").write_text("userName,givenName,familyName\nmika@corp.test,Mika,Laine\n", "utf-8")
    cli("user", "import", "corp", str(tmp_path / "one.csv"))
    assert "Mika Laine" in cli("user", "list", "corp", "--all").out


def test_a_person_is_erased_once_the_name_was_typed(cli: CommandLine, people: Path) -> None:
    cli("tenant", "create", "corp", "--profile", "generic")
    cli("user", "import", "corp", str(people))
    seen = cli("user", "erase", "corp", "mika@corp.test", "--preview")
    assert (seen.code, "mika@corp.test (" in seen.out, "What stays:" in seen.out) == (0, True, True)
    told = cli("user", "erase", "corp", "mika@corp.test", "--preview", "--json").json
    assert (told["state"], told["comesBack"], told["wasErased"]) == ("unclaimed", False, False)
    untold = cli("user", "erase", "corp", "mika@corp.test")
    assert (untold.code, "type the name of the person, 'mika@corp.test'" in untold.err) == (1, True)
    wrong = cli("user", "erase", "corp", "mika@corp.test", "--name", "gone@corp.test")
    assert (wrong.code, "Nobody was erased" in wrong.err) == (1, True)
    done = cli("user", "erase", "corp", "mika@corp.test", "--name", "mika@corp.test")
    assert (done.code, done.out) == (
        0,
        f"{told['id']} was erased: nothing personal of them is kept here any more.\n",
    )
    left = cli("user", "list", "corp", "--all", "--json").json
    assert [person["userName"] for person in left] == ["gone@corp.test"]
    assert b"mika" not in Path(cli.database.removeprefix("sqlite:///")).read_bytes().lower()
    assert cli("audit", "verify").code == 0
