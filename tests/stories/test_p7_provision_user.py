"""P7: people assigned before provisioning was set up are provisioned now; who existed is linked, never doubled."""

from __future__ import annotations

from pathlib import Path

from tests.stories.stage import Application, Stage, either_directory

ANA = "Ana.Ruiz@Aldermoor.test"
MIKA = "mika.laine@aldermoor.test"


@either_directory
def test_provision_user_for_those_assigned_before(stage: Stage) -> None:
    """P7: assigned, then provisioning is set up, then Provision User."""
    stage.read_directory()
    stage.commands("app", "add", "acall", "--profile", "acall", "--as-okta")
    application = Application(stage.commands, "acall")
    application.assign("hanako.sato@kitano.example", "doyun.kim@kitano.example")
    tenant = stage.tenant("acall")
    stage.commands("app", "connect", "acall", "--url", tenant.url, "--token", tenant.token)

    application.counts()
    assert tenant.people() == []
    plan = stage.commands.json("app", "plan", "acall")
    assert {entry["note"] for entry in plan} == {"assigned before provisioning was set up: use provision-now"}

    stage.commands("app", "provision-now", "acall", "hanako.sato@kitano.example")
    assert [user["userName"] for user in tenant.people()] == ["hanako.sato@kitano.example"]
    stage.commands("app", "provision-now", "acall")
    assert len(tenant.people()) == 2
    application.counts()


def test_an_existing_account_is_linked_by_its_address(stage: Stage, tmp_path: Path) -> None:
    """P7: the account was in the product before, in other letter case; same id afterwards, nobody twice."""
    tenant, application = stage.both("getaccept")
    existing = tmp_path / "existing.csv"
    existing.write_text(
        "userName,givenName,familyName,email,userType\n"
        "ana.ruiz@aldermoor.test,Ana,Ruiz,ana.ruiz@aldermoor.test,Manager\n",
        "utf-8",
    )
    stage.commands("user", "import", tenant.slug, str(existing))
    stage.commands("domain", "add", tenant.slug, "aldermoor.test")
    (before,) = stage.commands.json("user", "list", tenant.slug, "--all")
    assert tenant.people() == []

    application.assign("aruiz", MIKA, userType="Manager")
    application.counts(creates=1, links=1)
    after = tenant.person(ANA)
    assert after["id"] == before["id"]
    assert after["userName"] == ANA
    assert after["externalId"].startswith("00u")
    assert len(tenant.people()) == 2
    assert tenant.events().count("user.linked") == 1
    application.counts()


def test_without_a_proven_domain_it_waits_for_review(stage: Stage, tmp_path: Path) -> None:
    """P7: never taken over unseen; linked by the operator, Okta's retry succeeds."""
    tenant, application = stage.both("getaccept")
    existing = tmp_path / "existing.csv"
    existing.write_text("userName,givenName,familyName\nana.ruiz@aldermoor.test,Ana,Ruiz\n", "utf-8")
    stage.commands("user", "import", tenant.slug, str(existing))
    application.assign("aruiz", userType="User")
    report = application.apply(refused=True)
    assert report["failures"] == 1
    assert "waiting for review" in report["faults"][0]["detail"]

    (review,) = stage.commands.json("review", "list", tenant.slug)
    assert review["userName"] == "ana.ruiz@aldermoor.test"
    stage.commands("review", "link", tenant.slug, review["id"])
    stage.commands("app", "retry", application.name)
    assert [user["userName"] for user in tenant.people()] == [ANA]
    (only,) = stage.commands.json("user", "list", tenant.slug, "--all")
    assert only["id"] == tenant.person(ANA)["id"]
    application.counts()
