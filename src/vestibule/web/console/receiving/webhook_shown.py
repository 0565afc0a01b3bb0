"""Webhook endpoints as pages: the list of them, and one with what was sent there and what came back."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.responses import Response

from vestibule.web.console.languages import message
from vestibule.web.console.pages import nothing_there
from vestibule.web.console.receiving.endpoint_states import STATES
from vestibule.web.console.receiving.tenant_visit import TenantVisit
from vestibule.web.console.receiving.webhooks import (
    EndpointVisit,
    Faults,
    Typed,
    address_of,
    called,
    desk_of,
    edition,
    event_families,
    list_address,
    whose,
)
from vestibule.web.console.streams import event, stream, ticks
from vestibule.webhooks.attempt import Attempt, HeldState
from vestibule.webhooks.deliveries import Happened, history
from vestibule.webhooks.endpoint import Endpoint
from vestibule.webhooks.errors import UnknownEndpoint

#: Endpoints, and attempts, on one page.
_PAGE = 50
_DEAD_SHOWN = 20
#: Rows that come while one looks: so many of one second are shown.
_MOST_AT_ONCE = 10
#: As far back as anybody pages; what is older is asked for by the number of its event.
_FURTHEST = 2000

#: How long the old secret signs too, in hours, and how that is called.
OVERLAPS = {
    "24": message("for 24 hours more"),
    "168": message("for 7 days more"),
    "720": message("for 30 days more"),
    "1": message("for one hour more"),
    "0": message("no more: it ends at once"),
}
SHOWN = {"": message("everything"), "failed": message("not taken")}
DONE = {
    "saved": message("Saved."),
    "paused": message("Paused. Nothing is sent, and nothing is lost."),
    "resumed": message("It goes on from where it stopped."),
    "resumed_from_now": message("It goes on with what happens from now on."),
    "resent": message("It is sent again: at once where the endpoint is on, else when it is resumed."),
    "resent_range": message("They are sent again, in order, beside what is new."),
    "resent_dead": message("The dead letters are sent again."),
    "removed": message("The endpoint is removed. Nothing more is sent there."),
}


async def endpoints_listed(
    visit: EndpointVisit, status: int = 200, typed: Typed | None = None, faults: Faults | None = None
) -> Response:
    """All of them, a page at a time, and the form for another."""
    desk = desk_of(visit)
    found = await desk.endpoints(whose(visit))
    skip = _skipped(visit)
    shown = found[skip : skip + _PAGE]
    return visit.show(
        "webhooks.html",
        status,
        **_frame(visit),
        endpoints=shown,
        total=len(found),
        counts=await desk.store.counts([one.id for one in shown]),
        gaps=await desk.gaps.gaps([one.id for one in shown]),
        older=skip + _PAGE if len(found) > skip + _PAGE else 0,
        typed=typed or Typed(),
        faults=faults or Faults(),
        families=event_families(),
    )


async def endpoint_meant(visit: EndpointVisit) -> Endpoint:
    """The endpoint of the path, of this tenant and of no other."""
    try:
        return await desk_of(visit).endpoint(visit.path("id")[:40], whose(visit))
    except UnknownEndpoint:
        raise nothing_there() from None


async def endpoint_shown(
    visit: EndpointVisit,
    endpoint: Endpoint,
    status: int = 200,
    *,
    typed: Typed | None = None,
    faults: Faults | None = None,
    tested: Happened | None = None,
    secret: str = "",
    is_new: bool = False,
) -> Response:
    """One endpoint; ``secret`` is shown this once, ``is_new`` where it was made just now."""
    desk = desk_of(visit)
    show = visit.query("show", 20) if visit.query("show", 20) in SHOWN else ""
    number, skip = _whole(visit.query("event", 20)), _skipped(visit)
    happened = await history(
        desk, endpoint, event=number, skip=skip, limit=_PAGE + 1, failed=show == "failed"
    )
    failing = await history(desk, endpoint, limit=1, failed=True)
    counts = (await desk.store.counts([endpoint.id])).get(endpoint.id)
    dead = await desk.store.held(endpoint, HeldState.DEAD, limit=_DEAD_SHOWN)
    return visit.show(
        "webhook.html",
        status,
        **_frame(visit),
        here_now=address_of(visit, endpoint),
        endpoint=endpoint,
        name=called(endpoint),
        edition=edition(endpoint),
        families=event_families(),
        typed=typed or Typed.as_it_is(endpoint),
        is_editing=typed is not None,
        faults=faults or Faults(),
        tested=tested,
        secret=secret,
        is_new=is_new,
        old_secret_until=endpoint.old_secret_until if endpoint.old_secret_until > desk.clock() else "",
        overlaps=OVERLAPS,
        waiting=counts.waiting if counts else 0,
        dead_letters=counts.dead if counts else 0,
        dead=[(one, *one.subject.split("/", 2)[1:]) for one in dead],
        last_event=await desk.store.last_event(),
        last_error=failing[0].attempt if failing else None,
        gaps=(await desk.gaps.gaps([endpoint.id])).get(endpoint.id, ()),
        happened=happened[:_PAGE],
        older=skip + _PAGE if len(happened) > _PAGE and skip < _FURTHEST else 0,
        is_cut=len(happened) > _PAGE and skip >= _FURTHEST,
        is_live=not (skip or number is not None),
        newest=_place(happened[0].attempt) if happened else "",
        skip=skip,
        event=number,
        show=show,
        kinds=SHOWN,
    )


async def deliveries_streamed(visit: EndpointVisit) -> Response:
    """What is sent from now on, as rows that go on top."""
    endpoint = await endpoint_meant(visit)
    failed = visit.query("show", 20) == "failed"

    async def pieces() -> AsyncIterator[str]:
        last = visit.query("after", 100)
        async for _ in ticks(visit):
            happened = await history(desk_of(visit), endpoint, limit=_PAGE, failed=failed)
            fresh = [one for one in happened if _place(one.attempt) > last]
            if fresh:
                last = _place(fresh[0].attempt)
                shown = fresh[:_MOST_AT_ONCE]
                yield event(
                    "rows",
                    visit.part(
                        "webhook_rows.html",
                        happened=shown,
                        left_out=len(fresh) - len(shown),
                        here_now=address_of(visit, endpoint),
                    ),
                )

    return stream(pieces())


def _place(attempt: Attempt) -> str:
    """Where it stands among others: text that grows as they come."""
    return f"{attempt.at} {attempt.event:020} {attempt.number:06}"


def _frame(visit: EndpointVisit) -> dict[str, object]:
    """What both pages know."""
    is_tenants = isinstance(visit, TenantVisit)
    return {
        "layout": "layout.html" if is_tenants else "operator_layout.html",
        "is_tenants": is_tenants,
        "page": list_address(visit),
        "states": STATES,
        "sentences": DONE,
    }


def _skipped(visit: EndpointVisit) -> int:
    return min(_whole(visit.query("skip", 10)) or 0, _FURTHEST)


def _whole(text: str) -> int | None:
    """A number of an address; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
