"""G, users and teams: users are created and put into teams; push groups create, rename, fill and link teams."""

from __future__ import annotations

import csv

import pytest

from tests.stories.stage import EXAMPLE, Application, Stage, Tenant

LEGAL = "aldermoor-legal"
LEGAL_NAME = "Legal & Compliance"
ANNA = "anna.mueller2@aldermoor.test"


def in_team(group: str) -> list[str]:
    """The e-mail addresses of a group's members."""
    with (EXAMPLE / "people.csv").open(encoding="utf-8") as file:
        email = {row["login"]: row["email"] for row in csv.DictReader(file)}
    with (EXAMPLE / "memberships.csv").open(encoding="utf-8") as file:
        return sorted(email[row["login"]] for row in csv.DictReader(file) if row["group"] == group)


@pytest.fixture(params=["patch", "put"], ids=["catalogue app", "wizard app"])
def signing(stage: Stage, request: pytest.FixtureRequest) -> tuple[Tenant, Application]:
    """Everybody of Legal is assigned; the group is pushed."""
    tenant, application = stage.both("getaccept", "--mode", request.param)
    application.assign(groups=(LEGAL,), userType="User")
    application.push(LEGAL)
    application.counts(creates=len(in_team(LEGAL)), group_changes=1)
    return tenant, application


@pytest.mark.requirement("R48", "K10")
def test_users_are_created_and_the_team_with_its_members(signing: tuple[Tenant, Application]) -> None:
    """G: a pushed group creates the team and assigns its members."""
    tenant, application = signing
    assert tenant.teams() == {LEGAL_NAME: in_team(LEGAL)}
    assert ANNA in in_team(LEGAL)
    assert [group["display"] for group in tenant.person(ANNA)["groups"]] == [LEGAL_NAME]
    listed = tenant.commands.json("group", "list", tenant.slug)
    assert [(group["displayName"], len(group["members"])) for group in listed] == [
        (LEGAL_NAME, len(in_team(LEGAL)))
    ]
    application.counts()


@pytest.mark.requirement("K10")
def test_a_rename_renames(stage: Stage, signing: tuple[Tenant, Application]) -> None:
    """G: same team, new name, same members."""
    tenant, application = signing
    before = tenant.team_id(LEGAL_NAME)
    stage.edit("groups.csv", f"{LEGAL},{LEGAL_NAME},", f"{LEGAL},Law & Order,")
    stage.read_directory()
    application.counts(group_changes=1)
    assert tenant.teams() == {"Law & Order": in_team(LEGAL)}
    assert tenant.team_id("Law & Order") == before
    assert "team.renamed" in tenant.events()


@pytest.mark.requirement("K10")
def test_a_removed_member_leaves_and_a_new_one_joins(
    stage: Stage, signing: tuple[Tenant, Application]
) -> None:
    """G: one request for the team; the person stays a user while something assigns them."""
    tenant, application = signing
    application.assign(ANNA, "mika.laine@aldermoor.test", userType="User")
    application.counts(creates=1)
    stage.edit("memberships.csv", f"{LEGAL},{ANNA}\n", f"{LEGAL},mika.laine@aldermoor.test\n")
    stage.read_directory()
    application.counts(group_changes=1)
    expected = sorted({*in_team(LEGAL), "mika.laine@aldermoor.test"} - {ANNA})
    assert tenant.teams() == {LEGAL_NAME: expected}
    assert tenant.person(ANNA)["active"] is True
    assert "groups" not in tenant.person(ANNA)


@pytest.mark.requirement("K10")
def test_an_existing_team_is_linked_rather_than_created_again(stage: Stage) -> None:
    """G: a team of that name was there, with somebody in it; Okta takes it over."""
    tenant, application = stage.both("getaccept")
    before = tenant.hand.create_group(LEGAL_NAME)
    application.assign(groups=(LEGAL,), userType="User")
    application.push(LEGAL)
    application.apply()
    assert tenant.teams() == {LEGAL_NAME: in_team(LEGAL)}
    assert tenant.team_id(LEGAL_NAME) == before


@pytest.mark.requirement("K10")
def test_unlinked_the_team_stays_as_it_is(signing: tuple[Tenant, Application], stage: Stage) -> None:
    """G: pushed no longer; nothing is sent for it."""
    tenant, application = signing
    stage.commands("app", "push-group", application.name, LEGAL, "--unlink")
    stage.edit("groups.csv", f"{LEGAL},{LEGAL_NAME},", f"{LEGAL},Law & Order,")
    stage.read_directory()
    application.counts()
    assert tenant.teams() == {LEGAL_NAME: in_team(LEGAL)}


@pytest.mark.requirement("K10")
def test_deleted_the_team_goes_and_its_people_stay(signing: tuple[Tenant, Application], stage: Stage) -> None:
    """G: the team is gone, the people are as active as before; pushed again, it is a new team."""
    tenant, application = signing
    before = tenant.team_id(LEGAL_NAME)
    stage.commands("app", "push-group", application.name, LEGAL, "--delete")
    application.counts(group_changes=1)
    assert tenant.teams() == {}
    assert len(tenant.people("active eq true")) == len(in_team(LEGAL))
    assert tenant.hand("GET", f"/Groups/{before}").status == 404
    application.push(LEGAL)
    application.counts(group_changes=1)
    assert tenant.teams() == {LEGAL_NAME: in_team(LEGAL)}


@pytest.mark.requirement("K10")
def test_push_now_says_the_whole_again(stage: Stage, signing: tuple[Tenant, Application]) -> None:
    """G: somebody was put into the team in GetAccept by hand; Push Now makes it as in the directory."""
    tenant, application = signing
    by_hand = tenant.hand.create("by.hand@aldermoor.test")
    team = tenant.team_id(LEGAL_NAME)
    added = {"op": "add", "path": "members", "value": [{"value": by_hand}]}
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [added]}
    assert tenant.hand("PATCH", f"/Groups/{team}", body).status == 204
    stage.commands("app", "push-group", application.name, LEGAL, "--now")
    application.counts(group_changes=1)
    assert tenant.teams() == {LEGAL_NAME: in_team(LEGAL)}


@pytest.mark.requirement("K10")
def test_a_group_that_nobody_is_in(stage: Stage) -> None:
    """G: the team is there, and empty; a name with quotation marks is no trouble either."""
    tenant, application = stage.both("getaccept")
    application.assign(groups=("aldermoor-bid-team",), userType="User")
    application.push("aldermoor-empty", "aldermoor-bid-team")
    application.apply()
    assert tenant.teams() == {"New market": [], 'Bid team "Phoenix"': in_team("aldermoor-bid-team")}
    application.counts()


@pytest.mark.requirement("K10")
def test_a_leaver_leaves_the_teams_view_and_comes_back_into_it(stage: Stage) -> None:
    """G: an inactive person keeps their data; assigned again, the team has them again."""
    tenant, application = stage.both("getaccept")
    application.assign(groups=("aldermoor-sales-emea",), userType="User")
    application.push("aldermoor-sales-emea")
    application.apply()
    before = tenant.teams()["Sales EMEA"]
    tomas = tenant.person("tomas.dvorak@aldermoor.test")
    stage.read_directory("1-leavers")
    application.apply()
    assert tenant.person("tomas.dvorak@aldermoor.test")["active"] is False
    stage.read_directory()
    application.apply()
    assert tenant.person("tomas.dvorak@aldermoor.test")["id"] == tomas["id"]
    assert tenant.teams()["Sales EMEA"] == before
