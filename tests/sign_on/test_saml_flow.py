"""SAML from the button to the session, and what ends it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sign_on.stage import IDP, PUBLIC, Place, identity_provider, keys, place, request_id, told
from vestibule.dev_idp.application import DevelopmentIdp
from vestibule.dev_idp.mint import response
from vestibule.sign_on.errors import SetupRefused
from vestibule.sign_on.identity_provider import read_metadata
from vestibule.sign_on.setting_up import choose, make_test, mismatch, remove_setup, set_up_saml, shown
from vestibule.sign_on.setup import Choices
from vestibule.tenancy.tenants import confirm_sign_on

ADA = "ada@corp.test"


async def test_a_provisioned_person_signs_on(corp: Place) -> None:
    answer = await corp.sign_on(ADA)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sso/{corp.slug}")
    assert ADA in told(await corp.who())
    (attempt,) = (await shown(corp.front, corp.tenant.record)).attempts
    assert (attempt.rule, attempt.person) == ("", corp.people[ADA])


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"sign_response": False}, id="the assertion is signed"),
        pytest.param({"sign_assertion": False}, id="the response is signed"),
        pytest.param({}, id="both are signed"),
        pytest.param({"attributes": {}}, id="the address is the NameID"),
        pytest.param(
            {"name_id": "0oa1", "name_id_format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"},
            id="the NameID is something else",
        ),
        pytest.param({"starts": timedelta(seconds=110)}, id="their clock is ahead"),
        pytest.param({"starts": timedelta(minutes=-4)}, id="their clock is behind"),
    ],
)
async def test_in_any_of_the_usual_ways(more: dict[str, object]) -> None:
    async with place() as corp:
        await corp.add(ADA)
        assert (await corp.sign_on(ADA, **more)).status_code == 303
        assert ADA in told(await corp.who())


@pytest.mark.parametrize("cbc", [False, True], ids=["GCM", "CBC"])
async def test_encrypted_assertions(cbc: bool) -> None:
    async with place() as corp:
        await corp.add(ADA)
        (pair,) = await corp.front.key_pairs(corp.tenant.record)
        answer = await corp.sign_on(ADA, encrypt_for=pair.certificate, encrypt_with_cbc=cbc)
        assert answer.status_code == 303


@pytest.mark.parametrize("cbc", [False, True], ids=["GCM", "CBC"])
async def test_encrypted_name_ids(cbc: bool) -> None:
    """Alone, and inside an encrypted assertion; the address is nowhere else."""
    async with place() as corp:
        await corp.add(ADA)
        (pair,) = await corp.front.key_pairs(corp.tenant.record)
        for more in ({}, {"sign_response": False}, {"encrypt_for": pair.certificate}):
            given = {
                "attributes": {},
                "encrypt_name_id_for": pair.certificate,
                "encrypt_with_cbc": cbc,
                **more,
            }
            answer = await corp.sign_on(ADA, **given)
            assert answer.status_code == 303, told(answer)
            assert ADA in told(await corp.who())


async def test_letter_case_does_not_matter(corp: Place) -> None:
    assert (await corp.sign_on("ADA@Corp.Test")).status_code == 303
    assert ADA in told(await corp.who())


@pytest.mark.requirement("K35")
async def test_deactivation_ends_the_session_at_once(corp: Place) -> None:
    await corp.sign_on(ADA)
    await corp.deactivate(corp.people[ADA])
    assert await corp.sessions() == 0
    assert ADA not in told(await corp.who())
    answer = await corp.sign_on(ADA)
    assert answer.status_code == 403
    assert "deactivated" in told(answer)


async def test_deletion_ends_the_session_at_once(corp: Place) -> None:
    await corp.sign_on(ADA)
    assert (await corp.tenant.delete(f"/Users/{corp.people[ADA]}")).status == 204
    assert await corp.sessions() == 0
    answer = await corp.sign_on(ADA)
    assert "was deleted" in told(answer)


async def test_who_was_never_provisioned_is_turned_away(corp: Place) -> None:
    answer = await corp.sign_on("eve@corp.test")
    assert answer.status_code == 403
    assert "There is no account eve@corp.test" in told(answer)


async def test_a_mismatch_shows_both_values_to_the_administrator(corp: Place) -> None:
    """P9: sign-on sends an alias, which provisioning knows as the e-mail of somebody with another userName."""
    await corp.add("grace", emails=[{"value": "grace@corp.test", "type": "work", "primary": True}])
    answer = await corp.sign_on("grace@corp.test")
    assert answer.status_code == 403
    seen = await shown(corp.front, corp.tenant.record)
    (attempt,) = seen.attempts
    assert attempt.rule == "mismatch"
    assert any("sign-on sent grace@corp.test" in warning for warning in seen.warnings)
    assert attempt.payload is not None
    assert (attempt.payload["email"], attempt.payload["userName"]) == ("grace@corp.test", "grace")
    said = await mismatch(corp.front, corp.tenant.record)
    assert "sign-on sent grace@corp.test, provisioning sent the userName grace" in said
    await corp.sign_on(ADA)
    assert not await mismatch(corp.front, corp.tenant.record), "a later sign-in shows that they agree"


async def test_a_session_lasts_as_long_as_the_tenant_chose() -> None:
    async with place(choices=Choices(session_hours=1)) as corp:
        await corp.add(ADA)
        await corp.sign_on(ADA)
        corp.clock.now += timedelta(minutes=59)
        assert ADA in told(await corp.who())
        corp.clock.now += timedelta(minutes=2)
        assert ADA not in told(await corp.who())


async def test_the_identity_provider_can_end_it_sooner() -> None:
    async with place() as corp:
        await corp.add(ADA)
        await corp.sign_on(ADA, session_good_for=timedelta(minutes=30))
        corp.clock.now += timedelta(minutes=31)
        assert ADA not in told(await corp.who())


async def test_started_at_the_identity_provider_only_where_the_tenant_allows_it(corp: Place) -> None:
    recipe = corp.recipe(ADA, None)
    answer = await corp.arrive(response(recipe, keys("idp")))
    assert answer.status_code == 403
    assert "started at the identity provider" in told(answer)
    await choose(corp.front, corp.tenant.record, "administrator:test", Choices(idp_initiated=True))
    message = response(recipe, keys("idp"))
    answer = await corp.arrive(message, "/reports?week=9")
    assert (answer.status_code, answer.headers["location"]) == (303, "/reports?week=9")
    again = await corp.arrive(message)
    assert again.status_code == 403
    assert "used already" in told(again)


async def test_who_is_unknown_is_created_where_the_tenant_wants_it_and_never_who_was_deleted() -> None:
    async with place(choices=Choices(creates_people=True)) as corp:
        assert (await corp.sign_on("new@corp.test")).status_code == 303
        assert "new@corp.test" in told(await corp.who())
        found = await corp.tenant.get('/Users?filter=userName eq "new@corp.test"')
        assert found.json["totalResults"] == 1
        (person,) = found.json["Resources"]
        await corp.tenant.delete(f"/Users/{person['id']}")
        answer = await corp.sign_on("new@corp.test")
        assert answer.status_code == 403
        assert "deleted" in told(answer)


async def test_the_product_exchanges_the_code_and_reads_the_session() -> None:
    async with place(choices=Choices(product_url="https://product.test/in")) as corp:
        id = await corp.add(ADA)
        answer = await corp.arrive(
            response(corp.recipe(ADA, await corp.depart(return_to="/a?b=1")), keys("idp"))
        )
        location = urlsplit(answer.headers["location"])
        assert f"{location.scheme}://{location.netloc}{location.path}" == "https://product.test/in"
        query = parse_qs(location.query)
        assert (query["tenant"], query["return_to"]) == ([corp.slug], ["/a?b=1"])
        given = await corp.browser.post(f"/sso/{corp.slug}/exchange", {"code": query["code"][0]})
        assert given.status_code == 200
        secret = given.json()["session"]
        bearer = {"Authorization": f"Bearer {secret}"}
        session = await corp.browser.get(f"/sso/{corp.slug}/session", headers=bearer)
        assert session.json()["user"]["userName"] == ADA
        again = await corp.browser.post(f"/sso/{corp.slug}/exchange", {"code": query["code"][0]})
        assert again.status_code == 400
        await corp.deactivate(id)
        assert (await corp.browser.get(f"/sso/{corp.slug}/session", headers=bearer)).status_code == 401


async def test_a_code_with_a_challenge_needs_its_verifier() -> None:
    async with place(choices=Choices(product_url="https://product.test/in")) as corp:
        await corp.add(ADA)
        # RFC 7636, appendix B.
        verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        for shown_verifier, status in (("another", 400), (verifier, 200)):
            request = await corp.depart(challenge=challenge)
            answer = await corp.arrive(response(corp.recipe(ADA, request), keys("idp")))
            code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
            form = {"code": code, "verifier": shown_verifier}
            assert (await corp.browser.post(f"/sso/{corp.slug}/exchange", form)).status_code == status


async def test_signing_out_leads_to_the_identity_providers_logout(corp: Place) -> None:
    await corp.sign_on(ADA)
    answer = await corp.browser.post(f"/sso/{corp.slug}/logout", {})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("https://idp.test/slo?SAMLRequest=")
    assert await corp.sessions() == 0


async def test_a_customer_of_a_product_with_one_address_for_all() -> None:
    """A1: one audience and ACS; the tenant is found by the request, or by the issuer."""
    async with place("acall", choices=Choices(idp_initiated=True)) as acall:
        await acall.add(ADA)
        shared = {"acs_url": "https://vestibule.test/sso/acs", "audience": "https://vestibule.test/sso"}
        recipe = acall.recipe(ADA, await acall.depart(), **shared)
        answer = await acall.arrive(response(recipe, keys("idp")), path="/sso/acs")
        assert answer.headers["location"] == f"/sso/{acall.slug}"
        recipe = acall.recipe(ADA, None, **shared)
        assert (await acall.arrive(response(recipe, keys("idp")), path="/sso/acs")).status_code == 303
        strange = acall.recipe(ADA, None, issuer=f"{IDP}/other", **shared)
        assert (await acall.arrive(response(strange, keys("idp")), path="/sso/acs")).status_code == 403


async def test_a_further_environment_of_one_company_has_addresses_of_its_own() -> None:
    """A1's suffix: one identity provider, two tenants of a product with one address; each person comes in where they are."""
    async with place("acall", choices=Choices(idp_initiated=True)) as acall:
        await acall.add(ADA)
        second = await acall.site.tenant("acall")
        made = identity_provider()
        with pytest.raises(SetupRefused, match="choose addresses of its own"):
            await set_up_saml(acall.front, second.record, "administrator:mia", made)
        await set_up_saml(acall.front, second.record, "administrator:mia", made, own_addresses=True)
        further = replace(acall, tenant=second)
        assert (await acall.front.provider_for(second.record)).acs_url == further.acs
        await further.add(ADA)
        recipe = further.recipe(ADA, await further.depart())
        assert (recipe.acs_url, recipe.audience) == (further.acs, further.entity_id)
        answer = await further.arrive(response(recipe, keys("idp")))
        assert answer.headers["location"] == f"/sso/{further.slug}"
        shared = {"acs_url": f"{PUBLIC}/sso/acs", "audience": f"{PUBLIC}/sso"}
        recipe = acall.recipe(ADA, None, **shared)
        answer = await acall.arrive(response(recipe, keys("idp")), path="/sso/acs")
        assert answer.headers["location"] == f"/sso/{acall.slug}", (
            "the shared address is the first one's alone"
        )
        recipe = further.recipe(ADA, await further.depart(), **shared)
        assert (await acall.arrive(response(recipe, keys("idp")), path="/sso/acs")).status_code == 403
        with pytest.raises(SetupRefused, match="has that entity id"):
            await choose(acall.front, second.record, "administrator:mia", Choices())
        page = await acall.browser.get(f"/sso/{second.slug}/metadata")
        assert f'entityID="{further.entity_id}"' in page.text


async def test_a_sign_in_that_works_opens_the_gate_of_a_product_that_wants_sign_on_first() -> None:
    """G, SSO first: nobody's word is needed where a test succeeds; and the gate closes with the set-up."""
    async with place("getaccept") as corp:
        await corp.add(ADA)
        await confirm_sign_on(corp.site.desk, corp.tenant.record, confirmed=False)
        assert (await corp.tenant.get("/Users")).status == 403
        link = await make_test(corp.front, corp.tenant.record)
        sent = await corp.browser.get(link)
        recipe = corp.recipe(ADA, request_id(sent.headers["location"]))
        answer = await corp.arrive(response(recipe, keys("idp")))
        assert "The test succeeded" in told(answer)
        assert (await corp.tenant.get("/Users")).status == 200
        assert (await corp.browser.get(link)).status_code == 403
        await remove_setup(corp.front, corp.tenant.record, "administrator:test")
        assert (await corp.tenant.get("/Users")).status == 403


async def test_an_operators_word_stays_where_the_set_up_goes() -> None:
    async with place("getaccept") as corp:
        await corp.add(ADA)
        await corp.sign_on(ADA)
        await remove_setup(corp.front, corp.tenant.record, "administrator:test")
        assert (await corp.tenant.get("/Users")).status == 200


async def test_a_test_opens_the_gate_before_anybody_was_provisioned() -> None:
    """G, SSO first: with provisioning shut there is nobody whom a test could match; that the rest holds is enough."""
    async with place("getaccept") as corp:
        await confirm_sign_on(corp.site.desk, corp.tenant.record, confirmed=False)
        sent = await corp.browser.get(await make_test(corp.front, corp.tenant.record))
        recipe = corp.recipe(ADA, request_id(sent.headers["location"]))
        answer = await corp.arrive(response(recipe, keys("idp")))
        assert "Sign-on works. Provisioning has brought nobody yet" in told(answer)
        assert (await corp.tenant.get("/Users")).status == 200
        await corp.add("grace@corp.test")
        sent = await corp.browser.get(await make_test(corp.front, corp.tenant.record))
        recipe = corp.recipe(ADA, request_id(sent.headers["location"]))
        assert "The test failed" in told(await corp.arrive(response(recipe, keys("idp"))))


async def test_single_logout_by_the_identity_provider(corp: Place) -> None:
    """A9: signed with its key or refused; all sessions of the person, or those of one index."""
    provider = DevelopmentIdp("https://idp.test", keys("idp"), ())
    await set_up_saml(
        corp.front, corp.tenant.record, "administrator:test", read_metadata(provider.metadata())
    )
    slo = f"https://vestibule.test/sso/{corp.slug}/slo"
    await corp.sign_on(ADA, issuer=provider.entity_id)
    provider_now = DevelopmentIdp("https://idp.test", keys("idp"), (), now=lambda: corp.clock.now)
    stranger = DevelopmentIdp("https://idp.test", keys("stranger"), (), now=lambda: corp.clock.now)
    assert (await corp.browser.get(stranger.logout_request(slo, ADA))).status_code == 403
    unsigned = provider_now.logout_request(slo, ADA).partition("&SigAlg")[0]
    assert (await corp.browser.get(unsigned)).status_code == 403
    assert (await corp.browser.get(provider_now.logout_request(slo, ADA, "s2"))).status_code == 303
    assert await corp.sessions() == 1
    answer = await corp.browser.get(provider_now.logout_request(slo, ADA, "s1"))
    assert answer.headers["location"].startswith("https://idp.test/slo?SAMLResponse=")
    assert await corp.sessions() == 0
    old = DevelopmentIdp("https://idp.test", keys("idp"), (), now=lambda: corp.clock.now - timedelta(hours=1))
    await corp.sign_on(ADA, issuer=provider.entity_id)
    assert (await corp.browser.get(old.logout_request(slo, ADA))).status_code == 403
    assert await corp.sessions() == 1


async def test_single_logout_is_by_redirect(corp: Place) -> None:
    """A9: our metadata says so; an answer that is posted leads home, a request that is posted ends nothing."""
    metadata = (await corp.browser.get(f"/sso/{corp.slug}/metadata")).text
    assert re.findall(r'SingleLogoutService Binding="[^"]*:([^":]*)"', metadata) == ["HTTP-Redirect"]
    await corp.sign_on(ADA)
    asked = await corp.browser.post(f"/sso/{corp.slug}/slo", {"SAMLRequest": "x"})
    assert (asked.status_code, await corp.sessions()) == (403, 1)
    assert "by HTTP-Redirect" in told(asked)
    answered = await corp.browser.post(f"/sso/{corp.slug}/slo", {"SAMLResponse": "x"})
    assert (answered.status_code, answered.headers["location"]) == (303, f"/sso/{corp.slug}")


async def test_a_flood_of_sign_ins_is_slowed_down() -> None:
    now = [0.0]
    async with place(seconds=lambda: now[0]) as corp:
        login = f"/sso/{corp.slug}/login"
        assert {(await corp.browser.get(login)).status_code for _ in range(200)} == {303}
        refused = await corp.browser.get(login)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        assert (await corp.who()).status_code == 200
        now[0] = 2.0
        assert (await corp.browser.get(login)).status_code == 303
