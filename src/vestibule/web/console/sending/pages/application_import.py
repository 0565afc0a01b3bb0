"""Applications → one → Import: *Import Now*, who is there and not linked yet, and confirming who of us that is."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from vestibule.provisioning.under_way import Findings
from vestibule.provisioning.user_import import ImportedUser, Match, as_people, matched_by_hand
from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.sending.visit import ApplicationVisit
from vestibule.web.console.sending.wording import as_shown
from vestibule.web.console.streams import event, stream, ticks

_PAGE = "/import"
_KIND = "users"
_ROWS = 50
_LOOK_SECONDS = 0.4
_END = "end"

MATCHES = {
    Match.EXACT: (message("Exact match"), "good"),
    Match.PARTIAL: (message("Partial match"), "warn"),
    Match.NEW: (message("No match"), ""),
}
DONE = {
    "confirmed": message("Linked and assigned. What differs is sent now; nobody was created twice."),
    "cleared": message("The list is cleared. Nothing was linked."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One of the list; ``login`` and ``is_ticked`` as the form had them where it was sent."""

    user: ImportedUser
    login: str
    is_ticked: bool


def _latest(visit: ApplicationVisit) -> Findings | None:
    return visit.office.findings.latest(visit.application.id, _KIND)


def _found(visit: ApplicationVisit) -> list[ImportedUser]:
    """The users of the latest import, read to its end. Nothing there where there is none."""
    latest = _latest(visit)
    if latest is None or latest.found is None:
        raise nothing_there()
    return latest.found


def _told(visit: ApplicationVisit, fault: str = "") -> dict[str, Any]:
    latest = _latest(visit)
    found: list[ImportedUser] = latest.found or [] if latest else []
    chosen, typed = visit.query("match", 10), visit.query("after", 9)
    after = int(typed) if typed.isascii() and typed.isdigit() else 0
    fitting = [user for user in found if not chosen or user.match == chosen]
    page = fitting[after : after + _ROWS]
    return {
        "latest": latest,
        "problem": as_shown(latest.fault) if latest and latest.fault else "",
        "counts": [(match, words, sum(user.match is match for user in found)) for match, words in MATCHES.items()],
        "total": len(found),
        "chosen": chosen,
        "rows": [_row(visit, user) for user in page],
        "next": after + _ROWS if len(fitting) > after + _ROWS else 0,
        "matches": MATCHES,
        "said": fault,
        "fault": "",
    }  # fmt: skip


def _row(visit: ApplicationVisit, user: ImportedUser) -> Row:
    form, field = visit.form, f"login_{user.external_id}"
    if form.has(field):
        return Row(user, form.line(field, 300), user.external_id in form.every("user"))
    return Row(user, user.login, user.match is Match.EXACT)


async def _show(visit: ApplicationVisit) -> Response:
    return _shown(visit)


def _shown(visit: ApplicationVisit, status: int = 200, fault: str = "") -> Response:
    return visit.show("user_import.html", status, sentences=DONE, **_told(visit, fault))


async def _stream(visit: ApplicationVisit) -> Response:
    async def pieces() -> AsyncIterator[str]:
        async for _ in ticks(visit, _LOOK_SECONDS):
            yield event("found", visit.part("user_import_told.html", **_told(visit)))
            latest = _latest(visit)
            if latest is None or latest.is_over:
                yield event(_END, "")
                return

    return stream(pieces())


async def _import(visit: ApplicationVisit) -> Response:
    """*Import Now*: begin to read who is there."""
    application, engine = visit.application, visit.engine

    async def work(findings: Findings) -> list[Any]:
        return await engine.imported_users(application, findings.note)

    if application.connection is None:
        raise nothing_there()
    await visit.desk.note("users.read", visit.name)
    visit.office.findings.begin(application.id, _KIND, visit.actor, visit.now, work)
    return visit.go(visit.below(_PAGE))


async def _confirm(visit: ApplicationVisit) -> Response:
    """*Confirm Assignments* of those ticked, or of every exact match; or clear the list."""
    found = _found(visit)
    try:
        match visit.form.line("do", 10):
            case "exact":
                chosen: Sequence[ImportedUser] = [user for user in found if user.match is Match.EXACT]
            case "ticked":
                chosen = await _ticked(visit, found)
            case "clear":
                visit.office.findings.drop(_there(visit).id)
                return visit.go(visit.below(_PAGE), "cleared")
            case _:
                raise nothing_there()
        linked = {user.external_id for user in await visit.desk.link_users(visit.name, chosen)}
    except Refused as refusal:
        return _shown(visit, 422, as_shown(str(refusal)))
    found[:] = [user for user in found if user.external_id not in linked]
    return visit.go(visit.below(_PAGE), "confirmed")


def _there(visit: ApplicationVisit) -> Findings:
    latest = _latest(visit)
    if latest is None:
        raise nothing_there()
    return latest


async def _ticked(visit: ApplicationVisit, found: Sequence[ImportedUser]) -> list[ImportedUser]:
    """Those ticked, each with the person whose login stands beside them."""
    wanted = set(visit.form.every("user"))
    users = [user for user in found if user.external_id in wanted]
    if not users:
        raise Refused(visit.say("Tick whom to link."))
    chosen = []
    for user in users:
        login = visit.form.line(f"login_{user.external_id}", 300)
        if not login:
            raise Refused(visit.say("Say which person {who} is: the login is empty.", who=user.user_name))
        is_proposed = login == user.login
        chosen.append(user if is_proposed else await matched_by_hand(visit.store, user, login))
    return chosen


async def _new(visit: ApplicationVisit) -> Response:
    """Those without a match, as rows for the directory's people.csv."""
    written = io.StringIO()
    csv.writer(written).writerows(as_people(_found(visit)))
    headers = {"content-disposition": 'attachment; filename="people.csv"', "cache-control": "no-store"}
    return Response(written.getvalue().encode(), media_type="text/csv; charset=utf-8", headers=headers)


PAGES = (
    Page(_PAGE, shows=_show, does=_import),
    Page(f"{_PAGE}/confirm", does=_confirm),
    Page(f"{_PAGE}/stream", shows=_stream),
    Page(f"{_PAGE}/new.csv", shows=_new),
)
