"""Directory → Import: read a source, look at what it would change, then let it count."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from starlette.responses import Response

from vestibule.provisioning.store import ChangedMeanwhile
from vestibule.provisioning.under_way import PendingImport
from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.sending.visit import DirectoryVisit
from vestibule.web.console.sending.wording import as_shown
from vestibule.web.console.streams import event, stream, ticks

_PAGE = "/import"
_SHOWN = 200
_LARGEST_FILE = 64 * 1024 * 1024
_LOOK_SECONDS = 0.4
_END = "end"
#: The files of a CSV directory, as the fields of the form call them.
_FILES = {"people": "people.csv", "groups": "groups.csv", "memberships": "memberships.csv"}

COUNTED = {
    "people_added": message("people join"),
    "people_changed": message("people change"),
    "people_gone": message("people leave"),
    "groups_added": message("new groups"),
    "groups_changed": message("groups change"),
    "groups_gone": message("groups go"),
    "members_added": message("members come in"),
    "members_removed": message("members go out"),
}
KINDS = {
    "joins": (message("joins"), "good"),
    "comes back": (message("comes back"), "good"),
    "changes": (message("changes"), "accent"),
    "leaves": (message("leaves"), "bad"),
    "new": (message("new"), "good"),
    "gone": (message("gone"), "bad"),
    "members": (message("members"), "accent"),
}
DONE = {
    "kept": message("Imported. What it changes is sent to the applications."),
    "dropped": message("Nothing was imported."),
}


async def _form(visit: DirectoryVisit) -> Response:
    return await _shown(visit)


async def _shown(visit: DirectoryVisit, status: int = 200, fault: str = "") -> Response:
    return visit.show(
        "import.html",
        status,
        offered=visit.engine.declared_sources(),
        waiting=visit.office.imports.all(),
        chosen=visit.form.line("source", 200),
        name=visit.form.line("name", 63),
        fault=fault,
        sentences=DONE,
    )


async def _read(visit: DirectoryVisit) -> Response:
    """Begin to read what was uploaded, or an offered source; the next page shows how far it is."""
    form, engine = visit.form, visit.engine
    offered, name = form.line("source", 200), form.line("name", 63)
    files = {kept: form.files.get(field, ("", b""))[1] for field, kept in _FILES.items()}
    try:
        if offered:
            declared = engine.offered_source(offered)
            origin, source, work = offered, declared.name, partial(engine.prepare_import, declared)
        elif files["people.csv"]:
            upload = engine.uploaded(files, name)
            origin, source, work = upload.origin, upload.name, partial(engine.prepare_upload, upload)
        else:
            raise Refused(visit.say("Choose people.csv, or one of the sources."))
    except Refused as refusal:
        return await _shown(visit, 422, as_shown(str(refusal)))
    reading = visit.office.imports.begin(origin, source, visit.actor, visit.now, work)
    return visit.go(f"{_PAGE}/{reading.id}")


def _reading(visit: DirectoryVisit) -> PendingImport:
    found = visit.office.imports.find(visit.path("import"))
    if found is None:
        raise nothing_there()
    return found


async def _diff(visit: DirectoryVisit) -> Response:
    return await _diff_shown(visit, _reading(visit))


async def _diff_shown(
    visit: DirectoryVisit, reading: PendingImport, status: int = 200, fault: str = ""
) -> Response:
    return visit.show("import_diff.html", status, fault=fault, **_told(reading))


def _told(reading: PendingImport) -> dict[str, Any]:
    prepared, rows = reading.prepared, reading.rows
    return {
        "reading": reading,
        "said": as_shown(reading.fault) if reading.fault else "",
        "rows": rows[:_SHOWN],
        "more": max(0, len(rows) - _SHOWN),
        "counts": [(COUNTED[name], count) for name, count in prepared.counts().items() if count]
        if prepared
        else [],
        "faults": prepared.faults[:_SHOWN] if prepared else (),
        "kinds": KINDS,
    }


async def _stream(visit: DirectoryVisit) -> Response:
    reading = _reading(visit)

    async def pieces() -> AsyncIterator[str]:
        async for _ in ticks(visit, _LOOK_SECONDS):
            if reading.is_over:
                yield event("diff", visit.part("import_told.html", fault="", **_told(reading)))
                yield event(_END, "")
                return

    return stream(pieces())


async def _keep(visit: DirectoryVisit) -> Response:
    """Let it count; what became of the directory meanwhile makes it read anew."""
    reading = _reading(visit)
    if visit.form.line("do", 10) == "drop":
        visit.office.imports.drop(reading.id)
        return visit.go(_PAGE, "dropped")
    prepared = reading.prepared
    if prepared is None:
        raise nothing_there()
    try:
        await visit.desk.keep_import(
            prepared,
            reading.source or reading.origin,
            accept_leavers=visit.form.has("accept_leavers"),
            was_looked_at=True,
        )
    except ChangedMeanwhile:
        return await _diff_shown(
            visit,
            reading,
            409,
            visit.say("The directory was changed meanwhile. Nothing was imported: read the source again."),
        )
    except Refused as refusal:
        return await _diff_shown(visit, reading, 409, as_shown(str(refusal)))
    visit.office.imports.drop(reading.id)
    return visit.go(_PAGE, "kept")


PAGES = (
    Page(_PAGE, shows=_form, does=_read, file_limit=_LARGEST_FILE),
    Page(f"{_PAGE}/{{import}}", shows=_diff, does=_keep),
    Page(f"{_PAGE}/{{import}}/stream", shows=_stream),
)
