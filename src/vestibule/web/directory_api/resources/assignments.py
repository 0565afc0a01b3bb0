"""Who is assigned to an application, and why somebody is in scope or is not."""

from __future__ import annotations

from typing import Annotated

from vestibule.provisioning.assigned import assignment_rows, why_in_scope
from vestibule.provisioning.store import UnknownName
from vestibule.refused import Refused
from vestibule.web.api.message import Field, message
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page, page_by_key
from vestibule.web.directory_api.resource import ApplicationName, Login, resource
from vestibule.web.directory_api.side import Call

RESOURCE = resource("assignments", "Assignments", "People and groups that were given an application.")

_MOST = 1000
Logins = Annotated[list[Login], Field(max_length=_MOST)]
GroupNames = Annotated[list[Annotated[str, Field(min_length=1, max_length=1000)]], Field(max_length=_MOST)]
Values = Annotated[
    dict[str, Annotated[str, Field(max_length=2000)]],
    Field(max_length=100, description="Application attributes by variable."),
]


@message
class AssignmentShown:
    """A person or a group that is assigned."""

    kind: str
    name: str
    priority: int | None
    values: list[str]
    people: Annotated[int, Field(description="How many people that is.")]
    waits: Annotated[bool, Field(description="From before provisioning: waits for *Provision User*.")]


@message
class NewAssignments:
    """People and groups to be assigned, with application attributes; those that are there are changed."""

    people: Logins = Field(default_factory=list)
    groups: GroupNames = Field(default_factory=list)
    values: Values = Field(default_factory=dict)
    priority: Annotated[int, Field(ge=0, le=1_000_000, description="Of groups: the lowest wins.")] = 0


@message
class Unassigned:
    """Whose assignments are taken away."""

    people: Logins = Field(default_factory=list)
    groups: GroupNames = Field(default_factory=list)


@message
class Counted:
    """How many there were."""

    count: int


@message
class ValueGiven:
    """A value that an assignment has for somebody."""

    variable: str
    value: str
    by: str
    counts: bool
    note: str


@message
class ScopeShown:
    """Whether somebody is to be at the application, and why."""

    in_scope: bool
    sentence: str
    reasons: list[str]
    values: list[ValueGiven]


@RESOURCE.get(
    "/applications/{application}/assignments",
    name="list",
    scope="applications:read",
    raises=(UnknownName,),
)
async def list_assignments(
    call: Call,
    application: ApplicationName,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[AssignmentShown]:
    """Groups, then people, by name."""
    found = await call.application(application)
    rows = [
        AssignmentShown(
            kind=row["kind"],
            name=row["name"],
            priority=row["priority"],
            values=row["values"],
            people=row["people"],
            waits=row["waits"],
        )
        for row in await assignment_rows(call.store, found)
    ]
    place = await call.places(found.id)
    return page_by_key(rows, lambda row: f"{row.kind} {row.name}", count, place, cursor)


@RESOURCE.post(
    "/applications/{application}/assignments",
    name="assign",
    scope="applications:write",
    raises=(UnknownName, Refused),
)
async def assign(call: Call, application: ApplicationName, body: NewAssignments) -> Counted:
    """Assign people and groups; how many assignments are new or changed."""
    made = await call.desk.assign(application, body.people, body.groups, body.values, body.priority)
    return Counted(count=made)


@RESOURCE.post(
    "/applications/{application}/assignments/remove",
    name="unassign",
    scope="applications:write",
    raises=(UnknownName,),
)
async def unassign(call: Call, application: ApplicationName, body: Unassigned) -> Counted:
    """Take assignments away: with the next run whoever has no other one is deactivated there."""
    return Counted(count=await call.desk.unassign(application, body.people, body.groups))


@RESOURCE.get(
    "/applications/{application}/scope/{login}",
    name="why",
    scope="applications:read",
    raises=(UnknownName,),
)
async def why(call: Call, application: ApplicationName, login: Login) -> ScopeShown:
    """Why somebody is in scope or is not, and which assignment gives each value."""
    found = await why_in_scope(call.store, await call.application(application), login)
    return ScopeShown(
        in_scope=found.in_scope,
        sentence=found.sentence,
        reasons=list(found.reasons),
        values=[
            ValueGiven(variable=one.variable, value=one.value, by=one.by, counts=one.counts, note=one.note)
            for one in found.values
        ],
    )
