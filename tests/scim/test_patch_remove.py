"""The remove operation (RFC 7644 §3.5.2.2; R153, R154)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scim.compiled import CORE, ENTERPRISE, after, patched, person, remove, replace
from vestibule.scim.errors import InvalidPath, InvalidValue, Mutability, NoTarget, ScimError

WORK = {"value": "hanako.sato@corp.test", "type": "work", "primary": True}
HOME = {"value": "hanako@home.test", "type": "home"}


@pytest.mark.requirement("R153")
@pytest.mark.parametrize(
    ("path", "left"),
    [
        pytest.param("displayName", person(displayName=None), id="single"),
        pytest.param("title", person(), id="what is not there"),
        pytest.param("name", person(name=None), id="complex"),
        pytest.param("name.givenName", person(name={"familyName": "佐藤"}), id="sub-attribute"),
        pytest.param("name.middleName", person(), id="sub-attribute that is not there"),
        pytest.param("emails", person(emails=None), id="all values"),
        pytest.param('emails[type eq "home"]', person(emails=[WORK]), id="the value that matches"),
        pytest.param('emails[TYPE eq "HOME"]', person(emails=[WORK]), id="in another letter case"),
        pytest.param("emails[value pr]", person(emails=None), id="every value: unassigned"),
        pytest.param("emails[primary eq false]", person(emails=[WORK]), id="primary left out is false (R15)"),
        pytest.param(
            'emails[type eq "home"].type',
            person(emails=[WORK, {"value": "hanako@home.test"}]),
            id="a sub-attribute of what matches",
        ),
        pytest.param(
            'emails[type eq "home"].value', person(emails=[WORK]), id="the content: labels alone are no value"
        ),
        pytest.param(
            f"{ENTERPRISE}:department",
            person(**{ENTERPRISE: {"manager": {"value": "m1"}}}),
            id="extension attribute",
        ),
        pytest.param(f"{ENTERPRISE}:manager", person(**{ENTERPRISE: {"department": "Sales"}}), id="manager"),
        pytest.param(ENTERPRISE, person(**{ENTERPRISE: None}), id="extension as a whole"),
    ],
)
def test_removes(path: str, left: dict[str, Any]) -> None:
    assert after(remove(path)) == left


@pytest.mark.requirement("R145")
def test_schemas_shrinks_with_the_last_attribute_of_an_extension() -> None:
    """R145."""
    document = after(remove(f"{ENTERPRISE}:department"), remove(f"{ENTERPRISE}:manager"))
    assert document["schemas"] == [CORE]
    assert ENTERPRISE not in document


@pytest.mark.requirement("R142", "R144", "R154", "R159")
@pytest.mark.parametrize(
    ("operation", "error", "said"),
    [
        pytest.param({"op": "remove"}, NoTarget, "needs a path", id="without path (R142)"),
        pytest.param(remove("userName"), Mutability, "required", id="required (R154)"),
        pytest.param(remove("active"), Mutability, "Say which value", id="active would fall back to true"),
        pytest.param(remove("id"), Mutability, "readOnly", id="id"),
        pytest.param(remove("meta"), Mutability, "readOnly", id="meta"),
        pytest.param(remove("groups"), Mutability, "readOnly", id="groups"),
        pytest.param(remove("schemas"), Mutability, "required", id="schemas"),
        pytest.param(remove("nope"), InvalidPath, "nope is no attribute", id="unknown"),
        pytest.param(remove("emails.type"), InvalidPath, "part of several values", id="part of all values"),
        pytest.param(remove('emails[type eq "other"]'), NoTarget, "finds no value", id="no match (R159)"),
        pytest.param(
            {"op": "remove", "path": "emails", "value": [HOME]},
            InvalidValue,
            "nothing was removed",
            id="with a value: whether one or all is meant, nobody knows",
        ),
    ],
)
def test_refuses(operation: dict[str, Any], error: type[ScimError], said: str) -> None:
    with pytest.raises(error) as refusal:
        after(operation)
    assert said in refusal.value.detail


def test_no_match_where_values_come_as_they_may() -> None:
    """K19: a client that upserts removes without looking, too."""
    assert after(remove('emails[type eq "other"]'), upsert=True) == person()


def test_a_null_value_is_no_value() -> None:
    assert after({"op": "remove", "path": "emails", "value": None}) == person(emails=None)


def test_external_id() -> None:
    assert patched(remove("externalId")).external_id is None


@pytest.mark.requirement("R17")
def test_unassigned_is_one_state() -> None:
    """R17: removed, null, [] and "" end in the same bytes."""
    ends = [
        after(remove("emails")),
        after(replace("emails", [])),
        after(replace("emails", None)),
        after(replace(None, {"emails": []})),
        after(replace("emails", "")),
    ]
    assert {str(end) for end in ends} == {str(person(emails=None))}
