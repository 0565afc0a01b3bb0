"""Whole runs: from stored assignments and jobs, over a socket, to the application's state."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tests.provisioning.company import company
from vestibule.connectors.scim import ScimConnector
from vestibule.provisioning.application import Operation
from vestibule.provisioning.assignment import Assignment, Subject
from vestibule.provisioning.job import JobState, Kind
from vestibule.provisioning.report import Progress
from vestibule.provisioning.source import Status
from vestibule.provisioning.store import RunUnderWay
from vestibule.provisioning.worker import Worker


async def test_everybody_is_created_and_the_group_filled_after() -> None:
    async with company(30) as firm:
        await firm.assign_all()
        await firm.push("Everyone")
        seen: list[Progress] = []
        report = await firm.apply(progress=seen.append)
        assert report.as_document()["creates"] == 30
        assert report.as_document()["group_changes"] == 1
        assert report.failures == 0
        assert len(firm.server.users) == 30
        assert len(firm.server.member_names("Everyone")) == 30
        assert seen[-2].settled == seen[-2].total or seen[-1].settled == seen[-1].total
        firm.server.forget_requests()
        assert (await firm.apply()).counts == Counter()
        assert firm.server.requests == []


async def test_one_changed_line_is_one_update() -> None:
    async with company() as firm:
        await firm.assign_all()
        await firm.apply()
        firm.server.forget_requests()
        await firm.person("p003", lastName="Newname")
        assert (await firm.apply()).as_document()["updates"] == 1
        assert firm.server.lines == ["GET /Users/user", "PUT /Users/user"]


async def test_a_leaver_comes_back_as_the_same_user() -> None:
    async with company() as firm:
        await firm.assign_all()
        await firm.push("Everyone")
        await firm.apply()
        before = firm.server.user("p001@corp.test")["id"]
        await firm.person("p001", status=Status.DEPROVISIONED)
        assert (await firm.apply()).counts == {Kind.DEACTIVATE: 1, Kind.CHANGE_GROUP: 1}
        assert firm.server.user("p001@corp.test")["active"] is False
        assert "P001@corp.test" not in firm.server.member_names("Everyone")
        await firm.person("p001", status=Status.ACTIVE)
        firm.server.forget_requests()
        assert (await firm.apply()).counts == {Kind.REACTIVATE: 1, Kind.CHANGE_GROUP: 1}
        assert firm.server.lines[:4] == [
            "GET /Users?filter", "PATCH /Users/user", "GET /Users/user", "PUT /Users/user",
        ]  # fmt: skip
        assert firm.server.user("p001@corp.test")["id"] == before
        assert firm.server.user("p001@corp.test")["active"] is True
        assert "P001@corp.test" in firm.server.member_names("Everyone")


async def test_an_account_that_existed_is_linked() -> None:
    async with company(1) as firm:
        firm.server.users["user-77"] = {
            "id": "user-77", "userName": "p000@CORP.test", "active": False, "schemas": [], "meta": {},
        }  # fmt: skip
        await firm.assign_all()
        assert (await firm.apply()).counts == {Kind.LINK: 1}
        assert len(firm.server.users) == 1
        assert firm.server.users["user-77"]["active"] is True


async def test_a_refusal_is_told_once_and_waits_for_somebody() -> None:
    async with company() as firm:
        await firm.person("p002", lastName="")
        await firm.assign_all()
        report = await firm.apply()
        assert report.as_document()["creates"] == 4
        assert [fault.label for fault in report.faults] == ["p002"]
        assert "Errors reported by remote server: name.familyName is required" in report.faults[0].detail
        firm.server.forget_requests()
        assert (await firm.apply()).failures == 0
        assert firm.server.requests == []
        await firm.store.requeue(firm.application.id)
        assert (await firm.apply()).failures == 1
        await firm.person("p002", lastName="Known")
        assert (await firm.apply()).as_document()["creates"] == 1
        assert await firm.store.jobs(firm.application.id) == []


async def test_too_many_requests_are_tried_again_when_the_server_says() -> None:
    async with company() as firm:
        told: Counter[str] = Counter()

        def once(method: str, path: str) -> tuple[int, dict[str, str], object] | None:
            told[method] += 1
            return (429, {"retry-after": "1"}, None) if method == "POST" and told["POST"] <= 3 else None

        firm.server.answering = once
        await firm.assign_all()
        report = await firm.apply(longest_wait=10)
        assert report.as_document()["creates"] == 5
        assert report.waiting == 0


async def test_a_busy_application_is_left_alone_for_as_long_as_it_says() -> None:
    """Forty others would be refused like the first, and each would lose one of its ten attempts (W99)."""
    async with company(40) as firm:
        firm.server.answering = lambda method, path: (429, {"retry-after": "600"}, None)
        await firm.assign_all()
        report = await firm.apply(longest_wait=30)
        assert report.waiting == 40
        assert len(firm.server.requests) <= 8
        attempts = [job.attempts for job in await firm.store.jobs(firm.application.id)]
        assert sum(attempts) <= 8


async def test_an_application_that_is_down_for_a_moment_costs_nobody_their_attempts() -> None:
    async with company(40) as firm:
        told: Counter[str] = Counter()

        def down(method: str, path: str) -> tuple[int, dict[str, str], object] | None:
            told[method] += 1
            return (503, {}, None) if told["GET"] <= 12 else None

        firm.server.answering = down
        await firm.assign_all()
        report = await firm.apply(longest_wait=30)
        assert report.as_document()["creates"] == 40
        assert (report.failures, report.waiting) == (0, 0)
        firm.server.answering = lambda method, path: (503, {}, None)
        await firm.reads(people={login: replace(row, attributes={**row.attributes, "title": "x"})
                                 for login, row in firm.reading.people.items()})  # fmt: skip
        firm.server.forget_requests()
        assert (await firm.apply()).waiting == 40
        assert len(firm.server.requests) <= 16


async def test_stopping_keeps_what_an_administrator_changed_meanwhile() -> None:
    async with company(1) as firm:
        application = await firm.store.application("app")

        def revoked(method: str, path: str) -> tuple[int, dict[str, str], object]:
            return 401, {}, {"detail": "revoked"}

        firm.server.answering = revoked
        await firm.assign_all()
        connector = ScimConnector(application)
        worker = Worker(firm.store, application, connector)
        await firm.store.change_application(replace(application, username_format="okta-username"))
        report = await worker.apply()
        await connector.close()
        assert report.stopped
        kept = await firm.store.application("app")
        assert (kept.username_format, "revoked" in kept.quarantined) == ("okta-username", True)


async def test_what_is_due_later_keeps_for_the_next_run() -> None:
    async with company(1) as firm:
        firm.server.answering = lambda method, path: (429, {}, None)
        await firm.assign_all()
        assert (await firm.apply()).waiting == 1
        (job,) = await firm.store.jobs(firm.application.id)
        assert job.state is JobState.RETRYING
        firm.server.forget_requests()
        assert (await firm.apply()).waiting == 1
        assert firm.server.requests == []


async def test_a_wrong_token_stops_the_run_and_loses_nothing() -> None:
    async with company(50) as firm:
        firm.server.answering = lambda method, path: (401, {}, {"detail": "revoked"})
        await firm.assign_all()
        report = await firm.apply()
        assert "revoked" in report.stopped
        assert len(firm.server.requests) <= 8
        assert (await firm.store.application("app")).quarantined
        firm.server.answering = lambda method, path: None
        assert (await firm.apply()).as_document()["creates"] == 50


async def test_once_a_run_has_stopped_no_job_is_taken_again() -> None:
    async with company(2) as firm:
        firm.server.answering = lambda method, path: (401, {}, {"detail": "revoked"})
        await firm.assign_all()
        await firm.apply()
        assert len(firm.server.requests) == 2


@pytest.mark.parametrize("gone", ["update", "deactivate"])
async def test_a_user_who_is_gone_there(gone: str) -> None:
    async with company(1) as firm:
        await firm.assign_all()
        await firm.apply()
        firm.server.users.clear()
        if gone == "update":
            await firm.person("p000", lastName="New")
            assert (await firm.apply()).counts == {Kind.CREATE: 1}
            assert len(firm.server.users) == 1
        else:
            await firm.person("p000", status=Status.DEPROVISIONED)
            assert (await firm.apply()).counts == {Kind.DEACTIVATE: 1}


async def test_a_group_that_is_gone_there_is_made_again() -> None:
    async with company(3) as firm:
        await firm.assign_all()
        await firm.push("Everyone")
        await firm.apply()
        firm.server.groups.clear()
        await firm.person("p000", status=Status.DEPROVISIONED)
        await firm.apply()
        assert firm.server.member_names("Everyone") == {"P001@corp.test", "P002@corp.test"}


async def test_members_go_in_batches() -> None:
    async with company(25, member_batch=10) as firm:
        await firm.assign_all()
        await firm.push("Everyone")
        await firm.apply()
        assert firm.server.writes()[-4:] == ["POST /Groups", *["PATCH /Groups/group"] * 3]
        assert len(firm.server.member_names("Everyone")) == 25


async def test_push_now_says_the_whole() -> None:
    async with company(3) as firm:
        await firm.assign_all()
        await firm.push("Everyone")
        await firm.apply()
        firm.server.group("Everyone")["members"] = [{"value": "stranger"}]
        (facts,) = await firm.store.push_facts(firm.application.id)
        await firm.store.put_push_group(firm.application.id, replace(facts.group, full_push=True))
        await firm.apply()
        assert len(firm.server.member_names("Everyone")) == 3


async def test_only_what_is_ticked_is_sent() -> None:
    async with company(2, operations=frozenset({Operation.CREATE})) as firm:
        await firm.assign_all()
        await firm.apply()
        firm.server.forget_requests()
        await firm.person("p000", lastName="New")
        await firm.person("p001", status=Status.DEPROVISIONED)
        await firm.apply()
        assert firm.server.requests == []


async def test_people_assigned_before_wait_for_provision_user() -> None:
    async with company(2) as firm:
        people = await firm.store.people()
        await firm.store.assign(
            firm.application.id,
            [Assignment(Subject.PERSON, person.id, before_provisioning=True) for person in people],
        )
        await firm.apply()
        assert firm.server.requests == []
        connector = ScimConnector(firm.application)
        report = await Worker(firm.store, firm.application, connector).provision([people[0].id])
        await connector.close()
        assert report.counts == {Kind.CREATE: 1}
        assert len(firm.server.users) == 1


async def test_the_facts_of_a_person_cost_the_same_in_a_group_of_any_size() -> None:
    steps = []
    for size in (20, 2000):
        async with company(size, "sqlite://") as firm:  # which counts its steps
            group = await firm.store.source_group("Everyone")
            await firm.store.assign(firm.application.id, [Assignment(Subject.GROUP, group.id)])
            person = await firm.store.person("p007")
            counted: list[None] = []
            firm.store.database.reading.raw.set_progress_handler(lambda seen=counted: seen.append(None), 10)  # type: ignore[misc]
            facts = await firm.store.person_facts(firm.application.id, person.id)
            firm.store.database.reading.raw.set_progress_handler(None, 0)
            assert len(facts.assignments) == 1
            steps.append(len(counted))
    assert steps[1] <= 2 * steps[0] + 10


async def test_several_requests_are_in_flight() -> None:
    async with company(40) as firm:
        firm.server.delay = 0.02
        await firm.assign_all()
        await firm.apply()
        assert 4 <= firm.server.most_in_flight <= 8


async def test_two_runs_at_once_do_not_meet() -> None:
    async with company(1, "sqlite://") as firm, firm.store.only_run():
        with pytest.raises(RunUnderWay):
            await firm.apply()


async def test_the_token_is_sealed_at_rest(tmp_path) -> None:  # type: ignore[no-untyped-def]
    async with company(1, url=f"sqlite:///{tmp_path}/directory.db") as firm:
        connection = firm.application.connection
        assert connection is not None
        assert connection.token not in repr(firm.application)
        assert (await firm.store.application("APP")).connection == connection
        key = tmp_path / "directory.key"
        assert key.stat().st_mode & 0o777 == 0o600
    for file in tmp_path.iterdir():
        assert connection.token.encode() not in file.read_bytes(), file.name
