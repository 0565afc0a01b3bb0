"""What filters and sorting compare (design: *served and search form*)."""

from __future__ import annotations

import pytest

from tests.scim.declared import BADGE, BADGE_URN, ENTERPRISE, PERSON, TEAM, USER_URN


@pytest.mark.requirement("R67", "R120")
def test_texts_are_folded_by_their_case_rule() -> None:
    """R67, R120."""
    find = PERSON.search_form(
        {
            "schemas": [USER_URN, ENTERPRISE],
            "id": "X",
            "userName": "ＡNNA@Example.com",
            "displayName": "Straße",
            "profileUrl": "https://Example.com/A",
            ENTERPRISE: {"department": "R&D", "manager": {"value": "X9"}},
        }
    )
    assert find == {
        "schemas": [USER_URN.lower(), ENTERPRISE.lower()],
        "userName": "anna@example.com",
        "displayName": "strasse",
        "profileUrl": "https://Example.com/A",
        "active": True,
        ENTERPRISE: {"department": "r&d", "manager": {"value": "X9"}},
    }


@pytest.mark.requirement("R67")
@pytest.mark.parametrize(
    ("text", "folded"),
    [("WORK", "work"), ("", ""), ("WÖRK", "wörk"), ("Straße", "strasse"), ("E\u0301", "é"), ("ﬁ", "fi")],
)
def test_texts_are_folded_alike_wherever_they_stand(text: str, folded: str) -> None:
    document = {
        "schemas": [USER_URN],
        "displayName": text,
        "name": {"familyName": text},
        "emails": [{"value": text, "type": text}],
        ENTERPRISE: {"department": text, "manager": {"value": text}},
    }
    assert PERSON.search_form(document) == {
        "schemas": [USER_URN.lower()],
        "displayName": folded,
        "name": {"familyName": folded},
        "emails": [{"value": folded, "type": folded, "primary": False}],
        "active": True,
        ENTERPRISE: {"department": folded, "manager": {"value": text}},
    }


def test_what_is_spliced_in_is_not_in_it() -> None:
    find = PERSON.search_form(
        {"userName": "a", "id": "1", "externalId": "e", "meta": {"version": "1"}, "old": 1}
    )
    assert set(find) == {"schemas", "userName", "active"}


@pytest.mark.requirement("R15")
def test_primary_is_false_where_left_out() -> None:
    """R15."""
    find = PERSON.search_form({"emails": [{"value": "A"}, {"value": "B", "primary": True}]})
    assert find["emails"] == [{"value": "a", "primary": False}, {"value": "b", "primary": True}]


@pytest.mark.requirement("R118")
def test_active_is_true_where_left_out() -> None:
    """R118."""
    assert PERSON.search_form({})["active"] is True
    assert PERSON.search_form({"active": False})["active"] is False
    assert "active" not in TEAM.search_form({"displayName": "A"})


@pytest.mark.requirement("R7")
def test_instants_have_one_width_and_numbers_stay() -> None:
    """R7."""
    find = BADGE.search_form(
        {
            "schemas": [BADGE_URN],
            "since": "2026-01-02T03:04:05+02:00",
            "count": 7,
            "weight": 1.5,
            "blob": "TWFu",
            "tags": ["A", "b"],
            "place": {"room": "R", "floor": 2},
        }
    )
    assert find == {
        "schemas": [BADGE_URN.lower()],
        "since": "2026-01-02T01:04:05.000Z",
        "count": 7,
        "weight": 1.5,
        "blob": "TWFu",
        "tags": ["a", "b"],
        "place": {"room": "r", "floor": 2},
    }


def test_values_that_no_longer_fit_are_left_out() -> None:
    """A profile may have changed an attribute's type since the row was written."""
    find = BADGE.search_form({"text": 7, "since": "yesterday", "place": "here", "tags": [7], "exact": "E"})
    assert find == {"schemas": [BADGE_URN.lower()], "exact": "E"}


def test_the_document_is_left_alone() -> None:
    document = {"emails": [{"value": "A"}]}
    PERSON.search_form(document)
    assert document == {"emails": [{"value": "A"}]}


@pytest.mark.requirement("R179")
def test_user_name_lookup_compares_as_user_names_do() -> None:
    found = PERSON.user_name_lookup("ＡNNA")
    assert found
    assert (found.value, found.target.keys) == ("anna", ("userName",))
    assert TEAM.user_name_lookup("x") is None
