"""Bodies that are no SCIM message: refused at once, in words, with memory flat."""

from __future__ import annotations

import gzip
import json
import secrets
import time
from typing import Any

import pytest

from bench.process import resident_megabytes
from bench.servers import Vestibule
from tests.served import USER, Answer, Conversation, Hand, person

_MIB = 1024 * 1024
#: Far more than any of these takes on the slowest machine, far less than reading it all would.
_AT_ONCE = 5.0


def _user(**attributes: Any) -> bytes:
    return json.dumps(person("wrong@people.example", **attributes)).encode()


NO_MESSAGE = {
    "empty": b"",
    "no JSON": b'{"userName": ',
    "two documents": b"{} {}",
    "NaN": b'{"userName": NaN}',
    "an array": b"[]",
    "a string": b'"userName"',
    "a number": b"17",
    "null": b"null",
    "invalid UTF-8": b'{"schemas":["%s"],"userName":"caf\xe9@people.example"}' % USER.encode(),
    "a lone surrogate": b'{"schemas":["%s"],"userName":"\\ud800@people.example"}' % USER.encode(),
    "10,000 nested arrays": b"[" * 10_000 + b"]" * 10_000,
    "10,000 nested arrays, never closed": b"[" * 10_000,
    "10,000 nested objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "10,000 nested arrays within a person": b'{"userName":"deep@people.example","emails":%s}'
    % (b"[" * 10_000 + b"]" * 10_000),
}


@pytest.mark.requirement("R83", "R84", "R88")
@pytest.mark.parametrize("body", NO_MESSAGE.values(), ids=NO_MESSAGE.keys())
def test_what_is_no_json_object_gets_400(hand: Hand, body: bytes) -> None:
    answer = hand(
        "POST", "/Users", body, {"Content-Type": "application/scim+json", "Content-Length": str(len(body))}
    )
    _refused(answer, 400)
    assert answer.json["scimType"] in ("invalidSyntax", "invalidValue")


WRONG_TYPES: dict[str, tuple[bytes, str]] = {
    "userName a number": (_user(userName=17), "userName"),
    "userName an object": (_user(userName={"value": "x"}), "userName"),
    "userName empty": (_user(userName=""), "userName"),
    "userName with U+0000": (_user(userName="a\u0000b@people.example"), "userName"),
    "userName with a zero-width space": (_user(userName="a\u200bb@people.example"), "userName"),
    "name a string": (_user(name="Robin Vale"), "name"),
    "a sub-attribute a list": (_user(name={"givenName": ["Robin"], "familyName": "Vale"}), "givenName"),
    "emails a number": (_user(emails=5), "emails"),
    "an e-mail's value an object": (_user(emails=[{"value": {"a": 1}}]), "emails"),
    "active a word": (_user(active="perhaps"), "active"),
    "title a list": (_user(title=["a", "b"]), "title"),
}


@pytest.mark.parametrize(("body", "named"), WRONG_TYPES.values(), ids=WRONG_TYPES.keys())
def test_a_value_of_the_wrong_type_is_named(hand: Hand, body: bytes, named: str) -> None:
    answer = hand("POST", "/Users", body)
    _refused(answer, 400)
    assert answer.json["scimType"] in ("invalidValue", "invalidSyntax")
    assert named in answer.json["detail"]


@pytest.mark.requirement("R83", "R84")
@pytest.mark.parametrize(
    "media_type", ["text/xml", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_an_unknown_media_type_gets_415(hand: Hand, media_type: str) -> None:
    answer = hand("POST", "/Users", _user(), {"Content-Type": media_type})
    _refused(answer, 415)


@pytest.mark.requirement("R83", "R86")
def test_a_compressed_body_gets_415(hand: Hand) -> None:
    body = gzip.compress(_user())
    headers = {"Content-Type": "application/scim+json", "Content-Encoding": "gzip"}
    answer = hand("POST", "/Users", body, {**headers, "Content-Length": str(len(body))})
    _refused(answer, 415)
    assert "Content-Encoding 'gzip'" in answer.detail


@pytest.mark.requirement("R88")
def test_the_place_that_is_no_utf_8_is_told(hand: Hand) -> None:
    answer = hand("POST", "/Users", b'{"userName":"caf\xe9"}', {"Content-Length": "19"})
    _refused(answer, 400)
    assert "no UTF-8: byte 17" in answer.detail


@pytest.mark.parametrize(
    "media_type", ["application/json", "application/scim+json; charset=utf-8", "APPLICATION/JSON"]
)
def test_both_media_types_are_taken(hand: Hand, media_type: str) -> None:
    name = f"{secrets.token_hex(4)}@people.example"
    assert hand("POST", "/Users", person(name), {"Content-Type": media_type}).status == 201


@pytest.mark.requirement("R83", "R86")
@pytest.mark.parametrize(("path", "limit"), [("/Users", _MIB), ("/Groups", 16 * _MIB)])
def test_a_body_over_the_limit_gets_413(hand: Hand, path: str, limit: int) -> None:
    """Told by its length before it is read, or by counting where no length is told."""
    asked = Conversation(hand.port)
    asked.say(
        hand.wire("POST", path, None, {"Content-Type": "application/json", "Content-Length": str(limit + 1)})
    )
    _refused(asked.hear(), 413)
    asked.close()
    _refused(_in_chunks(hand, path, limit + 1), 413)


def test_a_body_at_the_limit_is_read(hand: Hand) -> None:
    body = _user(title="").replace(b'"title": ""', b'"title": "' + b" " * (_MIB - 400) + b'"')
    assert hand("POST", "/Users", body[:-1] + b" " * (_MIB - len(body)) + b"}").status != 413


def test_memory_stays_flat(hand: Hand, server: Vestibule) -> None:
    def all_of_it() -> None:
        for body in NO_MESSAGE.values():
            hand("POST", "/Users", body, {"Content-Length": str(len(body))})
        for _ in range(3):
            _in_chunks(hand, "/Users", _MIB + 1)

    all_of_it()
    before = resident_megabytes(server.pid)
    for _ in range(10):
        all_of_it()
    after = resident_megabytes(server.pid)
    if before is None or after is None:
        pytest.skip("machine: /proc, to read a server's memory")
    assert after[0] - before[0] < 10


def test_each_is_refused_at_once(hand: Hand) -> None:
    for name, body in NO_MESSAGE.items():
        started = time.monotonic()
        hand("POST", "/Users", body, {"Content-Length": str(len(body))})
        assert time.monotonic() - started < _AT_ONCE, name


def _in_chunks(hand: Hand, path: str, size: int) -> Answer:
    headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    conversation = Conversation(hand.port)
    try:
        conversation.say(hand.wire("POST", path, None, headers))
        piece = b'{"' + b"x" * (64 * 1024 - 2)
        try:
            for _ in range(size // len(piece) + 1):
                conversation.go_on(b"%x\r\n%s\r\n" % (len(piece), piece))
            conversation.go_on(b"0\r\n\r\n")
        except OSError:
            pass  # refused before all was sent: the answer is there already
        return conversation.hear()
    finally:
        conversation.close()


def _refused(answer: Answer, status: int) -> None:
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/scim+json"
    document = answer.json
    assert document["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert document["status"] == str(status)
    assert document["detail"].endswith(f"/r/{answer.headers['x-request-id']}")
