"""Runs that somebody started in the console: how far each is, and how it ended. One at a time sends."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from vestibule.provisioning.connector import Failure
from vestibule.provisioning.report import Progress, RunReport
from vestibule.provisioning.trace import Trace, TraceStep
from vestibule.refused import Refused
from vestibule.scim.errors import Unavailable

_log = structlog.get_logger("vestibule.web.console")

#: Runs that are remembered; what they did is in the database, whatever becomes of them here.
_KEPT = 100


@dataclass(slots=True)
class Run:
    """One run. ``fault`` says why it came to no end."""

    id: str
    application_id: int
    title: str
    by: str
    began: str
    progress: dict[str, Progress] = field(default_factory=dict)
    trace: Trace = field(default_factory=Trace)
    report: RunReport | None = None
    fault: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.report is not None or bool(self.fault)

    @property
    def steps(self) -> list[TraceStep]:
        """What was done for one person, step by step."""
        return self.trace.steps

    def note(self, progress: Progress) -> None:
        """How far it is."""
        self.progress[progress.stage] = progress


class Runs:
    """In one process. ``turn`` is held by whoever sends: a run here, or the watcher beside the console."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self.turn = asyncio.Lock()
        self._new_id = new_id
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(
        self, application_id: int, title: str, by: str, at: str, work: Callable[[Run], Awaitable[RunReport]]
    ) -> Run:
        """Start it; its page tells the rest."""
        run = Run(self._new_id(), application_id, title, by, at)
        self._runs[run.id] = run
        while len(self._runs) > _KEPT:
            self._runs.popitem(last=False)
        task = asyncio.create_task(self._carry_out(run, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    def find(self, id: str, application_id: int) -> Run | None:
        """The run of that id, of that application and of no other."""
        run = self._runs.get(id)
        return run if run is not None and run.application_id == application_id else None

    def of(self, application_id: int) -> list[Run]:
        """Those of an application, the newest first."""
        return [run for run in reversed(self._runs.values()) if run.application_id == application_id]

    async def stop(self) -> None:
        """End what is under way: jobs are kept in the store, and the next run goes on there."""
        for task in tuple(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _carry_out(self, run: Run, work: Callable[[Run], Awaitable[RunReport]]) -> None:
        try:
            async with self.turn:
                run.report = await work(run)
        except (Refused, Failure) as fault:
            run.fault = str(fault)
        except Unavailable as fault:
            run.fault = fault.detail
        except asyncio.CancelledError:
            run.fault = "The server was stopped. Nothing is lost: the next run goes on where this one ended."
            raise
        except Exception as fault:
            _log.error("unforeseen fault of a run", run=run.id, fault=type(fault).__name__)
            run.fault = "Something went wrong on our side. Whatever was not sent is sent by the next run."
