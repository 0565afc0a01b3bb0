"""What is declared about the checks and the rows holds together."""

from __future__ import annotations

import pytest

from vestibule.judge.check import Check, Role, topics
from vestibule.judge.rows import Level, load_rows

CHECKS = [check for _, checks in topics() for check in checks]


def test_every_row_of_the_requirements_is_there() -> None:
    rows = load_rows()
    wanted = [f"R{number}" for number in range(1, 201)] + [f"K{number}" for number in range(1, 46)]
    assert [number for number in wanted if number not in rows] == []
    assert all(row.weight in (1, 2, 3) and row.text and row.source and row.level for row in rows.values())


def test_names_are_not_used_twice() -> None:
    names = [check.name for check in CHECKS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_check_says_what_it_demands_and_what_a_failure_means(check: Check) -> None:
    assert check.demand.endswith(".")
    assert check.means.endswith((".", "”."))
    assert check.level is not Level.MAY
    assert check.roles


def test_what_must_pass_before_comes_before_in_every_role() -> None:
    for role in Role:
        seen: set[str] = set()
        for check in CHECKS:
            if role in check.roles:
                assert set(check.after) <= seen, f"{check.name} as {role}"
                seen.add(check.name)
