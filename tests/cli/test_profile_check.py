"""``profile check TENANT``, ``profile keep`` and ``tenant set-profile``: a changed profile and whom it does not fit."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine
from vestibule.profiles.builtin import builtin_texts

PEOPLE = """userName,givenName,familyName,title
mia@corp.test,Mia,Laine,Boss
zoe@corp.test,Zoë,,Clerk
kim@corp.test,Kim,,Clerk
"""


@pytest.fixture
def mine(cli: CommandLine, tmp_path: Path) -> Path:
    """A profile file, a tenant that has it, and three people, two of them without family name."""
    file = tmp_path / "mine.toml"
    file.write_text(builtin_texts()["generic"].replace('name = "generic"', 'name = "mine"', 1), "utf-8")
    assert cli("tenant", "create", "Corp", "--profile", str(file)).code == 0
    people = tmp_path / "people.csv"
    people.write_text(PEOPLE, "utf-8")
    assert cli("user", "import", "corp", str(people)).code == 0
    return file


def demand(file: Path, *paths: str) -> None:
    """Have the profile require more."""
    listed = ", ".join(f'"{path}"' for path in paths)
    file.write_text(
        file.read_text("utf-8").replace("teams = true", f"teams = true\nrequired = [{listed}]"), "utf-8"
    )


def test_everybody_fits_at_first(cli: CommandLine, mine: Path) -> None:
    said = cli("profile", "check", "corp")
    assert said.code == 0
    assert "looked at 3 User" in said.out
    assert "Everybody fits." in said.out
    assert cli("profile", "check", "corp", "--profile", str(mine)).code == 0


def test_a_check_counts_and_names_and_changes_nothing(cli: CommandLine, mine: Path) -> None:
    demand(mine, "name.familyName", "nickName")
    said = cli("profile", "check", "corp", "--profile", str(mine))
    assert said.code == 1
    assert "User name.familyName: 2 (does not fit)" in said.out
    assert "zoe@corp.test: name.familyName is required and has no value." in said.out
    assert "3 would not fit" in said.out
    assert "nickName is required, and no row" in said.err
    record = cli("profile", "check", "corp", "--profile", str(mine), "--json").json
    assert record["unfit"] == 3
    assert record["unmappedRequired"] == ["nickName"]
    counts = {finding["path"]: finding["count"] for finding in record["findings"]}
    assert counts == {"nickName": 3, "name.familyName": 2}
    assert cli("profile", "check", "corp").code == 0, "nothing was taken"


def test_a_change_is_refused_unless_accepted_and_then_listed(cli: CommandLine, mine: Path) -> None:
    demand(mine, "name.familyName")
    refused = cli("profile", "keep", str(mine))
    assert refused.code == 1
    assert "2 of 3 resources of the tenant 'corp' would not fit" in refused.err
    assert "zoe@corp.test" in refused.err or "kim@corp.test" in refused.err
    assert "--accept" in refused.err
    assert cli("tenant", "create", "Other", "--profile", str(mine)).code == 1, "no way around"
    before = cli("user", "list", "corp", "--all", "--json").json
    assert cli("profile", "keep", str(mine), "--accept").code == 0
    assert cli("user", "list", "corp", "--all", "--json").json == before, "they stay readable"
    with sqlite3.connect(cli.database.removeprefix("sqlite:///")) as database:
        kept = "SELECT payload FROM audit WHERE action = 'profile.kept' ORDER BY seq DESC"
        assert json.loads(database.execute(kept).fetchone()[0])["accepted"] == {"corp": 2}
    listed = cli("profile", "check", "corp")
    assert listed.code == 1
    assert "User name.familyName: 2 (does not fit)" in listed.out
    assert cli("profile", "keep", str(mine)).code == 0, "the same again changes nobody"


def test_whoever_did_not_fit_before_does_not_hinder(cli: CommandLine, mine: Path) -> None:
    demand(mine, "name.familyName")
    assert cli("profile", "keep", str(mine), "--accept").code == 0
    mine.write_text(mine.read_text("utf-8").replace('label = "Standard"', 'label = "Plain"'), "utf-8")
    assert cli("profile", "keep", str(mine)).code == 0


def test_a_tenant_of_another_product(cli: CommandLine, mine: Path) -> None:
    refused = cli("tenant", "set-profile", "corp", "acall")
    assert refused.code == 1
    assert "2 of 3" in refused.err
    assert cli("tenant", "show", "corp", "--json").json["profile"] == "mine"
    said = cli("tenant", "set-profile", "corp", "getaccept")
    assert said.code == 0
    assert "profile getaccept, plan standard" in said.out
    assert cli("tenant", "set-profile", "corp", "acall", "--accept", "--json").json["plan"] == "business"
    assert cli("tenant", "set-profile", "corp", "nothing").code == 1


def test_how_far_the_rows_of_a_tenant_follow(cli: CommandLine, mine: Path) -> None:
    shown = cli("profile", "show", "corp", "--json").json
    assert (shown["name"], shown["tenant"]) == ("mine", "corp")
    assert shown["rows"] == "its rows follow from this profile"
    assert shown["collidingUserNames"] == []
    mine.write_text(mine.read_text("utf-8").replace('label = "Standard"', 'label = "Plain"'), "utf-8")
    assert cli("profile", "keep", str(mine)).code == 0
    assert "are derived anew as soon as the server runs" in cli("profile", "show", "corp").out
    assert cli("profile", "show", "nobody").code == 1
