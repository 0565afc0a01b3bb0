"""``vestibule tenant`` and ``vestibule provisioning``."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import CommandLine
from vestibule.profiles.builtin import builtin_texts


def test_create_list_show(cli: CommandLine) -> None:
    made = cli("tenant", "create", "Corp Ltd", "--profile", "acall", "--account", "Holding", "--json")
    assert made.code == 0
    assert made.json["slug"] == "corp-ltd"
    assert made.json["plan"] == "business"
    [listed] = cli("tenant", "list", "--json").json
    assert listed == made.json
    assert "corp-ltd" in cli("tenant", "list").out
    shown = cli("tenant", "show", "Corp Ltd", "--json").json
    assert shown["address"] == "/scim/v2"
    assert "press Save" in shown["closedBecause"]


def test_what_comes_next_begins_with_sign_on_where_the_product_wants_it_first(cli: CommandLine) -> None:
    said = cli("tenant", "create", "Sales", "--profile", "getaccept")
    assert (
        "Next: vestibule sso set sales --metadata URL and vestibule sso test sales, or vestibule tenant sso sales --confirmed "
        "(GetAccept wants sign-on set up first), "
        "then vestibule token issue sales" in said.err
    )
    assert "Next: vestibule token issue works" in cli("tenant", "create", "Works", "--profile", "acall").err


def test_what_comes_next_begins_with_another_plan_where_this_one_has_no_provisioning(
    cli: CommandLine,
) -> None:
    said = cli("tenant", "create", "Small", "--profile", "acall", "--plan", "basic")
    assert (
        "Next: vestibule tenant set-plan small PLAN (plan basic has no provisioning), then "
        "vestibule token issue small" in said.err
    )


def test_an_empty_list_is_an_empty_array(cli: CommandLine) -> None:
    assert cli("tenant", "list", "--json").json == []
    said = cli("tenant", "list")
    assert (said.code, said.out) == (0, "")
    assert "no tenant yet" in said.err


def test_an_unknown_plan_exits_1_naming_them(cli: CommandLine) -> None:
    said = cli("tenant", "create", "Corp", "--profile", "acall", "--plan", "gold")
    assert (said.code, said.out) == (1, "")
    assert "basic, business, enterprise" in said.err
    cli("tenant", "create", "Corp", "--profile", "acall")
    assert cli("tenant", "set-plan", "corp", "gold").code == 1
    assert cli("tenant", "set-plan", "corp", "basic", "--json").json["plan"] == "basic"


def test_an_unknown_profile_exits_1_naming_them(cli: CommandLine) -> None:
    said = cli("tenant", "create", "Corp", "--profile", "acal")
    assert said.code == 1
    assert "acall, generic, getaccept" in said.err


def test_a_profile_file_is_copied(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(builtin_texts()["generic"].replace('name = "generic"', 'name = "ours"'), "utf-8")
    assert cli("tenant", "create", "Corp", "--profile", str(file), "--json").json["profile"] == "ours"
    file.unlink()
    assert cli("profile", "show", "ours", "--json").json["name"] == "ours"
    assert cli("tenant", "create", "Other", "--profile", str(file)).code == 1


def test_suspend_and_resume(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp")
    assert cli("tenant", "suspend", "corp", "--json").json["suspended"] is True
    assert cli("tenant", "resume", "corp", "--json").json["suspended"] is False


def test_provisioning_goes_from_draft_to_on_to_paused(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp")
    for word, state in [("on", "on"), ("pause", "paused"), ("off", "draft")]:
        assert cli("provisioning", word, "corp", "--json").json["provisioning"] == state


def test_provisioning_waits_for_sign_on(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp", "--profile", "getaccept")
    said = cli("provisioning", "on", "corp")
    assert said.code == 1
    assert "single sign-on" in said.err
    assert "is not confirmed" in cli("tenant", "sso", "corp").out
    assert "is confirmed" in cli("tenant", "sso", "corp", "--confirmed").out
    assert cli("provisioning", "on", "corp").code == 0


def test_an_unknown_tenant_exits_1(cli: CommandLine) -> None:
    for words in (["tenant", "show"], ["provisioning", "on"], ["token", "issue"], ["domain", "list"]):
        said = cli(*words, "nobody")
        assert said.code == 1
        assert "no tenant 'nobody'" in said.err


def test_wrong_usage_exits_2(cli: CommandLine) -> None:
    assert cli("tenant", "create").code == 2
    assert cli("tenant", "bogus").code == 2
    assert cli("bogus").code == 2
    assert cli("tenant", "list", "--bogus").code == 2


def test_the_database_may_be_named_before_or_after_the_command(cli: CommandLine, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}"
    cli("tenant", "create", "Corp")
    assert cli("tenant", "list", "--json", "--database", other).json == []
    assert cli("--database", other, "tenant", "list", "--json").json == []
    assert len(cli("tenant", "list", "--json").json) == 1


def test_a_database_that_is_none_is_refused_in_words(cli: CommandLine) -> None:
    said = cli("tenant", "list", "--database", "mysql://x")
    assert said.code == 1
    assert "sqlite:////absolute/path" in said.err
