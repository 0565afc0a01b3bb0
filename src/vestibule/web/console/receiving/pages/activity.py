"""Activity: every request as it comes, filtered; and the story of one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from starlette.responses import Response

from vestibule.directory.named import people_named
from vestibule.directory.overview import Picked, id_at
from vestibule.directory.store import Recorded
from vestibule.directory.story import LoggedEvent
from vestibule.directory.telling import body_of, events_of_request, told_request
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.receiving.arrivals import sentence_of, turned_away
from vestibule.web.console.receiving.rehearsal import rehearsed
from vestibule.web.console.receiving.tenant_visit import TenantVisit
from vestibule.web.console.streams import event, stream, ticks

_PAGE = 50
#: So many are shown of one second; how many were left out is said.
_MOST_A_SECOND = 10
_LOOKED_AT = 500
_AFTER_ALL = "\uffff"

SHOWN = {
    "": message("everything"),
    "failed": message("refused"),
    "writes": message("writes"),
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the list. ``sentence`` is what the sender was told; ``sender`` is the token, or whose it was."""

    request: Recorded
    sentence: str
    sender: str
    #: Whether the story can be opened in this tenant.
    has_story: bool = True


async def _activity(visit: TenantVisit) -> Response:
    show, person = visit.query("show", 20), visit.query("person", 300).strip()
    show = show if show in SHOWN else ""
    subject, fault = "", ""
    if person:
        found = await people_named(visit.premises.directory, visit.tenant.id, visit.room.connection, person)
        subject = found[0].id if found else ""
        fault = "" if found else visit.say("Nobody here has this user name, address or id.")
    until = _moment_id(visit.query("until", 20)) if visit.query("until", 20) else None
    before = visit.query("before", 40) or until
    since = _moment_id(visit.query("since", 20)) if visit.query("since", 20) else None
    rows: Sequence[_Row] = ()
    if not fault:
        rows = await _rows(
            visit, Picked(_PAGE + 1, before, since, show == "failed", show == "writes", subject)
        )
    is_live = not (visit.query("before") or until or person)
    asked = {name: visit.query(name) for name in ("show", "person", "since", "until") if visit.query(name)}
    return visit.show(
        "activity.html",
        requests=rows[:_PAGE],
        more=rows[_PAGE - 1].request.id if len(rows) > _PAGE else "",
        asked="&".join(f"{name}={quote(value)}" for name, value in asked.items()),
        show=show,
        kinds=SHOWN,
        person=person,
        since=visit.query("since", 20),
        until=visit.query("until", 20),
        fault=fault,
        is_live=is_live,
        newest=rows[0].request.id if rows else "",
    )


async def _rows(visit: TenantVisit, picked: Picked) -> list[_Row]:
    """The tenant's requests that fit and those meant for it that were turned away, newest first."""
    own = await visit.premises.overview.requests(visit.tenant.id, picked)
    rows = [_Row(request, sentence_of(request), request.token_name) for request in own]
    if not picked.subject_id:
        tokens = await visit.premises.tenancy.tokens(visit.tenant.id)
        mine = {token.id for token in tokens}
        for one in await turned_away(visit, tokens, picked):
            sender = one.other or (one.request.token_name if one.request.token_name in mine else "")
            rows.append(_Row(one.request, sentence_of(one.request), sender, has_story=False))
    return sorted(rows, key=lambda row: row.request.id, reverse=True)[: picked.limit]


def _moment_id(text: str) -> str | None:
    """Where ids of that moment begin: ``2026-01-02T03:04``, in UTC. None for what is no moment."""
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None
    return id_at(max(0, int(moment.timestamp() * 1000)))


async def _stream(visit: TenantVisit) -> Response:
    show = visit.query("show", 20)

    async def pieces() -> AsyncIterator[str]:
        last = visit.query("after", 40)
        if not last:
            newest = await _rows(visit, Picked(1))
            last = newest[0].request.id if newest else ""
        async for _ in ticks(visit):
            picked = Picked(
                _LOOKED_AT,
                since=f"{last}!" if last else None,
                failed=show == "failed",
                writes=show == "writes",
            )
            fresh = await _rows(visit, picked)
            if fresh:
                last = fresh[0].request.id
                rows = fresh[:_MOST_A_SECOND]
                yield event(
                    "rows", visit.part("activity_rows.html", requests=rows, left_out=len(fresh) - len(rows))
                )

    return stream(pieces())


async def _story(visit: TenantVisit) -> Response:
    request = await _meant(visit)
    return await _told(visit, request)


async def _meant(visit: TenantVisit) -> Recorded:
    request = await visit.premises.log.request(visit.path("id")[:64])
    if request is None or request.tenant != visit.tenant.id:
        raise nothing_there()
    return request


async def _told(
    visit: TenantVisit, request: Recorded, rehearsal: dict[str, object] | None = None
) -> Response:
    log = visit.premises.log
    events: Sequence[LoggedEvent] = ()
    if request.subject_id:
        story = await log.story_of(visit.tenant.id, request.subject_id)
        events = events_of_request(story.events, request.id, request.subject_id)
    reviews = [
        review
        for review in await log.reviews(visit.tenant.id, closed=True)
        if (review.evidence or {}).get("request") == request.id
    ]
    told = told_request(request, events)
    return visit.show(
        "story.html",
        told=told,
        request=request,
        sentence=sentence_of(request),
        reviews=reviews,
        curl=curl_of(visit.premises.public_url(), told),
        can_rehearse=request.method in ("POST", "PUT", "PATCH", "DELETE") and not told["forgotten"],
        rehearsal=rehearsal,
    )


def curl_of(public_url: str, told: dict[str, object]) -> str:
    """The request as a command; the token is left to whoever runs it."""
    query = f"?{told['query']}" if told["query"] else ""
    address = f"{public_url}{told['path']}{query}"
    parts = [f"curl -i -X {told['method']} {_quoted(address)}"]
    parts.append('-H "Authorization: Bearer $TOKEN"')
    if told["body"] is not None:
        body = told["body"] if isinstance(told["body"], str) else json.dumps(told["body"], ensure_ascii=False)
        parts.append("-H 'Content-Type: application/scim+json'")
        parts.append(f"--data {_quoted(body)}")
    return " \\\n  ".join(parts)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


async def _rehearse(visit: TenantVisit) -> Response:
    """The same request again as a dry run: what it would do today."""
    request = await _meant(visit)
    payload = request.payload or {}
    body = payload.get("request") or ""
    if "[redacted]" in body or (isinstance(body_of(body), str) and body):
        told: dict[str, object] = {
            "status": 0,
            "error": visit.say(
                "The log does not hold the whole body: secrets are left out, and what is very long is cut."
            ),
            "notes": [],
        }
        return await _told(visit, request, told)
    path = request.path.partition("/scim/v2")[2]
    told = await rehearsed(visit.room, request.method, path, body.encode(), request.dialect)
    return await _told(visit, request, told)


PAGES = (
    Page("/activity", shows=_activity),
    Page("/activity/stream", shows=_stream),
    Page("/activity/{id}", shows=_story, does=_rehearse),
)
