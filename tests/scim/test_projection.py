"""attributes, excludedAttributes and *returned* (R70–R73, R126–R129)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scim.declared import BADGE, ENTERPRISE, PERSON, PHONETIC, TEAM, USER_URN
from vestibule.scim.errors import InvalidValue
from vestibule.scim.projection import Projection

ANNA: dict[str, Any] = {
    "schemas": [USER_URN, ENTERPRISE],
    "id": "1",
    "externalId": "e",
    "userName": "anna",
    "name": {"givenName": "Anna", "familyName": "Berg"},
    "emails": [{"value": "a", "type": "work"}, {"type": "home"}],
    "groups": [{"value": "g"}],
    "meta": {"resourceType": "User", "version": 'W/"1"'},
    ENTERPRISE: {"department": "R&D", "manager": {"value": "9", "$ref": "/Users/9"}},
}
KEPT = {"schemas": ANNA["schemas"], "id": "1"}


def only(*names: str) -> dict[str, Any]:
    return {**KEPT, **{name: ANNA[name] for name in names}}


def less(*names: str) -> dict[str, Any]:
    return {name: value for name, value in ANNA.items() if name not in names}


ATTRIBUTES = [
    ("userName", only("userName")),
    ("USERNAME, meta", only("userName", "meta")),
    ("id", KEPT),
    ("emails.value", {**KEPT, "emails": [{"value": "a"}]}),
    ("emails.value,emails", only("emails")),
    ("emails,emails.value", only("emails")),
    ("name.familyName", {**KEPT, "name": {"familyName": "Berg"}}),
    (f"{USER_URN}:userName", only("userName")),
    (f"{USER_URN}:name.givenName", {**KEPT, "name": {"givenName": "Anna"}}),
    (f"{ENTERPRISE}:department", {**KEPT, ENTERPRISE: {"department": "R&D"}}),
    (f"{ENTERPRISE.upper()}:MANAGER.VALUE", {**KEPT, ENTERPRISE: {"manager": {"value": "9"}}}),
    (ENTERPRISE, only(ENTERPRISE)),
    (f"{ENTERPRISE}:department,{ENTERPRISE}", only(ENTERPRISE)),
    (USER_URN, only("userName", "name", "emails", "groups")),
    ("department", KEPT),
    ("nonsense,userName", only("userName")),
    ("password", KEPT),
    ("groups", only("groups")),
]


@pytest.mark.requirement("R71", "R72", "R127")
@pytest.mark.parametrize(("names", "shown"), ATTRIBUTES, ids=[names[-40:] for names, _ in ATTRIBUTES])
def test_attributes(names: str, shown: dict[str, Any]) -> None:
    """R127."""
    assert Projection.from_query(PERSON, {"attributes": names}).project(ANNA) == shown


EXCLUDED = [
    ("groups", less("groups")),
    ("id,schemas", ANNA),
    ("userName", less("userName")),
    ("name.givenName", {**ANNA, "name": {"familyName": "Berg"}}),
    ("name.givenName,name.familyName", less("name")),
    ("emails.value", {**ANNA, "emails": [{"type": "work"}, {"type": "home"}]}),
    (
        f"{ENTERPRISE}:manager.value",
        {**ANNA, ENTERPRISE: {"department": "R&D", "manager": {"$ref": "/Users/9"}}},
    ),
    (ENTERPRISE, less(ENTERPRISE)),
    (f"{ENTERPRISE},{ENTERPRISE}:department", less(ENTERPRISE)),
    ("meta", less("meta")),
    ("nonsense", ANNA),
]


@pytest.mark.requirement("R71", "R128")
@pytest.mark.parametrize(("names", "shown"), EXCLUDED, ids=[names[-40:] for names, _ in EXCLUDED])
def test_excluded_attributes(names: str, shown: dict[str, Any]) -> None:
    """R128."""
    before = str(ANNA)
    assert Projection.from_query(PERSON, {"excludedAttributes": names}).project(ANNA) == shown
    assert str(ANNA) == before


def test_nothing_asked_is_cheap() -> None:
    for query in ({}, {"attributes": ""}, {"excludedAttributes": " , "}, {"attributes": None}):
        projection = Projection.from_query(PERSON, query)
        assert projection.is_default
        assert projection.wants_groups
        assert projection.project(ANNA) == ANNA


@pytest.mark.requirement("R128", "K25")
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, True),
        ({"excludedAttributes": "members"}, False),
        ({"excludedAttributes": "Members,displayName"}, False),
        ({"excludedAttributes": "members.display"}, True),
        ({"attributes": "displayName"}, False),
        ({"attributes": "members.value"}, True),
        ({"attributes": ["members"]}, True),
    ],
)
def test_members_are_read_only_if_wanted(query: dict[str, Any], wanted: bool) -> None:
    """R128, K25."""
    projection = Projection.from_query(TEAM, query)
    assert projection.wants_members is wanted
    assert projection.wants("members") is wanted


@pytest.mark.requirement("R129")
def test_both_at_once_are_refused() -> None:
    """R129."""
    with pytest.raises(InvalidValue, match="exclude each other"):
        Projection.from_query(PERSON, {"attributes": "userName", "excludedAttributes": "groups"})


def test_strict_refuses_unknown_names() -> None:
    with pytest.raises(InvalidValue, match="nonsense"):
        Projection.from_query(PERSON, {"attributes": "nonsense"}, strict=True)


@pytest.mark.parametrize("names", [7, [7], {"a": 1}, ["a"] * 501, "a," * 501])
def test_names_that_are_no_names(names: Any) -> None:
    with pytest.raises(InvalidValue, match="attributes"):
        Projection.from_query(PERSON, {"attributes": names})


FULL = {
    "schemas": ["urn:x"],
    "id": "1",
    "text": "t",
    "colour": "red",
    "note": "n",
    "secret": "s",
    "place": {"room": "1", "plan": "p"},
}


@pytest.mark.requirement("R70", "R71", "R72", "R73")
@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({}, {"text", "colour", "place"}),
        ({"attributes": "note"}, {"note", "colour"}),
        ({"attributes": "secret"}, {"colour"}),
        ({"excludedAttributes": "colour,text"}, {"colour", "place"}),
    ],
)
def test_returned(query: dict[str, Any], keys: set[str]) -> None:
    """R70–R73: always, default, request, never."""
    projection = Projection.from_query(BADGE, query)
    assert not projection.is_default
    assert set(projection.project(FULL)) == {"schemas", "id", *keys}


@pytest.mark.requirement("R73")
def test_sub_attributes_shown_on_request() -> None:
    def place(query: dict[str, Any]) -> Any:
        return Projection.from_query(BADGE, query).project(FULL)["place"]

    assert place({}) == {"room": "1"}
    assert place({"attributes": "place"}) == {"room": "1"}
    assert place({"attributes": "place.plan"}) == {"plan": "p"}
    assert place({"attributes": "place.plan,place"}) == {"room": "1", "plan": "p"}


@pytest.mark.requirement("R73")
def test_what_a_write_named_is_shown_after_it() -> None:
    """R73."""
    shown = Projection.from_query(BADGE, {}).and_written(["note", "text", "nonsense"]).project(FULL)
    assert set(shown) == {"schemas", "id", "text", "colour", "place", "note"}
    assert "note" not in Projection.from_query(BADGE, {}).project(FULL)


def test_complex_attributes_of_extensions() -> None:
    document = {**KEPT, PHONETIC: {"name": {"familyNamePhonetic": "サトウ", "givenNamePhonetic": "ハナコ"}}}
    projection = Projection.from_query(PERSON, {"attributes": f"{PHONETIC}:name.givenNamePhonetic"})
    assert projection.project(document)[PHONETIC] == {"name": {"givenNamePhonetic": "ハナコ"}}
