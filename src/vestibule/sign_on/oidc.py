"""Sign-in by OpenID Connect: discovery, code with PKCE, nonce, and the same matching rule (Core 1.0, RFC 7636).

The verifier and the nonce are derived from what the browser holds and the number of the request, so that
neither is kept here, and only that browser can come back with the code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from vestibule.refused import Refused
from vestibule.sign_on.authn_request import Departure
from vestibule.sign_on.errors import NotSetUp, SetupRefused
from vestibule.sign_on.front import Front, secret_place
from vestibule.sign_on.identity_provider import checked_address
from vestibule.sign_on.matching import Said, checked_email
from vestibule.sign_on.moment import SKEW
from vestibule.sign_on.setup import OpenIdProvider, Protocol, SignOnSetup
from vestibule.sign_on.sign_in import (
    SignedOn,
    TurnedAway,
    UnderWay,
    browser_hash,
    finish,
    turn_away,
    under_way,
)
from vestibule.sign_on.store import StoredSetup
from vestibule.sign_on.unacceptable import Unacceptable, shown
from vestibule.tenancy.tenant import Tenant

#: Signatures with a public key alone: the client's secret must never be able to sign for the provider.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_SCOPE = "openid email profile"
_LONGEST_CODE = 4096


@dataclass(frozen=True, slots=True)
class Discovered:
    """What the provider says of itself."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    #: The client's secret goes into the form where the provider does not take it in the header.
    secret_in_form: bool


async def discover(front: Front, issuer: str) -> Discovered:
    """Read the provider's configuration. ``SetupRefused`` where it cannot be read or is another's."""
    base = issuer.rstrip("/")
    document = _json_object(await front.outward.get(f"{base}/.well-known/openid-configuration"))
    if document.get("issuer") != issuer:
        raise SetupRefused(
            f"The OpenID configuration says that the issuer is {shown(str(document.get('issuer')))}; {shown(issuer)} is set "
            "up here. Enter it just as the provider writes it, with or without a slash at the end."
        )
    methods = document.get("code_challenge_methods_supported")
    if isinstance(methods, list) and methods and "S256" not in methods:
        raise SetupRefused("The provider does not take PKCE with S256, without which codes can be stolen.")
    ways = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    found = {
        name: checked_address(str(document.get(name, "")), f"The provider's {name}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    }
    return Discovered(
        found["authorization_endpoint"],
        found["token_endpoint"],
        found["jwks_uri"],
        "client_secret_basic" not in ways and "client_secret_post" in ways,
    )


async def depart(
    front: Front, tenant: Tenant, setup: SignOnSetup, started: UnderWay, browser: str
) -> Departure:
    """Where the browser goes."""
    assert setup.openid is not None, "the set-up is for OpenID Connect"
    discovered = await discover(front, setup.openid.issuer)
    us = await front.provider_for(tenant)
    verifier = _derived(browser, "verifier", started.id)
    challenge = (
        base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode("ascii")
    )
    query = {
        "response_type": "code",
        "client_id": setup.openid.client_id,
        "redirect_uri": us.oidc_redirect_url,
        "scope": _SCOPE,
        "state": started.id,
        "nonce": _derived(browser, "nonce", started.id),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    joint = "&" if "?" in discovered.authorization_endpoint else "?"
    return Departure(f"{discovered.authorization_endpoint}{joint}{urlencode(query)}")


async def come_back(
    front: Front, tenant: Tenant, query: Mapping[str, str], browser: str, request_id: str
) -> SignedOn | TurnedAway:
    """What the provider's answer makes of it. ``Unacceptable`` where it is not even worth a note; ``NotSetUp``."""
    setup, stored = await front.setup_of(tenant)
    if setup.protocol is not Protocol.OIDC or setup.openid is None:
        raise NotSetUp(tenant.slug)
    started = await under_way(front, query.get("state", ""))
    if started is None or started.tenant != tenant.id or started.browser != browser_hash(browser):
        raise Unacceptable(
            "request",
            "The answer belongs to no sign-in of this browser, or to one that is over. Sign on anew.",
        )
    try:
        claims = await _claims(front, tenant, setup.openid, stored, query, browser, started)
        said = said_by_claims(claims, setup)
    except Refused as refused:
        fault = Unacceptable("provider", str(refused))
        return await turn_away(front, tenant, fault, started=started, request_id=request_id)
    except Unacceptable as fault:
        return await turn_away(front, tenant, fault, started=started, request_id=request_id)
    return await finish(
        front, tenant, setup, said, request_id=request_id, started=started, return_to=started.return_to
    )


def said_by_claims(claims: Mapping[str, Any], setup: SignOnSetup) -> Said:
    """What an ID token says of a person. ``Unacceptable`` without a verified e-mail address."""
    name = setup.choices.email_attribute or "email"
    value = claims.get(name)
    if not isinstance(value, str):
        raise Unacceptable(
            "email",
            f"The ID token has no claim {shown(name)}; it has {', '.join(sorted(map(str, claims))[:20])}. Grant the scope "
            "email, or choose another claim here.",
        )
    if name == "email" and claims.get("email_verified") in (False, "false"):
        raise Unacceptable(
            "email", f"The provider says that {shown(value)} is not verified. Verify it there."
        )
    return Said(
        checked_email(value.strip(), f"The claim {shown(name)}"),
        f"the claim {name}",
        str(claims.get("sub", "")),
        given_name=_text(claims, "given_name"),
        family_name=_text(claims, "family_name"),
    )


def verified_claims(
    token: str, keys: Any, openid: OpenIdProvider, nonce: str, now: datetime
) -> dict[str, Any]:
    """The claims of an ID token whose signature and claims hold (Core §3.1.3.7). ``Unacceptable``."""
    try:
        claims = dict(jwt.decode(token, KeySet.import_key_set(keys), algorithms=list(ALGORITHMS)).claims)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise Unacceptable("signature", "The ID token is not signed with a key of the provider.") from None
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != openid.issuer:
        raise Unacceptable(
            "issuer",
            f"The ID token comes from {shown(str(claims.get('iss')))}, not from {shown(openid.issuer)}.",
        )
    if openid.client_id not in named or (len(named) > 1 and claims.get("azp") != openid.client_id):
        raise Unacceptable(
            "audience",
            f"The ID token is meant for {shown(str(audience))}; our client id is {openid.client_id}.",
        )
    if "azp" in claims and claims["azp"] != openid.client_id:
        raise Unacceptable("audience", "The ID token was issued for another client.")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise Unacceptable("subject", "The ID token says no subject.")
    if _moment(claims, "exp") + SKEW <= now:
        raise Unacceptable(
            "time", "The ID token has expired. Sign on anew, or compare the clocks of both sides."
        )
    if _moment(claims, "iat") > now + SKEW or ("nbf" in claims and _moment(claims, "nbf") > now + SKEW):
        raise Unacceptable("time", "The ID token comes from the future. Compare the clocks of both sides.")
    if not isinstance(claims.get("nonce"), str) or not hmac.compare_digest(
        claims["nonce"].encode(), nonce.encode()
    ):
        raise Unacceptable("nonce", "The ID token answers another sign-in. Sign on anew.")
    return claims


async def _claims(
    front: Front,
    tenant: Tenant,
    openid: OpenIdProvider,
    stored: StoredSetup,
    query: Mapping[str, str],
    browser: str,
    started: UnderWay,
) -> dict[str, Any]:
    if "error" in query:
        said = query.get("error_description") or query["error"]
        raise Unacceptable("status", f"Sign-on did not succeed at the provider. It says {shown(said)}.")
    if query.get("iss", openid.issuer) != openid.issuer:
        raise Unacceptable("issuer", "The answer comes from another provider (RFC 9207).")
    code = query.get("code", "")
    if not code or len(code) > _LONGEST_CODE:
        raise Unacceptable("code", "The provider's answer has no code.")
    discovered = await discover(front, openid.issuer)
    token = await _redeem(
        front, tenant, openid, stored, discovered, code, _derived(browser, "verifier", started.id)
    )
    keys = _json_object(await front.outward.get(discovered.jwks_uri))
    return verified_claims(token, keys, openid, _derived(browser, "nonce", started.id), front.now)


async def _redeem(
    front: Front,
    tenant: Tenant,
    openid: OpenIdProvider,
    stored: StoredSetup,
    discovered: Discovered,
    code: str,
    verifier: str,
) -> str:
    us = await front.provider_for(tenant)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": us.oidc_redirect_url,
        "code_verifier": verifier,
    }
    secret = (await front.keys()).open(stored.secret, *secret_place(tenant.id)) if stored.secret else ""
    authorization = ""
    if secret and not discovered.secret_in_form:
        pair = f"{quote(openid.client_id, safe='')}:{quote(secret, safe='')}"
        authorization = f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"
    else:
        form["client_id"] = openid.client_id
        if secret:
            form["client_secret"] = secret
    status, body = await front.outward.post(discovered.token_endpoint, form, authorization)
    answer = _json_object(body)
    token = answer.get("id_token")
    if status != 200 or not isinstance(token, str):
        said = str(answer.get("error_description") or answer.get("error") or f"status {status}")
        raise Unacceptable(
            "code",
            f"The provider did not give an ID token for the code. It says {shown(said)}. Check client id and secret.",
        )
    return token


def _derived(browser: str, use: str, id: str) -> str:
    made = hmac.new(browser.encode(), f"{use} {id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode("ascii")


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise SetupRefused("The provider's answer is no JSON object.")
    return document


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise Unacceptable("time", f"The ID token has no {name}, or one that is no moment.")
    return datetime.fromtimestamp(value, UTC)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value[:256] if isinstance(value, str) else ""
