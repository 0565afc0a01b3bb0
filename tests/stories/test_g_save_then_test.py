"""G, save, then test: Okta's connection test succeeds only after Save."""

from __future__ import annotations

from tests.stories.stage import Stage


def test_copy_save_test(stage: Stage) -> None:
    """G: Tenant URL and access token are copied; the test fails; Save; the test succeeds."""
    stage.commands("tenant", "create", "copy-save-test", "--profile", "getaccept")
    stage.commands("tenant", "sso", "copy-save-test", "--confirmed")
    token = stage.commands("token", "issue", "copy-save-test", "--draft").out.strip()
    tenant = stage.known("copy-save-test", token)
    assert tenant.url.endswith("/t/copy-save-test/scim/v2")
    application = stage.application(tenant, "getaccept")
    assert "press Save" in application.test(refused=True)["sentence"]
    stage.commands("provisioning", "on", "copy-save-test")
    assert application.test()["verdict"] == "good"
