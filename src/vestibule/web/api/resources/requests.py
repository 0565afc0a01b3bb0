"""The log of requests: what came, which rule decided, what changed and why."""

from __future__ import annotations

from typing import Annotated, Any

from vestibule.directory.logged import UnknownRequest, events_caused_by, request_numbered, reviews_asked_by
from vestibule.directory.store import Boundary, Recorded
from vestibule.directory.telling import told_request
from vestibule.tenancy.errors import UnknownTenant
from vestibule.tenancy.tenant import Tenant
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page
from vestibule.web.api.parameters import RequestId, Slug
from vestibule.web.api.problems import BoundElsewhere
from vestibule.web.api.rooms import room_of
from vestibule.web.recording_export import CannotExport, recording_of
from vestibule.web.rehearsal import CannotRehearse, rehearsed

RESOURCE = Resource("requests", "Requests", "What came, which rule decided, what changed and why.")

FailedParameter = Annotated[bool, Field(description="Only those that were refused.")]


@message
class RequestSummary:
    """A request in a list, without what was sent."""

    request: Annotated[str, Field(description="Its number, as in X-Request-Id.")]
    tenant: str | None
    at: str
    method: str
    path: str
    status: int
    milliseconds: float
    dialect: str
    token: Annotated[
        str, Field(description="The name of the token that was shown; api:… for one of the API.")
    ]
    rule: Annotated[str, Field(description="Which rule decided.")]
    reason: Annotated[str, Field(description="Why, in words.")]
    subject_type: str
    subject_id: str


@message
class RequestDetails:
    """One request with what was sent, answered and done; secrets are left out."""

    summary: RequestSummary
    query: str
    user_agent: str
    notes: Annotated[list[str], Field(description="What was ignored, coerced or kept back.")]
    role: Annotated[dict[str, Any] | None, Field(description="How the role was decided.")]
    body: Annotated[Any, Field(description="What was sent; null where it is not kept.")]
    answer: Annotated[Any, Field(description="What was answered, of refusals.")]
    events: Annotated[list[dict[str, Any]], Field(description="What happened because of it.")]
    reviews: Annotated[list[str], Field(description="The reviews that its refusal speaks of.")]
    forgotten: Annotated[bool, Field(description="Its personal values were erased.")]


@message
class Exported:
    """A request as a recording, with invented texts for all that is personal."""

    recording: dict[str, Any]


@message
class Replayed:
    """What a request would be answered now. Nothing was changed."""

    status: int
    answer: Any


@RESOURCE.get("/tenants/{tenant}/requests", name="list", scope="requests:read", raises=(UnknownTenant,))
async def list_requests(
    call: Call,
    tenant: Slug,
    failed: FailedParameter = False,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[RequestSummary]:
    """A tenant's requests, newest first."""
    return await _page(call, await call.tenant(tenant), failed, cursor, count)


@RESOURCE.get("/requests", name="of_strangers", scope="requests:read", raises=(BoundElsewhere,))
async def list_of_strangers(
    call: Call,
    failed: FailedParameter = False,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[RequestSummary]:
    """Requests that no tenant has: nobody was let in, or they concern the installation. Newest first."""
    call.demand_installation()
    return await _page(call, None, failed, cursor, count)


@RESOURCE.get("/requests/{id}", name="show", scope="requests:read", raises=(UnknownRequest,))
async def show(call: Call, id: RequestId) -> RequestDetails:
    """One request, by its number."""
    request, tenant = await _request(call, id)
    log = call.premises.log
    told = told_request(request, await events_caused_by(log, request))
    return RequestDetails(
        summary=_summary(request, tenant.slug if tenant else None),
        query=told["query"],
        user_agent=told["userAgent"],
        notes=told["notes"],
        role=told["role"],
        body=told["body"],
        answer=told["answer"],
        events=told["events"],
        reviews=[review.id for review in await reviews_asked_by(log, request)],
        forgotten=told["forgotten"],
    )


@RESOURCE.get(
    "/requests/{id}/recording", name="export", scope="requests:read", raises=(UnknownRequest, CannotExport)
)
async def export(call: Call, id: RequestId) -> Exported:
    """A request as a recording, which `vestibule request replay` plays: no personal value is in it."""
    request, tenant = await _request(call, id)
    if tenant is None:
        raise CannotExport("Nobody was let in with this request, so there is nothing to play again.")
    return Exported(recording=await recording_of(await room_of(call, tenant.slug), request))


@RESOURCE.post(
    "/requests/{id}/replay", name="replay", scope="requests:read", raises=(UnknownRequest, CannotRehearse)
)
async def replay(call: Call, id: RequestId) -> Replayed:
    """Play a SCIM request again as a dry run: what it would be answered, and do, by the rules and facts of now.

    Nothing is changed. What the log leaves out (secrets) is left out here too.
    """
    request, tenant = await _request(call, id)
    if tenant is None:
        raise CannotRehearse("Nobody was let in with this request, so there is nothing to play again.")
    premises = call.premises
    connections = await premises.tenancy.connections(tenant.id)
    connection = next((one for one in connections if one.id == request.connection), connections[0])
    profile = await call.desk.profile_of(tenant)
    call.about(request.subject_type, request.subject_id)
    played = await rehearsed(premises.scim, tenant, connection, profile, request, call.request_id, call.at)
    return Replayed(status=played.status, answer=played.answer)


async def _request(call: Call, id: str) -> tuple[Recorded, Tenant | None]:
    """The request, if the token may see it; one of no tenant is for tokens of the whole installation."""
    request = await request_numbered(call.premises.log, id)
    if request.tenant is None:
        if call.token.tenant is not None or call.token.account is not None:
            raise UnknownRequest(id)
        return request, None
    for tenant in await call.premises.tenancy.tenants():
        if tenant.id == request.tenant and call.sees(tenant):
            call.tenant_id = tenant.id
            return request, tenant
    raise UnknownRequest(id)


async def _page(
    call: Call, tenant: Tenant | None, failed: bool, cursor: str | None, count: int
) -> Page[RequestSummary]:
    place = await call.places(tenant.id if tenant else None, failed)
    boundary = place.open(cursor)
    before = str(boundary.key) if boundary is not None else None
    rows = await call.premises.log.requests(
        tenant.id if tenant else None, limit=count + 1, before=before, failed=failed
    )
    next = place.seal(Boundary(rows[count - 1].id, 0)) if len(rows) > count else None
    return Page([_summary(row, tenant.slug if tenant else None) for row in rows[:count]], next)


def _summary(request: Recorded, tenant: str | None) -> RequestSummary:
    return RequestSummary(
        request=request.id,
        tenant=tenant,
        at=request.at,
        method=request.method,
        path=request.path,
        status=request.status,
        milliseconds=round(request.duration_us / 1000, 1),
        dialect=request.dialect,
        token=request.token_name,
        rule=request.rule,
        reason=request.reason,
        subject_type=request.subject_type,
        subject_id=request.subject_id,
    )
