"""A real identity provider signs people on: in each of its ways, from either side, and out again."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import httpx2
import pytest

from tests.sign_on.simplesaml import SimpleSaml, running
from tests.sign_on.stage import Place, place, told
from vestibule.sign_on.identity_provider import read_metadata
from vestibule.sign_on.setting_up import set_up_saml
from vestibule.sign_on.setup import Choices

ADA = "ada@corp.test"


@pytest.fixture(scope="module")
def simplesaml(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleSaml]:
    with running(tmp_path_factory.mktemp("simplesaml"), ADA, "eve@corp.test") as one:
        yield one


@pytest.fixture
async def corp(simplesaml: SimpleSaml) -> AsyncIterator[Place]:
    async with place(sets_up=False) as made:
        made.clock.now = datetime.now(UTC)
        made.people[ADA] = await made.add(ADA)
        await set_up_saml(
            made.front,
            made.tenant.record,
            "administrator:test",
            read_metadata(simplesaml.metadata()),
            choices=Choices(idp_initiated=True),
        )
        yield made


async def introduce(simplesaml: SimpleSaml, corp: Place, **options: bool) -> None:
    us = await corp.front.provider_for(corp.tenant.record)
    (pair,) = await corp.front.key_pairs(corp.tenant.record)
    simplesaml.know(us.entity_id, us.acs_url, us.slo_url, pair.certificate, **options)


def fields(page: str) -> tuple[str, dict[str, str]]:
    """Action and hidden fields of the form on a page of theirs."""
    action = re.search(r'<form[^>]*action="([^"]*)"', page)
    assert action, page[:2000]
    inputs = re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"', page)
    return html.unescape(action[1]), {name: html.unescape(value) for name, value in inputs}


async def signed_in_there(begin: str, user: str) -> dict[str, str]:
    """The form that their side sends back, once the person has signed in."""
    async with httpx2.AsyncClient(follow_redirects=True, trust_env=False, timeout=60) as browser:
        page = await browser.get(begin)
        action, hidden = fields(page.text)
        given = {**hidden, "username": user, "password": "secret"}
        page = await browser.post(str(page.url.join(action)), data=given)
        return fields(page.text)[1]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(
            {"saml20__sign__response": True, "saml20__sign__assertion": False}, id="signed response"
        ),
        pytest.param(
            {"saml20__sign__response": False, "saml20__sign__assertion": True}, id="signed assertion"
        ),
        pytest.param({"saml20__sign__response": True, "saml20__sign__assertion": True}, id="both signed"),
        pytest.param({"saml20__sign__response": True, "assertion__encryption": True}, id="encrypted"),
    ],
)
async def test_started_here(simplesaml: SimpleSaml, corp: Place, options: dict[str, bool]) -> None:
    await introduce(simplesaml, corp, **options)
    sent = await corp.browser.get(f"/sso/{corp.slug}/login")
    form = await signed_in_there(sent.headers["location"], "ada")
    came = await corp.browser.post(f"/sso/{corp.slug}/acs", form)
    assert came.status_code == 303, told(came)
    assert ADA in told(await corp.who())


async def test_started_there(simplesaml: SimpleSaml, corp: Place) -> None:
    await introduce(simplesaml, corp)
    form = await signed_in_there(simplesaml.start_url(corp.entity_id, "/reports"), "ada")
    came = await corp.browser.post(f"/sso/{corp.slug}/acs", form)
    assert (came.status_code, came.headers["location"]) == (303, "/reports"), told(came)


async def test_who_was_not_provisioned(simplesaml: SimpleSaml, corp: Place) -> None:
    await introduce(simplesaml, corp)
    sent = await corp.browser.get(f"/sso/{corp.slug}/login")
    came = await corp.browser.post(
        f"/sso/{corp.slug}/acs", await signed_in_there(sent.headers["location"], "eve")
    )
    assert "There is no account eve@corp.test" in told(came)
