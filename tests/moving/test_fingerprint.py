"""The hash of a table: the same for the same rows in any order, another for anything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from vestibule.stores.shared_sql.fingerprint import Fingerprint, canonical_json

ROWS = [(1, "a", None, b"\x00\xff"), (2, "ß", "x", b""), (2, "ß", "x", b"")]


def of(rows: Sequence[Sequence[Any]], json_at: Sequence[int] = ()) -> tuple[int, str]:
    found = Fingerprint(json_at)
    for row in rows:
        found.add(row)
    return found.rows, found.sha256


def test_order_does_not_matter() -> None:
    assert of(ROWS) == of(ROWS[::-1])
    assert of([]) == (0, "0" * 64)


@pytest.mark.parametrize(
    "other",
    [
        ROWS[:2],
        [(1, "a", None, b"\x00\xfe"), *ROWS[1:]],
        [(1, "a", "", b"\x00\xff"), *ROWS[1:]],
        [("1", "a", None, b"\x00\xff"), *ROWS[1:]],
        [(1, "a ", None, b"\x00\xff"), *ROWS[1:]],
        [("a", 1, None, b"\x00\xff"), *ROWS[1:]],
    ],
)
def test_any_difference_is_seen(other: Sequence[Sequence[Any]]) -> None:
    assert of(ROWS) != of(other)


def test_truth_is_one_or_zero() -> None:
    assert of([(True, False)]) == of([(1, 0)]) != of([(0, 1)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"b":1,"a":[1e2, 1.50, -0.0]}', '{"a": [100, 1.5, 0], "b": 1}'),
        ('"\\u00e9"', '"é"'),
        ("[1e300]", "[1" + "0" * 300 + "]"),
        ("[1e-7]", "[0.0000001]"),
        ("[12345678901234567890]", "[12345678901234567890.0]"),
    ],
)
def test_equal_json_is_equal(one: str, other: str) -> None:
    assert canonical_json(one) == canonical_json(other)
    assert of([(one,)], [0]) == of([(other,)], [0])


@pytest.mark.parametrize(
    ("one", "other"), [("[1,2]", "[2,1]"), ("1", '"1"'), ("9007199254740993", "9007199254740992")]
)
def test_unequal_json_is_not(one: str, other: str) -> None:
    assert canonical_json(one) != canonical_json(other)
