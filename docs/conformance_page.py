"""The conformance page: every requirement row with its level, its state and the tests that show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from docs.markdown import table
from docs.requirements import LEVELS, Row, Shown, requirement_rows, shown_by

_UP = "../.."


def conformance_page() -> str:
    """The page as rows and marks have it."""
    rows, tests = requirement_rows(), _by_row(shown_by())
    lines = [
        "# Conformance",
        "",
        "What RFC 7643, 7644 and 9865 require (R), and what identity providers ask for beyond them (K), in our own words;",
        "each row with the tests that go red when it is violated. A row without a test would fail the suite; a row that is",
        "*not offered yet* says why. Levels are those of RFC 2119. The weight is 3 where an identity provider breaks or",
        "data is lost, 2 where a careful client notices, 1 where hardly anybody does.",
        "[How SCIM's open questions are answered here](decisions.md) says what is done where the sources disagree.",
        "",
        "## Summary",
        "",
        "Rows shown, of the rows there are.",
        "",
        *_summary(rows, tests),
    ]
    for part, several in groupby(rows.values(), lambda row: row.part):
        cells = [_cells(row, tests.get(row.number, ())) for row in several]
        headings = ("row", "source", "level", "weight", "what is required", "state", "tests")
        lines += ["", f"## {part}", "", *table(headings, cells)]
    return "\n".join(lines) + "\n"


def _by_row(tests: Sequence[Shown]) -> Mapping[str, Sequence[Shown]]:
    found: dict[str, list[Shown]] = {}
    for test in tests:
        for row in test.rows:
            found.setdefault(row, []).append(test)
    return found


def _summary(rows: Mapping[str, Row], tests: Mapping[str, Sequence[Shown]]) -> list[str]:
    sections: dict[str, list[Row]] = {}
    for row in rows.values():
        sections.setdefault(row.section, []).append(row)
    rfcs = sorted((name for name in sections if name.startswith("RFC ")), key=_as_numbers)
    others = [name for name in sections if name not in rfcs]
    cells = [(name, *_counts(sections[name], tests)) for name in (*rfcs, *others)]
    return table(("section", *LEVELS, "all"), [*cells, ("all", *_counts(list(rows.values()), tests))])


def _as_numbers(section: str) -> list[int]:
    _, number, at = section.split(" ")
    return [int(number), *(int(part) for part in at.lstrip("§").split("."))]


def _counts(rows: Sequence[Row], tests: Mapping[str, Sequence[Shown]]) -> Iterator[str]:
    for level in (*LEVELS, ""):
        here = [row for row in rows if level in ("", row.level)]
        yield f"{sum(row.number in tests for row in here)} of {len(here)}" if here else ""


def _cells(row: Row, tests: Sequence[Shown]) -> tuple[str, ...]:
    state = (
        "shown"
        if tests
        else f"not offered yet: {row.not_offered}"
        if row.not_offered
        else "**not shown yet**"
    )
    weight = str(row.weight) if row.weight else "—"
    return row.number, row.source, row.level, weight, row.says, state, " · ".join(_links(tests)) or "—"


def _links(tests: Sequence[Shown]) -> Iterator[str]:
    """A link to each file, and the names of its tests behind it."""
    for file, several in groupby(tests, lambda test: test.file):
        names = ", ".join(f"`{test.name}`" for test in several)
        yield f"[{file.removeprefix('tests/')}]({_UP}/{file}): {names}"
