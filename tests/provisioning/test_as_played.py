"""Entra, played towards a server: managers in a second pass, and a DELETE 30 days after somebody left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from tests.connectors.scim_server import ScimServer, error
from tests.provisioning.company import Company, company
from tests.provisioning.virtual_time import VirtualTime
from vestibule.connectors.entra import EntraConnector
from vestibule.provisioning.app_user import AppUserState
from vestibule.provisioning.application import Application, Operation
from vestibule.provisioning.assignment import Subject
from vestibule.provisioning.connector import CredentialsTest
from vestibule.provisioning.job import Kind
from vestibule.provisioning.pace import Pace
from vestibule.provisioning.play_acting import playing
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.source import Status
from vestibule.provisioning.watching import Watching
from vestibule.provisioning.worker import Worker

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MANAGER = f"{ENTERPRISE}:manager"

pytestmark = pytest.mark.usefixtures("each_store")


class EntraServer(ScimServer):
    """Takes Entra's operations: capitalised, with paths, truth values as text (W107, W108, W113)."""

    def _patch(self, found: dict[str, Any], body: Any) -> tuple[int, dict[str, str], Any]:
        for operation in body["Operations"]:
            path, value = operation["path"], operation["value"]
            if path == MANAGER:
                found.setdefault(ENTERPRISE, {})["manager"] = {"value": value}
            elif path == "active":
                found["active"] = value == "True"
            else:
                return error(400, f"operation {operation}")
        return 204, {}, None


async def as_entra(firm: Company) -> None:
    await firm.store.change_application(playing(firm.application, "entra"))
    firm.application = await firm.store.application("app")


async def apply(firm: Company, time: VirtualTime, *, incremental: bool = False) -> RunReport:
    firm.application = await firm.store.application("app")
    connector = EntraConnector(firm.application, pace=Pace(time))
    try:
        worker = Worker(firm.store, firm.application, connector, time=time)
        return await (worker.incremental() if incremental else worker.apply())
    finally:
        await connector.close()


@asynccontextmanager
async def _worker(firm: Company, time: VirtualTime) -> AsyncIterator[Worker]:
    connector = EntraConnector(firm.application, pace=Pace(time))
    try:
        yield Worker(firm.store, firm.application, connector, time=time)
    finally:
        await connector.close()


async def _never(application: Application) -> CredentialsTest:
    raise AssertionError("nothing is in quarantine")


def said_managers(firm: Company) -> dict[str, str]:
    """Whose manager was said to be whom, by user names, as requests came."""
    names = {id: user["userName"] for id, user in firm.server.users.items()}
    return {
        names[request.path.removeprefix("/Users/")]: names[one["value"]]
        for request in firm.server.requests
        if request.method == "PATCH"
        for one in request.body["Operations"]
        if one["path"] == MANAGER
    }


async def test_a_manager_is_said_by_the_id_there_once_both_are_there() -> None:
    """W113, W117: p000's manager comes later in the order, p002's is not assigned at all."""
    time = VirtualTime()
    async with company(4, memory=EntraServer()) as firm:
        await as_entra(firm)
        await firm.person("p000", managerId="p003")
        await firm.person("p001", managerId="p000")
        await firm.person("p002", managerId="p009")
        await firm.assign_all()
        report = await apply(firm, time)
        assert (report.counts[Kind.CREATE], report.counts[Kind.UPDATE], report.failures) == (4, 2, 0)
        posts = [request.body for request in firm.server.requests if request.method == "POST"]
        assert all("manager" not in body.get(ENTERPRISE, {}) for body in posts)
        assert said_managers(firm) == {
            "P000@corp.test": "P003@corp.test",
            "P001@corp.test": "P000@corp.test",
        }
        patches = [line for line in firm.server.writes() if line.startswith("PATCH")]
        assert len(patches) == 2
        firm.server.forget_requests()
        await apply(firm, time)
        assert firm.server.writes() == []


async def test_a_manager_who_comes_later_is_said_then() -> None:
    time = VirtualTime()
    async with company(2, memory=EntraServer()) as firm:
        await as_entra(firm)
        await firm.person("p000", managerId="p001")
        await firm.person("p001", status=Status.DEPROVISIONED)
        await firm.assign_all()
        await apply(firm, time)
        assert said_managers(firm) == {}
        await firm.person("p001", status=Status.ACTIVE)
        await apply(firm, time, incremental=True)
        assert said_managers(firm) == {"P000@corp.test": "P001@corp.test"}


async def test_whoever_left_is_deleted_after_thirty_days_and_whoever_is_unassigned_is_not() -> None:
    """W116."""
    time = VirtualTime()
    async with company(3, memory=EntraServer()) as firm:
        await as_entra(firm)
        await firm.assign_all()
        await apply(firm, time)
        await firm.person("p000", status=Status.DEPROVISIONED)
        people = {person.login: person.id for person in await firm.store.people()}
        await firm.store.unassign(firm.application.id, Subject.PERSON, [people["p001"]])
        report = await apply(firm, time)
        assert report.counts[Kind.DEACTIVATE] == 2
        time.pass_(days=29)
        firm.server.forget_requests()
        await apply(firm, time, incremental=True)
        assert firm.server.writes() == []
        time.pass_(days=2)
        report = await apply(firm, time, incremental=True)
        assert firm.server.writes() == ["DELETE /Users/user"]
        assert report.as_document()["deletions"] == 1
        facts = await firm.store.person_facts(firm.application.id, people["p000"])
        assert facts.app_user is not None
        assert facts.app_user.state is AppUserState.ABSENT
        time.pass_(days=90)
        firm.server.forget_requests()
        await apply(firm, time)
        assert firm.server.writes() == []


async def test_the_watcher_wakes_for_a_deletion_and_a_returner_is_created_anew() -> None:
    time = VirtualTime()
    async with company(1, memory=EntraServer()) as firm:
        await as_entra(firm)
        await firm.assign_all()
        await apply(firm, time)
        await firm.person("p000", status=Status.DEPROVISIONED)
        await apply(firm, time)
        watching = Watching(
            firm.store,
            time,
            lambda application: _worker(firm, time),
            _never,
            lambda application, report: None,
        )
        while await watching.look():
            pass
        time.pass_(days=31)
        firm.server.forget_requests()
        assert await watching.look()
        assert firm.server.writes() == ["DELETE /Users/user"]
        assert not await watching.look()
        await firm.person("p000", status=Status.ACTIVE)
        report = await apply(firm, time)
        assert report.counts[Kind.CREATE] == 1


async def test_deleting_belongs_to_the_tick_of_deactivating_and_to_entra_alone() -> None:
    time = VirtualTime()
    async with company(1, memory=EntraServer()) as firm:
        await as_entra(firm)
        await firm.assign_all()
        await apply(firm, time)
        await firm.person("p000", status=Status.DEPROVISIONED)
        await apply(firm, time)
        time.pass_(days=31)
        firm.server.forget_requests()
        entra = await firm.store.application("app")
        await firm.store.change_application(replace(entra, operations=frozenset({Operation.CREATE})))
        await apply(firm, time)
        await firm.store.change_application(playing(entra, "okta-catalogue"))
        await firm.apply(time=time)
        assert firm.server.writes() == []
