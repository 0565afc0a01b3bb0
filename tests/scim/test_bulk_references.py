"""``bulkId:`` in the data of an operation: found wherever an id may stand, and nothing else is touched."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.scim.bulk import references_in, with_ids

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
IDS = {"a": "id-a", "b": "id-b", 'q"x': "id-q"}


@pytest.mark.requirement("R168")
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            {"members": [{"value": "bulkId:a"}, {"value": "x"}]},
            {"members": [{"value": "id-a"}, {"value": "x"}]},
        ),
        ({ENTERPRISE: {"manager": {"value": "BULKID:b"}}}, {ENTERPRISE: {"manager": {"value": "id-b"}}}),
        ({ENTERPRISE: {"manager": "bulkId:b"}}, {ENTERPRISE: {"manager": "id-b"}}),
        ({"m": {"$ref": "../Users/bulkId:a"}}, {"m": {"$ref": "../Users/id-a"}}),
        (
            {"m": {"$REF": "https://x.test/v2/Users/bulkid:a"}},
            {"m": {"$REF": "https://x.test/v2/Users/id-a"}},
        ),
        (
            {"Operations": [{"op": "remove", "path": 'members[value eq "bulkId:a" or value eq "bulkId:b"]'}]},
            {"Operations": [{"op": "remove", "path": 'members[value eq "id-a" or value eq "id-b"]'}]},
        ),
        (
            {"operations": [{"Path": 'members[value eq "bulkId:q\\"x"]'}]},
            {"operations": [{"Path": 'members[value eq "id-q"]'}]},
        ),
        (
            {"Operations": [{"value": [{"value": "bulkId:a"}]}, {"value": {"members": ["bulkId:b"]}}]},
            {"Operations": [{"value": [{"value": "id-a"}]}, {"value": {"members": ["id-b"]}}]},
        ),
    ],
)
def test_references_are_found_and_replaced(data: dict[str, Any], expected: dict[str, Any]) -> None:
    before = deepcopy(data)
    assert with_ids(data, references_in(data), IDS) == expected
    assert data == before


@pytest.mark.parametrize(
    "data",
    [
        {"displayName": "about bulkId:a"},
        {"path": 'members[value eq "bulkId:a"]'},
        {"$ref": "bulkIds/a"},
        {"bulkId:a": "a key"},
        {"count": 7, "active": True, "title": None},
    ],
)
def test_other_texts_are_left_alone(data: dict[str, Any]) -> None:
    assert references_in(data) == ()
    assert with_ids(data, (), IDS) is data


def test_a_reference_knows_its_attribute_and_whether_it_is_a_membership() -> None:
    [member] = references_in({"Members": [{"value": "bulkId:a"}]})
    [manager] = references_in({ENTERPRISE: {"manager": {"value": "bulkId:b"}}})
    assert (member.attribute, member.is_membership) == ("Members", True)
    assert (manager.attribute, manager.is_membership) == (f"{ENTERPRISE}:manager", False)


LEAVES = st.sampled_from(["bulkId:a", "BulkId:b", "text", 1, None, True])
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["x", "value", "display"]), inner, max_size=3)
    ),
)


@given(st.dictionaries(st.sampled_from(["x", "members", ENTERPRISE]), TREES, max_size=3))
def test_after_replacing_nothing_is_left_and_nothing_else_is_changed(data: dict[str, Any]) -> None:
    before = deepcopy(data)
    replaced = with_ids(data, references_in(data), IDS)
    assert references_in(replaced) == ()
    assert data == before
    assert replaced == _plainly(data)


def _plainly(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plainly(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plainly(item) for item in value]
    return {"bulkId:a": "id-a", "BulkId:b": "id-b"}.get(value, value) if isinstance(value, str) else value
