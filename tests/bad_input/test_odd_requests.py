"""Requests as nobody sends them in good faith: each ends in the right SCIM error, at once, with memory flat.

Numbers no machine has, patches and filters without end, queries, headers, paths and methods that are none.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given

from bench.process import resident_megabytes
from bench.servers import Vestibule
from tests.reference.effort import examples
from tests.reference.worlds import Chooser, made_by
from tests.served import GROUP, PATCH_OP, USER, Answer, Conversation, Hand, patch, person

_SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
_BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
#: Far more than any of these takes on the slowest machine, far less than doing all that is asked.
_AT_ONCE = 10.0


@pytest.fixture(scope="module")
def somebody(hand: Hand) -> str:
    return hand.create("odd@people.example")


def refused(answer: Answer, status: int = 400) -> str:
    """It is a SCIM error of that status; its scimType."""
    assert answer.status == status, answer
    document = answer.json
    assert document["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert document["status"] == str(status)
    assert len(document["detail"]) < 1_000
    return str(document.get("scimType", ""))


def sent(hand: Hand, method: str, path: str, raw: bytes) -> Answer:
    headers = {"Content-Type": "application/scim+json", "Content-Length": str(len(raw))}
    started = time.monotonic()
    answer = hand(method, path, raw, headers)
    assert time.monotonic() - started < _AT_ONCE
    return answer


def with_attribute(text: str) -> bytes:
    return b'{"schemas":["%s"],"userName":"number@people.example",%s}' % (USER.encode(), text.encode())


BODIES: dict[str, tuple[bytes, str]] = {
    "a name twice": (with_attribute('"title":"a","title":"b"'), "invalidSyntax"),
    "a name twice within": (with_attribute('"name":{"givenName":"a","givenName":"b"}'), "invalidSyntax"),
    "a name twice, once escaped": (with_attribute('"title":"a","t\\u0069tle":"b"'), "invalidSyntax"),
    "a name in two letter cases": (with_attribute('"title":"a","TITLE":"b"'), "invalidSyntax"),
    "NaN": (with_attribute('"title":NaN'), "invalidSyntax"),
    "Infinity": (with_attribute('"title":-Infinity'), "invalidSyntax"),
    "a number with a leading zero": (with_attribute('"title":01'), "invalidSyntax"),
    "a comment": (with_attribute('"title":"a"/* b */'), "invalidSyntax"),
    "a trailing comma": (with_attribute('"title":"a",'), "invalidSyntax"),
    "single quotes": (with_attribute("'title':'a'"), "invalidSyntax"),
    "a raw line break in text": (with_attribute('"title":"a\nb"'), "invalidSyntax"),
    "half an escape": (with_attribute('"title":"\\ud8"'), "invalidSyntax"),
    "a lone low surrogate": (with_attribute('"title":"\\udc00"'), "invalidSyntax"),
    "surrogates in the wrong order": (with_attribute('"title":"\\udc00\\ud800"'), "invalidSyntax"),
    "U+0000 in text": (with_attribute('"title":"a\\u0000b"'), "invalidValue"),
    "an overlong encoding": (
        with_attribute('"title":"').replace(b'"title":"', b'"title":"\xc0\xaf"'),
        "invalidSyntax",
    ),
    "a byte order mark of UTF-16": ('{"userName":"a"}'.encode("utf-16"), "invalidSyntax"),
    "a number beyond 64 bits as a boolean": (with_attribute(f'"active":{10**30}'), "invalidValue"),
    "an exponent without end": (with_attribute('"active":1e999999'), "invalidSyntax"),
    "10,000 digits": (with_attribute(f'"active":{"9" * 10_000}'), "invalidSyntax"),
    "2,000 e-mails": (
        with_attribute(f'"emails":{json.dumps([{"value": f"a{n}@b.example"} for n in range(2_000)])}'),
        "invalidValue",
    ),
    "10,000 schemas": (
        b'{"schemas":%s,"userName":"x"}' % json.dumps([USER] * 10_000).encode(),
        "invalidSyntax",
    ),
    "a userName of 100,000 characters": (json.dumps(person("x" * 100_000)).encode(), "invalidValue"),
    "an attribute name of 100,000 characters as a value": (
        with_attribute(f'"active":"{"x" * 100_000}"'),
        "invalidValue",
    ),
}


@pytest.mark.requirement("R83", "R84", "R85", "R88")
@pytest.mark.parametrize(("raw", "scim_type"), BODIES.values(), ids=BODIES.keys())
def test_a_body(hand: Hand, raw: bytes, scim_type: str) -> None:
    assert refused(sent(hand, "POST", "/Users", raw)) == scim_type
    assert hand("GET", "/Users?filter=userName%20sw%20%22number@%22").json["totalResults"] == 0


def test_100_000_unknown_names_are_left_out_and_few_are_told(hand: Hand) -> None:
    many = {f"x{number}": number for number in range(50_000)}
    answer = sent(
        hand, "POST", "/Users", json.dumps({**person("many.names@people.example"), **many}).encode()
    )
    assert answer.status == 201
    assert "x1" not in answer.json


def _operations(number: int, one: Callable[[int], dict[str, Any]]) -> bytes:
    return json.dumps({"schemas": [PATCH_OP], "Operations": [one(n) for n in range(number)]}).encode()


PATCHES: dict[str, tuple[bytes, int, str]] = {
    "10,000 operations": (
        _operations(10_000, lambda n: {"op": "replace", "path": "title", "value": f"t{n}"}),
        200,
        "",
    ),
    "10,001 operations": (
        _operations(10_001, lambda n: {"op": "replace", "path": "title", "value": "t"}),
        400,
        "invalidSyntax",
    ),
    "9,999 operations and a faulty one": (
        _operations(
            10_000, lambda n: {"op": "replace", "path": "title" if n < 9_999 else "nope", "value": "lost"}
        ),
        400,
        "invalidPath",
    ),
    "10,000 of them over 900 values each": (
        _operations(
            8_000,
            lambda n: (
                {"op": "add", "path": "roles", "value": [{"value": f"r{n % 900}"}]}
                if n < 900
                else {
                    "op": "replace",
                    "path": 'roles[value co "r" and not (type pr)].display',
                    "value": f"d{n}",
                }
            ),
        ),
        400,
        "invalidSyntax",
    ),
    "a path of 2,000 terms": (
        _operations(1, lambda n: {"op": "remove", "path": f"emails[{' or '.join(['type pr'] * 2_000)}]"}),
        400,
        "invalidPath",
    ),
    "a path of 3,000 brackets": (
        _operations(1, lambda n: {"op": "remove", "path": f"emails[{'(' * 3_000}type pr{')' * 3_000}]"}),
        400,
        "invalidPath",
    ),
    "an operation twice in one": (
        b'{"schemas":["%s"],"Operations":[{"op":"add","op":"remove","path":"title"}]}' % PATCH_OP.encode(),
        400,
        "invalidSyntax",
    ),
    "operations that are text": (
        b'{"schemas":["%s"],"Operations":"add"}' % PATCH_OP.encode(),
        400,
        "invalidSyntax",
    ),
    "operations in operations": (
        b'{"schemas":["%s"],"Operations":[[{"op":"add"}]]}' % PATCH_OP.encode(),
        400,
        "invalidSyntax",
    ),
    "a path that is an object": (
        _operations(1, lambda n: {"op": "remove", "path": {"a": 1}}),
        400,
        "invalidPath",
    ),
}


@pytest.mark.requirement("R141", "R143", "R148")
@pytest.mark.parametrize(("raw", "status", "scim_type"), PATCHES.values(), ids=PATCHES.keys())
def test_a_patch(hand: Hand, somebody: str, raw: bytes, status: int, scim_type: str) -> None:
    hand("PATCH", f"/Users/{somebody}", patch({"op": "replace", "path": "title", "value": "as it was"}))
    before = hand("GET", f"/Users/{somebody}").json
    answer = sent(hand, "PATCH", f"/Users/{somebody}", raw)
    if status == 200:
        assert (answer.status, answer.json["title"]) == (200, "t9999")
        return
    assert refused(answer) == scim_type
    assert hand("GET", f"/Users/{somebody}").json == before


_TERMS = " or ".join(f'title eq "t{number}"' for number in range(2_000))
_BRACKETS = "(" * 3_000 + "title pr" + ")" * 3_000


@pytest.mark.requirement("R85", "R109")
@pytest.mark.parametrize(
    "filter", [_TERMS, _BRACKETS, "not(" * 3_000, "a" * 2**19], ids=lambda text: text[:12]
)
def test_a_filter_without_end(hand: Hand, filter: str) -> None:
    body = json.dumps({"schemas": [_SEARCH], "filter": filter}).encode()
    for path in ("/Users/.search", "/Groups/.search", "/.search"):
        assert refused(sent(hand, "POST", path, body)) == "invalidFilter"
    if len(filter) < 100_000:
        assert refused(hand("GET", f"/Users?filter={quote(filter)}")) == "invalidFilter"


QUERIES: dict[str, tuple[str, int, str]] = {
    "percent-encoding that is none": ("filter=userName%20eq%20%22a%ZZ%22", 200, ""),
    "percent-encoding cut off": ("filter=userName%20eq%20%22a%2", 400, "invalidFilter"),
    "no UTF-8 in percent-encoding": ("filter=%ff%fe", 400, "invalidSyntax"),
    "an overlong slash": ("filter=%c0%af", 400, "invalidSyntax"),
    "half a surrogate in UTF-8": ("filter=%ed%a0%80", 400, "invalidSyntax"),
    "U+0000": ("filter=userName%20eq%20%22%00%22", 400, "invalidFilter"),
    "a line break in a value": ("attributes=userName%0d%0aSet-Cookie:x", 200, ""),
    "the first of two counts": ("count=1&count=frog", 200, ""),
    "a count that is none": ("count=frog", 400, "invalidCount"),
    "a count of 5,000 digits": (f"count={'9' * 5_000}", 400, "invalidCount"),
    "a count of 900 digits": (f"count={'9' * 900}", 200, ""),
    "a start of 900 digits": (f"startIndex={'9' * 900}", 200, ""),
    "a fraction": ("startIndex=1.5", 400, "invalidValue"),
    "an order that is none": ("sortBy=userName&sortOrder=sideways", 400, "invalidValue"),
    "sorting by what is secret": ("sortBy=password", 400, "invalidValue"),
    "filtering by what is secret": ("filter=password%20sw%20%22a%22", 400, "invalidFilter"),
    "both projections": ("attributes=a&excludedAttributes=b", 400, "invalidValue"),
    "a cursor made up": ("cursor=AAAA", 400, "invalidCursor"),
    "a cursor of 50,000 characters": (f"cursor={'A' * 50_000}", 400, "invalidCursor"),
    "10,000 parameters": ("&".join(f"p{number}={number}" for number in range(10_000)), 200, ""),
    "10,000 attributes": (
        f"attributes={','.join(f'a{number}' for number in range(10_000))}",
        400,
        "invalidValue",
    ),
    "nothing but ampersands": ("&" * 60_000, 200, ""),
    "nothing but equals signs": ("=" * 60_000, 200, ""),
    "question marks": ("???count=1", 200, ""),
}


@pytest.mark.requirement("R75", "R83", "R84", "R85", "R102", "R193")
@pytest.mark.parametrize(("query", "status", "scim_type"), QUERIES.values(), ids=QUERIES.keys())
def test_a_query(hand: Hand, query: str, status: int, scim_type: str) -> None:
    started = time.monotonic()
    answer = hand("GET", f"/Users?{query}")
    assert time.monotonic() - started < _AT_ONCE
    if status == 200:
        assert answer.status == 200, answer
        assert "set-cookie" not in answer.headers
        return
    assert refused(answer) == scim_type


@pytest.mark.requirement("R83", "R86")
def test_a_first_line_and_headers_over_the_limit_get_431(hand: Hand) -> None:
    """One that is whole when it is read first is bounded by what it says."""
    refused(hand("GET", f"/Users?filter={'x' * 2**20}"), 431)
    refused(hand("GET", "/Users", headers={"X-Much": "x" * 2**20}), 431)
    refused(hand("GET", "/Users", headers={f"X-{number}": "x" * 100 for number in range(10_000)}), 431)


def with_headers(hand: Hand, *lines: str) -> Answer:
    """A list, asked for with these header lines and Host."""
    first = ["GET /scim/v2/Users HTTP/1.1", f"Host: 127.0.0.1:{hand.port}"]
    conversation = Conversation(hand.port)
    try:
        return conversation.ask("\r\n".join([*first, *lines, "", ""]).encode("latin-1"))
    finally:
        conversation.close()


@pytest.mark.requirement("R77", "R78", "R83")
def test_headers_that_are_said_twice_or_in_odd_ways(hand: Hand) -> None:
    good = f"Authorization: Bearer {hand.token}"
    for odd in (
        "Authorization: Bearer",
        "Authorization: Bearer  ",
        "Authorization: Basic dXNlcjpwYXNz",
        f"Authorization: Bearer {hand.token}x",
        f"Authorization: Bearer {hand.token.upper()}",
        "Authorization: Bearer \xff\xfe",
        f"Authorization: Bearer {'x' * 60_000}",
        "X-Nothing: 1",
    ):
        refused(with_headers(hand, odd), 401)
    assert with_headers(hand, good, "Accept: text/html;q=frog, */*;q=9").status == 200
    assert with_headers(hand, good, "Accept: " + ", ".join(["a/b"] * 5_000)).status == 200
    assert with_headers(hand, good, "If-None-Match: \xff", "If-Match: *").status == 200
    refused(with_headers(hand, good, "Authorization: Bearer nobody"), 401)
    refused(with_headers(hand, "Authorization: Bearer nobody", "Authorization: Bearer nobody either"), 401)


METHODS = ["HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "QUERY", "get", "X" * 5_000]


@pytest.mark.requirement("R83", "R86")
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method[:10])
@pytest.mark.parametrize("path", ["/Users", "/Users/x", "/Schemas", "/Bulk", "/Me", "/", "/Nothing"])
def test_a_method_that_is_none_of_scim(hand: Hand, method: str, path: str) -> None:
    conversation = Conversation(hand.port)
    try:
        answer = conversation.ask(hand.wire(method, path))
    except ConnectionError:
        pytest.fail("no answer")
    finally:
        conversation.close()
    assert 400 <= answer.status < 502
    assert answer.status != 500
    if method != "HEAD":
        refused(answer, answer.status)


@pytest.mark.requirement("R83", "R86")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/Users", 405),
        ("PATCH", "/Users", 405),
        ("DELETE", "/Users", 405),
        ("POST", "/Users/x", 405),
        ("GET", "/Users/.search", 405),
        ("POST", "/Schemas", 405),
        ("DELETE", "/ServiceProviderConfig", 405),
        ("GET", "/Bulk", 405),
        ("GET", "/Users/x/y", 404),
        ("GET", "/Users/" + "x" * 60_000, 404),
        ("GET", "/Users/%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404),
        ("GET", "/Users/../../../etc/passwd", 404),
        ("GET", "/Users/%00", 404),
        ("GET", "/Users/%ff", 404),
        ("GET", "/Users/%", 404),
        ("GET", "/Users/'%20OR%201=1--", 404),
        ("GET", "/%55sers/x", 404),
        ("GET", "/Users;v=1", 404),
        ("GET", "/Schemas/" + "urn:" * 10_000, 404),
        ("DELETE", "/Groups/x", 404),
    ],
)
def test_a_method_or_a_path_in_a_wrong_place(hand: Hand, method: str, path: str, status: int) -> None:
    refused(hand(method, path), status)


def test_bulk_with_names_twice_and_without_end(hand: Hand) -> None:
    one = {"method": "POST", "path": "/Users", "bulkId": "x", "data": {}}
    twice = json.dumps({"schemas": [_BULK], "Operations": [one]}).replace(
        '"data": {}', '"data": {}, "data": {}'
    )
    assert refused(sent(hand, "POST", "/Bulk", twice.encode())) == "invalidSyntax"
    deep = b'{"schemas":["%s"],"Operations":[{"method":"POST","path":"/Users","bulkId":"x","data":%s}]}' % (
        _BULK.encode(),
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    )
    assert refused(sent(hand, "POST", "/Bulk", deep)) == "invalidSyntax"
    many = json.dumps({"schemas": [_BULK], "Operations": [{**one, "bulkId": str(n)} for n in range(1_001)]})
    refused(sent(hand, "POST", "/Bulk", many.encode()), 413)


_SOUND = [person("a@b.example"), patch({"op": "add", "path": 'emails[type eq "x"].value', "value": "y"})]
_PIECES = [
    b"\x00",
    b"\xff",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\\ud800",
    b"1e9",
    b"null",
    b" ",
]


def a_broken_body(choose: Chooser) -> bytes:
    """A message with bytes put in, cut out, cut off or doubled."""
    raw = json.dumps(choose.one_of(_SOUND)).encode()
    for _ in range(1 + choose.below(4)):
        at = choose.below(256) * len(raw) // 256
        head, tail = raw[:at], raw[at:]
        raw = choose.one_of([head + choose.one_of(_PIECES) + tail, head + tail[1:], head, head + head + tail])
    return raw


@pytest.mark.requirement("R83", "R84", "R148")
@examples(150)
@given(raw=made_by(a_broken_body, 20))
def test_a_body_with_faults_in_it_is_answered_by_scim(hand: Hand, raw: bytes) -> None:
    for method, path in (("POST", "/Users"), ("PATCH", "/Users/nobody"), ("POST", "/Users/.search")):
        answer = sent(hand, method, path, raw)
        assert answer.status in (200, 201, 400, 404, 409), answer
        if answer.status >= 400:
            refused(answer, answer.status)


def test_memory_stays_flat(hand: Hand, somebody: str, server: Vestibule) -> None:
    def all_of_it() -> None:
        for raw, _ in BODIES.values():
            sent(hand, "POST", "/Users", raw)
        for raw, status, _ in PATCHES.values():
            if status == 400 and len(raw) < 2**20:
                sent(hand, "PATCH", f"/Users/{somebody}", raw)
        for query, _, _ in QUERIES.values():
            hand("GET", f"/Users?{query}")
        sent(hand, "POST", "/Users/.search", json.dumps({"schemas": [_SEARCH], "filter": _TERMS}).encode())

    all_of_it()
    before = resident_megabytes(server.pid)
    for _ in range(4):
        all_of_it()
    after = resident_megabytes(server.pid)
    if before is None or after is None:
        pytest.skip("machine: /proc, to read a server's memory")
    assert after[0] - before[0] < 20


def test_the_server_is_there_after_all_of_it(hand: Hand, somebody: str) -> None:
    assert hand("GET", f"/Users/{somebody}").status == 200
    assert hand.create_group("Odd ones", [somebody])
    assert GROUP in hand("GET", "/Groups").json["Resources"][0]["schemas"]
