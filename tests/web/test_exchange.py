"""What is read of a request: its query and its body, within limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from vestibule.scim.errors import InvalidSyntax, PayloadTooLarge
from vestibule.web.exchange import Exchange, parse_query


@pytest.mark.requirement("R75")
@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", {}),
        (b"count=1&startIndex=2", {"count": "1", "startIndex": "2"}),
        (b"filter=userName%20eq%20%22mika%2Bx%40corp.test%22", {"filter": 'userName eq "mika+x@corp.test"'}),
        (b"filter=a+eq+1&", {"filter": "a eq 1"}),
        (b"aadOptscim062020&count=3", {"aadOptscim062020": "", "count": "3"}),
        (b"?count=3", {"count": "3"}),
        (b"count=1&count=2", {"count": "1"}),
        (b"filter=%E8%8A%B1%E5%AD%90", {"filter": "花子"}),
    ],
)
def test_query(raw: bytes, expected: dict[str, str]) -> None:
    assert parse_query(raw) == expected


@pytest.mark.requirement("R75")
def test_a_query_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(InvalidSyntax, match="filter is not UTF-8"):
        parse_query(b"filter=%ff")


class Wire:
    """A client that sends a body in chunks and counts how many were taken."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = list(chunks)
        self.taken = 0

    async def receive(self) -> Mapping[str, Any]:
        chunk = self.chunks[self.taken]
        self.taken += 1
        return {"type": "http.request", "body": chunk, "more_body": self.taken < len(self.chunks)}


def exchange(wire: Wire, **headers: bytes) -> Exchange:
    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return Exchange("POST", "/scim/v2/Users", b"", named, wire.receive, "r", "2026-01-01T00:00:00.000Z", 0.0)


async def test_a_body_in_chunks() -> None:
    assert await exchange(Wire(b'{"a"', b":1", b"}")).body(100) == b'{"a":1}'


async def test_a_declared_length_over_the_limit_is_refused_unread() -> None:
    wire = Wire(b"x" * 10)
    with pytest.raises(PayloadTooLarge, match="1 MiB"):
        await exchange(wire, content_length=b"2000000").body(1024 * 1024)
    assert wire.taken == 0


async def test_an_undeclared_length_is_refused_when_it_passes_the_limit() -> None:
    wire = Wire(*[b"x" * 1024] * 5000)
    with pytest.raises(PayloadTooLarge):
        await exchange(wire).body(1024 * 1024)
    assert wire.taken <= 1026
