"""Plans: made, read, approved, and applied exactly so."""

from __future__ import annotations

from typing import Annotated, Any

from vestibule.directory.store import Boundary
from vestibule.provisioning.plan_file import PlanFile, PlannedOperation
from vestibule.provisioning.store import UnknownName
from vestibule.refused import Refused
from vestibule.web.api.message import Field, message
from vestibule.web.api.paging import (
    DEFAULT_COUNT,
    CountParameter,
    CursorParameter,
    Page,
    page_by_key,
)
from vestibule.web.directory_api.resource import ApplicationName, PlanId, resource
from vestibule.web.directory_api.side import Call

RESOURCE = resource("plans", "Plans", "What a run would send, kept to be read, approved and applied so.")


@message
class PlanShown:
    """What a plan says of itself."""

    id: int
    state: str
    made_at: str
    made_by: str
    decided_at: str
    decided_by: str
    refreshed: bool
    operations: int
    requests: int
    seconds: Annotated[float, Field(description="How long it takes at that rate.")]
    per_second: float
    rate_from: str
    counts: dict[str, int]
    held: Annotated[dict[str, str], Field(description="The thresholds that stop it, by name.")]


@message
class NewPlan:
    """How it is made."""

    refresh: Annotated[bool, Field(description="Read first what is really there.")] = False


@message
class DifferenceShown:
    """An attribute before and after."""

    attribute: str
    before: Any
    after: Any


@message
class OperationShown:
    """An operation of a plan."""

    position: int
    stage: str
    operation: str
    label: str
    reason: str
    differences: list[DifferenceShown]
    requests: int
    people_in: int
    people_out: int


@RESOURCE.get("/applications/{application}/plans", name="list", scope="plans:read", raises=(UnknownName,))
async def list_plans(
    call: Call,
    application: ApplicationName,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[PlanShown]:
    """The plans of an application, the oldest first."""
    found = await call.application(application)
    rows = [_shown(plan) for plan in await call.store.plans(found.id)]
    return page_by_key(rows, lambda row: f"{row.id:020}", count, await call.places(found.id), cursor)


@RESOURCE.post(
    "/applications/{application}/plans",
    name="make",
    scope="plans:write",
    status=201,
    raises=(UnknownName, Refused),
)
async def make(call: Call, application: ApplicationName, body: NewPlan) -> PlanShown:
    """Make a plan and keep it. Nothing is sent."""
    if body.refresh:
        await call.bureau.engine.refresh(await call.application(application))
    made = await call.desk.make_plan(application, call.desk.actor, refreshed=body.refresh)
    return _shown(made)


@RESOURCE.get(
    "/applications/{application}/plans/{plan}", name="show", scope="plans:read", raises=(UnknownName,)
)
async def show(call: Call, application: ApplicationName, plan: PlanId) -> PlanShown:
    """One plan."""
    found = await call.application(application)
    return _shown(await call.store.plan(found.id, plan))


@RESOURCE.get(
    "/applications/{application}/plans/{plan}/operations",
    name="operations",
    scope="plans:read",
    raises=(UnknownName,),
)
async def operations(
    call: Call,
    application: ApplicationName,
    plan: PlanId,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[OperationShown]:
    """A plan's operations in their order, and who is held back for a reason worth a word."""
    found = await call.application(application)
    known = await call.store.plan(found.id, plan)
    place = await call.places(found.id, known.id)
    boundary = place.open(cursor)
    rows = await call.store.operations(found.id, known.id, boundary.seq if boundary else 0, count + 1)
    shown = rows[:count]
    end = Boundary(None, shown[-1][0]) if len(rows) > count else None
    return Page([_operation(position, one) for position, one in shown], place.seal(end))


@RESOURCE.post(
    "/applications/{application}/plans/{plan}/approve",
    name="approve",
    scope="plans:write",
    raises=(UnknownName, Refused),
)
async def approve(call: Call, application: ApplicationName, plan: PlanId) -> PlanShown:
    """Approve a plan: what it says may be sent."""
    return _shown(await call.desk.approve_plan(application, plan, call.desk.actor))


@RESOURCE.delete(
    "/applications/{application}/plans/{plan}", name="drop", scope="plans:write", raises=(UnknownName,)
)
async def drop(call: Call, application: ApplicationName, plan: PlanId) -> None:
    """Forget a plan that nobody wants."""
    await call.desk.drop_plan(application, plan)


def _shown(plan: PlanFile) -> PlanShown:
    return PlanShown(
        id=plan.id,
        state=str(plan.state),
        made_at=plan.made_at,
        made_by=plan.made_by,
        decided_at=plan.decided_at,
        decided_by=plan.decided_by,
        refreshed=plan.refreshed,
        operations=plan.operations,
        requests=plan.requests,
        seconds=plan.seconds,
        per_second=plan.per_second,
        rate_from=plan.rate_from,
        counts={str(kind): number for kind, number in plan.counts.items()},
        held=dict(plan.held),
    )


def _operation(position: int, one: PlannedOperation) -> OperationShown:
    return OperationShown(
        position=position,
        stage=str(one.stage),
        operation=str(one.kind),
        label=one.label,
        reason=one.reason,
        differences=[
            DifferenceShown(attribute=change.variable, before=change.before, after=change.after)
            for change in one.differences
        ],
        requests=one.requests,
        people_in=len(one.people_in),
        people_out=len(one.people_out),
    )
