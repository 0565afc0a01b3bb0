"""Provisioning → Go to Profile Editor: the attributes, what fills each, and a preview for one person (P5)."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from vestibule.provisioning.external_name import CORE_USER
from vestibule.provisioning.lint import lint
from vestibule.provisioning.mapping import (
    ENTERPRISE_USER,
    AppliesOn,
    DataType,
    MappingRow,
    changed_mapping,
)
from vestibule.provisioning.mapping_preview import preview_for, previewed
from vestibule.provisioning.person_attributes import UnknownAttribute
from vestibule.provisioning.preview import shown_mapping
from vestibule.provisioning.store import UnknownName
from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.sending.visit import (
    CHANGED_MEANWHILE,
    ApplicationVisit,
    SeenOtherwise,
    mark_of,
)
from vestibule.web.console.sending.wording import as_shown

_PAGE = "/mappings"

TYPES = {
    DataType.STRING: message("string"),
    DataType.BOOLEAN: message("boolean"),
    DataType.INTEGER: message("integer"),
    DataType.NUMBER: message("number"),
    DataType.STRING_ARRAY: message("string array"),
}
SCOPES = {"personal": message("User personal"), "group": message("Group")}
APPLIES = {AppliesOn.CREATE_AND_UPDATE: message("Create and update"), AppliesOn.CREATE: message("Create")}
DONE = {
    "saved": message("Saved. Everybody whom it changes is sent again."),
    "removed": message("The attribute is removed."),
}


async def _mappings(visit: ApplicationVisit) -> Response:
    """The list, and what it gives for one person."""
    rows = await visit.store.mapping(visit.application.id)
    who = visit.query("who", 300).strip()
    preview, fault = None, ""
    if who:
        try:
            preview = await preview_for(visit.store, visit.application, who)
        except UnknownName:
            fault = visit.say("Nobody in the directory has this login.")
    return visit.show(
        "mappings.html",
        200 if not fault else 422,
        rows=shown_mapping(visit.application, rows),
        labels={row.variable: row.label for row in rows},
        required={row.variable for row in rows if row.required},
        warnings=lint(visit.application, rows),
        who=who,
        preview=preview,
        preview_fault=fault,
        scopes=SCOPES,
        sentences=DONE,
    )


async def _form(visit: ApplicationVisit) -> Response:
    rows = await visit.store.mapping(visit.application.id)
    return await _shown(visit, rows, _named(visit, rows))


def _named(visit: ApplicationVisit, rows: Sequence[MappingRow]) -> MappingRow | None:
    """The attribute in the path; None for a new one."""
    variable = visit.request.path_params.get("variable", "")
    if not variable:
        return None
    found = next((row for row in rows if row.variable == variable), None)
    if found is None:
        raise nothing_there()
    return found


async def _shown(
    visit: ApplicationVisit,
    rows: Sequence[MappingRow],
    row: MappingRow | None,
    status: int = 200,
    *,
    fault: str = "",
    asks_anyway: bool = False,
    preview: object = None,
) -> Response:
    form = visit.form
    typed = form.has("external_name") or form.has("expression")
    kept = row or MappingRow("", "", CORE_USER)

    def value(name: str, known: str) -> str:
        return form.line(name, 2000) if typed else known

    return visit.show(
        "mapping_form.html",
        status,
        row=row,
        is_user_name=row is not None and row.is_user_name,
        format=visit.application.username_expression,
        variable=value("variable", kept.variable),
        external_name=value("external_name", kept.external_name),
        namespace=value("namespace", kept.namespace),
        expression=value("expression", kept.expression),
        type=value("type", kept.type),
        scope=value("scope", kept.scope),
        applies_on=value("applies_on", kept.applies_on),
        enum=value("enum", ", ".join(kept.enum)),
        who=form.line("who", 300),
        namespaces=sorted({CORE_USER, ENTERPRISE_USER, *(one.namespace for one in rows if one.namespace)}),
        types=TYPES.items(),
        scopes=SCOPES.items(),
        applies=APPLIES.items(),
        rows_mark=mark_of(visit.application, rows),
        said=fault,
        asks_anyway=asks_anyway,
        fault="",
        preview=preview,
    )


def _given(visit: ApplicationVisit, row: MappingRow | None) -> dict[str, object]:
    form = visit.form
    enum = tuple(one.strip() for one in form.line("enum", 2000).split(",") if one.strip())
    given: dict[str, object] = {
        "external_name": form.line("external_name", 500),
        "namespace": form.line("namespace", 500),
        "type": form.line("type", 20),
        "scope": form.line("scope", 20),
        "applies_on": form.line("applies_on", 30),
        "enum": enum,
    }
    if row is None or not row.is_user_name:
        given["expression"] = form.line("expression", 2000)
    return given


async def _save(visit: ApplicationVisit) -> Response:
    """*Save*, or *Preview* for one person of what is typed, with nothing kept."""
    rows = await visit.store.mapping(visit.application.id)
    row = _named(visit, rows)
    if visit.form.line("rows_mark", 64) != mark_of(visit.application, rows):
        raise SeenOtherwise(CHANGED_MEANWHILE)
    variable = row.variable if row else visit.form.line("variable", 100)
    desk = visit.desk.seeing(visit.application, rows)
    try:
        if visit.form.line("do", 10) == "remove":
            await desk.map(visit.name, variable, {}, remove=True)
            return visit.go(visit.below(_PAGE), "removed")
        if not variable.isidentifier():
            raise Refused(
                visit.say("The variable name begins with a letter, and has letters and digits only.")
            )
        if row is None and any(one.variable == variable for one in rows):
            raise Refused(visit.say("There is an attribute of that name already."))
        given = _given(visit, row)
        if visit.form.line("do", 10) == "preview":
            changed = changed_mapping(rows, variable, given)
            return await _shown(visit, rows, row, preview=await _previewed(visit, changed, variable))
        await desk.map(visit.name, variable, given, anyway=visit.form.has("anyway"))
    except UnknownAttribute as refusal:
        return await _shown(visit, rows, row, 422, fault=refusal.what, asks_anyway=True)
    except Refused as refusal:
        return await _shown(visit, rows, row, 422, fault=as_shown(str(refusal)))
    return visit.go(visit.below(_PAGE), "saved")


async def _previewed(
    visit: ApplicationVisit, rows: Sequence[MappingRow], variable: str
) -> list[dict[str, object]]:
    who = visit.form.line("who", 300)
    try:
        person = await visit.store.person(who)
    except UnknownName:
        raise Refused(visit.say("Nobody in the directory has this login.")) from None
    facts = await visit.store.person_facts(visit.application.id, person.id)
    return [one for one in previewed(visit.application, rows, facts) if one["variable"] == variable]


PAGES = (
    Page(_PAGE, shows=_mappings),
    Page(f"{_PAGE}/new", shows=_form, does=_save),
    Page(f"{_PAGE}/attributes/{{variable}}", shows=_form, does=_save),
)
