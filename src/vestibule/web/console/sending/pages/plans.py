"""Plans: what would be sent, made, read operation by operation, approved, applied with progress."""

from __future__ import annotations

from starlette.responses import Response

from vestibule.provisioning.application import Application
from vestibule.provisioning.effort import in_words
from vestibule.provisioning.plan_file import PlanFile, PlanState
from vestibule.provisioning.planning import check_appliable
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.store import UnknownName
from vestibule.provisioning.threshold import Threshold
from vestibule.provisioning.under_way import Run
from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.sending.pages.tasks import KINDS
from vestibule.web.console.sending.visit import DirectoryVisit
from vestibule.web.console.sending.wording import as_shown

_PAGE = "/plans"
_ROWS = 100
_LONGEST_WAIT = 60.0

STATES = {
    PlanState.UNFINISHED: (message("not made to its end"), "warn"),
    PlanState.MADE: (message("made"), "accent"),
    PlanState.APPROVED: (message("approved"), "good"),
    PlanState.APPLIED: (message("applied"), ""),
}
THRESHOLDS = {
    Threshold.DEACTIVATIONS: message("deactivations"),
    Threshold.MEMBER_REMOVALS: message("members who leave their groups"),
    Threshold.GROUP_DELETIONS: message("groups that are deleted"),
}
DONE = {
    "made": message("The plan is made. Nothing was sent."),
    "approved": message("The plan is approved."),
    "dropped": message("The plan is dropped."),
}


async def _plans(visit: DirectoryVisit) -> Response:
    return await _shown(visit)


async def _shown(visit: DirectoryVisit, status: int = 200, fault: str = "") -> Response:
    applications = await visit.store.applications()
    plans = [(one, plan) for one in applications for plan in await visit.store.plans(one.id)]
    plans.sort(key=lambda pair: pair[1].made_at, reverse=True)
    return visit.show(
        "plans.html",
        status,
        applications=[one for one in applications if one.connection is not None],
        plans=plans[:_ROWS],
        states=STATES,
        fault=fault,
        sentences=DONE,
    )


async def _make(visit: DirectoryVisit) -> Response:
    application = await _application(visit, visit.form.line("application", 20))
    try:
        if visit.form.has("refresh"):
            await visit.engine.refresh(application)
        plan = await visit.desk.make_plan(
            application.name, visit.administrator.email, refreshed=visit.form.has("refresh")
        )
    except Refused as refusal:
        return await _shown(visit, 409, as_shown(str(refusal)))
    return visit.go(f"{_PAGE}/{application.id}/{plan.id}", "made")


async def _application(visit: DirectoryVisit, number: str) -> Application:
    found = [one for one in await visit.store.applications() if str(one.id) == number]
    if not found:
        raise nothing_there()
    return found[0]


async def _meant(visit: DirectoryVisit) -> tuple[Application, PlanFile]:
    application = await _application(visit, visit.path("application"))
    number = visit.path("plan")
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        raise nothing_there()
    try:
        return application, await visit.store.plan(application.id, int(number))
    except UnknownName:
        raise nothing_there() from None


async def _plan(visit: DirectoryVisit) -> Response:
    return await _plan_shown(visit)


async def _plan_shown(visit: DirectoryVisit, status: int = 200, fault: str = "") -> Response:
    application, plan = await _meant(visit)
    typed = visit.query("after", 12)
    after = int(typed) if typed.isascii() and typed.isdigit() else 0
    rows = await visit.store.operations(application.id, plan.id, after, _ROWS + 1)
    engine = await visit.store.engine_settings(application.id)
    return visit.show(
        "plan.html",
        status,
        application=application,
        plan=plan,
        rows=rows[:_ROWS],
        as_shown=as_shown,
        after=rows[_ROWS - 1][0] if len(rows) > _ROWS else 0,
        counts=[(KINDS[kind], count) for kind, count in plan.counts.items() if kind in KINDS and count],
        held=[(name, THRESHOLDS[Threshold(name)], as_shown(text)) for name, text in plan.held.items()],
        takes=in_words(plan.seconds),
        needs_approval=engine.needs_approval,
        kinds=KINDS,
        states=STATES,
        fault=fault,
        sentences=DONE,
    )


async def _act(visit: DirectoryVisit) -> Response:
    """Approve, apply or drop."""
    application, plan = await _meant(visit)
    try:
        match visit.form.line("do", 10):
            case "approve":
                await visit.desk.approve_plan(application.name, plan.id, visit.administrator.email)
                return visit.go(f"{_PAGE}/{application.id}/{plan.id}", "approved")
            case "drop":
                await visit.desk.drop_plan(application.name, plan.id)
                return visit.go(_PAGE, "dropped")
            case "apply":
                return await _apply(visit, application, plan)
    except Refused as refusal:
        return await _plan_shown(visit, 409, as_shown(str(refusal)))
    raise nothing_there()


async def _apply(visit: DirectoryVisit, application: Application, plan: PlanFile) -> Response:
    engine = visit.engine
    accepted = frozenset(name for name in plan.held if visit.form.has(f"accept_{name}"))
    check_appliable(plan, await visit.store.engine_settings(application.id), accepted)
    await visit.desk.note("run.asked", application.name, plan=plan.id, accepted=sorted(accepted))

    async def work(run: Run) -> RunReport:
        async with engine.worker(application, progress=run.note, longest_wait=_LONGEST_WAIT) as worker:
            return await engine.perform(worker, application, plan.id, accepted)

    title = visit.say("Plan {number} is applied", number=plan.id)
    run = visit.office.runs.begin(application.id, title, visit.actor, visit.now, work)
    return visit.go(f"/applications/{application.id}/runs/{run.id}")


PAGES = (
    Page(_PAGE, shows=_plans, does=_make),
    Page(f"{_PAGE}/{{application}}/{{plan}}", shows=_plan, does=_act),
)
