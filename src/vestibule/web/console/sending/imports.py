"""Imports that are being read, or were and do not count yet: what each would change is looked at first."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from vestibule.provisioning.importing import Import
from vestibule.refused import Refused
from vestibule.scim.errors import Unavailable

_log = structlog.get_logger("vestibule.web.console")

#: So many wait at a time, the oldest is forgotten first; each may be a whole directory.
_KEPT = 4


@dataclass(slots=True)
class Reading:
    """An import with where it came from, and who read it when; ``source`` is the source's own name.

    ``fault`` says why nothing came of it.
    """

    id: str
    origin: str
    source: str
    by: str
    at: str
    prepared: Import | None = None
    fault: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it was read to its end, or given up."""
        return self.prepared is not None or bool(self.fault)


class PendingImports:
    """In one process."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._waiting: OrderedDict[str, Reading] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(
        self, origin: str, source: str, by: str, at: str, work: Callable[[], Awaitable[Import]]
    ) -> Reading:
        """Start to read one; its page tells the rest."""
        reading = Reading(self._new_id(), origin, source, by, at)
        self._waiting[reading.id] = reading
        while len(self._waiting) > _KEPT:
            self._waiting.popitem(last=False)
        task = asyncio.create_task(_read(reading, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return reading

    def all(self) -> list[Reading]:
        """Those that wait, the newest first."""
        return list(reversed(self._waiting.values()))

    def find(self, id: str) -> Reading | None:
        """The one of that id, until it counts or is dropped."""
        return self._waiting.get(id)

    def drop(self, id: str) -> None:
        """Forget it."""
        self._waiting.pop(id, None)

    async def stop(self) -> None:
        """Read no further; nothing was kept."""
        for task in tuple(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _read(reading: Reading, work: Callable[[], Awaitable[Import]]) -> None:
    try:
        reading.prepared = await work()
    except Refused as fault:
        reading.fault = str(fault)
    except Unavailable as fault:
        reading.fault = fault.detail
    except Exception as fault:
        _log.error("unforeseen fault of an import", fault=type(fault).__name__)
        reading.fault = "Something went wrong on our side. Nothing was imported."
