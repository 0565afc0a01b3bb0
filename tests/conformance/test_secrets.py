"""Passwords and tokens: in no answer, event, log or file (RFC 7643 §4.1.1, RFC 7644 §7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cast import CORE_USER
from tests.conformance.people import SEARCH, change, created, is_error, path_of, person
from tests.installation import Site, Tenant, installation, over_asgi
from vestibule.recordings.replay import Request
from vestibule.tenancy.access_tokens import issue_token

MARKER = "k3Tq9ab1-Marker"
#: What a careless server would keep of it.
TRACES = [
    MARKER,
    base64.b64encode(MARKER.encode()).decode().rstrip("="),
    *(hashlib.new(name, MARKER.encode()).hexdigest() for name in ("md5", "sha1", "sha256", "sha512")),
]


@pytest.mark.requirement("R41", "R42", "R43", "R70", "R185", "K40", "K41")
async def test_a_password_leaves_no_trace(tmp_path: Path) -> None:
    database = tmp_path / "vestibule.db"
    async with installation(f"sqlite:///{database}") as site:
        tenant = await site.tenant()
        answers = [await tenant.post("/Users", person(password=MARKER))]
        path = path_of(answers[0].json)
        answers += [
            await tenant.put(path, person(password=MARKER, title="x")),
            await tenant.patch(path, change("replace", "password", MARKER)),
            await tenant.patch(path, change("replace", None, {"password": MARKER, "title": "y"})),
            await tenant.patch(path, change("add", f"{CORE_USER}:password", MARKER)),
            await tenant.patch(path, change("remove", "password")),
            await tenant.post("/Users", person(password=MARKER)),  # 409
            await tenant.post("/Users", person("", password=MARKER)),  # 400
            await tenant.post("/Users", person("z@corp.test", password=[MARKER])),  # 400
            await tenant.post("/Users", person("w@corp.test", Password=MARKER, passwordHint=MARKER)),
            await tenant.get(f"{path}?attributes=password"),
            await tenant.get("/Users?attributes=password,userName"),
            await tenant.get(f'/Users?filter=password eq "{MARKER}"'),
            await tenant.post("/Users/.search", {"schemas": [SEARCH], "filter": f'password sw "{MARKER}"'}),
        ]
        assert {answer.status for answer in answers} <= {200, 201, 204, 400, 409}
        for answer in answers:
            assert MARKER not in json.dumps(answer.json)
            assert "password" not in (answer.json if answer.status < 300 and answer.json else {})
        events = await site.application.store.log.events(tenant=tenant.record.id)
        requests = await site.application.store.log.requests(tenant.record.id)
        assert len(requests) == len(answers)
        told = f"{events!r} {requests!r}"
        assert [trace for trace in TRACES if trace in told] == []
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"mika@corp.test" in kept
    assert [trace for trace in TRACES if trace.encode() in kept] == []


@pytest.mark.requirement("R43", "R60", "K40")
async def test_discovery_says_that_no_password_is_taken(tenant: Tenant) -> None:
    config = (await tenant.get("/ServiceProviderConfig")).json
    assert config["changePassword"] == {"supported": False}
    (password,) = [
        attribute
        for schema in (await tenant.get("/Schemas")).json["Resources"]
        for attribute in schema["attributes"]
        if attribute["name"] == "password"
    ]
    assert (password["mutability"], password["returned"]) == ("writeOnly", "never")


@pytest.mark.requirement("R186")
async def test_of_a_token_the_database_has_its_hash_alone(tmp_path: Path) -> None:
    async with installation(f"sqlite:///{tmp_path / 'vestibule.db'}") as site:
        tenant = await site.tenant()
        await created(tenant, person())
        await tenant.get("/Users", {"Authorization": f"Bearer {tenant.token[:-1]}"})
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    secret = tenant.token.encode()
    assert hashlib.sha256(secret).digest() in kept
    for start in range(20, len(secret) - 12):
        assert secret[start : start + 12] not in kept


@pytest.mark.requirement("R183", "R186")
async def test_tokens_are_long_random_and_unlike_one_another(site: Site) -> None:
    tenant = await site.tenant()
    issued = {(await issue_token(site.desk, tenant.record)).secret for _ in range(50)}
    assert len(issued) == 50
    for secret in issued:
        drawn = secret.removeprefix("vst_scim_")
        assert len(drawn) * 5.95 > 256 + 32  # base62 of 256 bits, and the checksum
    for at in range(9, 40):
        assert len({secret[at] for secret in issued}) > 10


@pytest.mark.requirement("R184", "K13")
async def test_a_token_has_an_end_unless_somebody_wanted_none(site: Site) -> None:
    tenant = await site.tenant()
    by_default = (await issue_token(site.desk, tenant.record)).record
    assert by_default.expires_at is not None
    assert int(by_default.expires_at[:4]) - int(by_default.created_at[:4]) in (0, 1)
    assert (await issue_token(site.desk, tenant.record, lifetime=None)).record.expires_at is None


def _signed(header: dict[str, str], claims: dict[str, Any], key: bytes) -> str:
    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    text = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"
    signature = hmac.digest(key, text.encode(), "sha256") if header["alg"] == "HS256" else b""
    return f"{text}.{part(signature)}"


@pytest.mark.requirement("R80")
async def test_no_assertion_is_taken_for_a_token(site: Site) -> None:
    tenant = await site.tenant()
    claims = {"sub": tenant.slug, "aud": "https://vestibule.test/scim/v2", "scope": "scim", "jti": "1"}
    for token in (
        _signed({"alg": "none"}, claims, b""),
        _signed({"alg": "HS256"}, claims, tenant.token.encode()),
        _signed({"alg": "HS256"}, claims, b""),
    ):
        for scheme in ("Bearer", "JWT", "DPoP"):
            is_error(await tenant.get("/Users", {"Authorization": f"{scheme} {token}"}), 401)
    form = b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=x.y.z"
    for path in ("/oauth/token", "/token", "/scim/v2/token"):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        reply = await over_asgi(site.application, "", Request("POST", path, headers, form))
        assert reply.status in (401, 404)
    config = (await tenant.get("/ServiceProviderConfig")).json
    assert [scheme["type"] for scheme in config["authenticationSchemes"]] == ["oauthbearertoken"]


@pytest.mark.requirement("R76")
@pytest.mark.parametrize("scheme", ["Basic", "Digest", "Negotiate"])
async def test_no_other_scheme_opens(site: Site, scheme: str) -> None:
    tenant = await site.tenant()
    pair = base64.b64encode(f"{tenant.slug}:{tenant.token}".encode()).decode()
    for said in (f"{scheme} {pair}", f"{scheme} {tenant.slug}:{tenant.token}"):
        is_error(await tenant.get("/Users", {"Authorization": said}), 401)


@pytest.mark.requirement("R78", "R180")
async def test_a_token_at_anothers_address_opens_neither(site: Site) -> None:
    ours, theirs = await site.tenant(), await site.tenant()
    mika = await created(theirs, person())
    mixed = Tenant(site.application, theirs.record, ours.token, f"/t/{theirs.slug}/scim/v2")
    for method, path, body in (
        ("GET", "/Users", None),
        ("GET", path_of(mika), None),
        ("POST", "/Users", person("x@corp.test")),
        ("PUT", path_of(mika), person(title="x")),
        ("PATCH", path_of(mika), change("replace", "title", "x")),
        ("DELETE", path_of(mika), None),
        ("GET", "/Schemas", None),
    ):
        is_error(await mixed._ask(method, path, body, None), 401)
    assert (await theirs.get(path_of(mika))).json == mika
    assert (await ours.get("/Users")).json["totalResults"] == 0


@pytest.mark.requirement("R187")
async def test_two_tokens_of_a_tenant_are_told_apart(tmp_path: Path) -> None:
    async with installation(f"sqlite:///{tmp_path / 'vestibule.db'}") as site:
        tenant = await site.tenant()
        named = (await issue_token(site.desk, tenant.record, name="second")).secret
        assert named != tenant.token
        await tenant.get("/Users", {"Authorization": f"Bearer {named}"})
        await created(tenant, person())
        requests = await site.application.store.log.requests(tenant.record.id)
    names = {request.token_name for request in requests}
    assert len(names) == 2
    assert "second" in names
