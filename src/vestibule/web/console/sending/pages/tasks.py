"""Tasks: what was given up and waits for somebody, in the application's own words; retry or dismiss."""

from __future__ import annotations

from starlette.responses import Response

from vestibule.provisioning.application import Application
from vestibule.provisioning.job import JobState
from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.sending.visit import DirectoryVisit
from vestibule.web.console.sending.wording import as_shown

_PAGE = "/tasks"
_ROWS = 200

KINDS = {
    "create": message("create"),
    "link": message("link"),
    "update": message("update"),
    "deactivate": message("deactivate"),
    "reactivate": message("reactivate"),
    "push group": message("push group"),
    "change group": message("change group"),
    "delete group": message("delete group"),
    "nothing": message("held back"),
}
DONE = {
    "retried": message("Queued again; it is sent now."),
    "dismissed": message("Dismissed. Nothing more is tried until something about it changes."),
}


async def _tasks(visit: DirectoryVisit) -> Response:
    return await _shown(visit)


async def _shown(visit: DirectoryVisit, status: int = 200, fault: str = "") -> Response:
    tasks, retrying = [], []
    for application in await visit.store.applications():
        for job in await visit.store.jobs(application.id):
            if job.state is JobState.QUARANTINED:
                tasks.append((application, job))
            elif job.state is JobState.RETRYING:
                retrying.append((application, job))
    return visit.show(
        "tasks.html",
        status,
        tasks=tasks[:_ROWS],
        more=max(0, len(tasks) - _ROWS),
        retrying=retrying[:_ROWS],
        stopped=[one for one in await visit.store.applications() if one.quarantined],
        kinds=KINDS,
        fault=fault,
        sentences=DONE,
    )


async def _act(visit: DirectoryVisit) -> Response:
    """*Retry Selected* or *Dismiss*, of those ticked: each as ``application:subject``."""
    form = visit.form
    by_id = {str(one.id): one for one in await visit.store.applications()}
    chosen: list[tuple[Application, str]] = []
    for text in form.every("task"):
        number, _, subject = text.partition(":")
        if number not in by_id or not subject:
            raise nothing_there()
        chosen.append((by_id[number], subject))
    try:
        if not chosen:
            raise Refused(visit.say("Tick what is meant."))
        for application, subject in chosen:
            if form.line("do", 10) == "dismiss":
                await visit.desk.dismiss(application.name, subject)
            else:
                await visit.desk.retry(application.name, subject)
    except Refused as refusal:
        return await _shown(visit, 422, as_shown(str(refusal)))
    return visit.go(_PAGE, "dismissed" if form.line("do", 10) == "dismiss" else "retried")


PAGES = (Page(_PAGE, shows=_tasks, does=_act),)
