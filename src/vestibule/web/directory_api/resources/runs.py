"""Runs: a cycle, a plan carried out, somebody provisioned now; and what waits for a person."""

from __future__ import annotations

from typing import Annotated

from vestibule.provisioning import under_way
from vestibule.provisioning.application import Application
from vestibule.provisioning.job import Job
from vestibule.provisioning.planning import StalePlan, check_appliable
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.store import RunUnderWay, UnknownName
from vestibule.provisioning.threshold import Held, accepted_names
from vestibule.provisioning.trace import Trace
from vestibule.refused import Refused
from vestibule.web.api.message import Field, message
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page, page_by_key
from vestibule.web.directory_api.resource import ApplicationName, resource
from vestibule.web.directory_api.resources.assignments import Counted
from vestibule.web.directory_api.side import Call

RESOURCE = resource("runs", "Runs", "Sending: a cycle, a plan, one person; and what waits for somebody.")

_FAULTS = (UnknownName, RunUnderWay, Refused)
_LONGEST_WAIT = 60.0
RunId = Annotated[str, Field(max_length=64, pattern="^[0-9a-f]+$", description="The run's id.")]


class UnknownRun(Refused):
    """There is no such run here any more."""

    status = 404


Accepted = Annotated[
    list[Annotated[str, Field(max_length=40)]],
    Field(max_length=3, description="Thresholds that may be passed."),
]


@message
class Run:
    """How it is carried out: everybody, or what one plan says."""

    plan: Annotated[int | None, Field(ge=1, le=2**53, description="Carry out this plan alone.")] = None
    forced: Annotated[bool, Field(description="*Force Sync*: send everybody's attributes again.")] = False
    accept: Accepted = Field(default_factory=list)


@message
class FaultShown:
    """A job that was given up."""

    label: str
    operation: str
    outcome: str
    detail: str


@message
class ReportShown:
    """What a run did. It answers at its end: what was queued is kept, and goes on by itself or with the next run."""

    creates: int
    links: int
    updates: int
    deactivations: int
    reactivations: int
    deletions: int
    group_changes: int
    failures: int
    waiting: Annotated[int, Field(description="Jobs that will be tried again.")]
    stopped: Annotated[str, Field(description="Why all has stopped; empty where nothing has.")]
    held: Annotated[dict[str, str], Field(description="What a threshold keeps back, by its name.")]
    faults: list[FaultShown]


@message
class ProgressShown:
    """How far a stage is."""

    stage: Annotated[str, Field(description="users or groups")]
    settled: int
    total: int
    latest: str


@message
class RunShown:
    """A run that goes on by itself."""

    id: str
    title: str
    by: str
    began: str
    state: Annotated[str, Field(description="running, done or failed")]
    progress: list[ProgressShown]
    report: Annotated[ReportShown | None, Field(description="What it did, once it is done.")]
    fault: Annotated[str, Field(description="Why it came to no end; empty where it did.")]


@message
class Whom:
    """One person."""

    login: Annotated[str, Field(min_length=1, max_length=1000)]


@message
class StepShown:
    """A step of *Provision User*."""

    step: str
    sentence: str
    details: list[str]


@message
class ProvisionedShown:
    """What was done for one person: read, scoped, mapped, matched, sent, answered."""

    report: ReportShown
    trace: list[StepShown]


@message
class TaskShown:
    """A job: under way, to be tried again, or a task for somebody."""

    id: int
    state: str
    operation: str
    label: str
    attempts: int
    retry_at: str
    outcome: str
    detail: str


@message
class Whose:
    """Whose tasks: a person's, a group's, or all of them."""

    whose: Annotated[str | None, Field(min_length=1, max_length=1000)] = None


@RESOURCE.post(
    "/applications/{application}/runs",
    name="start",
    scope="runs:write",
    raises=(*_FAULTS, StalePlan, Held),
)
async def start(call: Call, application: ApplicationName, body: Run) -> ReportShown:
    """Bring an application in step: users, then groups. With a plan, what was planned and just that."""
    accepted = accepted_names(body.accept)
    async with call.sending() as engine:
        found = await call.application(application)
        if body.plan is None:
            await engine.check_unplanned(found)
        await call.desk.note(
            "run.asked", found.name, plan=body.plan, forced=body.forced, accepted=sorted(accepted)
        )
        async with engine.worker(found) as worker:
            if body.plan is not None:
                return _report(await engine.perform(worker, found, body.plan, accepted))
            return _report(await worker.apply(forced=body.forced, accepted=accepted))


@RESOURCE.post(
    "/applications/{application}/background-runs",
    name="begin",
    scope="runs:write",
    status=202,
    raises=(*_FAULTS, StalePlan, Held),
)
async def begin(call: Call, application: ApplicationName, body: Run) -> RunShown:
    """The same, answered at once: ask for the run until it is over."""
    accepted = accepted_names(body.accept)
    found, engine = await call.application(application), call.bureau.engine
    if body.plan is None:
        await engine.check_unplanned(found)
        title = "Force Sync" if body.forced else "Everybody"
    else:
        settings = await call.store.engine_settings(found.id)
        check_appliable(await call.store.plan(found.id, body.plan), settings, accepted)
        title = f"Plan {body.plan} is applied"
    await call.desk.note(
        "run.asked", found.name, plan=body.plan, forced=body.forced, accepted=sorted(accepted)
    )

    async def work(run: under_way.Run) -> RunReport:
        async with engine.worker(found, progress=run.note, longest_wait=_LONGEST_WAIT) as worker:
            if body.plan is not None:
                return await engine.perform(worker, found, body.plan, accepted)
            return await worker.apply(forced=body.forced, accepted=accepted)

    return _run(call.bureau.runs.begin(found.id, title, call.desk.actor, call.at, work))


@RESOURCE.get(
    "/applications/{application}/background-runs",
    name="list",
    scope="runs:read",
    raises=(UnknownName,),
)
async def list_runs(
    call: Call,
    application: ApplicationName,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[RunShown]:
    """The runs that this server remembers, begun here or in the console, the oldest first."""
    found = await call.application(application)
    rows = [_run(run) for run in call.bureau.runs.of(found.id)]
    place = await call.places(found.id)
    return page_by_key(rows, lambda row: f"{row.began} {row.id}", count, place, cursor)


@RESOURCE.get(
    "/applications/{application}/background-runs/{run}",
    name="show",
    scope="runs:read",
    raises=(UnknownName, UnknownRun),
)
async def show(call: Call, application: ApplicationName, run: RunId) -> RunShown:
    """How far a run is; what it did once it is over."""
    found = await call.application(application)
    known = call.bureau.runs.find_of(found.id, run)
    if known is None:
        raise UnknownRun(
            f"There is no run {run!r} of {found.name} here: a server remembers its last hundred, until it is started anew."
        )
    return _run(known)


@RESOURCE.post(
    "/applications/{application}/provision-now",
    name="provision_now",
    scope="runs:write",
    raises=_FAULTS,
)
async def provision_now(call: Call, application: ApplicationName, body: Whom) -> ProvisionedShown:
    """*Provision User*: one person at once, with the whole trace."""
    trace = Trace()
    async with call.sending() as engine:
        found = await call.application(application)
        person = await call.store.person(body.login)
        await call.desk.note("person.provisioned", found.name, people=[person.login])
        await trace.begin(call.store, found, person.id)
        async with engine.worker(found, watch=trace.exchange) as worker:
            report = await worker.provision([person.id])
        await trace.end(call.store, found, person.id)
    return ProvisionedShown(
        report=_report(report),
        trace=[
            StepShown(step=one.step, sentence=one.sentence, details=list(one.lines)) for one in trace.steps
        ],
    )


@RESOURCE.get("/applications/{application}/tasks", name="tasks", scope="runs:read", raises=(UnknownName,))
async def tasks(
    call: Call,
    application: ApplicationName,
    waiting: Annotated[bool, Field(description="Also what is under way or will be tried again.")] = False,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[TaskShown]:
    """What was given up and waits for somebody, with the application's own words."""
    found: Application = await call.application(application)
    jobs = await call.store.jobs(found.id)
    rows = [_task(job) for job in jobs if waiting or job.state == "quarantined"]
    place = await call.places(found.id, waiting)
    return page_by_key(rows, lambda row: f"{row.id:020}", count, place, cursor)


@RESOURCE.post(
    "/applications/{application}/tasks/retry", name="retry", scope="runs:write", raises=(UnknownName,)
)
async def retry(call: Call, application: ApplicationName, body: Whose) -> Counted:
    """*Retry Selected*: queue what was given up again; the next run sends it. How many."""
    return Counted(count=await call.desk.retry(application, body.whose))


@RESOURCE.post(
    "/applications/{application}/tasks/dismiss", name="dismiss", scope="runs:write", raises=(UnknownName,)
)
async def dismiss(call: Call, application: ApplicationName, body: Whose) -> Counted:
    """Nothing more is tried until something about the person changes. How many."""
    return Counted(count=await call.desk.dismiss(application, body.whose))


def _report(report: RunReport) -> ReportShown:
    return ReportShown(
        **report.as_document(),
        waiting=report.waiting,
        stopped=report.stopped,
        held=dict(report.held),
        faults=[
            FaultShown(label=one.label, operation=str(one.kind), outcome=one.outcome, detail=one.detail)
            for one in report.faults
        ],
    )


def _run(run: under_way.Run) -> RunShown:
    return RunShown(
        id=run.id,
        title=run.title,
        by=run.by,
        began=run.began,
        state="done" if run.report else "failed" if run.fault else "running",
        progress=[
            ProgressShown(stage=str(one.stage), settled=one.settled, total=one.total, latest=one.latest)
            for one in run.progress.values()
        ],
        report=_report(run.report) if run.report else None,
        fault=run.fault,
    )


def _task(job: Job) -> TaskShown:
    return TaskShown(
        id=job.id,
        state=str(job.state),
        operation=str(job.kind),
        label=job.label,
        attempts=job.attempts,
        retry_at=job.retry_at,
        outcome=job.outcome,
        detail=job.detail,
    )
