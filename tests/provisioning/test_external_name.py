"""Okta's external names, built and merged (W61–W72, W154–W157)."""

from __future__ import annotations

from typing import Any

import pytest

from vestibule.profiles.external_name import InvalidExternalName, parse_external_name
from vestibule.provisioning.external_name import CORE_USER, ExternalValue, build, merge

WSOS = "urn:ietf:params:scim:schemas:extension:wsos:2.0:User"


def values(*rows: tuple[str, Any] | tuple[str, Any, str]) -> list[ExternalValue]:
    return [
        ExternalValue(parse_external_name(row[0]), row[2] if len(row) == 3 else CORE_USER, row[1])
        for row in rows
    ]


@pytest.mark.parametrize(
    ("rows", "document"),
    [
        pytest.param([("sentryOrgRole", "a")], {"sentryOrgRole": "a"}, id="W63 core, name of no RFC"),
        pytest.param([("title", "x", "")], {}, id="W62 no namespace, never sent"),
        pytest.param([("title", None), ("nickName", "")], {}, id="W24 no value, left out"),
        pytest.param([("name.givenName", "M")], {"name": {"givenName": "M"}}, id="W65 dots nest"),
        pytest.param(
            [("roles.^[primary==true].value", "admin")],
            {"roles": [{"primary": True, "value": "admin"}]},
            id="W67 unquoted truth value",
        ),
        pytest.param(
            [("roles.^[primary=='true'].value", "admin")],
            {"roles": [{"primary": "true", "value": "admin"}]},
            id="W69 quoted is text",
        ),
        pytest.param(
            [("photos.^[type==photo].value", "u")],
            {"photos": [{"type": "photo", "value": "u"}]},
            id="W66 bare word",
        ),
        pytest.param(
            [("emails.^[primary==true].value", "m@x"), ("emails.^[primary==true].type", "work")],
            {"emails": [{"primary": True, "value": "m@x", "type": "work"}]},
            id="W67 one selector, one element",
        ),
        pytest.param(
            [("roles.^[type=='LICENSED'].value", "L"), ("roles.^[type=='ADMIN'].value", "A")],
            {"roles": [{"type": "LICENSED", "value": "L"}, {"type": "ADMIN", "value": "A"}]},
            id="W68 two selectors, two elements",
        ),
        pytest.param(
            [("accounts.^[type=='slack'].value", None), ("accounts.^[type=='google'].value", "g")],
            {"accounts": [{"type": "google", "value": "g"}]},
            id="W155 no element without a value",
        ),
        pytest.param([("roles", ["a", "b"])], {"roles": ["a", "b"]}, id="W76 the stray roles"),
    ],
)
def test_build(rows: list[Any], document: dict[str, Any]) -> None:
    assert build(values(*rows)) == {"schemas": [CORE_USER], **document}


def test_an_extension_nests_under_its_urn_and_is_listed_once() -> None:
    built = build(
        values(("name.familyNamePhonetic", "サトウ", WSOS), ("name.givenNamePhonetic", "ハナコ", WSOS))
    )
    assert built == {
        "schemas": [CORE_USER, WSOS],
        WSOS: {"name": {"familyNamePhonetic": "サトウ", "givenNamePhonetic": "ハナコ"}},
    }


def answer() -> dict[str, Any]:
    return {
        "schemas": [CORE_USER],
        "id": "1",
        "title": "old",
        "roles": [{"primary": True, "value": "general"}],
        "meta": {"resourceType": "User"},
    }


def test_an_update_writes_over_the_answer_and_leaves_the_rest() -> None:
    before = answer()
    merged = merge(before, values(("roles.^[primary==true].value", "admin"), ("title", "new")), faithful=True)
    assert merged == {**answer(), "title": "new", "roles": [{"primary": True, "value": "admin"}]}
    assert before == answer()


@pytest.mark.parametrize(
    ("faithful", "roles"),
    [
        pytest.param(
            True,
            [{"primary": "True", "value": "general"}, {"primary": True, "value": "admin"}],
            id="W71 not found again, so added",
        ),
        pytest.param(False, [{"primary": "True", "value": "admin"}], id="W156 tolerant"),
    ],
)
def test_a_selector_that_was_not_given_back_as_sent(faithful: bool, roles: list[Any]) -> None:
    before = {**answer(), "roles": [{"primary": "True", "value": "general"}]}
    merged = merge(before, values(("roles.^[primary==true].value", "admin")), faithful=faithful)
    assert merged["roles"] == roles


@pytest.mark.parametrize(
    ("faithful", "roles"),
    [
        pytest.param(True, [{"primary": True, "value": "general"}], id="W157 faithful leaves the element"),
        pytest.param(False, [], id="W157 tolerant removes it"),
    ],
)
def test_a_value_that_went_away(faithful: bool, roles: list[Any]) -> None:
    merged = merge(
        answer(), values(("roles.^[primary==true].value", None), ("title", None)), faithful=faithful
    )
    assert merged["roles"] == roles
    assert "title" not in merged


def test_the_last_value_of_an_extension_takes_its_urn_with_it() -> None:
    before = {"schemas": [CORE_USER, WSOS], WSOS: {"name": {"additionalInformation": "3F"}}}
    merged = merge(before, values(("name.additionalInformation", None, WSOS)), faithful=True)
    assert merged == {"schemas": [CORE_USER]}


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("", 1, "a name or a selector"),
        ("roles.", 7, "a name or a selector"),
        ("^[primary==true].value", 1, "an attribute name before the selector"),
        ("roles.^[primary==true]", 23, "a leaf after the selector"),
        ("roles.^[primary=true].value", 7, "a name or a selector"),
        ("roles^[a==b].value", 6, "a dot or the end"),
        ("a.^[b==c].^[d==e].f", 11, "an attribute name before the selector"),
    ],
)
def test_a_fault_tells_its_position(text: str, position: int, expected: str) -> None:
    with pytest.raises(InvalidExternalName, match="external name") as raised:
        parse_external_name(text)
    assert f"position {position}" in str(raised.value)
    assert expected in str(raised.value)
