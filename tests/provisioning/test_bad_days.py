"""What the engine does when the application misbehaves: each row stands in docs/reference/bad-days.md."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.connectors.misbehaving import CUT, EMPTY, HTML, SILENT, Fault, Misbehaving, error, misbehaving
from tests.provisioning.company import Company, company
from tests.provisioning.virtual_time import VirtualTime
from vestibule.connectors.scim import ScimConnector
from vestibule.provisioning.application import Connection
from vestibule.provisioning.job import Kind
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.worker import Worker


@dataclass
class Day:
    """A firm whose application misbehaves."""

    firm: Company
    server: Misbehaving
    time: VirtualTime

    async def apply(self, *, wait: float = 0.0, timeout: float = 10.0, as_okta: bool = False) -> RunReport:
        application = replace(await self.firm.store.application("app"), as_okta=as_okta)
        connector = ScimConnector(application, timeout=timeout)
        try:
            worker = Worker(
                self.firm.store, application, connector, time=self.time, concurrency=4, longest_wait=wait
            )
            return await worker.apply()
        finally:
            await connector.close()

    @property
    def users(self) -> dict[str, Any]:
        return self.server.plain.users

    @property
    def lines(self) -> list[str]:
        return self.server.plain.lines


@asynccontextmanager
async def day(size: int = 1) -> AsyncIterator[Day]:
    async with company(size) as firm, misbehaving() as server:
        token = firm.application.connection.token  # type: ignore[union-attr]
        changed = replace(firm.application, connection=Connection(server.url, token))
        await firm.store.change_application(changed)
        await firm.assign_all()
        yield Day(firm, server, VirtualTime())


def on(method: str, place: str, fault: Fault, *, times: int = 1_000_000, after: int = 0) -> Any:
    """The fault for some requests of a kind."""
    return lambda m, p, before: (
        fault if (m, p) == (method, place) and after <= before < after + times else None
    )


async def test_409_is_looked_up_once_more_and_linked_or_told() -> None:
    async with day() as bad:
        bad.server.fault = on("POST", "/Users", error(409, "userName is taken"))
        report = await bad.apply()
        assert report.faults[0].outcome == "already there"
        assert report.faults[0].detail.endswith("Errors reported by remote server: userName is taken")
        assert (bad.users, bad.lines[-1].split("?")[0]) == ({}, "GET /Users")
    async with day() as bad:
        bad.server.fault = on("POST", "/Users", error(409, "was made a moment ago", effect=True))
        assert (await bad.apply()).counts == {Kind.LINK: 1}
        assert len(bad.users) == 1


async def test_okta_leaves_a_409_to_the_administrator() -> None:
    async with day() as bad:
        bad.server.fault = on("POST", "/Users", error(409, "taken", effect=True))
        report = await bad.apply(as_okta=True)
        assert [fault.outcome for fault in report.faults] == ["already there"]
        assert [line.split("?")[0] for line in bad.lines] == ["GET /Users", "POST /Users"]


async def test_404_on_update_is_looked_up_again() -> None:
    async with day() as bad:
        await bad.apply()
        bad.users.clear()
        await bad.firm.person("p000", title="Boss")
        assert (await bad.apply()).counts == {Kind.CREATE: 1}
        (job, *_) = await bad.firm.store.jobs(bad.firm.application.id, finished=True)
        assert job.detail == "The user was gone at the application and was looked up again."


async def test_401_half_way_stops_all_and_loses_nothing() -> None:
    async with day(30) as bad:
        bad.server.fault = on("POST", "/Users", error(401, "the token was revoked"), after=10)
        report = await bad.apply()
        assert "the token was revoked" in report.stopped
        assert len(bad.users) == 10
        assert "revoked" in (await bad.firm.store.application("app")).quarantined
        bad.server.fault = lambda method, place, before: None
        assert (await bad.apply()).counts == {Kind.CREATE: 20}


async def test_429_without_retry_after_means_five_minutes_for_everybody() -> None:
    async with day(10) as bad:
        began = bad.time.now()
        bad.server.fault = on("GET", "/Users", error(429), times=4)
        report = await bad.apply(wait=1000)
        assert report.counts == {Kind.CREATE: 10}
        assert 300 <= (bad.time.now() - began).total_seconds() < 600


async def test_500_for_ever_is_tried_a_few_times_then_told() -> None:
    async with day() as bad:
        bad.server.fault = on("POST", "/Users", error(500, "no disk left"))
        report = await bad.apply(wait=1000)
        assert report.faults[0].detail.endswith("no disk left (5 attempts were made.)")
        assert bad.users == {}


@pytest.mark.parametrize("fault", [SILENT, CUT], ids=["no answer in time", "cut in the middle"])
async def test_an_unknown_outcome_is_looked_up_before_it_is_repeated(fault: Fault) -> None:
    """The user was created, and the answer never came: looked up, not created twice."""
    async with day() as bad:
        bad.server.fault = on("POST", "/Users", fault, times=1)
        report = await bad.apply(wait=100, timeout=0.3)
        assert (report.counts, len(bad.users)) == ({Kind.LINK: 1}, 1)
        assert [line.split()[0] for line in bad.lines] == ["GET", "POST", "GET", "GET", "PUT"]


@pytest.mark.parametrize(("method", "place"), [("GET", "/Users"), ("POST", "/Users")])
async def test_html_is_no_answer(method: str, place: str) -> None:
    async with day() as bad:
        bad.server.fault = on(method, place, HTML)
        report = await bad.apply()
        assert report.faults[0].outcome == "not understood"
        assert "answered 200 without a SCIM resource" in report.faults[0].detail


async def test_an_empty_201_is_looked_up() -> None:
    async with day() as bad:
        bad.server.fault = on("POST", "/Users", EMPTY)
        assert (await bad.apply()).counts == {Kind.CREATE: 1}
        (facts,) = await bad.firm.store.people_facts(bad.firm.application.id)
        assert facts.app_user is not None
        assert [facts.app_user.external_id] == list(bad.users)


async def test_okta_and_an_empty_201() -> None:
    """W25."""
    async with day() as bad:
        bad.server.fault = on("POST", "/Users", EMPTY)
        assert [fault.outcome for fault in (await bad.apply(as_okta=True)).faults] == ["not understood"]


async def test_a_total_without_anybody_creates_no_duplicate() -> None:
    async with day() as bad:
        lying = Fault(change=lambda document: {**document, "totalResults": 3, "Resources": []})
        bad.server.fault = on("GET", "/Users", lying)
        report = await bad.apply()
        assert "says that there are 3 and shows none" in report.faults[0].detail
        assert bad.users == {}


async def _imported(bad: Day) -> list[str]:
    connector = ScimConnector(await bad.firm.store.application("app"))
    try:
        return [user["id"] async for user in connector.users()]
    finally:
        await connector.close()


async def test_short_pages_are_followed_and_a_list_that_ends_too_early_is_none() -> None:
    async with day(25) as bad:
        await bad.apply()
        short = Fault(change=lambda document: {**document, "Resources": document["Resources"][:10]})
        bad.server.fault = on("GET", "/Users", short)
        assert len(set(await _imported(bad))) == 25
        bad.server.fault = on(
            "GET", "/Users", Fault(change=lambda document: {**document, "totalResults": 999})
        )
        with pytest.raises(Exception, match="999 were promised and 25 came"):
            await _imported(bad)


async def test_another_id_than_before_is_never_written_to() -> None:
    async with day() as bad:
        await bad.apply()
        bad.server.fault = on(
            "GET", "/Users/id", Fault(change=lambda document: {**document, "id": "somebody"})
        )
        await bad.firm.person("p000", title="Boss")
        report = await bad.apply()
        assert "and somebody came" in report.faults[0].detail
        assert not [line for line in bad.lines if line.startswith("PUT")]


async def test_members_silently_dropped_are_told_by_name() -> None:
    async with day(3) as bad:
        await bad.firm.push("Everyone")
        fewer = Fault(change=lambda document: {**document, "members": document["members"][:1]})
        bad.server.fault = on("PATCH", "/Groups/id", fewer)
        report = await bad.apply()
        assert report.faults[0].outcome == "members dropped"
        assert "Missing there: P001@corp.test, P002@corp.test" in report.faults[0].detail


async def test_a_network_gone_for_a_minute_costs_nobody_anything() -> None:
    async with day(60) as bad:
        plain_sleep = bad.time.sleep

        async def sleep(seconds: float) -> None:
            await plain_sleep(seconds)
            if (bad.time.now() - began).total_seconds() > 60 and bad.server._server is None:
                await bad.server.start()

        began = bad.time.now()
        bad.time.sleep = sleep  # type: ignore[method-assign]

        def unplug(method: str, place: str, before: int) -> Fault | None:
            if method == "POST" and before == 25:
                asyncio.get_running_loop().call_soon(lambda: asyncio.ensure_future(bad.server.stop()))
            return None

        bad.server.fault = unplug
        report = await bad.apply(wait=600)
        assert (report.failures, report.waiting) == (0, 0)
        names = [user["userName"] for user in bad.users.values()]
        assert len(names) == len(set(names)) == 60
        assert (bad.time.now() - began).total_seconds() > 60
