"""A run that somebody started: its progress as it goes, what it did, and for one person every step of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.responses import Response

from vestibule.provisioning.under_way import Run
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.sending.visit import ApplicationVisit
from vestibule.web.console.sending.wording import as_shown
from vestibule.web.console.streams import event, stream, ticks

_LOOK_SECONDS = 0.5
_END = "end"


def _run(visit: ApplicationVisit) -> Run:
    run = visit.office.runs.find_of(visit.application.id, visit.path("run"))
    if run is None:
        raise nothing_there()
    return run


def _told(run: Run) -> dict[str, object]:
    return {
        "run": run,
        "fault": "",
        "said": as_shown(run.fault) if run.fault else "",
        "held": [as_shown(sentence) for sentence in run.report.held.values()] if run.report else [],
    }


async def _show(visit: ApplicationVisit) -> Response:
    return visit.show("run.html", **_told(_run(visit)))


async def _stream(visit: ApplicationVisit) -> Response:
    run = _run(visit)

    async def pieces() -> AsyncIterator[str]:
        async for _ in ticks(visit, _LOOK_SECONDS):
            yield event("run", visit.part("run_told.html", **_told(run)))
            if run.is_over:
                yield event(_END, "")
                return

    return stream(pieces())


PAGES = (Page("/runs/{run}", shows=_show), Page("/runs/{run}/stream", shows=_stream))
