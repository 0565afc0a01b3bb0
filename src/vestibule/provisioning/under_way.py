"""What was begun and goes on by itself: runs that send, imports that are read, applications that are read.

Console and API begin them alike, and either shows what the other began. They are remembered by one process;
what they did is in the database, whatever becomes of them here.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import structlog

from vestibule.provisioning.connector import Failure
from vestibule.provisioning.importing import Import
from vestibule.provisioning.report import Progress, RunReport
from vestibule.provisioning.trace import Trace, TraceStep
from vestibule.refused import Refused
from vestibule.scim.errors import Unavailable

_log = structlog.get_logger("vestibule.directory")

_RUNS_KEPT = 100
#: Each may be a whole directory.
_IMPORTS_KEPT = 4
_FINDINGS_KEPT = 12
_UNFORESEEN = "Something went wrong on our side."


@dataclass(slots=True, kw_only=True)
class Begun(ABC):
    """One of them: who began it and when. ``fault`` says why nothing came of it."""

    id: str
    by: str
    began: str
    fault: str = ""

    @property
    @abstractmethod
    def is_done(self) -> bool:
        """Whether it came to a good end."""

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.is_done or bool(self.fault)


@dataclass(slots=True, kw_only=True)
class Run(Begun):
    """Sending to one application."""

    application_id: int
    title: str
    progress: dict[str, Progress] = field(default_factory=dict)
    trace: Trace = field(default_factory=Trace)
    report: RunReport | None = None

    @property
    def is_done(self) -> bool:
        """Whether there is a report."""
        return self.report is not None

    @property
    def steps(self) -> list[TraceStep]:
        """What was done for one person, step by step."""
        return self.trace.steps

    def note(self, progress: Progress) -> None:
        """How far it is."""
        self.progress[progress.stage] = progress


@dataclass(slots=True, kw_only=True)
class PendingImport(Begun):
    """An import of the directory, to be looked at before it counts. ``source`` is the source's own name.

    ``rows`` are what it would change, as ``Import.rows`` tells it.
    """

    origin: str
    source: str
    prepared: Import | None = None
    rows: Sequence[Mapping[str, Any]] = ()

    @property
    def is_done(self) -> bool:
        """Whether it was read to its end."""
        return self.prepared is not None


@dataclass(slots=True, kw_only=True)
class Findings(Begun):
    """What an application was found to hold, of the kind that was asked for; ``seen`` were read so far."""

    application_id: int
    kind: str
    seen: int = 0
    found: list[Any] | None = None

    @property
    def is_done(self) -> bool:
        """Whether it was read to its end."""
        return self.found is not None

    def note(self, seen: int) -> None:
        """How far it is."""
        self.seen = seen


B = TypeVar("B", bound=Begun)


class Kept(Generic[B]):
    """Those of one sort, the oldest forgotten first. ``lost`` is said of a fault that nobody foresaw."""

    def __init__(self, new_id: Callable[[], str], most: int, lost: str, stopped: str) -> None:
        self.new_id = new_id
        self._most = most
        self._lost = f"{_UNFORESEEN} {lost}"
        self._stopped = stopped
        self._kept: OrderedDict[str, B] = OrderedDict()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def all(self) -> Sequence[B]:
        """The newest first."""
        return list(reversed(self._kept.values()))

    def find(self, id: str) -> B | None:
        """The one of that id, until it is dropped or forgotten."""
        return self._kept.get(id)

    def drop(self, id: str) -> None:
        """Forget it; what goes on ends."""
        self._kept.pop(id, None)
        if (task := self._tasks.get(id)) is not None:
            task.cancel()

    async def stop(self) -> None:
        """End what is under way: jobs are kept in the store, and nothing else was kept."""
        for task in tuple(self._tasks.values()):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def start(self, one: B, work: Callable[[], Awaitable[None]]) -> B:
        """Begin it; it tells of itself how far it is."""
        self._kept[one.id] = one
        task = self._tasks[one.id] = asyncio.create_task(self._carry_out(one, work))
        task.add_done_callback(lambda _: self._tasks.pop(one.id, None))
        while len(self._kept) > self._most:
            ended = next((id for id in self._kept if id not in self._tasks), None)
            self.drop(ended or next(iter(self._kept)))
        return one

    async def _carry_out(self, one: B, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (Refused, Failure) as fault:
            one.fault = str(fault)
        except Unavailable as fault:
            one.fault = fault.detail
        except asyncio.CancelledError:
            one.fault = self._stopped
            raise
        except Exception as fault:
            _log.error("unforeseen fault", of=type(one).__name__, id=one.id, fault=type(fault).__name__)
            one.fault = self._lost


class Runs(Kept[Run]):
    """One at a time sends: ``turn`` is held by whoever does, a run here or the watcher beside it."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        super().__init__(
            new_id,
            _RUNS_KEPT,
            "Whatever was not sent is sent by the next run.",
            "The server was stopped. Nothing is lost: the next run goes on where this one ended.",
        )
        self.turn = asyncio.Lock()

    def begin(
        self, application_id: int, title: str, by: str, at: str, work: Callable[[Run], Awaitable[RunReport]]
    ) -> Run:
        """Start it."""
        run = Run(id=self.new_id(), by=by, began=at, application_id=application_id, title=title)

        async def carried_out() -> None:
            async with self.turn:
                run.report = await work(run)

        return self.start(run, carried_out)

    def of(self, application_id: int) -> list[Run]:
        """Those of an application, the newest first."""
        return [run for run in self.all() if run.application_id == application_id]

    def find_of(self, application_id: int, id: str) -> Run | None:
        """The run of that id, of that application and of no other."""
        return next((run for run in self.of(application_id) if run.id == id), None)


class PendingImports(Kept[PendingImport]):
    """Imports that are being read, or were and do not count yet."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        super().__init__(
            new_id, _IMPORTS_KEPT, "Nothing was imported.", "The server was stopped. Nothing was imported."
        )

    def begin(
        self, origin: str, source: str, by: str, at: str, work: Callable[[], Awaitable[Import]]
    ) -> PendingImport:
        """Start to read one."""
        one = PendingImport(id=self.new_id(), by=by, began=at, origin=origin, source=source)

        async def read() -> None:
            prepared = await work()
            one.rows = await asyncio.to_thread(prepared.rows)
            one.prepared = prepared

        return self.start(one, read)


class AllFindings(Kept[Findings]):
    """What applications were found to hold: users to import, or drift. The latest of each kind is kept."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        super().__init__(
            new_id, _FINDINGS_KEPT, "Nothing was changed.", "The server was stopped. Nothing was changed."
        )

    def begin(
        self,
        application_id: int,
        kind: str,
        by: str,
        at: str,
        work: Callable[[Findings], Awaitable[list[Any]]],
    ) -> Findings:
        """Start to read the application; what was found before is forgotten."""
        before = self.latest(application_id, kind)
        one = Findings(id=self.new_id(), by=by, began=at, application_id=application_id, kind=kind)

        async def read() -> None:
            one.found = await work(one)

        if before is not None:
            self.drop(before.id)
        return self.start(one, read)

    def latest(self, application_id: int, kind: str) -> Findings | None:
        """The one that there is."""
        return next(
            (one for one in self.all() if one.application_id == application_id and one.kind == kind), None
        )
