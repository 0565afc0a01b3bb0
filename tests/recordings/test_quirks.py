"""Every tolerance is there for a fact and a recording: with it the recording goes through, without it it does not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.installation import installation
from vestibule.recordings.format import Recording, RecordingFault
from vestibule.recordings.reading import read_recording
from vestibule.recordings.replay import replay
from vestibule.registry import members
from vestibule.scim.dialects.dialect import Dialect, Quirk
from vestibule.scim.dialects.habits import HABITS, Habit, tolerances_of

FOLDER = Path(__file__).parent
DIALECTS: Mapping[str, Dialect] = members("vestibule.scim.dialects", "DIALECT", third_parties=False)
ALL: list[Quirk | Habit] = list(
    dict.fromkeys((*(quirk for dialect in DIALECTS.values() for quirk in dialect.quirks), *HABITS))
)
FACT = re.compile(r"[WK]\d+")


def shown(one: Quirk | Habit) -> str:
    return f"{one.name} ({one.recording})"


def recording_of(one: Quirk | Habit) -> Recording:
    path = FOLDER / f"{one.recording}.json"
    return read_recording(path.read_bytes(), path.name)


def without(dialect: Dialect, one: Quirk | Habit) -> Dialect:
    """The dialect with that tolerance alone taken away."""
    if isinstance(one, Habit):
        return one.without(dialect)
    kinds = (
        "document_quirks",
        "value_quirks",
        "operation_quirks",
        "filter_quirks",
        "filter_text_quirks",
    )
    left = {kind: tuple(quirk for quirk in getattr(dialect, kind) if quirk is not one) for kind in kinds}
    return replace(dialect, **left)


async def played(recording: Recording, dialects: Mapping[str, Dialect]) -> tuple[bool, Mapping[str, int]]:
    """Whether it went through, and what was counted meanwhile."""
    async with installation(dialects=dialects) as site:
        tenant = await site.tenant(recording.profile)
        await site.prepare(tenant, recording.setup)
        await site.pin(tenant, recording.dialect)
        try:
            report = await replay(recording, tenant.send, tenant.token)
        except RecordingFault as fault:
            pytest.fail(f"the set-up alone needs the tolerance: {fault}")
        (connection,) = await site.desk.store.connections(tenant.record.id)
        counts = await site.application.store.log.tolerances(connection.id)
    return report.ok, {one.name: one.count for one in counts}


@pytest.mark.parametrize("one", ALL, ids=shown)
def test_it_names_facts_and_a_recording_of_one_of_them(one: Quirk | Habit) -> None:
    facts = one.facts.split(", ")
    assert all(FACT.fullmatch(fact) for fact in facts), one.facts
    assert set(facts) & set(recording_of(one).facts)


@pytest.mark.requirement("K12", "K18", "K19", "K20", "K21", "K22", "K45")
@pytest.mark.parametrize("one", ALL, ids=shown)
async def test_its_recording_needs_it(one: Quirk | Habit) -> None:
    recording = recording_of(one)
    spoken = DIALECTS[recording.dialect]
    assert one in spoken.quirks or (isinstance(one, Habit) and one.has(spoken))
    with_it, counted = await played(recording, DIALECTS)
    assert with_it
    assert counted.get(one.name, 0) > 0, counted
    lacking = without(spoken, one)
    assert lacking != spoken
    without_it, _ = await played(recording, {**DIALECTS, recording.dialect: lacking})
    assert not without_it


def test_generic_is_the_union() -> None:
    generic = DIALECTS["generic"]
    for dialect in DIALECTS.values():
        assert set(dialect.quirks) <= set(generic.quirks), dialect.name
        assert all(habit.has(generic) or not habit.has(dialect) for habit in HABITS), dialect.name


def test_strict_tolerates_nothing() -> None:
    assert not tolerances_of([DIALECTS["strict"]])
