"""P4: only the ticked kinds of operation are sent."""

from __future__ import annotations

from tests.stories.stage import Stage

MAYUMI = "mayumi.inoue@kitano.example"
MISAKI = "misaki.yamamoto@kitano.example"


def test_only_what_is_ticked_is_sent(stage: Stage) -> None:
    """P4: Provisioning → To App → Edit → tick Create, Update, Deactivate → Save, one by one."""
    tenant, application = stage.both("acall", "--no-create", "--no-update", "--no-deactivate")
    application.assign(MAYUMI, MISAKI)
    application.counts()
    assert tenant.writes() == []

    stage.commands("app", "change", application.name, "--create")
    application.counts(creates=2)

    stage.commands("app", "map", application.name, "additionalInformation", "--expression", "user.title")
    application.unassign(MISAKI)
    application.counts()
    assert tenant.person(MISAKI)["active"] is True

    stage.commands("app", "change", application.name, "--update")
    application.counts(updates=1)
    assert tenant.person(MISAKI)["active"] is True

    stage.commands("app", "change", application.name, "--deactivate")
    application.counts(deactivations=1)
    assert tenant.person(MISAKI)["active"] is False
    assert tenant.person(MAYUMI)["active"] is True


def test_unticked_again_nobody_is_deactivated(stage: Stage) -> None:
    """P4: Deactivate Users unticked, a leaver stays as they are."""
    tenant, application = stage.both("acall")
    application.assign(MISAKI)
    application.counts(creates=1)
    stage.commands("app", "change", application.name, "--no-deactivate")
    stage.read_directory("1-leavers")
    application.counts()
    assert tenant.person(MISAKI)["active"] is True
