"""P9: a provisioned person signs on by a real identity provider, in a real browser, and loses the session with access."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.sign_on.browser import aside, page
from tests.sign_on.simplesaml import running
from tests.stories.stage import Stage, Tenant

MISAKI = "misaki.yamamoto@kitano.example"
STRANGER = "eve@kitano.example"


def signs_in(browser: Page, email: str) -> None:
    """On the identity provider's own form."""
    browser.locator("input[name=username]").fill(email.partition("@")[0])
    browser.locator("input[name=password]").fill("secret")
    browser.locator("input[name=password]").press("Enter")


def at(stage: Stage, tenant: Tenant) -> str:
    return f"http://127.0.0.1:{stage.server.port}/sso/{tenant.slug}"


def test_from_sign_in_to_session_and_from_deactivation_to_a_dead_session(
    stage: Stage, tmp_path: Path
) -> None:
    """P9, P10: the e-mail attribute finds the provisioned user; unassigned, the session is gone."""
    tenant, application = stage.both("getaccept")
    application.assign(MISAKI)
    application.counts(creates=1)
    with running(tmp_path / "idp", MISAKI, STRANGER) as provider:
        metadata = tmp_path / "idp.xml"
        metadata.write_bytes(provider.metadata())
        stage.commands("sso", "set", tenant.slug, "--metadata", str(metadata))
        us = stage.commands.json("sso", "show", tenant.slug)
        provider.know_by(us["metadataUrl"])
        test = stage.commands.json("sso", "test", tenant.slug)

        with page() as browser:
            browser.goto(test["link"])
            signs_in(browser, MISAKI)
            expect(browser.get_by_text("The test succeeded")).to_be_visible()
            assert browser.get_by_role("cell", name=MISAKI).count() >= 2

            browser.goto(us["loginUrl"])
            expect(browser.get_by_text(MISAKI)).to_be_visible()
            assert browser.url == at(stage, tenant)

            provider.know_by(us["metadataUrl"], assertion__encryption=True, saml20__sign__response=True)
            browser.context.clear_cookies()
            browser.goto(us["loginUrl"])
            signs_in(browser, MISAKI)
            expect(browser.get_by_text(MISAKI)).to_be_visible()

            aside(lambda: stage.commands("sso", "choose", tenant.slug, "--idp-initiated"))
            browser.context.clear_cookies(domain="127.0.0.1", name=re.compile("^vestibule"))
            browser.goto(provider.start_url(us["entityId"]))
            expect(browser.get_by_text(MISAKI)).to_be_visible()
            assert browser.url == at(stage, tenant)

            aside(lambda: application.unassign(MISAKI))
            aside(lambda: application.counts(deactivations=1))
            browser.reload()
            expect(browser.get_by_role("link", name="Sign in")).to_be_visible()
            browser.goto(us["loginUrl"])
            expect(browser.get_by_text("is deactivated").first).to_be_visible()

        with page() as browser:
            browser.goto(us["loginUrl"])
            signs_in(browser, STRANGER)
            expect(browser.get_by_text(f"There is no account {STRANGER}")).to_be_visible()

    attempts = stage.commands.json("sso", "attempts", tenant.slug)
    assert [attempt["outcome"] for attempt in attempts] == ["unknown", "inactive", *["signed on"] * 4]
    assert attempts[-1]["test"]
    assert (attempts[-1]["email"], attempts[-1]["userName"]) == (MISAKI, MISAKI)
