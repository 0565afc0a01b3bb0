"""Changed paths: sub-attributes one by one, multi-valued attributes whole, extensions under their URN."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.directory.changed import changed_paths, concerns

URN = "urn:x:User"


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({}, {}, {}),
        ({"id": "1", "schemas": ["a"]}, {"id": "2", "schemas": ["b"]}, {}),
        ({}, {"title": "A"}, {"title": [None, "A"]}),
        ({"title": "A"}, {}, {"title": ["A", None]}),
        ({"title": "A"}, {"title": "B"}, {"title": ["A", "B"]}),
        ({"name": {"a": 1, "b": 2}}, {"name": {"a": 1, "c": 3}}, {"name.b": [2, None], "name.c": [None, 3]}),
        ({"name": {"a": 1}}, {}, {"name.a": [1, None]}),
        ({}, {"name": {"a": 1}}, {"name.a": [None, 1]}),
        ({"emails": [1]}, {"emails": [1, 2]}, {"emails": [[1], [1, 2]]}),
        ({URN: {"a": 1}}, {URN: {"a": 2}}, {f"{URN}:a": [1, 2]}),
        ({}, {URN: {"name": {"x": 1}}}, {f"{URN}:name.x": [None, 1]}),
        ({URN: {"name": {"x": 1}, "y": 2}}, {}, {f"{URN}:name.x": [1, None], f"{URN}:y": [2, None]}),
        ({"active": True}, {"active": False}, {"active": [True, False]}),
    ],
)
def test_changed_paths(
    before: dict[str, object], after: dict[str, object], changes: dict[str, object]
) -> None:
    assert changed_paths(before, after) == changes


_LEAVES = st.none() | st.booleans() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
_NESTED = st.dictionaries(st.sampled_from("abc"), _LEAVES, max_size=3)
_DOCUMENTS = st.dictionaries(
    st.sampled_from(["id", "schemas", "title", "name", URN]),
    _LEAVES | _NESTED | st.dictionaries(st.sampled_from("xyz"), _LEAVES | _NESTED, max_size=3),
)


@given(_DOCUMENTS)
def test_of_somebody_new_as_of_somebody_who_had_nothing(after: dict[str, object]) -> None:
    assert changed_paths({}, after) == changed_paths({"id": "0"}, after)


@pytest.mark.parametrize(
    ("changes", "attribute", "expected"),
    [
        ({"name.a": 1}, "name", True),
        ({"names": 1}, "name", False),
        ({f"{URN}:name.x": 1}, f"{URN}:name", True),
        ({}, "name", False),
    ],
)
def test_concerns(changes: dict[str, object], attribute: str, expected: bool) -> None:
    assert concerns(changes, attribute) is expected
