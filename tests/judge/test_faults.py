"""The judge finds each fault of the protocol that is switched into our own server, names its row, and nothing else.

Thirty run through every check, as okta, entra and rfc in one; the others through the checks of the topics that
have something to do with them. ``make faults`` runs every fault through every check.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest
import pytest_asyncio

from tests.installation import Site
from tests.judge.faults.fault import Fault, every_fault
from tests.judge.switchboard import Switchboard, switched
from tests.judge.test_own_server import BEGAN, TOLERANCES, findings
from vestibule.judge.bench import Bench
from vestibule.judge.check import Check, Role, Topic, topics
from vestibule.judge.report import Outcome, Report
from vestibule.judge.run import Assignment, judge
from vestibule.judge.wire import Limits

FAULTS = every_fault()
#: One or two of each kind: discovery, access, keeping, PATCH, filters, pages, what is shown, groups, errors, races.
THIRTY = {
    "a_bad_filter_finds_everybody",
    "a_boolean_as_text",
    "a_clash_without_scim_type",
    "a_cursor_repeats_a_page",
    "a_group_is_created_with_200",
    "a_list_of_values_is_passed_over",
    "a_text_is_true",
    "attributes_is_ignored",
    "changes_are_overwritten",
    "created_moves",
    "delete_answers_200",
    "eq_has_letter_case",
    "errors_without_schemas",
    "external_ids_are_dropped",
    "fail_on_errors_is_ignored",
    "groups_of_a_person_are_writable",
    "ids_are_given_again",
    "if_match_is_ignored",
    "members_are_overwritten",
    "members_are_shown_twice",
    "names_are_not_unique",
    "no_items_per_page",
    "no_location",
    "patch_is_not_atomic",
    "plain_json",
    "remove_with_a_filter_removes_all",
    "replace_adds",
    "schemas_lie",
    "sort_by_is_ignored",
    "start_index_begins_at_zero",
    "the_deleted_are_still_shown",
    "the_id_can_be_left_out",
    "the_inactive_are_not_found",
    "the_password_is_echoed",
    "the_total_is_that_of_the_page",
}
_EVERY_ANSWER = 900

pytestmark = pytest.mark.asyncio(loop_scope="module")
Board = tuple[Site, Switchboard, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def board() -> AsyncIterator[Board]:
    """One server for all of them."""
    async with switched() as found:
        yield found


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our times have milliseconds: the judge need not wait for the next second."""

    async def pause(_bench: Bench, _seconds: float) -> None:
        await asyncio.sleep(0.01)

    monkeypatch.setattr(Bench, "pause", pause)


async def judged_with(board: Board, fault: Fault | None) -> Report:
    """A run in every role, on a tenant of its own, with the fault switched in."""
    site, switchboard, url = board
    tenant = await site.tenant()
    switchboard.switch(fault)
    try:
        assignment = Assignment(url, f"Bearer {tenant.token}", tuple(Role), Limits(2000, 600))
        return await judge(assignment, began=BEGAN)
    finally:
        switchboard.switch(None)


def expected_of(fault: Fault | None) -> dict[str, str]:
    """What the judge must find, and nothing else: the tolerances of ``generic``, and the fault."""
    if fault is None:
        return TOLERANCES
    clean = {name: row for name, row in TOLERANCES.items() if name not in fault.heals}
    return {**clean, **fault.finds, **fault.follows}


async def test_there_are_more_than_thirty() -> None:
    assert len(FAULTS) == len({fault.name for fault in FAULTS})
    assert {fault.name for fault in FAULTS} >= THIRTY
    assert len(THIRTY) >= 30


async def test_without_a_fault_it_finds_the_tolerances_alone(board: Board) -> None:
    assert findings(await judged_with(board, None)) == expected_of(None)


@pytest.mark.parametrize("name", sorted(THIRTY))
async def test_every_check_is_tried_on(board: Board, name: str) -> None:
    fault = next(fault for fault in FAULTS if fault.name == name)
    report = await judged_with(board, fault)
    assert findings(report) == expected_of(fault)
    assert not report.stopped


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault.name not in THIRTY], ids=lambda fault: fault.name
)
async def test_the_checks_of_its_topics_are_tried_on(
    board: Board, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    concerned = list(_concerned(expected_of(fault)))
    monkeypatch.setattr("vestibule.judge.run.topics", lambda: concerned)
    report = await judged_with(board, fault)
    tried = {result.check.name for result in report.results}
    expected = {name: row for name, row in expected_of(fault).items() if name in tried}
    assert findings(report) == expected
    assert set(fault.finds) <= set(expected)
    assert report.of(Outcome.PASSED)


def _concerned(names: Iterable[str]) -> list[tuple[Topic, list[Check]]]:
    wanted = set(names) - set(TOLERANCES)
    # A check may need one of another topic to have passed before.
    wanted |= {
        earlier for _, checks in topics() for one in checks if one.name in wanted for earlier in one.after
    }
    return [
        (topic, checks)
        for topic, checks in topics()
        if topic.order == _EVERY_ANSWER or wanted & {check.name for check in checks}
    ]
