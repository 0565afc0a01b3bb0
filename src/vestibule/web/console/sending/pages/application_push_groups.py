"""Applications → one → Push Groups: by name, by rule, linked to one that is there, now; unlinked with or without deleting."""

from __future__ import annotations

from starlette.responses import Response

from vestibule.provisioning.looking import PushedGroup
from vestibule.provisioning.push_group import PushState
from vestibule.provisioning.push_rule import Fit, PushRule
from vestibule.provisioning.store import UnknownName
from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.sending.visit import ApplicationVisit
from vestibule.web.console.sending.wording import as_shown

_PAGE = "/push-groups"
_ROWS = 50
_SUGGESTED = 500

FITS = {
    Fit.STARTS_WITH: message("starts with"),
    Fit.ENDS_WITH: message("ends with"),
    Fit.CONTAINS: message("contains"),
}
PARTS = {"name": message("Group name"), "description": message("Group description")}
DONE = {
    "pushed": message("The group is pushed."),
    "now": message("Push Now: the whole membership is said again."),
    "paused": message("Nothing is sent for it until it is activated again."),
    "unlinked": message("Unlinked: it is pushed no longer."),
    "rule": message("The rule is kept, and every group that fits is pushed."),
    "rule-on": message("The rule is active: its groups are pushed again."),
    "rule-off": message("The rule is not active: its groups wait."),
    "rule-gone": message("The rule is deleted."),
}


async def _push_groups(visit: ApplicationVisit) -> Response:
    return await _shown(visit)


async def _shown(
    visit: ApplicationVisit, status: int = 200, *, fault: str = "", beside: str = ""
) -> Response:
    application, adding = visit.application, visit.query("add", 10) or beside
    pushed = await visit.store.pushed_groups(application.id, visit.query("after", 300), _ROWS + 1)
    rules = await visit.store.push_rules(application.id)
    names = (await visit.store.group_names()).values() if adding == "name" else ()
    return visit.show(
        "push_groups.html",
        status,
        pushed=[(one.facts, *_state(one)) for one in pushed[:_ROWS]],
        after=pushed[_ROWS - 1].key if len(pushed) > _ROWS else "",
        rules=rules,
        rule_names={rule.id: rule.name for rule in rules},
        groups=sorted(names, key=str.casefold)[:_SUGGESTED],
        fits=FITS.items(),
        fit_words=FITS,
        parts=PARTS.items(),
        part_words=PARTS,
        typed={
            name: visit.form.line(name, 300) for name in ("group", "link_to", "rule", "text", "fit", "part")
        },
        adding=adding,
        said=fault,
        fault="",
        sentences=DONE,
    )


def _state(pushed: PushedGroup) -> tuple[str, str]:
    facts = pushed.facts
    group = facts.group
    if group.fault:
        return message("a task"), "bad"
    if group.state is PushState.DELETING:
        return message("being deleted"), "warn"
    if facts.left_directory:
        return message("left the directory"), "warn"
    if group.state is PushState.PAUSED:
        return message("not active"), ""
    is_behind = facts.to_add or facts.to_remove or (pushed.is_due and not pushed.is_counted)
    if is_behind or group.full_push or not group.external_id:
        return message("being pushed"), "accent"
    return message("active"), "good"


async def _push(visit: ApplicationVisit) -> Response:
    """*Push Groups by name*, created there or linked to one that is there."""
    form = visit.form
    link_to = form.line("link_to", 300)
    try:
        if not form.line("group", 300):
            raise Refused(visit.say("Say which group."))
        await visit.desk.push_group(
            visit.name, form.line("group", 300), link_to=link_to, keep_name=form.has("keep_name")
        )
    except Refused as refusal:
        return await _shown(visit, 422, fault=as_shown(str(refusal)), beside="name")
    return visit.go(visit.below(_PAGE), "pushed")


async def _change(visit: ApplicationVisit) -> Response:
    """One pushed group: push now, hold back, activate, unlink."""
    form, desk = visit.form, visit.desk
    try:
        group = await visit.store.source_group(form.line("who", 64), even_gone=True)
    except UnknownName:
        raise nothing_there() from None
    try:
        match form.line("do", 20):
            case "now":
                await desk.push_group(visit.name, group.id, now=True)
                done = "now"
            case "activate":
                await desk.push_group(visit.name, group.id)
                done = "pushed"
            case "pause":
                await desk.hold_back_group(visit.name, group.id)
                done = "paused"
            case "unlink":
                await desk.unlink_group(visit.name, group.id, delete=form.line("target", 10) == "delete")
                done = "unlinked"
            case _:
                raise nothing_there()
    except Refused as refusal:
        return await _shown(visit, 409, fault=as_shown(str(refusal)))
    return visit.go(visit.below(_PAGE), done)


async def _add_rule(visit: ApplicationVisit) -> Response:
    """*Push Groups by rule*."""
    form = visit.form
    try:
        if not form.line("rule", 100):
            raise Refused(visit.say("Say what the rule is called."))
        fit = form.line("fit", 20)
        if fit not in tuple(Fit):
            raise nothing_there()
        rule = PushRule(0, form.line("rule", 100), Fit(fit), form.line("text", 300), form.line("part", 20))
        await visit.desk.add_rule(visit.name, rule)
    except Refused as refusal:
        return await _shown(visit, 422, fault=as_shown(str(refusal)), beside="rule")
    return visit.go(visit.below(_PAGE), "rule")


async def _change_rule(visit: ApplicationVisit) -> Response:
    form = visit.form
    names = {str(rule.id): rule.name for rule in await visit.store.push_rules(visit.application.id)}
    name = names.get(form.line("rule", 20))
    if name is None:
        raise nothing_there()
    try:
        match form.line("do", 20):
            case "on" | "off" as switch:
                await visit.desk.activate_rule(visit.name, name, active=switch == "on")
                done = f"rule-{switch}"
            case "delete":
                await visit.desk.drop_rule(
                    visit.name, name, delete_groups=form.line("target", 10) == "delete"
                )
                done = "rule-gone"
            case _:
                raise nothing_there()
    except Refused as refusal:
        return await _shown(visit, 409, fault=as_shown(str(refusal)))
    return visit.go(visit.below(_PAGE), done)


PAGES = (
    Page(_PAGE, shows=_push_groups, does=_push),
    Page(f"{_PAGE}/one", does=_change),
    Page(f"{_PAGE}/rules", does=_add_rule),
    Page(f"{_PAGE}/rule", does=_change_rule),
)
