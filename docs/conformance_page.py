"""The conformance page: every requirement row with its level, its state and the tests that show it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from docs.markdown import table
from docs.requirements import LEVELS, Shown, chosen, not_offered, requirement_rows, shown_by
from vestibule.judge.rows import Row

_UP = "../.."
#: The first row of each part, and its title.
PARTS: Mapping[str, str] = {
    "R1": "Attributes and data types",
    "R18": "Resources, schemas and common attributes",
    "R37": "User",
    "R50": "Group and enterprise User",
    "R56": "Discovery and characteristics",
    "R75": "Authentication and authorisation",
    "R81": "The protocol in general",
    "R95": "Create",
    "R100": "Read, list, search",
    "R131": "Replace (PUT)",
    "R140": "Change (PATCH)",
    "R160": "Delete",
    "R164": "Bulk",
    "R172": "Me, versions, discovery endpoints",
    "R179": "Strings, tenancy, security",
    "R188": "Cursors",
    "K1": "What the field asks for",
    "S1": "Security event tokens (a preview)",
}


def conformance_page() -> str:
    """The page as rows and marks have it."""
    rows, tests, reasons, choices = requirement_rows(), _by_row(shown_by()), not_offered(), chosen()
    lines = [
        "# Conformance",
        "",
        "What RFC 7643, 7644 and 9865 require (R), what identity providers ask for beyond them (K), and what RFC 9967 requires",
        "of security event tokens (S), in our own words;",
        "each row with the tests that go red when it is violated. A row without a test would fail the suite; a row that is",
        "*not offered yet* says why; where the source leaves a choice, it is told. Levels are those of RFC 2119. The weight",
        "is 3 where an identity provider breaks or data is lost, 2 where a careful client notices, 1 where hardly anybody",
        "does.",
        "[How SCIM's open questions are answered here](decisions.md) says what is done where the sources disagree.",
        "",
        "## Summary",
        "",
        "Rows shown, of the rows there are.",
        "",
        *_summary(rows, tests),
    ]
    for title, several in _parts(rows):
        cells = [
            _cells(row, tests.get(row.number, ()), reasons.get(row.number, ""), choices.get(row.number, ""))
            for row in several
        ]
        headings = ("row", "source", "level", "weight", "what is required", "state", "tests")
        lines += ["", f"## {title}", "", *table(headings, cells)]
    return "\n".join(lines) + "\n"


def _parts(rows: Mapping[str, Row]) -> Iterator[tuple[str, list[Row]]]:
    numbers = list(rows)
    starts = [numbers.index(first) for first in PARTS]
    for title, start, end in zip(PARTS.values(), starts, [*starts[1:], len(numbers)], strict=True):
        yield title, [rows[number] for number in numbers[start:end]]


def _by_row(tests: Sequence[Shown]) -> Mapping[str, Sequence[Shown]]:
    found: dict[str, list[Shown]] = {}
    for test in tests:
        for row in test.rows:
            found.setdefault(row, []).append(test)
    return found


def _summary(rows: Mapping[str, Row], tests: Mapping[str, Sequence[Shown]]) -> list[str]:
    sections: dict[str, list[Row]] = {}
    for row in rows.values():
        sections.setdefault(_section(row), []).append(row)
    rfcs = sorted((name for name in sections if name.startswith("RFC ")), key=_as_numbers)
    others = [name for name in sections if name not in rfcs]
    cells = [(name, *_counts(sections[name], tests)) for name in (*rfcs, *others)]
    return table(("section", *LEVELS, "all"), [*cells, ("all", *_counts(list(rows.values()), tests))])


def _section(row: Row) -> str:
    """``RFC 7644 §3.5`` for what stands in §3.5.2.1; who asks for it for a K row."""
    found = re.match(r"RFC \d+ §\d+(\.\d+)?", row.source)
    return found[0] if found else row.source


def _as_numbers(section: str) -> list[int]:
    _, number, at = section.split(" ")
    return [int(number), *(int(part) for part in at.lstrip("§").split("."))]


def _counts(rows: Sequence[Row], tests: Mapping[str, Sequence[Shown]]) -> Iterator[str]:
    for level in (*LEVELS, ""):
        here = [row for row in rows if level in ("", row.keyword)]
        yield f"{sum(row.number in tests for row in here)} of {len(here)}" if here else ""


def _cells(row: Row, tests: Sequence[Shown], reason: str, choice: str) -> tuple[str, ...]:
    state = "shown" if tests else f"not offered yet: {reason}" if reason else "**not shown yet**"
    links = " · ".join(_links(tests)) or "—"
    told = f"{state}. *{choice}*" if choice else state
    return row.number, row.source, row.keyword, str(row.weight), row.text, told, links


def _links(tests: Sequence[Shown]) -> Iterator[str]:
    """A link to each file, and the names of its tests behind it."""
    for file, several in groupby(tests, lambda test: test.file):
        names = ", ".join(f"`{test.name}`" for test in several)
        yield f"[{file.removeprefix('tests/')}]({_UP}/{file}): {names}"
