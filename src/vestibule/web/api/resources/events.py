"""Events: what happened, in order, by cursor; waited for, or as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, cast

import orjson
from starlette.responses import Response, StreamingResponse

from vestibule.feed.errors import EventsForgotten, ForeignCursor, UnknownEventType
from vestibule.feed.event_document import event_document, types_named
from vestibule.feed.feed import MOST
from vestibule.tenancy.errors import UnknownTenant
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.problems import BoundElsewhere

RESOURCE = Resource("events", "Events", "What happened, in the order of commits, none skipped.")

_LONGEST_WAIT = 60


@message
class EventShown:
    """One event."""

    seq: Annotated[int, Field(description="Grows with every event; no two have the same.")]
    tenant: Annotated[str, Field(description="The slug of the tenant.")]
    at: str
    type: Annotated[str, Field(description="`user.created` and so on; docs/reference/events.md has all.")]
    subject_type: str
    subject_id: str
    request: Annotated[str | None, Field(description="The request that caused it.")]
    data: Annotated[dict[str, Any], Field(description="What events of this type have beside.")]
    payload: Annotated[
        dict[str, Any] | None,
        Field(description='What is personal: `{"path": [before, after]}`; null once forgotten, or for none.'),
    ]


@message
class EventsShown:
    """Events in order, and where to go on."""

    events: list[EventShown]
    cursor: Annotated[str, Field(description="`after` of the next call.")]
    more: Annotated[bool, Field(description="There may be more right now; do not wait.")]


After = Annotated[
    str,
    Field(
        max_length=200,
        description="The cursor of the call before; `oldest` begins with the oldest event kept, `now` with the next.",
    ),
]


@RESOURCE.get(
    "/events",
    name="list",
    scope="events:read",
    raises=(UnknownTenant, ForeignCursor, EventsForgotten, UnknownEventType, BoundElsewhere),
)
async def list_events(
    call: Call,
    after: After = "oldest",
    types: Annotated[
        str | None,
        Field(
            max_length=2000,
            description="Only these, separated by commas: `user.created,team.*`. All if left out.",
        ),
    ] = None,
    tenant: Annotated[
        str | None,
        Field(
            max_length=63,
            description="The slug of one tenant; all tenants if left out (the token's own, if bound).",
        ),
    ] = None,
    wait: Annotated[
        int,
        Field(ge=0, le=_LONGEST_WAIT, description="Where there is none, wait so many seconds for the first."),
    ] = 0,
    limit: Annotated[int, Field(ge=1, le=MOST, description="At most so many.")] = MOST,
) -> EventsShown:
    """The events after a cursor.

    A cursor is good for the tenant it was given out for, or for all tenants, and for as long as what
    comes after it is kept; then the answer is 410, and a snapshot is the way out. With `Accept:
    text/event-stream` the events come as a stream that does not end, each with its cursor as id, and
    `Last-Event-ID` goes on after a break.
    """
    wanted = types_named([word.strip() for word in types.split(",")] if types else ())
    only = await _whose(call, tenant)
    feed = call.premises.feed
    if "text/event-stream" in call.request.headers.get("accept", ""):
        after = call.request.headers.get("last-event-id", after)
        place = await feed.place(after, only)
        await feed.page(await feed.cursor(place, only), only, wanted, limit=1)
        stream = _streamed(call, place, only, wanted)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return cast(EventsShown, StreamingResponse(stream, media_type="text/event-stream", headers=headers))
    page = await feed.page(after, only, wanted, limit=limit, wait=wait)
    slugs = call.premises.slugs
    body = {
        "events": [event_document(event, await slugs.of(event.tenant)) for event in page.events],
        "cursor": page.cursor,
        "more": page.more,
    }
    answer = Response(
        orjson.dumps(body), media_type="application/json", headers={"cache-control": "no-store"}
    )
    return cast(EventsShown, answer)


async def _whose(call: Call, slug: str | None) -> int | None:
    """The tenant read; None for all, which only a token of the whole installation may."""
    if slug is not None:
        return (await call.tenant(slug)).id
    if call.token.tenant is not None:
        call.tenant_id = call.token.tenant
        return call.token.tenant
    if call.token.account is not None:
        call.demand_installation()
    return None


async def _streamed(call: Call, place: int, tenant: int | None, types: Sequence[str]) -> AsyncIterator[bytes]:
    feed, slugs = call.premises.feed, call.premises.slugs
    yield b": from here on\n\n"
    try:
        async for page in feed.pages(place, tenant, types):
            for event in page.events:
                document = orjson.dumps(event_document(event, await slugs.of(event.tenant)))
                cursor = (await feed.cursor(event.seq, tenant)).encode()
                yield b"id: %s\nevent: %s\ndata: %s\n\n" % (cursor, event.type.encode(), document)
            if not page.events:
                # A cursor without an event: who looks for rare types need not begin far back.
                yield b": still here\nid: %s\n\n" % (await feed.cursor(page.last, tenant)).encode()
    except EventsForgotten as fault:
        yield b"event: problem\ndata: %s\n\n" % orjson.dumps({"status": fault.status, "detail": fault.what})
