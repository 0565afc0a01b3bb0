"""The directory read from a source: what it would change is looked at before it counts."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from vestibule.directory.store import Boundary
from vestibule.provisioning.reading import Fault
from vestibule.provisioning.store import ChangedMeanwhile
from vestibule.provisioning.under_way import PendingImport
from vestibule.refused import Refused
from vestibule.web.api.message import Field, message
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page, page_by_key
from vestibule.web.directory_api.resource import resource
from vestibule.web.directory_api.side import Call

RESOURCE = resource(
    "imports",
    "Imports",
    "The directory read from a source: what it would change is looked at before it counts.",
)

_LARGEST = 64 * 1024 * 1024
_FAULTS_SHOWN = 200

ImportId = Annotated[str, Field(max_length=64, pattern="^[0-9a-f]+$", description="The import's id.")]


class UnknownImport(Refused):
    """There is no such import: it was confirmed, dropped or forgotten, or never was."""

    status = 404


class NotReadYet(Refused):
    """The import is still being read, or could not be."""

    status = 409


@message
class NewImport:
    """Files that are uploaded, or one of the sources that the server offers."""

    files: Annotated[
        dict[str, str],
        Field(
            max_length=3,
            description="By their names, as text: people.csv, with groups.csv and memberships.csv where there are any; "
            "or directory.json or directory.jsonl alone. Everybody who is there: whoever is missing leaves.",
        ),
    ] = Field(default_factory=dict)
    source: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=200,
            description="A source of VESTIBULE_DIRECTORY_SOURCES, by its name there.",
        ),
    ] = None
    name: Annotated[
        str,
        Field(max_length=63, description="Of files: the source's own name; people of other sources are left alone."),
    ] = ""  # fmt: skip


@message
class RowFault:
    """A row that cannot be imported; the others can."""

    file: str
    line: int
    reason: str


@message
class ImportShown:
    """An import that does not count yet."""

    id: str
    state: Annotated[str, Field(description="reading, ready or failed")]
    origin: Annotated[str, Field(description="The files, or the source.")]
    source: Annotated[str, Field(description="The source's own name.")]
    by: str
    began: str
    fault: Annotated[str, Field(description="Why nothing came of it; empty where something did.")]
    counts: Annotated[dict[str, int], Field(description="How much of each kind it would change.")]
    safeguard: Annotated[
        str, Field(description="What would be gone, where that is more than the safeguard lets pass.")
    ]
    fault_count: int
    faults: Annotated[list[RowFault], Field(description="The first 200.")]


@message
class ChangeShown:
    """One line of what an import would change."""

    what: Annotated[str, Field(description="joins, comes back, changes, leaves, new, gone or members")]
    kind: Annotated[str, Field(description="person or group")]
    name: str
    detail: str


@message
class Confirmation:
    """Let it count."""

    accept_leavers: Annotated[
        bool, Field(description="They did leave: import it though the safeguard holds it.")
    ] = False


@message
class Imported:
    """How much of each kind was changed."""

    counts: dict[str, int]


@RESOURCE.get("/sources", name="sources", scope="directory:read")
async def sources(
    call: Call, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[str]:
    """The sources that this server offers, by name."""
    offered = list(call.bureau.engine.declared_sources())
    return page_by_key(offered, lambda name: name, count, await call.places(), cursor)


@RESOURCE.post(
    "/imports", name="begin", scope="directory:write", status=202, raises=(Refused,), body_limit=_LARGEST
)
async def begin(call: Call, body: NewImport) -> ImportShown:
    """Begin to read a source. Nothing counts before it is confirmed; ask for it until it is ready."""
    engine = call.bureau.engine
    if body.source is not None:
        if body.files or body.name:
            raise Refused("Send files, or name a source that the server offers: not both.")
        declared = engine.offered_source(body.source)
        origin, name, work = body.source, declared.name, partial(engine.prepare_import, declared)
    else:
        files = {file: text.encode() for file, text in body.files.items()}
        upload = engine.uploaded(files, body.name)
        origin, name, work = upload.origin, upload.name, partial(engine.prepare_upload, upload)
    return _shown(call.bureau.imports.begin(origin, name, call.desk.actor, call.at, work))


@RESOURCE.get("/imports", name="list", scope="directory:read")
async def list_imports(
    call: Call, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[ImportShown]:
    """Imports that are being read, or wait for confirmation; a server remembers the last four."""
    rows = [_shown(one) for one in call.bureau.imports.all()]
    return page_by_key(rows, lambda row: f"{row.began} {row.id}", count, await call.places(), cursor)


@RESOURCE.get("/imports/{id}", name="show", scope="directory:read", raises=(UnknownImport,))
async def show(call: Call, id: ImportId) -> ImportShown:
    """One import: whether it is read, and how much it would change."""
    return _shown(_found(call, id))


@RESOURCE.get(
    "/imports/{id}/changes", name="changes", scope="directory:read", raises=(UnknownImport, NotReadYet)
)
async def changes(
    call: Call, id: ImportId, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[ChangeShown]:
    """What it would change: joiners, movers and leavers, then groups."""
    found = _read(call, id)
    place = await call.places(found.id)
    boundary = place.open(cursor)
    start = boundary.seq if boundary else 0
    shown = found.rows[start : start + count]
    end = Boundary(None, start + count) if len(found.rows) > start + count else None
    return Page([ChangeShown(**row) for row in shown], place.seal(end))


@RESOURCE.post(
    "/imports/{id}/confirm",
    name="confirm",
    scope="directory:write",
    raises=(UnknownImport, NotReadYet, ChangedMeanwhile, Refused),
)
async def confirm(call: Call, id: ImportId, body: Confirmation) -> Imported:
    """Let it count. What it changes is sent to the applications by whatever sends."""
    found = _read(call, id)
    assert found.prepared is not None
    await call.desk.keep_import(
        found.prepared,
        found.source or found.origin,
        accept_leavers=body.accept_leavers,
        was_looked_at=True,
    )
    call.bureau.imports.drop(found.id)
    return Imported(counts=found.prepared.counts())


@RESOURCE.delete("/imports/{id}", name="drop", scope="directory:write", raises=(UnknownImport,))
async def drop(call: Call, id: ImportId) -> None:
    """Forget it. Nothing was imported."""
    call.bureau.imports.drop(_found(call, id).id)


def _found(call: Call, id: str) -> PendingImport:
    found = call.bureau.imports.find(id)
    if found is None:
        raise UnknownImport(
            f"There is no import {id!r} that waits: it was confirmed, dropped or forgotten, or the server was started anew."
        )
    return found


def _read(call: Call, id: str) -> PendingImport:
    found = _found(call, id)
    if found.prepared is None:
        raise NotReadYet(found.fault or "The source is still being read. Ask again in a second.")
    return found


def _shown(one: PendingImport) -> ImportShown:
    prepared = one.prepared
    faults = prepared.faults if prepared else ()
    return ImportShown(
        id=one.id,
        state="ready" if prepared else "failed" if one.fault else "reading",
        origin=one.origin,
        source=one.source,
        by=one.by,
        began=one.began,
        fault=one.fault,
        counts=prepared.counts() if prepared else {},
        safeguard=prepared.losses if prepared else "",
        fault_count=len(faults),
        faults=[_fault(fault) for fault in faults[:_FAULTS_SHOWN]],
    )


def _fault(fault: Fault) -> RowFault:
    return RowFault(file=fault.file, line=fault.line, reason=fault.reason)
