"""Applications → one → Assignments: whom it is for, with their values; *Provision User*; who is in scope and why (P6, P7)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from starlette.responses import Response

from vestibule.provisioning.assigned import why_in_scope
from vestibule.provisioning.mapping_preview import preview_for
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.source import fold_login
from vestibule.provisioning.store import UnknownName
from vestibule.provisioning.under_way import Run
from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.sending.assigning import Assigned, assignable, assigned, values_of
from vestibule.web.console.sending.hindrances import in_the_way
from vestibule.web.console.sending.visit import ApplicationVisit
from vestibule.web.console.sending.wording import as_shown
from vestibule.web.console.streams import event, stream, ticks

_PAGE = "/assignments"
_ROWS = 50
_CANDIDATES = 50
_LONGEST_WAIT = 60.0

STATES = {
    "active": (message("provisioned"), "good"),
    "inactive": (message("inactive there"), ""),
    "pending": (message("being provisioned"), "accent"),
    "planned": (message("with the next approved plan"), ""),
    "waits": (message("from before provisioning"), "warn"),
    "unsent": (message("not sent"), "warn"),
    "failed": (message("a task"), "bad"),
}
DONE = {
    "assigned": message("Assigned. They are provisioned now."),
    "noted": message("Assigned. They wait until provisioning is set up."),
    "planned": message("Assigned. They are provisioned with the next approved plan."),
    "unassigned": message("Unassigned. They are deactivated in the application now."),
}


async def _assignments(visit: ApplicationVisit) -> Response:
    return await _shown(visit)


async def _shown(visit: ApplicationVisit, status: int = 200, fault: str = "") -> Response:
    typed, after = visit.query("q", 100).strip(), visit.query("after", 300)
    rows = await _rows(visit, typed, after)
    assigned_groups = await visit.store.group_assignments(visit.application.id)
    groups = await visit.store.groups_with_counts([one.subject_id for one in assigned_groups])
    return visit.show(
        "assignments.html",
        status,
        rows=rows[:_ROWS],
        after=fold_login(rows[_ROWS - 1].person.login) if len(rows) > _ROWS else "",
        groups=[(one, groups.get(one.subject_id)) for one in assigned_groups],
        waiting=any(one.before_provisioning for one in assigned_groups) or any(row.waits for row in rows),
        typed=typed,
        states=STATES,
        hindrances=await in_the_way(visit),
        runs=visit.office.runs.of(visit.application.id)[:5],
        fault=fault,
        sentences=DONE,
    )


async def _rows(visit: ApplicationVisit, typed: str, after: str) -> list[Assigned]:
    """A page of those who are assigned, and one more."""
    found = await visit.store.find_facts(visit.application.id, typed, after, _ROWS + 1)
    mapping = await visit.store.mapping(visit.application.id)
    names = await visit.store.group_names()
    planned = (await visit.store.engine_settings(visit.application.id)).needs_approval
    return [assigned(visit.application, facts, mapping, names, needs_approval=planned) for facts in found]


async def _stream(visit: ApplicationVisit) -> Response:
    """The people as they are provisioned."""
    typed, after = visit.query("q", 100).strip(), visit.query("after", 300)

    async def pieces() -> AsyncIterator[str]:
        before = ""
        async for _ in ticks(visit):
            rows = (await _rows(visit, typed, after))[:_ROWS]
            html = visit.part("assigned_rows.html", rows=rows, states=STATES)
            if html != before:
                before = html
                yield event("rows", html)

    return stream(pieces())


async def _choose(visit: ApplicationVisit) -> Response:
    return await _choosing(visit)


async def _choosing(visit: ApplicationVisit, status: int = 200, fault: str = "") -> Response:
    to_groups = (visit.query("to", 10) or visit.form.line("to", 10)) == "groups"
    typed = visit.query("q", 100).strip() or visit.form.line("q", 100)
    mapping = await visit.store.mapping(visit.application.id)
    fields = [row for row in assignable(mapping) if not to_groups or row.scope == "group"]
    people, groups = [], []
    if to_groups:
        groups = await visit.store.find_groups(typed, "", _CANDIDATES)
    else:
        people = await visit.store.find_people(typed, "", _CANDIDATES)
    return visit.show(
        "assign.html",
        status,
        to_groups=to_groups,
        people=people,
        groups=groups,
        most=_CANDIDATES,
        fields=[(row, visit.form.line(f"value_{row.variable}", 500)) for row in fields],
        chosen=visit.form.every("who"),
        priority=visit.form.line("priority", 4) or "0",
        typed=typed,
        fault=fault,
    )


async def _assign(visit: ApplicationVisit) -> Response:
    form = visit.form
    who, to_groups = form.every("who"), form.line("to", 10) == "groups"
    mapping = await visit.store.mapping(visit.application.id)
    priority = form.line("priority", 4) or "0"
    try:
        if not who:
            raise Refused(visit.say("Tick whom to assign."))
        if not priority.isascii() or not priority.isdigit():
            raise Refused(visit.say("The priority is a whole number from 0."))
        people, groups = await _meant(visit, who, to_groups)
        await visit.desk.assign(visit.name, people, groups, values_of(form, mapping), int(priority))
    except Refused as refusal:
        return await _choosing(visit, 422, as_shown(str(refusal)))
    if visit.application.connection is None or not visit.application.enabled:
        done = "noted"
    else:
        engine = await visit.store.engine_settings(visit.application.id)
        done = "planned" if engine.needs_approval else "assigned"
    return visit.go(visit.below(_PAGE), done)


async def _meant(visit: ApplicationVisit, ids: list[str], are_groups: bool) -> tuple[list[str], list[str]]:
    """Logins, or names of groups, by the ids that a form named. Nothing there for another directory's."""
    try:
        if are_groups:
            return [], [(await visit.store.source_group(id, even_gone=True)).name for id in ids]
        return [(await visit.store.person(id)).login for id in ids], []
    except UnknownName:
        raise nothing_there() from None


async def _unassign(visit: ApplicationVisit) -> Response:
    kind = visit.form.line("kind", 10)
    people, groups = await _meant(visit, [visit.form.line("who", 64)], kind == "group")
    try:
        await visit.desk.unassign(visit.name, people, groups)
    except Refused as refusal:
        return await _shown(visit, 409, as_shown(str(refusal)))
    return visit.go(visit.below(_PAGE), "unassigned")


async def _provision(visit: ApplicationVisit) -> Response:
    """*Provision User*: one person, told step by step, or everybody who waits."""
    named = visit.form.line("who", 64)
    application, engine = visit.application, visit.engine
    people, _ = await _meant(visit, [named] if named else [], are_groups=False)
    ids = [(await visit.store.person(login)).id for login in people]
    title = visit.say("Provision User: {who}", who=people[0]) if people else visit.say("Provision User")
    try:
        if people:
            await visit.desk.note("person.provisioned", visit.name, people=people)
        else:
            await visit.desk.release_held(visit.name)
    except Refused as refusal:
        return await _shown(visit, 409, as_shown(str(refusal)))

    async def work(run: Run) -> RunReport:
        if ids:
            await run.trace.begin(engine.store, application, ids[0])
        async with engine.worker(
            application,
            progress=run.note,
            longest_wait=_LONGEST_WAIT,
            watch=run.trace.exchange if ids else None,
        ) as worker:
            report = await (worker.provision(ids) if ids else worker.apply())
        if ids:
            await run.trace.end(engine.store, application, ids[0])
        return report

    run = visit.office.runs.begin(application.id, title, visit.actor, visit.now, work)
    return visit.go(visit.below(f"/runs/{run.id}"))


async def _why(visit: ApplicationVisit) -> Response:
    """One person at this application: in scope or not, by what; the mapping as it is for them; Provision User."""
    try:
        person = await visit.store.person(visit.path("person"))
    except UnknownName:
        raise nothing_there() from None
    facts = await visit.store.person_facts(visit.application.id, person.id)
    names = await visit.store.group_names()
    mapping = await visit.store.mapping(visit.application.id)
    scope = await why_in_scope(visit.store, visit.application, person.id)
    return visit.show(
        "assigned_person.html",
        person=person,
        row=assigned(visit.application, facts, mapping, names),
        hindrances=await in_the_way(visit),
        known=facts.app_user,
        scope=replace(scope, sentence=as_shown(scope.sentence)),
        preview=await preview_for(visit.store, visit.application, person.id),
        states=STATES,
    )


PAGES = (
    Page(_PAGE, shows=_assignments),
    Page(f"{_PAGE}/stream", shows=_stream),
    Page(f"{_PAGE}/assign", shows=_choose, does=_assign),
    Page(f"{_PAGE}/unassign", does=_unassign),
    Page(f"{_PAGE}/provision", does=_provision),
    Page(f"{_PAGE}/{{person}}", shows=_why),
)
