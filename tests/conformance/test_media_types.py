"""What is sent and how it is answered: media types, UTF-8, encoded addresses, versions (RFC 7644 §3.8, §3.13)."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.conformance.people import created, found, is_error, path_of, person
from tests.installation import Tenant, over_asgi
from vestibule.recordings.replay import Request

SCIM, JSON = "application/scim+json", "application/json"


@pytest.mark.requirement("R89", "R90", "R91")
@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (None, SCIM),
        ("*/*", SCIM),
        (SCIM, SCIM),
        (f"{SCIM}; charset=utf-8", SCIM),
        ("Application/SCIM+JSON", SCIM),
        (JSON, JSON),
        ("Application/JSON", JSON),
        (f"{JSON}, text/plain;q=0.5", JSON),
        (f"{JSON};q=0.9, {SCIM}", SCIM),
        (f"text/html, {JSON};q=0.8, */*;q=0.1", JSON),
        ("text/html", SCIM),
    ],
)
async def test_the_media_type_that_is_asked_for(tenant: Tenant, accept: str | None, answered: str) -> None:
    headers = {"Content-Type": SCIM, **({"Accept": accept} if accept else {})}
    made = await tenant.post("/Users", person(), headers)
    path = path_of(made.json)
    missing = await tenant.get("/Users/nobody", headers)
    assert missing.status == 404
    for answer in (
        made,
        missing,
        await tenant.get(path, headers),
        await tenant.get("/Users", headers),
        await tenant.put(path, person(title="x"), headers),
        await tenant.get("/Schemas", headers),
        await tenant.get("/ServiceProviderConfig", headers),
    ):
        assert answer.headers["content-type"] == answered


@pytest.mark.requirement("R88", "R89", "R90")
@pytest.mark.parametrize("sent", [SCIM, JSON, f"{SCIM}; charset=utf-8", "APPLICATION/JSON;charset=UTF-8"])
async def test_both_media_types_are_taken(tenant: Tenant, sent: str) -> None:
    assert (await tenant.post("/Users", person(), {"Content-Type": sent})).status == 201


TEXTS = {
    "beyond the first plane": "𠮷野 😀 𝔸",
    "right to left": "فاطمة ‏حداد",
    "combining": "Jose\u0301 A\u030a",
    "composed": "José Å",
    "a family of joined signs": "👩‍👩‍👧",
    "what JSON escapes": 'say "hi" \\ / \b\f\n\r\t \u2028 \x7f',
    "the last of a plane": "\ufffd \U0010fffd",
}


@pytest.mark.requirement("R27", "R88", "K27")
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_utf_8_comes_back_as_it_went_in(either: Tenant, text: str) -> None:
    made = await created(either, person(displayName=text, name={"formatted": text}))
    assert (made["displayName"], made["name"]["formatted"]) == (text, text)
    assert (await either.get(path_of(made))).json["displayName"] == text
    (listed,) = (await either.get("/Users?attributes=displayName")).json["Resources"]
    assert listed["displayName"] == text
    assert await found(either, f"displayName eq {json.dumps(text)}") == [made["id"]]


@pytest.mark.requirement("R88")
@pytest.mark.parametrize(
    "body",
    [
        '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"café"}'.encode("latin-1"),
        '{"userName":"a"}'.encode("utf-16"),
        b'{"userName":"\xed\xa0\x80"}',
        b'{"userName":"\xc0\xaf"}',
    ],
    ids=["latin-1", "utf-16", "surrogate", "overlong"],
)
async def test_what_is_no_utf_8_is_refused(either: Tenant, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {either.token}", "Content-Type": SCIM}
    reply = await either.send(Request("POST", "/Users", headers, body))
    assert reply.status == 400
    assert json.loads(reply.body)["scimType"] == "invalidSyntax"
    assert (await either.get("/Users")).json["totalResults"] == 0


@pytest.mark.requirement("R75")
@pytest.mark.parametrize(
    "user_name", ["mika+scim@corp.test", "a&b=c", "100%", "花子@corp.test", "a/b?c#d", "o’brien"]
)
async def test_a_percent_encoded_filter_is_decoded(tenant: Tenant, user_name: str) -> None:
    made = await created(tenant, person(user_name))
    text = f'userName eq "{user_name}"'
    encoded = quote(text, safe="")
    for query in (encoded, encoded.replace("%20", "+"), "".join(f"%{byte:02x}" for byte in text.encode())):
        listed = await tenant.get(f"/Users?filter={query}")
        assert [one["id"] for one in listed.json["Resources"]] == [made["id"]]


@pytest.mark.requirement("R75")
async def test_a_percent_encoded_id_and_path_are_decoded(either: Tenant) -> None:
    made = await created(either, person())
    encoded = "".join(f"%{ord(letter):02X}" for letter in made["id"])
    assert (await either.get(f"/%55sers/{encoded}")).json["id"] == made["id"]
    assert (await either.get("/Users/a%2Fb")).status == 404


@pytest.mark.requirement("R94")
@pytest.mark.parametrize(
    "base", ["/scim/v1", "/scim/v3", "/scim", "/v2", "", "/scim/v2.0", "/scim/V2", "/v1/scim/v2"]
)
async def test_another_version_is_refused(tenant: Tenant, base: str) -> None:
    await created(tenant, person())
    reply = await over_asgi(
        tenant.application, base, Request("GET", "/Users", {"Authorization": f"Bearer {tenant.token}"}, b"")
    )
    assert reply.status in (400, 404)
    assert b"mika@corp.test" not in reply.body
    assert json.loads(reply.body)["status"] == str(reply.status)


@pytest.mark.requirement("R102")
@pytest.mark.parametrize(
    "query", ["foo=bar", "aadOptscim062020", "&&foo", "foo=%01", "Filter=nonsense", "=x"]
)
async def test_unknown_query_parameters_do_no_harm(either: Tenant, query: str) -> None:
    made = await created(either, person())
    for path in ("/Users", path_of(made), "/Groups", "/ResourceTypes", "/ServiceProviderConfig"):
        assert (await either.get(f"{path}?{query}")).status == 200, path


@pytest.mark.requirement("R83", "R84")
async def test_a_body_where_none_belongs_and_none_where_one_does(either: Tenant) -> None:
    path = path_of(await created(either, person()))
    for method in ("POST", "PUT", "PATCH"):
        target = "/Users" if method == "POST" else path
        is_error(await either._ask(method, target, None, None), 400, "invalidSyntax")
