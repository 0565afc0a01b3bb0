"""A, the Slack and G Suite integrations: from *Connect* through the service's own consent page to *linked*, in a browser.

The consent pages are those of npm's emulate; Google's directory, which it has not, is our double.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect
from pydantic import SecretStr

from tests.console.serving import Served, served
from tests.doubles.google import Google
from tests.doubles.google import user as google_user
from tests.doubles.listening import listening
from tests.doubles.test_second_opinion import SCRIPT
from tests.linking.places import person
from tests.node import talking
from tests.sign_on.browser import aside, page

ADMIN = "admin@kitano.test"
_SEED = {
    "slack": {
        "team": {"name": "Kitano", "domain": "kitano"},
        "users": [
            {"name": "admin.kitano", "real_name": "Admin K", "email": ADMIN, "is_admin": True},
            {"name": "hanako", "real_name": "Hanako S", "email": "hanako@kitano.test"},
            {"name": "plain", "real_name": "Plain P", "email": "plain@kitano.test"},
        ],
    },
    "google": {"users": [{"email": ADMIN, "name": "Admin K", "hd": "kitano.test"}]},
}
_SECONDS = 20_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    """A Vestibule for which the operator has registered both services."""
    google = Google(any_token=True, admin=ADMIN)
    google.add(
        google_user("1", ADMIN, "Admin K", isAdmin=True),
        google_user("2", "hanako@kitano.test", "Hanako S"),
        google_user("3", "taro@kitano.test", "Taro T", suspended=True),
    )
    with ExitStack() as stack:
        found = stack.enter_context(talking("emulate", SCRIPT, json.dumps(_SEED)))
        directory = stack.enter_context(listening(google.application()))
        base = found["google"]
        yield stack.enter_context(
            served(
                tmp_path,
                slack_client_id="slack-client",
                slack_client_secret=SecretStr("slack-secret"),
                slack_url=found["slack"],
                google_client_id="google-client",
                google_client_secret=SecretStr("google-secret"),
                google_authorize_url=f"{base}/o/oauth2/v2/auth",
                google_token_url=f"{base}/oauth2/token",
                google_revoke_url=f"{base}/oauth2/revoke",
                google_certs_url=f"{base}/oauth2/v3/certs",
                google_issuer=base,
                google_directory_url=f"{directory}/admin/directory/v1",
            )
        )


def connects(browser: Page, page_of_cards: str, label: str, workspace: str, who: str = ADMIN) -> None:
    """From the card through the consent of that person to the question whether it is the right workspace."""
    browser.goto(page_of_cards)
    browser.get_by_role("link", name=f"{label}: Connect").click()
    browser.get_by_role("button", name="Connect", exact=True).click()
    browser.locator("form", has_text=who).get_by_role("button").click(timeout=_SECONDS)
    if workspace:
        expect(browser.get_by_role("heading", name="Is this the right workspace?")).to_be_visible()
        browser.get_by_role("button", name=f"Yes, connect {workspace}").click()
        expect(browser.get_by_text("Everybody's account is looked up now")).to_be_visible()


def test_from_connect_to_linked(server: Served) -> None:
    tenant = server.tenant("Kitano Works", "acall")
    token = server.token(tenant)
    for name in ("hanako", "taro"):
        document = person(name, slack=f"{name}@kitano.test", google=f"{name}@kitano.test")
        answer = httpx2.post(
            f"{server.url}/scim/v2/Users", json=document, headers={"authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 201, answer.text
    cards = f"{server.url}/tenants/{tenant.slug}/settings/integrations"
    mia = server.administrator("mia@kitano.test", tenant)
    with page() as browser:
        browser.set_default_timeout(_SECONDS)
        browser.goto(aside(lambda: server.link(mia)))
        browser.get_by_role("button", name="Sign in").click()
        browser.wait_for_url(re.compile("/tenants/"))

        connects(browser, cards, "Slack", "", who="plain@kitano.test")
        expect(browser.get_by_text("is no administrator of this Slack workspace")).to_be_visible()

        connects(browser, cards, "Slack", "Kitano")
        expect(browser.get_by_text("1 linked")).to_be_visible(timeout=_SECONDS)
        expect(browser.get_by_text("1 not found")).to_be_visible()

        browser.get_by_text("Pause", exact=True).click()
        browser.get_by_role("button", name="Pause Slack").click()
        expect(browser.get_by_text("Paused by administrator:mia@kitano.test")).to_be_visible()
        expect(browser.get_by_text("not sure any more").first).to_be_visible()
        browser.get_by_role("button", name="Resume").click()
        expect(browser.get_by_text("Connected again")).to_be_visible()
        expect(browser.get_by_text("1 linked")).to_be_visible(timeout=_SECONDS)

        connects(browser, cards, "Google Workspace", "kitano.test")
        expect(browser.get_by_text("1 linked")).to_be_visible(timeout=_SECONDS)
        expect(browser.get_by_text("1 deactivated there")).to_be_visible()

        browser.reload()
        browser.get_by_role("link", name="taro@corp.test").click()
        accounts = browser.get_by_role("region", name="Linked accounts")
        expect(accounts.get_by_text("not found", exact=True)).to_be_visible()
        expect(accounts.get_by_text("deactivated there", exact=True)).to_be_visible()
        expect(accounts.get_by_text("suspended")).to_be_visible()
