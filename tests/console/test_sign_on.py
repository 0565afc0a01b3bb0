"""Settings → Single sign-on: from the guide to a test with both values side by side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest

from tests.console.hand import ADDRESS, Hand, Stage, staged
from tests.installation import installation
from tests.linking.places import person
from tests.sign_on.stage import IDP, SSO, keys, request_id
from vestibule.dev_idp.application import DevelopmentIdp
from vestibule.dev_idp.mint import Recipe, encoded, response
from vestibule.sign_on.moment import moment
from vestibule.sign_on.store import Attempt, Ended, Session
from vestibule.tenancy.tenants import create_tenant

PAGE = "/tenants/corp/settings/sign-on"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as made:
        yield made


async def at_the_page(stage: Stage) -> Hand:
    tenant = await create_tenant(stage.site.desk, "Corp", profile="getaccept")
    hand = await stage.hand_of(await stage.administrator("mia@corp.test", tenant))
    await hand.open(PAGE)
    return hand


async def test_the_guide_has_our_values_in_the_words_of_their_screens(stage: Stage) -> None:
    hand = await at_the_page(stage)
    assert "not set up" in hand.text
    assert "lets provisioning in only once sign-on works" in hand.text
    for said in (
        "Audience URI (SP Entity ID)",
        "Reply URL (Assertion Consumer Service URL)",
        "/sso/corp/acs",
    ):
        assert said in hand.text


async def test_pasted_metadata_then_a_test_with_both_values(stage: Stage) -> None:
    hand = await at_the_page(stage)
    metadata = DevelopmentIdp("https://idp.test", keys("idp"), ()).metadata().decode()
    await hand.send(PAGE, {"metadata": metadata})
    assert "Test it now" in hand.text
    await hand.send(f"{PAGE}/test", {})
    assert hand.page is not None
    link = hand.page.text.partition('id="test-link"')[2].partition(">")[2].partition("<")[0]
    sent = await hand.client.get(link.replace("&amp;", "&"))
    us = "https://vestibule.test/sso/corp"
    now = moment(stage.site.desk.clock())
    recipe = Recipe(
        "https://idp.test/metadata",
        f"{us}/acs",
        us,
        now,
        "eve@corp.test",
        {},
        request_id(sent.headers["location"]),
    )
    came = await hand.client.post(
        "/sso/corp/acs", data={"SAMLResponse": encoded(response(recipe, keys("idp")))}
    )
    assert "Provisioning has brought nobody yet" in came.text
    await hand.open(PAGE)
    assert "eve@corp.test" in hand.text
    assert "not tested yet" not in hand.text
    assert "lets provisioning in only once" not in hand.text


async def test_a_persons_sessions_are_shown_and_ended(stage: Stage) -> None:
    store, clock = stage.site.application.store.sign_on, stage.site.desk.clock
    tenant = await stage.site.tenant("generic", "corp")
    id = (await tenant.post("/Users", person("ada"))).json["id"]
    session = Session(
        tenant.record.id,
        b"h" * 32,
        id,
        "s1",
        "saml",
        "ada@corp.test",
        "",
        "",
        clock(),
        "2999-01-01T00:00:00.000Z",
    )
    attempt = Attempt(tenant.record.id, clock(), "", id, False, "", None)
    assert await store.end(Ended(tenant.record.id, attempt, session=session), clock()) == ""
    hand = await stage.hand_of(await stage.administrator("mia@corp.test", tenant.record))
    await hand.open(f"/tenants/corp/people/{id}")
    assert "Sessions ada@corp.test signed on by SAML" in hand.text
    await hand.send(f"/tenants/corp/people/{id}/session", {"session": "s1"})
    assert "The session is ended." in hand.text
    assert "signed on by SAML" not in hand.text
    assert not await store.sessions_of(tenant.record.id, id, clock())
    entries = await stage.site.application.store.log.audit(tenant.record.id)
    assert "sign_on.session_revoked" in {entry.action for entry in entries}
    await hand.send(f"/tenants/corp/people/{id}/session", {"session": "s1"})
    assert "has no such session any more" in hand.text
    for number in (2, 3):
        further = replace(session, hash=bytes([number]) * 32, sign_in=f"s{number}")
        assert await store.end(Ended(tenant.record.id, attempt, session=further), clock()) == ""
    await hand.open(f"/tenants/corp/people/{id}")
    assert "End all sessions" in hand.text
    await hand.send(f"/tenants/corp/people/{id}/session", {"all": "1"})
    assert "All sessions are ended." in hand.text
    assert not await store.sessions_of(tenant.record.id, id, clock())


async def test_field_by_field_and_what_is_wrong_is_said(stage: Stage) -> None:
    hand = await at_the_page(stage)
    await hand.send(PAGE, {"entity_id": IDP, "sso_url": SSO, "certificate": "AB:CD:" * 10})
    assert "no X.509 certificate" in hand.text or "fingerprint" in hand.text
    await hand.send(PAGE, {"entity_id": IDP, "sso_url": SSO, "certificate": keys("idp").certificate})
    assert f"Set up with {IDP}" in hand.text
    await hand.send(f"{PAGE}/choices", {"session_hours": "9999"})
    assert "A session lasts from 1 to" in hand.text
    await hand.send(f"{PAGE}/choices", {"session_hours": "8", "idp_initiated": "on"})
    assert "Your choices are kept" in hand.text
    await hand.send(f"{PAGE}/certificate", {})
    assert "signs from now on" in hand.text
    await hand.send(f"{PAGE}/remove", {})
    assert "Sign-on is removed" in hand.text


class _Published:
    """An identity provider's metadata at its address."""

    def __init__(self) -> None:
        self.gives = DevelopmentIdp("https://idp.test", keys("idp"), ()).metadata()

    async def get(self, url: str) -> bytes:
        assert url == "https://idp.test/metadata"
        return self.gives

    async def post(self, url: str, form: Mapping[str, str], authorization: str) -> tuple[int, bytes]:
        raise AssertionError(url)


async def test_a_file_replaces_an_address_that_was_there_before() -> None:
    """The kept address stands in its field: a file beside it counts, and the address is forgotten."""
    published = _Published()
    async with installation(public_url=ADDRESS, outward=published) as site:
        hand = await at_the_page(Stage(site))
        address = {"metadata_url": "https://idp.test/metadata"}
        await hand.send(PAGE, address)
        assert "Its metadata is read again daily." in hand.text
        await hand.send(PAGE, address)
        assert "Test it now" in hand.text, "saved once more as it is, the address is read once more"
        other = published.gives.replace(b"https://idp.test", b"https://other.test")
        files = {"metadata_file": ("other.xml", other, "text/xml")}
        hand.page = await hand.client.post(
            PAGE, data={**address, "form_token": hand.mark}, files=files, follow_redirects=True
        )
        assert "Set up with https://other.test/metadata." in hand.text
        assert "read again daily" not in hand.text
        files["metadata_file"] = ("", b"", "application/octet-stream")
        hand.page = await hand.client.post(
            PAGE, data={**address, "form_token": hand.mark}, files=files, follow_redirects=True
        )
        assert "Set up with https://idp.test/metadata." in hand.text, "no file was chosen"
        body = {"content": b"no parts", "headers": {"content-type": "multipart/form-data; boundary=x"}}
        answer = await hand.client.post(PAGE, **body)
        assert answer.status_code == 400


async def test_somebody_elses_administrator_gets_nothing(stage: Stage) -> None:
    await at_the_page(stage)
    other = await create_tenant(stage.site.desk, "Strangers", profile="generic")
    hand = await stage.hand_of(await stage.administrator("sam@strangers.test", other))
    page = await hand.open(PAGE)
    assert page.status_code == 404


async def test_a_further_environment_is_given_addresses_of_its_own(stage: Stage) -> None:
    """A1: ACALL has one ACS URL for all; an identity provider that knows it already is given another."""
    metadata = DevelopmentIdp("https://idp.test", keys("idp"), ()).metadata().decode()
    production = await create_tenant(stage.site.desk, "Works", profile="acall")
    trial = await create_tenant(stage.site.desk, "Works Trial", profile="acall")
    hand = await stage.hand_of(await stage.administrator("mia@works.test", production, trial))
    await hand.open("/tenants/works/settings/sign-on")
    assert f"{ADDRESS}/sso/acs" in hand.text
    await hand.send("/tenants/works/settings/sign-on", {"metadata": metadata})
    assert "Test it now" in hand.text
    page = "/tenants/works-trial/settings/sign-on"
    await hand.open(page)
    await hand.send(page, {"metadata": metadata})
    assert "choose addresses of its own" in hand.text
    assert "is this a further environment" in hand.text
    await hand.open(page, own="1")
    assert f"{ADDRESS}/sso/works-trial/acs" in hand.text
    shown = await hand.client.get("/sso/works-trial/metadata?own=1")
    assert f'entityID="{ADDRESS}/sso/works-trial"' in shown.text
    await hand.send(page, {"metadata": metadata, "own_addresses": "1"})
    assert "Test it now" in hand.text
    assert f"{ADDRESS}/sso/works-trial/acs" in hand.text
    await hand.send(f"{page}/choices", {"session_hours": "8"})
    assert "has that entity id (Issuer) already" in hand.text
    await hand.send(f"{page}/choices", {"session_hours": "8", "own_addresses": "on"})
    assert "Your choices are kept" in hand.text
    await hand.open("/tenants/works/settings/sign-on")
    assert "is this a further environment" not in hand.text, "it is set up"
