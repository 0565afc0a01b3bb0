"""A plan for 100,000 people with 15 mappings each, and one more member of a group of 50,000.

``python -m tests.batteries.plan_size --people 100000``. Prints CPU seconds and memory; exits 1 where
it takes more than 40 s of CPU or 500 MB, or the one member costs more than one operation.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from vestibule.key_ring import KeyRing, new_key
from vestibule.provisioning.app_user import AppUser, AppUserState
from vestibule.provisioning.application import Application, Connection
from vestibule.provisioning.assignment import Assignment, Subject
from vestibule.provisioning.mapping import TEMPLATE, MappingRow
from vestibule.provisioning.planning import Planning
from vestibule.provisioning.push_group import PushedMember, PushGroup
from vestibule.provisioning.source import Person, SourceChange, SourceGroup
from vestibule.provisioning.store import MemberDelta
from vestibule.stores.sending import SendingStore, open_sending_store

_MOST_SECONDS = 40.0
_MOST_MEBIBYTES = 500
_STEP = 5_000
_MAPPED = 15


def _rows() -> tuple[MappingRow, ...]:
    """Fifteen rows that have a value for everybody."""
    wanted = ("userName", "givenName", "familyName", "email", "emailType", "title", "displayName", "nickName",
              "primaryPhone", "primaryPhoneType", "locale", "timezone", "employeeNumber", "costCenter", "department")  # fmt: skip
    rows = tuple(row for row in TEMPLATE if row.variable in wanted)
    assert len(rows) == _MAPPED
    return rows


def _person(number: int) -> Person:
    login = f"p{number:06d}@corp.test"
    return Person(
        f"00u{number:017d}",
        login,
        {
            "login": login, "email": login, "firstName": f"Given{number}", "lastName": f"Family{number}",
            "title": "Engineer", "displayName": f"Given{number} Family{number}", "nickName": f"G{number}",
            "primaryPhone": f"+49 30 {number}", "locale": "de-DE", "timezone": "Europe/Berlin",
            "employeeNumber": str(number), "costCenter": "4711", "department": "Research",
        },
    )  # fmt: skip


async def _filled(store: SendingStore, people: int) -> Application:
    connection = Connection("http://127.0.0.1:9/scim/v2", "t")
    application = await store.add_application(
        Application(0, "app", "generic", connection=connection), _rows()
    )
    group = SourceGroup("00g1", "all", "Everyone")
    await store.apply_source(SourceChange(groups_added=(group,)))
    await store.assign(application.id, [Assignment(Subject.GROUP, group.id)])
    for start in range(0, people, _STEP):
        some = tuple(_person(number) for number in range(start, min(start + _STEP, people)))
        pairs = frozenset((group.id, person.id) for person in some)
        await store.apply_source(SourceChange(people_added=some, members_added=pairs))
    return application


def _active(number: int) -> AppUser:
    return AppUser(_person(number).id, AppUserState.ACTIVE, f"x{number}", f"p{number}")


async def _one_more(store: SendingStore, application: Application, members: int) -> tuple[int, float]:
    """How many operations and seconds it takes to add one to a pushed group of so many."""
    team = SourceGroup("00g2", "team", "Team")
    await store.apply_source(SourceChange(groups_added=(team,)))
    for start in range(0, members + 1, _STEP):
        noted = range(start, min(start + _STEP, members + 1))
        await asyncio.gather(*(store.note_app_user(application.id, _active(number)) for number in noted))
    told = [PushedMember(_person(number).id, f"x{number}", f"p{number}") for number in range(members)]
    pairs = frozenset((team.id, member.person_id) for member in told)
    await store.apply_source(SourceChange(members_added=pairs))
    await store.put_push_group(application.id, PushGroup(team.id, "Team", external_id="g", name_sent="Team"))
    await store.record_members(application.id, team.id, MemberDelta(tuple(told)))
    await store.apply_source(SourceChange(members_added=frozenset({(team.id, _person(members).id)})))
    began = time.process_time()
    (facts,) = await store.push_facts(application.id, team.id)
    delta = await store.member_delta(application.id, team.id, 500)
    assert (facts.to_add, facts.to_remove) == (1, 0)
    return len(delta.add) + len(delta.remove), time.process_time() - began


async def measure(people: int, members: int) -> int:
    """0 where it holds."""
    with tempfile.TemporaryDirectory(prefix="vestibule-plan-") as folder:
        store = open_sending_store(f"sqlite:///{Path(folder) / 'directory.db'}", KeyRing.from_text(new_key()))
        await store.start()
        application = await _filled(store, people)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        began = time.process_time()
        plan = await Planning(store, application, lambda: datetime.now(UTC)).make("battery")
        seconds = time.process_time() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"plan of {plan.operations} operations, {_MAPPED} mappings each: {seconds:.1f} s of CPU")
        print(f"memory at most {peak:.0f} MiB, {before:.0f} before")
        operations, took = await _one_more(store, application, members)
        print(f"one more in a group of {members}: {operations} operation, {took * 1000:.0f} ms of CPU")
        await store.stop()
    holds = (
        plan.operations == people and seconds < _MOST_SECONDS and peak < _MOST_MEBIBYTES and operations == 1
    )
    return 0 if holds else 1


def main() -> int:
    """0 where the bounds hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.batteries.plan_size", description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--members", type=int, default=50_000)
    given = parser.parse_args()
    return asyncio.run(measure(given.people, given.members))


if __name__ == "__main__":
    sys.exit(main())
