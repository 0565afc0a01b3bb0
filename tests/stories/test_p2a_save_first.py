"""P2a: only when the settings are saved does the token work; until then it is refused with "press Save"."""

from __future__ import annotations

from tests.stories.stage import Stage


def test_the_token_works_once_the_settings_are_saved(stage: Stage) -> None:
    """P2a: state draft → on."""
    stage.commands("tenant", "create", "save-first", "--profile", "acall")
    token = stage.commands("token", "issue", "save-first", "--draft").out.strip()
    tenant = stage.known("save-first", token)
    assert stage.commands.json("tenant", "show", "save-first")["provisioning"] == "draft"

    application = stage.application(tenant, "acall")
    before = application.test(refused=True)
    assert before["verdict"] == "not allowed"
    assert "press Save on SCIM user provisioning" in before["sentence"]
    refused = tenant.hand("GET", "/Users")
    assert (refused.status, refused.json["schemas"]) == (403, ["urn:ietf:params:scim:api:messages:2.0:Error"])

    stage.commands("provisioning", "on", "save-first")
    assert application.test()["verdict"] == "good"
    assert stage.commands.json("tenant", "show", "save-first")["provisioning"] == "on"


def test_paused_and_on_again(stage: Stage) -> None:
    """P2a, and on: paused, provisioning says so, and nothing is lost."""
    tenant, application = stage.both("acall")
    application.assign("mayumi.inoue@kitano.example")
    stage.commands("provisioning", "pause", tenant.slug)
    assert "paused" in application.test(refused=True)["sentence"]
    assert "paused" in application.apply(refused=True)["stopped"]

    stage.commands("provisioning", "on", tenant.slug)
    application.counts(creates=1)
    assert tenant.person("mayumi.inoue@kitano.example")["active"] is True
