"""What ``vestibule doctor`` says, by tables: addresses, and answers as they came."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vestibule.web.checkup import (
    Level,
    Seen,
    examine_address,
    examine_configuration,
    examine_door,
    examine_health,
)

URL = "https://scim.example.com"


def seen(status: int, document: Any, **more: Any) -> Seen:
    return Seen(status, {"content-type": "application/scim+json"}, json.dumps(document).encode(), **more)


ADDRESSES = [
    ("https://scim.example.com", []),
    ("https://scim.example.com/product", []),
    ("http://scim.example.com", [("https", "fault")]),
    ("http://127.0.0.1:8000", [("https", "warning")]),
    ("http://localhost:8000", [("https", "warning")]),
    ("https://my_scim.example.com", [("underscore", "fault")]),
    ("https://scim.example.com/my_path", [("underscore", "fault")]),
    ("https://scim.example.com/", [("trailing slash", "warning")]),
    ("https://scim.example.com/scim/v2", [("path", "fault")]),
    ("https://scim.example.com/t/corp/scim/v2", [("path", "fault")]),
    ("https://scim.example.com?x=1", [("address", "fault")]),
    ("https://intranet", [("reachable", "warning")]),
    ("https://10.0.0.4", [("reachable", "warning")]),
    ("ftp://scim.example.com", [("address", "fault")]),
    ("scim.example.com", [("address", "fault")]),
    ("https://[", [("address", "fault")]),
]


@pytest.mark.parametrize(("url", "expected"), ADDRESSES, ids=[url for url, _ in ADDRESSES])
def test_an_address(url: str, expected: list[tuple[str, str]]) -> None:
    assert [(one.about, one.level.value) for one in examine_address(url)] == expected


ERROR = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
    "status": "401",
    "detail": f"No token. {URL}/r/0123456789abcdef01234567",
}
CONFIGURATION = {"patch": {"supported": True}, "meta": {"location": f"{URL}/scim/v2/ServiceProviderConfig"}}
HTML = Seen(200, {"content-type": "text/html"}, b"<html>Sign in</html>")
ANSWERS = [
    ("healthy", examine_health, seen(200, {"status": "ok"}), "health", Level.OK),
    ("proxy alone", examine_health, Seen(502, {}, b""), "health", Level.FAULT),
    ("another server", examine_health, seen(404, {}), "health", Level.FAULT),
    (
        "no answer",
        examine_health,
        Seen(failure="No connection to scim.example.com."),
        "reachable",
        Level.FAULT,
    ),
    (
        "bad certificate",
        examine_health,
        Seen(failure="The certificate of x was not accepted."),
        "certificate",
        Level.FAULT,
    ),
    (
        "redirect",
        examine_health,
        Seen(301, {"location": "https://www.example.com/"}),
        "redirect",
        Level.FAULT,
    ),
    ("discovery", examine_configuration, seen(200, CONFIGURATION), "discovery", Level.OK),
    ("no discovery", examine_configuration, seen(404, {}), "discovery", Level.FAULT),
    ("web page", examine_configuration, HTML, "JSON", Level.FAULT),
    ("shut", examine_door, seen(401, ERROR), "token", Level.OK),
    ("open", examine_door, seen(200, {"Resources": []}), "token", Level.FAULT),
    ("a door before the door", examine_door, seen(401, {"message": "no"}), "token", Level.FAULT),
    ("sign-on page", examine_door, HTML, "JSON", Level.FAULT),
    ("cannot tell", examine_door, seen(500, {}), "token", Level.FAULT),
]


@pytest.mark.parametrize(
    ("examine", "answer", "about", "level"), [row[1:] for row in ANSWERS], ids=[r[0] for r in ANSWERS]
)
def test_an_answer(examine: Any, answer: Seen, about: str, level: Level) -> None:
    first, *rest = examine(answer, URL)
    assert (first.about, first.level) == (about, level)
    assert rest == []


def test_links_that_lead_elsewhere_are_a_warning() -> None:
    found = list(examine_door(seen(401, ERROR), "https://other.example.com"))
    assert [one.level for one in found] == [Level.OK, Level.WARNING]
    assert "VESTIBULE_PUBLIC_URL to https://other.example.com" in found[1].sentence


def test_a_slow_answer_is_a_warning() -> None:
    found = list(examine_health(seen(200, {"status": "ok"}, seconds=9.0), URL))
    assert [one.about for one in found] == ["health", "time"]
