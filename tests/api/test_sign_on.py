"""Sign-on in the API: set up, chosen, tested, renewed; and a person's sessions, ended by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.api.conftest import Api, hand
from tests.cast import CORP, STRANGERS
from tests.sign_on.stage import Place, identity_provider, keys, place
from vestibule.dev_idp.application import DevelopmentIdp

ADA = "ada@corp.test"


@pytest.fixture
async def corp() -> AsyncIterator[Place]:
    """A tenant with sign-on, and Ada."""
    async with place() as made:
        made.people[ADA] = await made.add(ADA)
        yield made


def saml() -> dict[str, str]:
    """The identity provider, field by field."""
    provider = identity_provider()
    return {
        "entityId": provider.entity_id,
        "ssoUrl": "https://idp.test/sso",
        "sloUrl": provider.slo_redirect,
        "certificate": provider.certificates[0],
    }


async def test_saml_is_set_up_chosen_tested_and_removed() -> None:
    async with place(sets_up=False) as corp:
        api, at = await hand(corp.site), f"/tenants/{corp.slug}/sign-on"
        empty = (await api("GET", at)).json
        assert (empty["protocol"], empty["us"]["acsUrl"], len(empty["ourCertificates"])) == (
            None,
            corp.acs,
            1,
        )
        assert (await api("POST", f"{at}/test")).status == 422
        made = await api("PUT", f"{at}/saml", saml())
        assert (made.status, made.json["protocol"], made.json["issuer"]) == (
            200,
            "saml",
            "https://idp.test/saml",
        )
        assert made.json["theirCertificates"][0]["id"] is None
        chosen = await api("PATCH", f"{at}/choices", {"idpInitiated": True, "sessionHours": 3})
        assert (chosen.json["choices"]["idpInitiated"], chosen.json["choices"]["sessionHours"]) == (True, 3)
        again = await api("PUT", f"{at}/saml", saml())
        assert again.json["choices"] == chosen.json["choices"]
        test = await api("POST", f"{at}/test")
        assert (test.status, "ticket=" in test.json["url"]) == (201, True)
        assert (await api("DELETE", at)).status == 204
        assert (await api("GET", at)).json["protocol"] is None
        entries = (await api("GET", f"/tenants/{corp.slug}/audit")).json["items"]
        assert {"sign_on.set_up", "sign_on.removed"} <= {entry["action"] for entry in entries}


async def test_metadata_by_document_and_by_address() -> None:
    async with place(sets_up=False) as corp:
        api, at = await hand(corp.site), f"/tenants/{corp.slug}/sign-on/saml"
        document = DevelopmentIdp("https://idp.test", keys("idp"), []).metadata()
        by_text = await api("PUT", at, {"metadata": document.decode()})
        assert (by_text.status, by_text.json["issuer"]) == (200, "https://idp.test/metadata")
        corp.outward.documents["https://idp.test/metadata.xml"] = document
        by_address = await api("PUT", at, {"metadataUrl": "https://idp.test/metadata.xml"})
        assert by_address.json["metadataUrl"] == "https://idp.test/metadata.xml"
        assert by_address.json["metadataRead"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "entity id"),
        ({"metadata": "<x/>"}, "IDPSSODescriptor"),
        ({"metadataUrl": "http://idp.test/m"}, "https://"),
        ({**saml(), "certificate": "none"}, "certificate"),
    ],
)
async def test_what_cannot_be_used_is_told(body: dict[str, str], says: str) -> None:
    async with place(sets_up=False) as corp:
        api = await hand(corp.site)
        refused = await api("PUT", f"/tenants/{corp.slug}/sign-on/saml", body)
        assert (refused.status, says in refused.json["detail"]) == (422, True), refused.json


async def test_openid_keeps_its_secret_to_itself() -> None:
    async with place(sets_up=False) as corp:
        api, at = await hand(corp.site), f"/tenants/{corp.slug}/sign-on"
        body = {"issuer": "https://op.test", "clientId": "c1", "clientSecret": "a secret for tests"}
        made = await api("PUT", f"{at}/openid", body)
        assert (made.json["protocol"], made.json["issuer"]) == ("oidc", "https://op.test")
        assert "a secret for tests" not in str(made.json)


async def test_certificates_roll_over(corp: Place) -> None:
    api, at = await hand(corp.site), f"/tenants/{corp.slug}/sign-on"
    [first] = (await api("GET", at)).json["ourCertificates"]
    assert (await api("DELETE", f"{at}/certificates/{first['id']}")).status == 422
    made = await api("POST", f"{at}/certificates")
    assert made.status == 201
    shown = (await api("GET", at)).json["ourCertificates"]
    assert {one["id"] for one in shown} == {first["id"], made.json["id"]}
    assert (await api("DELETE", f"{at}/certificates/{first['id']}")).status == 204
    assert [one["id"] for one in (await api("GET", at)).json["ourCertificates"]] == [made.json["id"]]


async def test_attempts_and_sessions_and_one_ended_by_hand(corp: Place) -> None:
    api = await hand(corp.site)
    person = f"/tenants/{corp.slug}/people/{corp.people[ADA]}"
    assert (await corp.sign_on(ADA)).status_code == 303
    await corp.sign_on("eve@corp.test")
    newest, oldest = (await api("GET", f"/tenants/{corp.slug}/sign-on/attempts")).json
    assert (newest["outcome"], newest["email"]) == ("unknown", "eve@corp.test")
    assert (oldest["outcome"], oldest["person"], oldest["userName"]) == ("signed_on", corp.people[ADA], ADA)
    [session] = (await api("GET", f"{person}/sessions")).json
    assert (session["protocol"], session["subject"]) == ("saml", ADA)
    strangers = await corp.site.tenant("generic", STRANGERS)
    elsewhere = f"/tenants/{strangers.slug}/people/{corp.people[ADA]}/sessions/{session['id']}"
    assert (await api("DELETE", elsewhere)).status == 404
    reader = await hand(corp.site, ["people:read"], tenant=corp.tenant.record)
    assert (await reader("DELETE", f"{person}/sessions/{session['id']}")).status == 403
    assert (await api("DELETE", f"{person}/sessions/{session['id']}")).status == 204
    assert await corp.sessions() == 0
    assert (await api("GET", f"{person}/sessions")).json == []
    assert (await api("DELETE", f"{person}/sessions/{session['id']}")).status == 404


async def test_another_tenants_token_sees_nothing(corp: Place) -> None:
    strangers = await corp.site.tenant("generic", f"{CORP}-strangers")
    api: Api = await hand(corp.site, tenant=strangers.record)
    for path in ("sign-on", "sign-on/attempts", f"people/{corp.people[ADA]}/sessions"):
        assert (await api("GET", f"/tenants/{corp.slug}/{path}")).status == 404
