"""OpenID Connect: the flow with a provider of our own making, and ID tokens that must not count."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.sign_on.stage import Place, keys, place, told
from vestibule.sign_on.setting_up import set_up_openid, shown
from vestibule.sign_on.setup import OpenIdProvider

ISSUER = "https://op.test"
ADA = "ada@corp.test"
CONFIGURATION = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
    "code_challenge_methods_supported": ["S256"],
}
KEY = RSAKey.import_key(keys("idp").private_key, {"kid": "k1", "use": "sig", "alg": "RS256"})
FOREIGN = RSAKey.import_key(keys("stranger").private_key, {"kid": "k1", "use": "sig", "alg": "RS256"})

Claims = dict[str, Any]


@pytest.fixture
async def corp() -> AsyncIterator[Place]:
    async with place(sets_up=False) as made:
        made.people[ADA] = await made.add(ADA)
        made.outward.documents = {
            f"{ISSUER}/.well-known/openid-configuration": json.dumps(CONFIGURATION).encode(),
            f"{ISSUER}/jwks": json.dumps({"keys": [KEY.as_dict(private=False)]}).encode(),
        }
        await set_up_openid(
            made.front, made.tenant.record, "administrator:test", OpenIdProvider(ISSUER, "client"), "s3cret"
        )
        yield made


async def sent(corp: Place) -> dict[str, str]:
    answer = await corp.browser.get(f"/sso/{corp.slug}/login")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def claims(corp: Place, query: dict[str, str], **more: Any) -> Claims:
    now = int(corp.clock.now.timestamp())
    return {
        "iss": ISSUER, "aud": "client", "sub": "u1", "email": ADA, "nonce": query["nonce"], "iat": now,
        "exp": now + 300, **more,
    }  # fmt: skip


def signed(content: Claims, key: Any = KEY, algorithm: str = "RS256") -> str:
    return jwt.encode({"alg": algorithm, "kid": "k1"}, content, key, algorithms=[algorithm])


async def back(corp: Place, query: dict[str, str], token: str, **more: str) -> httpx2.Response:
    corp.outward.answer = (200, json.dumps({"id_token": token, "access_token": "a"}).encode())
    asked = {"code": "c1", "state": query["state"], **more}
    return await corp.browser.get(f"/sso/{corp.slug}/oidc", params=asked)


async def test_a_provisioned_person_signs_on(corp: Place) -> None:
    query = await sent(corp)
    assert (query["code_challenge_method"], query["response_type"]) == ("S256", "code")
    answer = await back(corp, query, signed(claims(corp, query)))
    assert answer.status_code == 303, told(answer)
    assert ADA in told(await corp.who())
    ((url, form, authorization),) = corp.outward.posts
    assert url == f"{ISSUER}/token"
    assert authorization.startswith("Basic ")
    assert form["redirect_uri"] == f"https://vestibule.test/sso/{corp.slug}/oidc"
    assert len(form["code_verifier"]) >= 43


async def test_deactivation_ends_the_session(corp: Place) -> None:
    query = await sent(corp)
    await back(corp, query, signed(claims(corp, query)))
    await corp.deactivate(corp.people[ADA])
    assert await corp.sessions() == 0


async def test_the_same_rule_of_matching(corp: Place) -> None:
    query = await sent(corp)
    answer = await back(corp, query, signed(claims(corp, query, email="eve@corp.test")))
    assert "There is no account eve@corp.test" in told(answer)


def _without(name: str) -> Callable[[Claims], Claims]:
    return lambda given: {key: value for key, value in given.items() if key != name}


BENT: dict[str, tuple[str, Callable[[Claims], Claims]]] = {
    "another issuer": ("issuer", lambda c: {**c, "iss": "https://evil.test"}),
    "another audience": ("audience", lambda c: {**c, "aud": "other"}),
    "several audiences without azp": ("audience", lambda c: {**c, "aud": ["client", "other"]}),
    "another authorized party": ("audience", lambda c: {**c, "azp": "other"}),
    "expired": ("time", lambda c: {**c, "exp": c["iat"] - 121}),
    "no end": ("time", _without("exp")),
    "an end that is text": ("time", lambda c: {**c, "exp": "never"}),
    "from the future": ("time", lambda c: {**c, "iat": c["iat"] + 121}),
    "not yet": ("time", lambda c: {**c, "nbf": c["iat"] + 121}),
    "another nonce": ("nonce", lambda c: {**c, "nonce": "x"}),
    "no nonce": ("nonce", _without("nonce")),
    "no subject": ("subject", _without("sub")),
    "no address": ("email", _without("email")),
    "an address that is not verified": ("email", lambda c: {**c, "email_verified": False}),
    "an address that is a list": ("email", lambda c: {**c, "email": [ADA]}),
}


@pytest.mark.parametrize("name", BENT)
async def test_claims_that_do_not_count(corp: Place, name: str) -> None:
    rule, bend = BENT[name]
    query = await sent(corp)
    answer = await back(corp, query, signed(bend(claims(corp, query))))
    assert answer.status_code == 403
    assert await corp.sessions() == 0
    (attempt,) = (await shown(corp.front, corp.tenant.record)).attempts
    assert attempt.rule == rule


def _forged(content: Claims, algorithm: str, sign: Callable[[bytes], bytes]) -> str:
    def packed(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    head = ".".join(packed(json.dumps(part).encode()) for part in ({"alg": algorithm, "kid": "k1"}, content))
    return f"{head}.{packed(sign(head.encode()))}"


FORGED: dict[str, Callable[[Claims], str]] = {
    "a foreign key": lambda c: signed(c, FOREIGN),
    "no signature": lambda c: _forged(c, "none", lambda text: b""),
    "HMAC with the client's secret": lambda c: _forged(
        c, "HS256", lambda text: hmac.digest(b"s3cret", text, "sha256")
    ),
    "HMAC with the public key": lambda c: _forged(
        c, "HS256", lambda text: hmac.digest(KEY.as_pem(private=False), text, "sha256")
    ),
    "no token": lambda c: "",
    "three parts of nothing": lambda c: "a.b.c",
}


@pytest.mark.parametrize("name", FORGED)
async def test_tokens_that_are_forged(corp: Place, name: str) -> None:
    query = await sent(corp)
    answer = await back(corp, query, FORGED[name](claims(corp, query)))
    assert answer.status_code == 403
    assert await corp.sessions() == 0


async def test_what_comes_twice_or_from_elsewhere(corp: Place) -> None:
    query = await sent(corp)
    token = signed(claims(corp, query))
    other = await back(corp, query, token, iss="https://evil.test")
    assert "another provider" in told(other)
    assert (await back(corp, {**query, "state": "vmade-up"}, token)).status_code == 403
    corp.browser.client.cookies.clear()
    assert (await back(corp, query, token)).status_code == 403
    assert await corp.sessions() == 0


async def test_a_code_counts_once(corp: Place) -> None:
    query = await sent(corp)
    token = signed(claims(corp, query))
    assert (await back(corp, query, token)).status_code == 303
    assert (await back(corp, query, token)).status_code == 403


async def test_the_providers_refusal_is_shown(corp: Place) -> None:
    query = await sent(corp)
    asked = {"state": query["state"], "error": "access_denied", "error_description": "Not assigned"}
    answer = await corp.browser.get(f"/sso/{corp.slug}/oidc", params=asked)
    assert "Not assigned" in told(answer)


async def test_a_configuration_of_another_issuer_is_refused(corp: Place) -> None:
    changed = {**CONFIGURATION, "issuer": f"{ISSUER}/"}
    corp.outward.documents[f"{ISSUER}/.well-known/openid-configuration"] = json.dumps(changed).encode()
    answer = await corp.browser.get(f"/sso/{corp.slug}/login")
    assert answer.status_code == 502
    assert "with or without a slash" in told(answer)
