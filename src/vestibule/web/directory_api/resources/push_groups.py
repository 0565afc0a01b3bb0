"""Push groups: groups created at an application, or linked to one that is there, by name or by rule."""

from __future__ import annotations

from typing import Annotated, Literal

from vestibule.provisioning.push_rule import Fit, PushRule
from vestibule.provisioning.store import NameTaken, UnknownName
from vestibule.refused import Refused
from vestibule.web.api.message import Field, message
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page, page_by_key
from vestibule.web.directory_api.resource import ApplicationName, GroupName, resource
from vestibule.web.directory_api.resources.assignments import Counted
from vestibule.web.directory_api.side import Call

RESOURCE = resource("push_groups", "Push groups", "Groups that are created at an application, or linked.")


@message
class PushGroupShown:
    """A push group, and how far it is from being in step."""

    id: str
    group: str
    state: str
    id_there: str
    name_there: str
    rule: str
    to_add: int
    to_remove: int
    without_id: Annotated[int, Field(description="Assigned members who have no id there yet.")]
    fault: str


@message
class PushedGroup:
    """How a group is pushed."""

    now: Annotated[bool, Field(description="*Push Now*: say the whole membership again.")] = False
    hold_back: Annotated[bool, Field(description="Send nothing for it until it is pushed again.")] = False
    link_to: Annotated[str, Field(max_length=1000, description="The name of a group there.")] = ""
    keep_name: Annotated[bool, Field(description="A linked group keeps its name.")] = False


@message
class RuleShown:
    """A push rule."""

    name: str
    fit: str
    text: str
    part: str
    active: bool


@message
class NewRule:
    """Every group that fits is pushed, now and whenever one is imported."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    fit: Literal["starts with", "ends with", "contains"]
    text: Annotated[str, Field(min_length=1, max_length=500)]
    part: Literal["name", "description"] = "name"


@RESOURCE.get(
    "/applications/{application}/push-groups",
    name="list",
    scope="applications:read",
    raises=(UnknownName,),
)
async def list_push_groups(
    call: Call,
    application: ApplicationName,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[PushGroupShown]:
    """The push groups of an application, in order of ids."""
    found = await call.application(application)
    names = {rule.id: rule.name for rule in await call.store.push_rules(found.id)}
    rows = [
        PushGroupShown(
            id=facts.group.group_id,
            group=facts.group.name,
            state=str(facts.group.state),
            id_there=facts.group.external_id,
            name_there=facts.group.name_sent,
            rule=names.get(facts.group.rule_id, ""),
            to_add=facts.to_add,
            to_remove=facts.to_remove,
            without_id=facts.without_id,
            fault=facts.group.fault,
        )
        for facts in await call.store.push_facts(found.id)
    ]
    return page_by_key(rows, lambda row: row.id, count, await call.places(found.id), cursor)


@RESOURCE.put(
    "/applications/{application}/push-groups/{group}",
    name="push",
    scope="applications:write",
    raises=(UnknownName, Refused),
)
async def push(call: Call, application: ApplicationName, group: GroupName, body: PushedGroup) -> None:
    """Push a group, push it now, link it, or hold it back; the next run sends it."""
    if body.hold_back:
        await call.desk.hold_back_group(application, group)
    else:
        await call.desk.push_group(
            application, group, now=body.now, link_to=body.link_to, keep_name=body.keep_name
        )


@RESOURCE.delete(
    "/applications/{application}/push-groups/{group}",
    name="unlink",
    scope="applications:write",
    raises=(UnknownName, Refused),
)
async def unlink(
    call: Call,
    application: ApplicationName,
    group: GroupName,
    delete: Annotated[bool, Field(description="Delete it there; else it is left as it is.")] = False,
) -> None:
    """Push a group no longer. Its people stay either way."""
    await call.desk.unlink_group(application, group, delete=delete)


@RESOURCE.get(
    "/applications/{application}/push-rules",
    name="rules",
    scope="applications:read",
    raises=(UnknownName,),
)
async def rules(
    call: Call,
    application: ApplicationName,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[RuleShown]:
    """The push rules of an application, by name."""
    found = await call.application(application)
    rows = [_rule(rule) for rule in await call.store.push_rules(found.id)]
    return page_by_key(rows, lambda row: row.name.casefold(), count, await call.places(found.id), cursor)


@RESOURCE.post(
    "/applications/{application}/push-rules",
    name="add_rule",
    scope="applications:write",
    status=201,
    raises=(UnknownName, NameTaken, Refused),
)
async def add_rule(call: Call, application: ApplicationName, body: NewRule) -> Counted:
    """Add a push rule; how many groups it pushes from now on."""
    rule = PushRule(0, body.name, Fit(body.fit), body.text, body.part)
    return Counted(count=(await call.desk.add_rule(application, rule))[1])


RuleName = Annotated[str, Field(min_length=1, max_length=200, description="The rule's name.")]


@RESOURCE.delete(
    "/applications/{application}/push-rules/{rule}",
    name="drop_rule",
    scope="applications:write",
    raises=(UnknownName,),
)
async def drop_rule(
    call: Call,
    application: ApplicationName,
    rule: RuleName,
    delete_groups: Annotated[bool, Field(description="Delete its groups there; else they are left.")] = False,
) -> Counted:
    """Forget a push rule, and push its groups no longer; how many those are."""
    return Counted(count=await call.desk.drop_rule(application, rule, delete_groups=delete_groups))


def _rule(rule: PushRule) -> RuleShown:
    return RuleShown(name=rule.name, fit=str(rule.fit), text=rule.text, part=rule.part, active=rule.active)
