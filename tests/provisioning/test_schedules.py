"""Okta's and Entra's retry schedules, lived through on a clock that is an argument."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from tests.provisioning.company import Company, company
from tests.provisioning.virtual_time import VirtualTime
from vestibule.connectors.scim import ScimConnector
from vestibule.provisioning.application import Application
from vestibule.provisioning.connector import (
    AlreadyThere,
    Busy,
    CredentialsTest,
    Failing,
    Refused,
    Unreachable,
)
from vestibule.provisioning.engine_settings import EngineSettings
from vestibule.provisioning.job import JobState
from vestibule.provisioning.pace import Pace
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.retry import GiveUp, TryAgain, next_quarantine_try, next_step, too_many_failed
from vestibule.provisioning.watching import Watching, end_quarantine
from vestibule.provisioning.worker import Worker

HOUR = 3600


@pytest.mark.parametrize(
    "failure", [Failing("500"), Unreachable("gone"), Refused("400"), AlreadyThere("409")], ids=repr
)
def test_okta_leaves_everything_but_429_to_a_person(failure: Failing) -> None:
    """W100."""
    assert isinstance(next_step(failure, 1, "okta"), GiveUp)


def test_okta_and_429() -> None:
    """W99."""
    assert next_step(Busy("429"), 1, "okta") == TryAgain(300)
    assert isinstance(next_step(Busy("429"), 10, "okta"), GiveUp)


def test_entra_tries_everything_again_with_growing_gaps_for_28_days() -> None:
    waits, gone = [], timedelta()
    while isinstance(step := next_step(Refused("400"), len(waits) + 1, "entra", gone), TryAgain):
        waits.append(step.seconds)
        gone += timedelta(seconds=step.seconds)
    assert waits[:5] == [2400, 4800, 9600, 19200, 38400]
    assert set(waits[6:]) == {24 * HOUR}
    assert timedelta(days=28) <= gone < timedelta(days=29)


def test_entra_in_quarantine() -> None:
    """W118: 6, 12, 24 hours, then daily; off after four weeks."""
    hours = [(next_quarantine_try(tries, "entra", timedelta(days=1)) or 0) / HOUR for tries in range(5)]
    assert hours == [6, 12, 24, 24, 24]
    assert next_quarantine_try(30, "entra", timedelta(days=28)) is None
    assert next_quarantine_try(0, "okta", timedelta()) is None


@pytest.mark.parametrize(
    ("failed", "done", "many"),
    [(4_999, 0, False), (5_000, 7_000, True), (5_000, 8_000, False), (40_000, 10**6, True)],
)
def test_entra_counts_failures(failed: int, done: int, many: bool) -> None:
    assert too_many_failed("entra", failed, done) is many
    assert not too_many_failed("okta", failed, done)


class Watched:
    """A firm with its watcher, both on a clock of their own."""

    def __init__(self, firm: Company) -> None:
        self.firm = firm
        self.time = VirtualTime()
        self.reports: list[RunReport] = []
        self.watching = Watching(
            firm.store,
            self.time,
            self.worker,
            self.test,
            lambda application, report: self.reports.append(report),
        )

    @asynccontextmanager
    async def worker(self, application: Application) -> AsyncIterator[Worker]:
        settings = await self.firm.store.engine_settings(application.id)
        pace = Pace(self.time, (await self.firm.store.engine_state(application.id)).learned)
        connector = ScimConnector(application, pace=pace)
        yield Worker(self.firm.store, application, connector, settings=settings, time=self.time, pace=pace)
        await connector.close()

    async def test(self, application: Application) -> CredentialsTest:
        connector = ScimConnector(application)
        result = await connector.test_credentials()
        await connector.close()
        if result.verdict == "good":
            await end_quarantine(self.firm.store, application)
        return result

    async def live(self, until: Callable[[], bool] = lambda: False, *, days: float, step: timedelta) -> None:
        """Look again and again until so many days have passed."""
        end = self.time.now() + timedelta(days=days)
        while self.time.now() < end and not until():
            await self.watching.look()
            self.time.pass_(seconds=step.total_seconds())


async def test_28_days_of_entra_s_schedule() -> None:
    async with company(1) as firm:
        await firm.store.set_engine_settings(firm.application.id, EngineSettings(schedule="entra"))
        await firm.person("p000", lastName="")
        await firm.assign_all()
        watched = Watched(firm)
        await watched.live(days=30, step=timedelta(minutes=40))
        (job,) = await firm.store.jobs(firm.application.id)
        assert (job.state, job.outcome) == (JobState.QUARANTINED, "refused")
        assert "Errors reported by remote server: name.familyName is required" in job.detail
        posts = [line for line in firm.server.lines if line.startswith("POST")]
        assert 28 <= len(posts) <= 35
        await firm.person("p000", lastName="Known")
        await watched.watching.look()
        assert len(firm.server.users) == 1


async def test_28_days_of_quarantine_then_off() -> None:
    async with company(3) as firm:
        await firm.store.set_engine_settings(firm.application.id, EngineSettings(schedule="entra"))
        await firm.assign_all()
        firm.server.answering = lambda method, path: (401, {}, {"detail": "the token was revoked"})
        watched = Watched(firm)
        await watched.watching.look()
        first = watched.time.now()
        firm.server.forget_requests()
        tried: list[float] = []

        def note(method: str, path: str) -> tuple[int, dict[str, str], object]:
            tried.append(round((watched.time.now() - first).total_seconds() / HOUR))
            return 401, {}, {"detail": "the token was revoked"}

        firm.server.answering = note
        await watched.live(days=40, step=timedelta(hours=1))
        assert tried[:5] == [6, 18, 42, 66, 90]
        assert len(tried) == 30
        stopped = (await firm.store.application("app")).quarantined
        assert stopped.startswith("Switched off after 28 days of quarantine. ")
        assert "the token was revoked" in stopped
        firm.server.answering = lambda method, path: None
        assert (await watched.test(await firm.store.application("app"))).verdict == "good"
        await watched.watching.look()
        assert len(firm.server.users) == 3


async def test_a_token_that_is_good_again_ends_the_quarantine_by_itself() -> None:
    async with company(2) as firm:
        await firm.store.set_engine_settings(firm.application.id, EngineSettings(schedule="entra"))
        await firm.assign_all()
        firm.server.answering = lambda method, path: (401, {}, {"detail": "revoked"})
        watched = Watched(firm)
        await watched.watching.look()
        firm.server.answering = lambda method, path: None
        await watched.live(days=0.2, step=timedelta(hours=1))
        assert firm.server.users == {}
        await watched.live(days=0.2, step=timedelta(hours=1))
        assert len(firm.server.users) == 2
        assert not (await firm.store.application("app")).quarantined


async def test_what_a_busy_application_says_is_waited_for() -> None:
    async with company(30) as firm:
        told: Counter[str] = Counter()

        def busy(method: str, path: str) -> tuple[int, dict[str, str], object] | None:
            told[method] += 1
            return (429, {"retry-after": "600"}, None) if told["GET"] <= 8 else None

        firm.server.answering = busy
        await firm.assign_all()
        watched = Watched(firm)
        await watched.live(days=0.006, step=timedelta(seconds=10))
        assert len(firm.server.requests) == 8
        await watched.live(lambda: len(firm.server.users) == 30, days=0.1, step=timedelta(seconds=10))
        assert len(firm.server.users) == 30
        assert (await firm.store.engine_state(firm.application.id)).learned > 0
