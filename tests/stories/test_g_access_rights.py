"""G, access rights: the User type on an assignment, of a person or of a group, decides them."""

from __future__ import annotations

import csv

from tests.stories.stage import EXAMPLE, Stage

MIKA = "mika.laine@aldermoor.test"
RIGHTS = {
    "Administrator": ["documents", "team documents", "administration"],
    "Manager": ["documents", "team documents"],
    "User": ["documents"],
}


def first_of(group: str) -> str:
    with (EXAMPLE / "memberships.csv").open(encoding="utf-8") as file:
        return min(
            row["login"] for row in csv.DictReader(file) if row["group"] == group and "@" in row["login"]
        )


def test_for_the_members_of_a_group_and_for_a_person(stage: Stage) -> None:
    """G: three groups with three User types; what is set for a person wins over the group's."""
    tenant, application = stage.both("getaccept")
    groups = {
        "getaccept-administrators": "Administrator",
        "getaccept-managers": "Manager",
        "getaccept-users": "User",
    }
    for priority, (group, user_type) in enumerate(groups.items(), 1):
        stage.commands(
            *("app", "assign", application.name, "--group", group, "--priority", str(priority)),
            *("--set", f"userType={user_type}"),
        )
    promoted = "mika.laine@aldermoor.test"
    application.assign(promoted, userType="Manager")
    report = application.apply()
    assert report["failures"] == 0
    assert report["creates"] == len(tenant.people()) > 150

    listed = stage.commands.json("role", "list", tenant.slug)
    assert {role["role"]: role["rights"] for role in listed} == RIGHTS
    for group, user_type in groups.items():
        if first_of(group) != promoted:
            shown = tenant.shown(first_of(group))
            assert (shown["userType"], shown["role"]) == (user_type, user_type)
            assert shown["roleExplanation"]["rule"] == "userType decides"
    assert tenant.shown(promoted)["role"] == "Manager"


def test_a_change_of_user_type_is_one_update(stage: Stage) -> None:
    """G: Mika is made Administrator; the product hears of it."""
    tenant, application = stage.both("getaccept")
    application.assign(MIKA, userType="User")
    application.counts(creates=1)
    application.assign(MIKA, userType="Administrator")
    application.counts(updates=1)
    assert tenant.shown(MIKA)["role"] == "Administrator"
    assert tenant.events().count("user.role_changed") == 1


def test_without_a_user_type_the_default_role(stage: Stage) -> None:
    """G: an ordinary User."""
    tenant, application = stage.both("getaccept")
    application.assign(MIKA)
    application.counts(creates=1)
    shown = tenant.shown(MIKA)
    assert "userType" not in shown
    assert (shown["role"], shown["roleExplanation"]["rule"]) == ("User", "default role")


def test_a_custom_application_role_of_the_tenant(stage: Stage) -> None:
    """G: roles are custom application roles; a tenant has one of its own, mapped to rights."""
    tenant, application = stage.both("getaccept")
    stage.commands(
        "app", "map", application.name, "userType", "--enum", "Administrator,Manager,User,Paralegal"
    )
    application.assign(MIKA, userType="Paralegal")
    report = application.apply(refused=True)
    assert '"Paralegal"' in report["faults"][0]["detail"]

    stage.commands("role", "add", tenant.slug, "Paralegal", "--rights", "documents,team documents")
    stage.commands("app", "retry", application.name)
    shown = tenant.shown(MIKA)
    assert (shown["userType"], shown["role"]) == ("Paralegal", "Paralegal")
    listed = {role["role"]: role for role in stage.commands.json("role", "list", tenant.slug)}
    assert listed["Paralegal"]["rights"] == ["documents", "team documents"]
    assert listed["Paralegal"]["own"] is True
    assert listed.keys() == {*RIGHTS, "Paralegal"}

    other = stage.tenant("getaccept", name="other")
    assert {role["role"] for role in stage.commands.json("role", "list", other.slug)} == set(RIGHTS)
