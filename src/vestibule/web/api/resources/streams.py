"""Streams of security event tokens (a preview): set up, polled, and what came of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from vestibule.connectors.address_guard import AddressRefused
from vestibule.feed.errors import UnknownEventType
from vestibule.security_events.desk import StreamDesk
from vestibule.security_events.errors import (
    NeverGiven,
    NotOffered,
    NotPolled,
    NotResent,
    StreamPaused,
    StreamRefused,
    UnknownStream,
)
from vestibule.security_events.keys import rotate
from vestibule.security_events.polling import poll as poll_stream
from vestibule.security_events.streams import add_stream, send_verification
from vestibule.tenancy.errors import UnknownTenant
from vestibule.tenancy.tenant import Tenant
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field
from vestibule.web.api.operation import Resource
from vestibule.web.api.paging import (
    DEFAULT_COUNT,
    CountParameter,
    CursorParameter,
    Page,
    page_by_key,
    page_by_number,
)
from vestibule.web.api.problems import BoundElsewhere, InvalidBody
from vestibule.web.api.stream_messages import (
    KeyRotated,
    KeyShown,
    NewStream,
    PollAsked,
    SetsGiven,
    StreamId,
    StreamShown,
    key_shown,
    stream_shown,
)
from vestibule.web.api.webhook_messages import (
    DeadLetterShown,
    DeliveriesShown,
    DeliveryShown,
    ResendAsked,
    dead_letter,
    delivery,
    gaps_shown,
)
from vestibule.webhooks.attempt import HeldState
from vestibule.webhooks.deliveries import (
    first_event_since,
    history,
    resend_dead,
    resend_event,
    resend_range,
)
from vestibule.webhooks.endpoint import POLL, Endpoint
from vestibule.webhooks.endpoints import pause_endpoint, remove_endpoint, resume_endpoint
from vestibule.webhooks.errors import EndpointEnded, NothingToResend, TooManyEndpoints

RESOURCE = Resource(
    "streams",
    "Streams of security event tokens",
    "A preview: changes of SCIM resources as signed tokens (RFC 9967), pushed (RFC 8935) or polled (RFC 8936). "
    "`VESTIBULE_SECURITY_EVENTS` switches it on.",
)


@RESOURCE.get("/streams", name="list", scope="webhooks:read", raises=(UnknownTenant,))
async def list_streams(
    call: Call,
    tenant: Annotated[str | None, Field(max_length=63, description="The slug of one tenant.")] = None,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[StreamShown]:
    """The streams that the token may see, by id."""
    only = (await call.tenant(tenant)).id if tenant is not None else None
    desk, seen = _desk(call), await _seen(call)
    found = [one for one in await desk.streams(only) if one.tenant in seen]
    page = page_by_key(found, lambda one: one.id, count, await call.places(only), cursor)
    ids = [one.id for one in page.items]
    counts, gaps = await desk.webhooks.store.counts(ids), await desk.webhooks.gaps.gaps(ids)
    return Page(
        [stream_shown(desk, one, seen, counts.get(one.id), gaps.get(one.id, ())) for one in page.items],
        page.next,
    )


@RESOURCE.post(
    "/streams",
    name="create",
    scope="webhooks:write",
    status=201,
    raises=(
        NotOffered,
        AddressRefused,
        UnknownEventType,
        TooManyEndpoints,
        StreamRefused,
        UnknownTenant,
        InvalidBody,
    ),
)
async def create(call: Call, body: NewStream) -> StreamShown:
    """Set up a stream of what happens in a tenant from now on: pushed to `url`, or polled without one."""
    stream = await add_stream(
        _desk(call),
        await _whose(call, body.tenant),
        url=body.url,
        types=body.types,
        audience=body.audience,
        full=body.full,
        description=body.description,
        authorization=body.authorization,
    )
    call.about("Stream", stream.id)
    call.headers["location"] = f"{call.premises.public_url()}/api/v1/streams/{stream.id}"
    return await _one(call, stream)


@RESOURCE.get("/streams/{stream}", name="show", scope="webhooks:read", raises=(UnknownStream,))
async def show(call: Call, stream: StreamId) -> StreamShown:
    """One stream: what a receiver enters, where it is in the log, what waits."""
    return await _one(call, (await _stream(call, stream))[0])


@RESOURCE.delete("/streams/{stream}", name="remove", scope="webhooks:write", raises=(UnknownStream,))
async def remove(call: Call, stream: StreamId) -> None:
    """Give nothing out any more, for good."""
    await remove_endpoint(_desk(call).webhooks, (await _stream(call, stream))[0])


@RESOURCE.post(
    "/streams/{stream}/pause", name="pause", scope="webhooks:write", raises=(UnknownStream, EndpointEnded)
)
async def pause(call: Call, stream: StreamId) -> StreamShown:
    """Give nothing out until it is resumed; nothing is lost."""
    found, _ = await _stream(call, stream)
    return await _one(call, await pause_endpoint(_desk(call).webhooks, found))


@RESOURCE.post("/streams/{stream}/resume", name="resume", scope="webhooks:write", raises=(UnknownStream,))
async def resume(call: Call, stream: StreamId) -> StreamShown:
    """Go on from where it stopped."""
    found, _ = await _stream(call, stream)
    return await _one(call, await resume_endpoint(_desk(call).webhooks, found))


@RESOURCE.post(
    "/streams/{stream}/test", name="test", scope="webhooks:write", raises=(UnknownStream, StreamRefused)
)
async def test(call: Call, stream: StreamId) -> DeliveryShown:
    """Push a verification event now, and say what came back."""
    found, tenant = await _stream(call, stream)
    return delivery(await send_verification(_desk(call), found, tenant.slug))


@RESOURCE.post(
    "/streams/{stream}/poll",
    name="poll",
    scope="events:write",
    raises=(UnknownStream, NotOffered, NotPolled, StreamPaused, NeverGiven),
)
async def poll(call: Call, stream: StreamId, body: PollAsked) -> SetsGiven:
    """Acknowledge tokens and fetch the next ones (RFC 8936).

    A token is given with every poll until it stands in `ack` or `setErrs`; one in `setErrs` is listed as
    refused and not given again. An acknowledgement that is repeated does nothing; one of a token that was
    never given out refuses the whole request.
    """
    found, tenant = await _stream(call, stream)
    polled = await poll_stream(
        _desk(call),
        found,
        tenant.slug,
        call.premises.wait_for_events,
        taken=body.ack,
        errors={jti: (fault.err, fault.description) for jti, fault in body.set_errs.items()},
        most=body.max_events,
        at_once=body.return_immediately,
    )
    # A receiver polls all day: what was given and acknowledged stands with the stream, not in the request log.
    call.recorded = True
    return SetsGiven(sets=dict(polled.sets), more_available=polled.more)


@RESOURCE.post(
    "/streams/{stream}/resend",
    name="resend",
    scope="webhooks:write",
    status=204,
    raises=(UnknownStream, NothingToResend, EndpointEnded, NotResent, InvalidBody),
)
async def resend(call: Call, stream: StreamId, body: ResendAsked) -> None:
    """Give again: one event, the refused ones, or of a pushed stream a range, or all since a moment."""
    desk, (found, _) = _desk(call).webhooks, await _stream(call, stream)
    asked = [body.event is not None, body.first is not None, body.since is not None, body.dead_letters]
    if asked.count(True) != 1:
        raise InvalidBody("Say one of event, first, since and deadLetters.")
    if body.event is not None:
        await resend_event(desk, found, body.event)
    elif body.dead_letters:
        await resend_dead(desk, found)
    elif found.kind == POLL:
        raise NotResent(found.id)
    else:
        first = body.first or await first_event_since(desk.log, body.since or "")
        await resend_range(desk, found, first, body.last or await desk.store.last_event())


@RESOURCE.get(
    "/streams/{stream}/deliveries", name="deliveries", scope="webhooks:read", raises=(UnknownStream,)
)
async def deliveries(
    call: Call,
    stream: StreamId,
    event: Annotated[int | None, Field(ge=0, le=2**62, description="Only what is about this event.")] = None,
    count: CountParameter = DEFAULT_COUNT,
) -> DeliveriesShown:
    """What was pushed or acknowledged, newest first, with the receiver's errors; and what was forgotten before."""
    desk, (found, _) = _desk(call).webhooks, await _stream(call, stream)
    several = await history(desk, found, event=event, limit=count)
    gaps = await desk.gaps.gaps([found.id])
    return DeliveriesShown(
        deliveries=[delivery(one) for one in several], forgotten=gaps_shown(gaps.get(found.id, ()))
    )


@RESOURCE.get("/streams/{stream}/refused", name="refused", scope="webhooks:read", raises=(UnknownStream,))
async def refused(
    call: Call, stream: StreamId, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[DeadLetterShown]:
    """The events whose tokens the receiver refused, or that were given up, in their order."""
    found, _ = await _stream(call, stream)
    place = await call.places(found.id)
    boundary = place.open(cursor)
    after = boundary.seq if boundary is not None else 0
    rows = await _desk(call).webhooks.store.held(found, HeldState.DEAD, after=after, limit=count + 1)
    page = page_by_number(rows, lambda one: one.event, count, place)
    return Page([dead_letter(one) for one in page.items], page.next)


@RESOURCE.get("/stream-keys", name="keys", scope="webhooks:read")
async def keys(
    call: Call, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[KeyShown]:
    """What signs the tokens of all streams, by id; the public keys themselves stand in the key set."""
    found = await call.premises.security_events.keys()
    page = page_by_key(found, lambda one: one.id, count, await call.places(), cursor)
    return Page([key_shown(one) for one in page.items], page.next)


@RESOURCE.post(
    "/stream-keys",
    name="rotate_key",
    scope="webhooks:write",
    status=201,
    raises=(NotOffered, StreamRefused, BoundElsewhere),
)
async def rotate_key(call: Call, body: KeyRotated) -> KeyShown:
    """Publish a new key, which signs after a while; the old ones stay published for a week after that."""
    call.demand_installation()
    _desk(call).demand_offered()
    premises = call.premises
    lead = timedelta(minutes=body.lead_minutes)
    return key_shown(
        await rotate(premises.security_events, premises.keys, premises.clock(), call.actor, lead)
    )


def _desk(call: Call) -> StreamDesk:
    return call.premises.stream_desk(call.actor)


async def _seen(call: Call) -> dict[int, Tenant]:
    """Whose streams the token may see, by the tenant's number."""
    return {tenant.id: tenant for tenant in await call.premises.tenancy.tenants() if call.sees(tenant)}


async def _stream(call: Call, id: str) -> tuple[Endpoint, Tenant]:
    """In the same words for one that is not there and one that the token may not see."""
    found = await _desk(call).stream(id)
    tenant = (await _seen(call)).get(found.tenant)
    if tenant is None:
        raise UnknownStream(id)
    call.tenant_id = tenant.id
    call.about("Stream", found.id)
    return found, tenant


async def _whose(call: Call, slug: str | None) -> int:
    if slug is not None:
        return (await call.tenant(slug)).id
    if call.token.tenant is None:
        raise InvalidBody("Say the tenant whose changes the stream tells.")
    call.tenant_id = call.token.tenant
    return call.token.tenant


async def _one(call: Call, stream: Endpoint) -> StreamShown:
    desk = _desk(call)
    counts = await desk.webhooks.store.counts([stream.id])
    gaps = await desk.webhooks.gaps.gaps([stream.id])
    return stream_shown(desk, stream, await _seen(call), counts.get(stream.id), gaps.get(stream.id, ()))
