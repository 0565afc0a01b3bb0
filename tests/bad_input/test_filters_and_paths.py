"""Filters and paths that do not parse: the position, and what was expected there."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.served import Hand, patch

_SAYS_WHERE = re.compile(r"at character \d+: (expected .+, found .+|brackets are nested deeper than \d+)")

FILTERS = {
    "nothing": "",
    "an attribute alone": "userName",
    "an unknown operator": 'userName is "a"',
    "no value": "userName eq",
    "two words without quotes": "userName eq anna meyer",
    "a string never closed": 'userName eq "anna',
    "a conjunction without its second half": 'userName eq "a" and',
    "a conjunction without its first half": 'and userName eq "a"',
    "two expressions without anything between": 'userName eq "a" title eq "b"',
    "a bracket never closed": '(userName eq "a"',
    "a bracket never opened": 'userName eq "a")',
    "a value path never closed": 'emails[type eq "work"',
    "not without brackets": 'not userName eq "a"',
    "10,000 brackets": "(" * 10_000,
}


@pytest.mark.requirement("R85", "R109", "R119")
@pytest.mark.parametrize("text", FILTERS.values(), ids=FILTERS.keys())
def test_a_filter_that_does_not_parse_gets_the_position(hand: Hand, text: str) -> None:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": text}
    for answer in (hand("GET", f"/Users?filter={quote(text)}"), hand("POST", "/Users/.search", body)):
        assert answer.status == 400, answer
        assert answer.json["scimType"] == "invalidFilter"
        assert _SAYS_WHERE.search(answer.detail), answer.detail


REFUSED = {
    "an unknown attribute": ('shoeSize eq "9"', "shoeSize"),
    "an unknown sub-attribute": ('name.shoeSize eq "9"', "shoeSize"),
    "order among booleans": ("active gt true", "active"),
    "a number for a string": ("userName eq 5", "userName"),
    "no date": ('meta.created gt "yesterday"', "meta.created"),
    "a complex attribute": ('name eq "Robin"', "name"),
}


@pytest.mark.requirement("R85", "R112", "R117")
@pytest.mark.parametrize(("text", "named"), REFUSED.values(), ids=REFUSED.keys())
def test_a_filter_that_compares_what_cannot_be_compared(hand: Hand, text: str, named: str) -> None:
    answer = hand("GET", f"/Users?filter={quote(text)}")
    assert answer.status == 400, answer
    assert answer.json["scimType"] == "invalidFilter"
    assert named in answer.json["detail"]


PATHS = {
    "nothing within": "emails[]",
    "never closed": 'emails[type eq "work"',
    "never opened": 'emails type eq "work"]',
    "two dots": "name..givenName",
    "a dot at the end": "name.",
    "a digit at the start": "9lives",
    "something behind": 'emails[type eq "work"]value',
    "10,000 brackets": "emails[" + "(" * 10_000,
}


@pytest.mark.requirement("R143")
@pytest.mark.parametrize("text", PATHS.values(), ids=PATHS.keys())
def test_a_path_that_does_not_parse_gets_the_position(hand: Hand, text: str) -> None:
    user_id = _somebody(hand)
    answer = hand("PATCH", f"/Users/{user_id}", patch({"op": "replace", "path": text, "value": "x"}))
    assert answer.status == 400, answer
    assert answer.json["scimType"] in ("invalidPath", "invalidFilter")
    assert _SAYS_WHERE.search(answer.detail), answer.detail


@pytest.mark.requirement("R85", "R143")
def test_an_unknown_attribute_in_a_path_is_named(hand: Hand) -> None:
    answer = hand(
        "PATCH", f"/Users/{_somebody(hand)}", patch({"op": "replace", "path": "shoeSize", "value": "9"})
    )
    assert answer.status == 400
    assert answer.json["scimType"] == "invalidPath"
    assert "shoeSize" in answer.json["detail"]


def _somebody(hand: Hand) -> str:
    found = hand("GET", "/Users?filter=userName%20eq%20%22path@people.example%22").json["Resources"]
    return str(found[0]["id"]) if found else hand.create("path@people.example")
