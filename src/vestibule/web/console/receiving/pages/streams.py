"""Settings → Integrations → Security event streams (a preview): set up, tested, paused, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.responses import Response

from vestibule.connectors.address_guard import AddressRefused
from vestibule.refused import Refused
from vestibule.security_events.desk import StreamDesk
from vestibule.security_events.errors import UnknownStream
from vestibule.security_events.event_types import TOLD_AS
from vestibule.security_events.keys import is_published
from vestibule.security_events.streams import add_stream, send_verification
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.receiving.endpoint_states import STATES
from vestibule.web.console.receiving.streams import event_meanings
from vestibule.web.console.receiving.tenant_visit import TenantVisit
from vestibule.webhooks.attempt import HeldState
from vestibule.webhooks.deliveries import Happened, history, resend_dead
from vestibule.webhooks.endpoint import PUSH, Endpoint
from vestibule.webhooks.endpoints import pause_endpoint, remove_endpoint, resume_endpoint

_PAGE = "/settings/integrations/streams"
_DELIVERIES_SHOWN = 50
_REFUSED_SHOWN = 20

DONE = {
    "added": message("Set up. It tells what happens from now on: enter these values at the receiver."),
    "paused": message("Paused. Nothing is given out, and nothing is lost."),
    "resumed": message("It goes on from where it stopped."),
    "waits": message("It is resumed, and goes on from where it stopped once the preview is switched on."),
    "again": message("What was refused is given again."),
    "removed": message("The stream is removed. Nothing more is given out."),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form had when it was sent; the Authorization header is never shown again."""

    url: str = ""
    audience: str = ""
    description: str = ""
    full: bool = False
    types: list[str] = field(default_factory=list)


async def _streams(visit: TenantVisit) -> Response:
    return await _listed(visit)


async def _listed(
    visit: TenantVisit, status: int = 200, typed: Typed | None = None, fault: str = "", url_fault: str = ""
) -> Response:
    desk = _desk(visit)
    streams = await desk.streams(visit.tenant.id)
    return visit.show(
        "streams.html",
        status,
        offered=desk.offered,
        streams=[(one, *STATES[desk.shown_state(one)]) for one in streams],
        counts=await desk.webhooks.store.counts([one.id for one in streams]),
        told=event_meanings(),
        typed=typed or Typed(),
        fault=fault,
        url_fault=url_fault,
        page=visit.below(_PAGE),
        sentences=DONE,
    )


async def _add(visit: TenantVisit) -> Response:
    form = visit.form
    typed = Typed(
        form.line("url", 2000),
        form.line("audience", 600),
        form.line("description", 300),
        form.has("full"),
        [type for type in form.every("type") if type in TOLD_AS],
    )
    try:
        stream = await add_stream(
            _desk(visit),
            visit.tenant.id,
            url=typed.url,
            types=typed.types,
            audience=typed.audience,
            full=typed.full,
            description=typed.description,
            authorization=form.line("authorization", 5000),
        )
    except AddressRefused as refusal:
        return await _listed(visit, 422, typed, url_fault=str(refusal))
    except Refused as refusal:
        return await _listed(visit, 422, typed, fault=str(refusal))
    return visit.go(_address(visit, stream), "added")


async def _stream(visit: TenantVisit) -> Response:
    return await _shown(visit, await _meant(visit))


async def _meant(visit: TenantVisit) -> Endpoint:
    """The stream of the path, of this tenant and of no other."""
    try:
        stream = await _desk(visit).stream(visit.path("id")[:40])
    except UnknownStream:
        raise nothing_there() from None
    if stream.tenant != visit.tenant.id:
        raise nothing_there()
    return stream


async def _shown(
    visit: TenantVisit,
    stream: Endpoint,
    status: int = 200,
    fault: str = "",
    tested: Happened | None = None,
) -> Response:
    desk = _desk(visit)
    store = desk.webhooks.store
    happened = await history(desk.webhooks, stream, limit=_DELIVERIES_SHOWN)
    counts = (await store.counts([stream.id])).get(stream.id)
    return visit.show(
        "stream.html",
        status,
        offered=desk.offered,
        stream=stream,
        is_pushed=stream.kind == PUSH,
        address=stream.url or desk.poll_url(stream.id),
        issuer=desk.issuer.issuer(visit.tenant.slug),
        key_set=desk.key_set_url,
        keys=[key for key in await desk.store.keys() if is_published(key, visit.now)],
        tells_all=len(stream.types) == len(TOLD_AS),
        told=event_meanings(),
        waiting=counts.waiting if counts else 0,
        refused=counts.dead if counts else 0,
        gaps=(await desk.webhooks.gaps.gaps([stream.id])).get(stream.id, ()),
        dead=[
            (one.event, *one.subject.split("/", 2)[1:])
            for one in await store.held(stream, HeldState.DEAD, limit=_REFUSED_SHOWN)
        ],
        happened=happened,
        last_error=next((one.attempt for one in happened if not one.taken), None),
        state=STATES[desk.shown_state(stream)],
        tested=tested,
        fault=fault,
        page=_address(visit, stream),
        sentences=DONE,
    )


async def _test(visit: TenantVisit) -> Response:
    stream = await _meant(visit)
    try:
        tested = await send_verification(_desk(visit), stream, visit.tenant.slug)
    except Refused as refusal:
        return await _shown(visit, stream, 409, str(refusal))
    return await _shown(visit, stream, tested=tested)


async def _pause(visit: TenantVisit) -> Response:
    stream = await _meant(visit)
    try:
        await pause_endpoint(_desk(visit).webhooks, stream)
    except Refused as refusal:
        return await _shown(visit, stream, 409, str(refusal))
    return visit.go(_address(visit, stream), "paused")


async def _resume(visit: TenantVisit) -> Response:
    stream = await _meant(visit)
    desk = _desk(visit)
    await resume_endpoint(desk.webhooks, stream)
    return visit.go(_address(visit, stream), "resumed" if desk.offered else "waits")


async def _again(visit: TenantVisit) -> Response:
    stream = await _meant(visit)
    await resend_dead(_desk(visit).webhooks, stream)
    return visit.go(_address(visit, stream), "again")


async def _remove(visit: TenantVisit) -> Response:
    stream = await _meant(visit)
    await remove_endpoint(_desk(visit).webhooks, stream)
    return visit.go(visit.below(_PAGE), "removed")


def _desk(visit: TenantVisit) -> StreamDesk:
    return visit.premises.stream_desk(visit.actor)


def _address(visit: TenantVisit, stream: Endpoint) -> str:
    return visit.below(f"{_PAGE}/{stream.id}")


PAGES = (
    Page(_PAGE, shows=_streams, does=_add),
    Page(f"{_PAGE}/{{id}}", shows=_stream),
    Page(f"{_PAGE}/{{id}}/test", does=_test),
    Page(f"{_PAGE}/{{id}}/pause", does=_pause),
    Page(f"{_PAGE}/{{id}}/resume", does=_resume),
    Page(f"{_PAGE}/{{id}}/again", does=_again),
    Page(f"{_PAGE}/{{id}}/remove", does=_remove),
)
