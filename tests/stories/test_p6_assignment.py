"""P6: people and groups are assigned; each assigned person appears as a user in the product."""

from __future__ import annotations

import csv

from tests.stories.stage import EXAMPLE, Stage, either_directory


def members(group: str) -> set[str]:
    with (EXAMPLE / "memberships.csv").open(encoding="utf-8") as file:
        return {row["login"] for row in csv.DictReader(file) if row["group"] == group}


@either_directory
def test_assigned_people_and_groups_appear_as_users(stage: Stage) -> None:
    """P6: one person and one group of the company."""
    tenant, application = stage.both("acall")
    application.assign("hanako.sato@kitano.example", groups=("acall-admins",))
    expected = {"hanako.sato@kitano.example"} | members("acall-admins")
    application.counts(creates=len(expected))
    assert len(tenant.people("active eq true")) == len(expected)
    listed = stage.commands.json("user", "list", tenant.slug)
    assert {user["externalId"] for user in listed} == {user["externalId"] for user in tenant.people()}


def test_the_whole_company_with_every_name_it_has(stage: Stage) -> None:
    """P6: everybody of Kitano; the suspended and the one who left are not sent, and one is skipped by name."""
    tenant, application = stage.both("acall")
    everybody = members("kitano-all")
    application.assign(groups=("kitano-all",))
    report = application.apply(refused=True)
    assert report["failures"] == 1
    assert report["creates"] == len(everybody) - 3
    (fault,) = report["faults"]
    assert fault["label"] == "Suharto"
    assert (fault["outcome"], "name.familyName" in fault["detail"]) == ("skipped", True)
    names = {user["name"]["familyName"] for user in tenant.people()}
    assert {"佐藤", "髙橋", "𠮷野", "张", "김"} <= names
    people = tenant.people()
    assert not any(user["userName"].startswith("takashi.yamada@") for user in people)
    assert len([user for user in people if user["displayName"] == "佐藤 花子"]) == 3

    application.counts()


def test_assigned_twice_and_taken_out_of_one(stage: Stage) -> None:
    """P6: whoever is assigned as a person and by a group stays while one of the two holds."""
    tenant, application = stage.both("acall")
    someone = min(members("acall-admins"))
    application.assign(someone, groups=("acall-admins",))
    application.counts(creates=len(members("acall-admins")))
    application.unassign(groups=("acall-admins",))
    application.counts(deactivations=len(members("acall-admins")) - 1)
    assert len(tenant.people("active eq true")) == 1
    application.unassign(someone)
    application.counts(deactivations=1)
    assert tenant.people("active eq true") == []
