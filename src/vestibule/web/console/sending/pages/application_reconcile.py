"""Provisioning → Reconcile: what the application holds otherwise than it was told, and mending it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response

from vestibule.provisioning.drift import Drift, DriftKind
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.under_way import Findings, Run
from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.sending.visit import ApplicationVisit
from vestibule.web.console.sending.wording import as_shown
from vestibule.web.console.streams import event, stream, ticks

_PAGE = "/reconcile"
_KIND = "drift"
_ROWS = 100
_LOOK_SECONDS = 0.4
_LONGEST_WAIT = 60.0
_END = "end"

KINDS = {
    DriftKind.CHANGED_THERE: (message("Changed there"), "warn"),
    DriftKind.UNKNOWN_THERE: (message("Unknown there"), "bad"),
    DriftKind.UNKNOWN_HERE: (message("Unknown here"), ""),
}
#: What is said of each finding that has no differences of its own.
SAYINGS = {
    (DriftKind.UNKNOWN_THERE, "user"): message("was created or linked, and is not there"),
    (DriftKind.UNKNOWN_THERE, "group"): message("was pushed, and is not there"),
    (DriftKind.UNKNOWN_HERE, "user"): message("is there, and nobody here stands for it"),
    (DriftKind.UNKNOWN_HERE, "group"): message("is there, and is not pushed from here"),
}


def _told(visit: ApplicationVisit, needs_approval: bool, fault: str = "") -> dict[str, Any]:
    latest = visit.office.findings.latest(visit.application.id, _KIND)
    found: list[Drift] = latest.found or [] if latest else []
    chosen = visit.query("kind", 20)
    fitting = [one for one in found if not chosen or one.kind == chosen]
    return {
        "latest": latest,
        "problem": as_shown(latest.fault) if latest and latest.fault else "",
        "counts": [(kind, words, sum(one.kind is kind for one in found)) for kind, words in KINDS.items()],
        "chosen": chosen,
        "found": bool(found),
        "rows": fitting[:_ROWS],
        "more": max(0, len(fitting) - _ROWS),
        "is_mendable": any(one.kind is not DriftKind.UNKNOWN_HERE for one in found),
        "is_unknown_here": any(one.kind is DriftKind.UNKNOWN_HERE and one.of == "user" for one in found),
        "needs_approval": needs_approval,
        "kinds": KINDS,
        "sayings": SAYINGS,
        "said": fault,
        "fault": "",
    }


async def _show(visit: ApplicationVisit) -> Response:
    return await _shown(visit)


async def _shown(visit: ApplicationVisit, status: int = 200, fault: str = "") -> Response:
    return visit.show("reconcile.html", status, **_told(visit, await _needs_approval(visit), fault))


async def _needs_approval(visit: ApplicationVisit) -> bool:
    return (await visit.store.engine_settings(visit.application.id)).needs_approval


async def _stream(visit: ApplicationVisit) -> Response:
    needs_approval = await _needs_approval(visit)

    async def pieces() -> AsyncIterator[str]:
        async for _ in ticks(visit, _LOOK_SECONDS):
            yield event("drift", visit.part("reconcile_told.html", **_told(visit, needs_approval)))
            latest = visit.office.findings.latest(visit.application.id, _KIND)
            if latest is None or latest.is_over:
                yield event(_END, "")
                return

    return stream(pieces())


async def _act(visit: ApplicationVisit) -> Response:
    """Read what is there; or mend, which reads it again and sends what differs."""
    if visit.application.connection is None:
        raise nothing_there()
    try:
        match visit.form.line("do", 10):
            case "read":
                return await _read(visit)
            case "mend":
                return await _mend(visit)
    except Refused as refusal:
        return await _shown(visit, 409, as_shown(str(refusal)))
    raise nothing_there()


async def _read(visit: ApplicationVisit) -> Response:
    application, engine = visit.application, visit.engine

    async def work(findings: Findings) -> list[Any]:
        return [found async for found in engine.drift(application, seen=findings.note)]

    await visit.desk.note("drift.read", visit.name)
    visit.office.findings.begin(application.id, _KIND, visit.actor, visit.now, work)
    return visit.go(visit.below(_PAGE))


async def _mend(visit: ApplicationVisit) -> Response:
    application, engine, desk = visit.application, visit.engine, visit.desk
    await engine.check_unplanned(application)

    async def work(run: Run) -> RunReport:
        _, report = await engine.mend(application, desk, progress=run.note, longest_wait=_LONGEST_WAIT)
        return report

    latest = visit.office.findings.latest(application.id, _KIND)
    if latest is not None:
        visit.office.findings.drop(latest.id)
    title = visit.say("Reconcile: mended")
    run = visit.office.runs.begin(application.id, title, visit.actor, visit.now, work)
    return visit.go(visit.below(f"/runs/{run.id}"))


PAGES = (Page(_PAGE, shows=_show, does=_act), Page(f"{_PAGE}/stream", shows=_stream))
