"""What an administrator enters: metadata, certificates, addresses; and what is read again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from tests.sign_on.stage import IDP, SSO, identity_provider, keys, place
from vestibule.dev_idp.application import DevelopmentIdp
from vestibule.sign_on.certificate import certificates_in, new_key_pair, state_of
from vestibule.sign_on.errors import SetupRefused
from vestibule.sign_on.identity_provider import entered, read_metadata
from vestibule.sign_on.refresh import MetadataRefresh
from vestibule.sign_on.setting_up import (
    metadata_at,
    remove_certificate,
    renew_certificate,
    set_up_saml,
    shown,
)
from vestibule.sign_on.xml import METADATA

GOOD = DevelopmentIdp("https://idp.test", keys("idp"), ()).metadata()
PEM = keys("idp").certificate


def test_metadata_of_one_identity_provider() -> None:
    found = read_metadata(GOOD)
    assert (found.entity_id, found.sso_redirect, found.slo_redirect) == (
        "https://idp.test/metadata", "https://idp.test/sso", "https://idp.test/slo",
    )  # fmt: skip
    assert found.certificates == certificates_in(PEM)
    inner = etree.fromstring(GOOD)
    outer = etree.Element(f"{{{METADATA}}}EntitiesDescriptor")
    outer.append(inner)
    assert read_metadata(etree.tostring(outer)) == found


BAD = {
    "no XML": (b"<x>", "cannot be read"),
    "nothing": (b" \n", "is empty"),
    "a web page": (b"\n <!DocType HTML><p>Sign in", "This is a web page"),
    "a web page without a doctype": (b"<html>", "This is a web page"),
    "a doctype": (b"<!DOCTYPE x><x/>", "document type"),
    "a service provider": (GOOD.replace(b"IDPSSO", b"SPSSO"), "metadata of a service provider"),
    "neither": (GOOD.replace(b"IDPSSO", b"PDP"), "no metadata of an identity provider"),
    "no certificate": (GOOD.replace(b"X509Certificate", b"X509SKI"), "no signing certificate"),
    "no address": (GOOD.replace(b"HTTP-Redirect", b"SOAP"), "no sign-on address"),
    "an address of a script": (GOOD.replace(b"https://idp.test/sso", b"javascript:alert(1)"), "starts with https"),
    "SAML 1.1": (GOOD.replace(b"SAML:2.0:protocol", b"SAML:1.1:protocol"), "no single SAML 2.0"),
    "two identity providers": (
        b'<m:EntitiesDescriptor xmlns:m="urn:oasis:names:tc:SAML:2.0:metadata">'
        + (GOOD.partition(b"?>\n")[2] + GOOD.partition(b"?>\n")[2]) + b"</m:EntitiesDescriptor>",
        "2 identity providers",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_metadata_that_cannot_be_used(name: str) -> None:
    text, said = BAD[name]
    with pytest.raises(SetupRefused, match=said):
        read_metadata(text)


CERTIFICATES = {
    "a fingerprint": (":".join(["AB"] * 32), "fingerprint"),
    "a private key": (keys("idp").private_key, "private key"),
    "nothing": ("", "no X.509 certificate"),
    "half of one": (PEM[: len(PEM) // 2], "no X.509 certificate"),
}


@pytest.mark.parametrize("name", CERTIFICATES)
def test_what_is_no_certificate(name: str) -> None:
    text, said = CERTIFICATES[name]
    with pytest.raises(SetupRefused, match=said):
        certificates_in(text)


def test_a_certificate_as_people_paste_it() -> None:
    bare = "".join(PEM.splitlines()[1:-1])
    assert certificates_in(bare) == certificates_in(f"junk\n{PEM}\n\n{PEM}") == (PEM,)


@pytest.mark.parametrize(
    "url", ["http://idp.test/sso", "javascript:alert(1)", "https://a:b@idp.test/", "https://idp .test/", ""]
)
def test_addresses_that_no_browser_is_sent_to(url: str) -> None:
    with pytest.raises(SetupRefused, match="starts with https"):
        entered(IDP, url, PEM)


def test_the_countdown() -> None:
    made = new_key_pair("x", datetime(2026, 1, 1, tzinfo=UTC)).certificate
    ends = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=5 * 365)
    assert state_of(made, ends - timedelta(days=100)).warning == ""
    assert "expires in 9 days" in state_of(made, ends - timedelta(days=10)).warning
    assert "expired" in state_of(made, ends + timedelta(days=10)).warning


async def test_a_new_certificate_over_there_is_known_by_itself() -> None:
    url = "https://idp.test/metadata"
    async with place(sets_up=False) as corp:
        corp.outward.documents[url] = GOOD
        provider = await metadata_at(corp.front, url)
        await set_up_saml(corp.front, corp.tenant.record, "administrator:mia", provider, metadata_url=url)
        refresh = MetadataRefresh(corp.front.store, lambda: corp.front)
        corp.outward.documents[url] = DevelopmentIdp("https://idp.test", keys("new"), ()).metadata()
        assert await refresh.round() == 0
        assert (await corp.front.setup_of(corp.tenant.record))[0].provider == provider
        corp.clock.now += timedelta(days=1, seconds=1)
        assert await refresh.round() == 0
        setup, _ = await corp.front.setup_of(corp.tenant.record)
        assert setup.provider is not None
        assert setup.provider.certificates == certificates_in(keys("new").certificate)
        corp.outward.documents[url] = DevelopmentIdp("https://evil.test", keys("stranger"), ()).metadata()
        corp.clock.now += timedelta(days=1, seconds=1)
        assert await refresh.round() == 1
        again, _ = await corp.front.setup_of(corp.tenant.record)
        assert again.provider == setup.provider
        (warning,) = (await shown(corp.front, corp.tenant.record)).warnings
        assert "another identity provider" in warning


async def test_metadata_that_has_ended_is_used_with_a_warning() -> None:
    """A2: many identity providers never renew it."""
    async with place(sets_up=False) as corp:
        for until, warned in (
            ("2001-02-03T04:05:06Z", True),
            ("2999-02-03T04:05:06Z", False),
            ("soon", False),
        ):
            given = GOOD.replace(b" entityID", f' validUntil="{until}" entityID'.encode(), 1)
            assert given != GOOD
            await set_up_saml(corp.front, corp.tenant.record, "administrator:mia", read_metadata(given))
            warnings = (await shown(corp.front, corp.tenant.record)).warnings
            assert any("valid until 2001-02-03 only" in warning for warning in warnings) == warned


async def test_our_certificate_is_renewed_in_three_steps() -> None:
    async with place() as corp:
        tenant = corp.tenant.record
        (old,) = [id for id, _ in (await shown(corp.front, tenant)).our_certificates]
        with pytest.raises(SetupRefused, match="only one"):
            await remove_certificate(corp.front, tenant, "administrator:mia", old)
        corp.clock.now += timedelta(seconds=1)
        new = await renew_certificate(corp.front, tenant, "administrator:mia")
        page = await corp.browser.get(f"/sso/{corp.slug}/metadata")
        assert page.text.count("X509Certificate>") == 8
        assert [id for id, _ in (await shown(corp.front, tenant)).our_certificates] == [new, old]
        await remove_certificate(corp.front, tenant, "administrator:mia", old)
        assert len(await corp.front.key_pairs(tenant)) == 1


async def test_customers_who_share_an_address_have_entity_ids_of_their_own() -> None:
    async with place("acall") as first:
        second = await first.site.tenant("acall")
        with pytest.raises(SetupRefused, match="Another sign-on has that entity id"):
            await set_up_saml(first.front, second.record, "administrator:mia", identity_provider())
        assert SSO
