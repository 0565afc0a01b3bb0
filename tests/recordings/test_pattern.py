"""Patterns: what of an answer must be so."""

from __future__ import annotations

from typing import Any

import pytest

from vestibule.recordings.captured import filled_in, merged, pointed_at
from vestibule.recordings.format import ABSENT, RecordingFault
from vestibule.recordings.pattern import differences


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        pytest.param({"a": 1}, {"a": 1, "b": 2}, id="further keys are open"),
        pytest.param({"a": {"$is": "absent"}}, {"b": 2}, id="absent"),
        pytest.param([{"v": 1}, {"v": 2}], [{"v": 2, "x": 0}, {"v": 1}], id="any order"),
        pytest.param({"$contains": [{"v": 1}]}, [{"v": 2}, {"v": 1}], id="list contains"),
        pytest.param({"$contains": "scim"}, "application/scim+json", id="text contains"),
        pytest.param({"$in": [{"$is": "absent"}, []]}, ABSENT, id="one of several"),
        pytest.param({"$not": 1}, 2, id="not"),
        pytest.param({"$is": "number"}, 0, id="a number, nought included"),
        pytest.param({"$is": "not empty"}, False, id="false is a value"),
        pytest.param({"$ref": "x"}, {"$ref": "x"}, id="a key of SCIM's own that begins with a dollar"),
    ],
)
def test_it_matches(pattern: Any, found: Any) -> None:
    assert differences(pattern, found) == []


@pytest.mark.parametrize(
    ("pattern", "found", "fault"),
    [
        pytest.param({"a": 1}, {"a": 2}, "/a: 2 found, 1 expected", id="another value"),
        pytest.param({"a": True}, {"a": 1}, "/a: 1 found, True expected", id="no boolean"),
        pytest.param({"a": {"b": 1}}, {"a": {}}, "/a/b: is missing, 1 expected", id="missing"),
        pytest.param([1], [1, 1], "body: 2 elements found, 1 expected: [1, 1]", id="one too many"),
        pytest.param({"$is": "number"}, "1", "body: '1' found, must be number", id="text for a number"),
        pytest.param({"$is": "not empty"}, [], "body: [] found, must be not empty", id="empty list"),
        pytest.param({"$contains": "x"}, ["y"], "/0: 'y' found, 'x' expected", id="list without the element"),
        pytest.param({"$in": [1, 2]}, 3, "body: 3 found, one of [1, 2] expected", id="none of several"),
    ],
)
def test_it_says_where_it_does_not_match(pattern: Any, found: Any, fault: str) -> None:
    assert differences(pattern, found) == [fault]


def test_captured_values_are_put_in() -> None:
    captured = {"id": "42", "whole": {"a": [1]}}
    assert filled_in({"path": 'members[value eq "${id}"]', "v": "${whole}"}, captured) == {
        "path": 'members[value eq "42"]',
        "v": {"a": [1]},
    }
    with pytest.raises(RecordingFault, match="nobody"):
        filled_in("${nobody}", captured)


def test_a_patch_is_merged_over_the_base() -> None:
    base = {"a": {"b": 1, "c": 2}, "d": [1], "e": 5}
    assert merged(base, {"a": {"b": 3}, "d": [], "e": None}) == {"a": {"b": 3, "c": 2}, "d": []}
    assert base["e"] == 5


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("", {"a": [{"b/c": 1}]}), ("/a/0/b~1c", 1), ("/a/1", ABSENT), ("/x", ABSENT)],
)
def test_a_pointer_finds_its_value(pointer: str, value: Any) -> None:
    assert pointed_at({"a": [{"b/c": 1}]}, pointer) == value
