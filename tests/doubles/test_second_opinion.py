"""One suite on our doubles and on npm's emulate, where both have it: what ours says, somebody else's says as well.

Slack: consent, members by pages, look-ups. Google: consent, the identity token, refresh; the Directory API is
our double's alone, and Google's own client library speaks to it in ``test_google_client.py``.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.doubles.google import Google
from tests.doubles.google import user as google_user
from tests.doubles.listening import listening
from tests.doubles.slack import Slack
from tests.doubles.slack import user as slack_user
from tests.node import talking
from vestibule.connectors.google.service import GoogleService
from vestibule.connectors.slack.service import SlackService
from vestibule.linking.connector import ConsentRefused, ReconnectNeeded, Registration
from vestibule.linking.service_connection import Credentials

ADMIN, PLAIN, PRIVATE = "admin@corp.test", "ana@corp.test", "ana@gmail.com"
SCRIPT = Path(__file__).with_name("emulate.mjs")
REDIRECT = "https://vestibule.test/integrations/{}/callback"
VERIFIER = "a verifier of some forty three letters at least"
_SEED = {
    "slack": {
        "team": {"name": "Corp", "domain": "corp"},
        "users": [
            {"name": "admin.corp", "real_name": "Admin", "email": ADMIN, "is_admin": True},
            {"name": "ana", "real_name": "Ana A", "email": PLAIN},
            *({"name": f"p{n}", "real_name": f"P {n}", "email": f"p{n}@corp.test"} for n in range(5)),
        ],
        "oauth_apps": [
            {
                "client_id": "slack-client",
                "client_secret": "slack-secret",
                "name": "Vestibule",
                "redirect_uris": [REDIRECT.format("slack")],
            }
        ],
        "strict_scopes": True,
    },
    "google": {
        "users": [
            {"email": ADMIN, "name": "Admin", "hd": "corp.test"},
            {"email": PLAIN, "name": "Ana A", "hd": "corp.test"},
            {"email": PRIVATE, "name": "Ana A"},
        ],
        "oauth_clients": [
            {
                "client_id": "google-client",
                "client_secret": "google-secret",
                "name": "Vestibule",
                "redirect_uris": [REDIRECT.format("google")],
            }
        ],
    },
}


@dataclass
class There:
    """Somebody's Slack and Google, and what a person does on their pages."""

    slack_url: str
    google: dict[str, str]
    #: Where it is our own.
    doubles: tuple[Slack, Google] | None
    directory: Google

    async def back(self, consent_url: str, who: str) -> dict[str, str]:
        """What the consent of that person leads back with."""
        if self.doubles is not None:
            slack, google = self.doubles
            slack.installer = next(
                (one["id"] for one in slack.members.values() if one["profile"]["email"] == who), ""
            )
            google.admin, google.domain = who, None if who == PRIVATE else "corp.test"
        async with httpx2.AsyncClient(trust_env=False, verify=False) as browser:
            page = await browser.get(consent_url)
            if not page.is_redirect:
                action, fields = _picked(page.text, who)
                page = await browser.post(str(page.url.join(action)), data=fields)
        return {name: value for name, [value] in parse_qs(urlsplit(page.headers["location"]).query).items()}


def _picked(page: str, who: str) -> tuple[str, dict[str, str]]:
    """The form of that person on the emulator's page."""
    form = next(one for one in re.findall(r"<form.*?</form>", page, re.S) if f">{who}<" in one)
    action = re.search(r'action="([^"]*)"', form)
    assert action
    fields = re.findall(r'name="([^"]*)" value="([^"]*)"', form)
    return html.unescape(action[1]), {name: html.unescape(value) for name, value in fields}


@pytest.fixture(scope="module", params=["double", "emulate"])
def there(request: pytest.FixtureRequest) -> Iterator[There]:
    """Ours, and somebody else's."""
    slack, google = Slack(), Google()
    slack.add(
        slack_user("U0ADMIN", ADMIN, "Admin", is_admin=True),
        slack_user("U0ANA", PLAIN, "Ana A"),
        *(slack_user(f"U0P{n}", f"p{n}@corp.test", f"P {n}") for n in range(5)),
    )
    google.add(google_user("1", ADMIN, "Admin", isAdmin=True), google_user("2", PLAIN, "Ana A"))
    with ExitStack() as stack:
        slack_url = stack.enter_context(listening(slack.application()))
        at = stack.enter_context(listening(google.application()))
        directory = {"directory_url": f"{at}/admin/directory/v1"}
        if request.param == "double":
            addresses = {
                "authorize_url": f"{at}/auth",
                "token_url": f"{at}/token",
                "revoke_url": f"{at}/revoke",
                "certs_url": f"{at}/certs",
                "issuer": google.issuer,
            }
            yield There(slack_url, {**addresses, **directory}, (slack, google), google)
            return
        google.any_token = True
        found = stack.enter_context(talking("emulate", SCRIPT, json.dumps(_SEED)))
        base = found["google"]
        addresses = {
            "authorize_url": f"{base}/o/oauth2/v2/auth",
            "token_url": f"{base}/oauth2/token",
            "revoke_url": f"{base}/oauth2/revoke",
            "certs_url": f"{base}/oauth2/v3/certs",
            "issuer": base,
        }
        yield There(found["slack"], {**addresses, **directory}, None, google)


@pytest.fixture
def slack(there: There) -> SlackService:
    """Our connector, towards it."""
    return SlackService(Registration("slack-client", "slack-secret", {"url": there.slack_url}))


@pytest.fixture
async def google(there: There) -> AsyncIterator[GoogleService]:
    """Ours, likewise."""
    one = GoogleService(Registration("google-client", "google-secret", there.google))
    yield one
    await one.close()


async def slack_grant(there: There, slack: SlackService, who: str = ADMIN) -> Any:
    """From the consent page to what was granted."""
    redirect = REDIRECT.format("slack")
    back = await there.back(slack.consent_url(redirect, "s1", VERIFIER, "n1"), who)
    assert back["state"] == "s1"
    return await slack.granted(back["code"], redirect, VERIFIER, "n1")


async def google_grant(
    there: There, google: GoogleService, who: str = ADMIN, verifier: str = VERIFIER, nonce: str = "n1"
) -> Any:
    """Likewise, with another verifier or nonce than was begun with."""
    redirect = REDIRECT.format("google")
    back = await there.back(google.consent_url(redirect, "s1", VERIFIER, "n1"), who)
    assert back["state"] == "s1"
    return await google.granted(back["code"], redirect, verifier, nonce)


async def test_slack_grants_an_administrator_the_workspace(there: There, slack: SlackService) -> None:
    granted = await slack_grant(there, slack)
    assert (granted.workspace.name, granted.workspace.domain, granted.granted_by) == ("Corp", "corp", ADMIN)
    assert granted.workspace.id.startswith("T")
    assert granted.credentials.values["access_token"].startswith("xoxb-")
    assert granted.credentials.expires_at is None


async def test_slack_lets_a_member_install_and_we_do_not(there: There, slack: SlackService) -> None:
    with pytest.raises(ConsentRefused, match="is no administrator of this Slack workspace"):
        await slack_grant(there, slack, PLAIN)


async def test_a_slack_code_counts_once(there: There, slack: SlackService) -> None:
    redirect = REDIRECT.format("slack")
    back = await there.back(slack.consent_url(redirect, "s1", VERIFIER, "n1"), ADMIN)
    await slack.granted(back["code"], redirect, VERIFIER, "n1")
    with pytest.raises(ConsentRefused, match="invalid_code"):
        await slack.granted(back["code"], redirect, VERIFIER, "n1")


async def test_slack_lists_everybody_page_by_page(there: There, slack: SlackService) -> None:
    credentials = (await slack_grant(there, slack)).credentials
    slack.page_size = 2
    emails: list[str] = []
    cursor, pages = None, 0
    while True:
        page = await slack.page(credentials, cursor)
        assert len(page.members) <= 2
        emails += [member.email for member in page.members]
        pages += 1
        cursor = page.next
        if cursor is None:
            break
    assert pages >= 4
    assert len(emails) == len(set(emails))
    assert {ADMIN, PLAIN, *(f"p{n}@corp.test" for n in range(5))} <= set(emails)


async def test_slack_finds_by_address_and_by_id(there: There, slack: SlackService) -> None:
    credentials = (await slack_grant(there, slack)).credentials
    [member] = await slack.find(credentials, PLAIN, "")
    assert (member.email, member.name, member.ended) == (PLAIN, "Ana A", "")
    assert [one.id for one in await slack.find(credentials, f"id:{member.id}", "")] == [member.id]
    assert await slack.find(credentials, "nobody@corp.test", "") == []
    assert await slack.find(credentials, "id:U0NOBODY00", "") == ()


async def test_slack_knows_no_strangers_token(there: There, slack: SlackService) -> None:
    with pytest.raises(ReconnectNeeded):
        await slack.page(Credentials({"access_token": "xoxb-nobodys"}), None)


async def test_google_grants_an_administrator_the_workspace(there: There, google: GoogleService) -> None:
    granted = await google_grant(there, google)
    assert (granted.workspace.domain, granted.granted_by) == ("corp.test", ADMIN)
    assert granted.credentials.values["refresh_token"]


@pytest.mark.parametrize(
    ("who", "changed", "says"),
    [
        (PLAIN, {}, "is no administrator of corp.test"),
        (PRIVATE, {}, "is a private Google account"),
        (ADMIN, {"verifier": "another verifier"}, "consent is over"),
        (ADMIN, {"nonce": "another"}, "identity token was not accepted"),
    ],
)
async def test_google_refuses(
    there: There, google: GoogleService, who: str, changed: dict[str, str], says: str
) -> None:
    with pytest.raises(ConsentRefused, match=says):
        await google_grant(there, google, who, **changed)


async def test_googles_access_tokens_are_renewed(there: There, google: GoogleService) -> None:
    granted = await google_grant(there, google)
    renewed = await google.refreshed(granted.credentials, "2100-01-01T00:00:00.000Z")
    assert renewed is not None
    assert renewed.values["access_token"] != granted.credentials.values["access_token"]
    assert renewed.values["refresh_token"] == granted.credentials.values["refresh_token"]
    with pytest.raises(ReconnectNeeded, match="consent is over"):
        await google.refreshed(Credentials({"refresh_token": "nobody's"}), "2100-01-01T00:00:00.000Z")
