"""P3: Test API Credentials says success, or which of token, URL and plan is wrong."""

from __future__ import annotations

import pytest

from tests.stories.stage import Application, Stage


@pytest.mark.parametrize("profile", ["acall", "getaccept", "generic"])
def test_url_and_token_are_pasted_and_good(stage: Stage, profile: str) -> None:
    """P3: success, for a product without teams as well (W6)."""
    application = stage.application(stage.tenant(profile), profile)
    assert application.test()["verdict"] == "good"


def test_which_of_the_three_is_wrong(stage: Stage) -> None:
    """P3: a wrong token, a wrong URL, a plan without provisioning; then all is right."""
    tenant = stage.tenant("acall")
    application = stage.application(tenant, "acall")

    def connect(url: str, token: str) -> None:
        stage.commands("app", "connect", application.name, "--url", url, "--token", token)

    connect(tenant.url, tenant.token[:-1])
    verdict = application.test(refused=True)
    assert verdict["verdict"] == "wrong token"
    assert "cut" in verdict["sentence"]

    swapped = tenant.token[:20] + ("a" if tenant.token[20] != "a" else "b") + tenant.token[21:]
    connect(tenant.url, swapped)
    verdict = application.test(refused=True)
    assert verdict["verdict"] == "wrong token"
    assert "mistyped" in verdict["sentence"]

    connect(tenant.url.replace("/scim/v2", "/scim/v3"), tenant.token)
    assert application.test(refused=True)["verdict"] == "wrong URL"

    connect("http://127.0.0.1:9/scim/v2", tenant.token)
    assert application.test(refused=True)["verdict"] == "unreachable"

    connect(tenant.url, tenant.token)
    stage.commands("tenant", "set-plan", tenant.slug, "basic")
    verdict = application.test(refused=True)
    assert verdict["verdict"] == "not allowed"
    assert "'Basic'" in verdict["sentence"]

    stage.commands("tenant", "set-plan", tenant.slug, "business")
    assert application.test()["verdict"] == "good"


def test_a_token_that_ended(stage: Stage) -> None:
    """P3: revoked and replaced are told from unknown."""
    tenant = stage.tenant("acall")
    application = stage.application(tenant, "acall")
    stage.commands("token", "revoke", tenant.slug)
    verdict = application.test(refused=True)
    assert verdict["verdict"] == "wrong token"
    assert "was revoked" in verdict["sentence"]

    fresh = stage.commands("token", "issue", tenant.slug).out.strip()
    stage.commands("app", "connect", "acall", "--token", fresh)
    assert application.test()["verdict"] == "good"


def test_the_token_of_another_tenant_at_this_tenant_url(stage: Stage) -> None:
    """P3: refused without a word about whose it is."""
    ours, theirs = stage.tenant("getaccept", name="ours"), stage.tenant("getaccept", name="theirs")
    stage.commands(
        "app", "add", "mixed", "--profile", "getaccept", "--url", ours.url, "--token", theirs.token
    )
    verdict = Application(stage.commands, "mixed").test(refused=True)
    assert "this token is not for this Tenant URL" in verdict["sentence"]
    assert theirs.slug not in verdict["sentence"]
