"""However a run ends, what it made is gone or listed, and nobody else was touched."""

from __future__ import annotations

import asyncio

import pytest

from tests.judge.crooked import STRANGER, Answer, Asked, Crooked, serving
from vestibule.judge.bench import Bench
from vestibule.judge.check import Role, Topic, check
from vestibule.judge.report import Outcome, Report
from vestibule.judge.run import Assignment, judge

BEGAN = "2026-01-02T03:04:05Z"
TOKEN = "Bearer secret-token-of-this-test"


async def judged(crooked: Crooked) -> Report:
    """A run as the RFC on that server."""
    async with serving(crooked) as address:
        return await judge(Assignment(address, TOKEN, (Role.RFC,)), began=BEGAN)


def untouched(crooked: Crooked) -> bool:
    """Whether the person who was there before is there as before, and nobody asked for anything else."""
    return crooked.people.get("1") == STRANGER and "1" not in crooked.changed()


async def test_a_whole_run_leaves_nothing() -> None:
    crooked = Crooked()
    report = await judged(crooked)
    assert len(crooked.changed()) > 10
    assert list(crooked.people) == ["1"]
    assert untouched(crooked)
    assert report.left == []


async def test_a_check_that_stumbles_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stumbles(bench: Bench) -> None:
        """Creates somebody and fails."""
        await bench.user()
        raise ZeroDivisionError

    declared = check("R1", means="Nothing.")(stumbles)
    crooked = Crooked()
    with monkeypatch.context() as patched:
        patched.setattr("vestibule.judge.run.topics", lambda: [(Topic(1, "Test"), [declared])])
        report = await judged(crooked)
    [result] = report.results
    assert result.outcome is Outcome.UNTRIED
    assert "ZeroDivisionError" in result.reason
    assert list(crooked.people) == ["1"]


async def test_an_interrupted_run_cleans_up_and_tells_what_it_found() -> None:
    crooked, reached = Crooked(), asyncio.Event()

    async def notices(asked: Asked) -> Answer | None:
        if len(crooked.people) == 6:
            reached.set()
        return None

    crooked.instead = notices
    async with serving(crooked) as address:
        run = asyncio.create_task(judge(Assignment(address, TOKEN, (Role.RFC,)), began=BEGAN))
        await asyncio.wait_for(reached.wait(), 30)
        run.cancel()
        report = await run
    assert report.interrupted
    assert report.exit_status == 1
    assert report.results
    assert list(crooked.people) == ["1"]
    assert untouched(crooked)


async def test_what_a_lost_answer_left_is_found() -> None:
    crooked = Crooked(loses_answers=True)
    report = await judged(crooked)
    assert list(crooked.people) == ["1"]
    assert report.left == []


async def test_what_cannot_be_removed_is_listed() -> None:
    crooked = Crooked(keeps_what_is_deleted=True)
    report = await judged(crooked)
    assert {made.id for made in report.left} == set(crooked.people) - {"1"}
    assert untouched(crooked)


async def test_a_server_that_passes_filters_over_loses_nobody() -> None:
    """Whoever shows everybody for “begins with our prefix” must not have everybody removed."""
    crooked = Crooked(ignores_filters=True, loses_answers=True)
    await judged(crooked)
    assert list(crooked.people) == ["1"]
    assert untouched(crooked)


async def test_an_id_that_belongs_to_somebody_else_is_not_taken_for_ours() -> None:
    """A server that answers each POST with the same stranger has that stranger left alone."""

    async def always_the_stranger(asked: Asked) -> Answer | None:
        if asked.method == "POST":
            body = b'{"schemas": [], "id": "1", "userName": "stranger@example.com"}'
            return 201, body, {"Content-Type": "application/scim+json"}
        return None

    crooked = Crooked(instead=always_the_stranger)
    await judged(crooked)
    assert untouched(crooked)


async def test_what_bears_no_name_of_ours_is_told_and_not_touched() -> None:
    """A server that makes somebody out of an empty array: that may be anybody, and is left to the administrator."""
    crooked = Crooked()

    async def makes_a_nameless(asked: Asked) -> Answer | None:
        if asked.method != "POST" or asked.body != b"[]":
            return None
        crooked.people["99"] = {"schemas": [], "id": "99", "userName": ""}
        return 201, b'{"schemas": [], "id": "99"}', {"Content-Type": "application/scim+json"}

    crooked.instead = makes_a_nameless
    report = await judged(crooked)
    assert [(made.endpoint, made.id) for made in report.left] == [("/Users", "99")]
    assert "look at it before" in report.left[0].name
    assert set(crooked.people) == {"1", "99"}
    assert "99" not in crooked.changed()
    assert untouched(crooked)
