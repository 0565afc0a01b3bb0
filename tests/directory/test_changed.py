"""Changed paths: sub-attributes one by one, multi-valued attributes whole, extensions under their URN."""

from __future__ import annotations

import pytest

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
