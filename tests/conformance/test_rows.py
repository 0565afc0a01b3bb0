"""Rows and marks agree: no row without a test, no mark without a row, nothing shown that is not offered."""

from __future__ import annotations

import re

import pytest

from docs.conformance_page import conformance_page
from docs.generate import REFERENCE, REFERENCE_PAGES
from docs.requirements import (
    LEVELS,
    all_marks,
    chosen,
    marks_of,
    not_offered,
    requirement_rows,
    shown_by,
)

ROWS = requirement_rows()


def marked() -> set[str]:
    """The rows that a test shows."""
    return {row for test in shown_by() for row in test.rows}


def test_the_rows_are_all_there_and_whole() -> None:
    assert list(ROWS) == [
        *(f"R{n}" for n in range(1, 201)),
        *(f"K{n}" for n in range(1, 46)),
        *(f"S{n}" for n in range(1, 18)),
    ]
    for row in ROWS.values():
        assert row.keyword in LEVELS, row
        assert row.weight in (1, 2, 3), row
        assert row.text.endswith("."), row
    assert set(not_offered()) | set(chosen()) <= set(ROWS)
    free = {row.number for row in ROWS.values() if row.keyword == "MAY" and row.number[0] == "R"}
    assert free <= set(chosen()), "a MAY has its choice told"


def test_every_row_has_a_test() -> None:
    shown = marked()
    bare = [number for number in ROWS if number not in shown and number not in not_offered()]
    assert bare == [], "no test shows these rows: write one, or say in states.toml why they are not offered"


def test_every_mark_names_a_row() -> None:
    assert all_marks().faults == []
    unknown = [(test.file, test.name, row) for test in shown_by() for row in test.rows if row not in ROWS]
    assert unknown == []


def test_what_is_not_offered_is_not_shown() -> None:
    both = sorted(set(not_offered()) & marked())
    assert both == [], "these rows have a test: take them out of not_offered, or take the mark away"


def test_the_page_is_current() -> None:
    assert REFERENCE_PAGES["conformance"] is conformance_page
    page = (REFERENCE / "conformance.md").read_text("utf-8")
    assert page.startswith(conformance_page()), (
        "docs/reference/conformance.md is stale: make docs writes it again"
    )


def test_every_row_stands_on_the_page_once() -> None:
    page = (REFERENCE / "conformance.md").read_text("utf-8")
    assert re.findall(r"^\| ([RKS]\d+) \|", page, re.MULTILINE) == list(ROWS)


MARK = "@pytest.mark.requirement"
READ = {
    "a decorator": (f'{MARK}("R1", "K2")\ndef test_a(): ...\n', [("test_a", ("R1", "K2"))]),
    "beside a table": (
        f'{MARK}("R1")\n@pytest.mark.parametrize("x", [1])\nasync def test_a(x): ...\n',
        [("test_a", ("R1",))],
    ),
    "a class": (
        f'{MARK}("R1")\nclass TestA:\n    {MARK}("R2")\n    def test_b(self): ...\n',
        [("TestA::test_b", ("R1", "R2"))],
    ),
    "a module": ('pytestmark = pytest.mark.requirement("R1")\ndef test_a(): ...\n', [("test_a", ("R1",))]),
    "a module, among others": (
        'pytestmark = [pytest.mark.slow, pytest.mark.requirement("R1")]\ndef test_a(): ...\n',
        [("test_a", ("R1",))],
    ),
    "a case": (
        '@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.requirement("R1"))])\ndef test_a(x): ...\n',
        [("test_a", ("R1",))],
    ),
    "many": (f'{MARK}(*("R1", "R2"), "R3")\ndef test_a(): ...\n', [("test_a", ("R1", "R2", "R3"))]),
    "none": ("def test_a(): ...\n", []),
}


@pytest.mark.parametrize(("text", "found"), READ.values(), ids=READ.keys())
def test_marks_are_read(text: str, found: list[tuple[str, tuple[str, ...]]]) -> None:
    assert not marks_of(text, "x.py").faults
    assert [(shown.name, shown.rows) for shown in marks_of(text, "x.py").shown] == found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f'{MARK}("R1")\ndef helper(): ...\n', id="on what is no test"),
        pytest.param(
            'A = [pytest.param(1, marks=pytest.mark.requirement("R1"))]\n', id="in a table of its own"
        ),
        pytest.param(f"{MARK}(*ROWS)\ndef test_a(): ...\n", id="rows not named"),
    ],
)
def test_a_mark_that_would_be_overlooked_is_a_fault(text: str) -> None:
    (fault,) = marks_of(text, "x.py").faults
    assert re.match(r"x\.py:\d: ", fault)
