"""A, plan gate: provisioning comes only with plans above Basic; the refusal names the plan and whom to contact."""

from __future__ import annotations

from tests.stories.stage import Stage

CONTACT = "Contact ACALL customer success"


def test_a_basic_tenant_can_get_no_token(stage: Stage) -> None:
    """A, plan gate: neither issued nor asked for."""
    stage.commands("tenant", "create", "small-firm", "--profile", "acall", "--plan", "basic")
    for words in (("token", "issue", "small-firm"), ("token", "request", "small-firm")):
        refused = stage.commands(*words, refused=True)
        assert refused.out == ""
        assert "'Basic'" in refused.err
        assert CONTACT in refused.err
    assert stage.commands.json("token", "list", "small-firm") == []
    assert "'Basic'" in stage.commands.json("tenant", "show", "small-firm")["closedBecause"]


def test_a_tenant_that_drops_to_basic(stage: Stage) -> None:
    """A, plan gate: the token stops working and says why; on a higher plan again all goes on where it was."""
    tenant, application = stage.both("acall")
    application.assign("hanako.sato@kitano.example")
    application.counts(creates=1)

    stage.commands("tenant", "set-plan", tenant.slug, "basic")
    answer = tenant.hand("GET", "/Users")
    assert answer.status == 403
    assert "'Basic'" in answer.detail
    assert CONTACT in answer.detail
    application.assign("doyun.kim@kitano.example")
    report = application.apply(refused=True)
    assert report["creates"] == 0
    assert "'Basic'" in report["stopped"]
    assert CONTACT in report["stopped"]

    stage.commands("tenant", "set-plan", tenant.slug, "enterprise")
    application.counts(creates=1)
    assert len(tenant.people()) == 2


def test_an_unknown_plan_is_refused_naming_those_there_are(stage: Stage) -> None:
    """A, plan gate: basic, business, enterprise; business where nothing is said."""
    tenant = stage.tenant("acall")
    assert stage.commands.json("tenant", "show", tenant.slug)["plan"] == "business"
    refused = stage.commands("tenant", "set-plan", tenant.slug, "gold", refused=True)
    assert "basic, business, enterprise" in refused.err


def test_where_only_the_vendor_can_help_the_message_says_whom_to_contact(stage: Stage) -> None:
    """A, support: a suspended tenant."""
    tenant = stage.tenant("acall")
    application = stage.application(tenant, "acall")
    stage.commands("tenant", "suspend", tenant.slug)
    verdict = application.test(refused=True)
    assert verdict["verdict"] == "not allowed"
    assert "suspended" in verdict["sentence"]
    assert CONTACT in verdict["sentence"]
    stage.commands("tenant", "resume", tenant.slug)
    assert application.test()["verdict"] == "good"
