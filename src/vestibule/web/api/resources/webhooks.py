"""Webhooks: where events are sent, what came of it, and sending again."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from vestibule.connectors.address_guard import AddressRefused
from vestibule.feed.errors import UnknownEventType
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
from vestibule.web.api.webhook_messages import (
    DeadLetterShown,
    DeliveriesShown,
    DeliveryShown,
    NewWebhook,
    ResendAsked,
    SecretRolled,
    WebhookChanged,
    WebhookId,
    WebhookMade,
    WebhookResumed,
    WebhookShown,
    dead_letter,
    delivery,
    gaps_shown,
    shown,
)
from vestibule.webhooks.attempt import HeldState
from vestibule.webhooks.deliveries import (
    first_event_since,
    history,
    resend_dead,
    resend_event,
    resend_range,
    send_test,
)
from vestibule.webhooks.desk import WebhookDesk
from vestibule.webhooks.endpoint import INSTALLATION, Endpoint
from vestibule.webhooks.endpoints import (
    Secretly,
    add_endpoint,
    change_endpoint,
    pause_endpoint,
    remove_endpoint,
    resume_endpoint,
    roll_secret,
)
from vestibule.webhooks.errors import (
    BadSecret,
    EndpointEnded,
    NothingToResend,
    TooManyEndpoints,
    UnknownEndpoint,
    WebhookRefused,
)

RESOURCE = Resource(
    "webhooks",
    "Webhooks",
    "Addresses to which events are posted, signed as Standard Webhooks says: in order for each resource, at least once.",
)


@RESOURCE.get("/webhooks", name="list", scope="webhooks:read", raises=(UnknownTenant,))
async def list_webhooks(
    call: Call,
    tenant: Annotated[str | None, Field(max_length=63, description="The slug of one tenant.")] = None,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[WebhookShown]:
    """The endpoints that the token may see, by id."""
    only = (await call.tenant(tenant)).id if tenant is not None else None
    seen = await _seen(call)
    found = [one for one in await _desk(call).endpoints(only) if one.tenant in seen]
    page = page_by_key(found, lambda one: one.id, count, await call.places(only), cursor)
    ids = [one.id for one in page.items]
    counts, gaps = await _desk(call).store.counts(ids), await _desk(call).gaps.gaps(ids)
    return Page([shown(one, seen, counts.get(one.id), gaps.get(one.id, ())) for one in page.items], page.next)


@RESOURCE.post(
    "/webhooks",
    name="create",
    scope="webhooks:write",
    status=201,
    raises=(
        AddressRefused,
        UnknownEventType,
        BadSecret,
        TooManyEndpoints,
        WebhookRefused,
        UnknownTenant,
        BoundElsewhere,
    ),
)
async def create(call: Call, body: NewWebhook) -> WebhookMade:
    """Add an endpoint; it gets what happens from now on.

    The signing secret is in the answer, this once. A token bound to a tenant adds endpoints of that tenant.
    """
    made = await add_endpoint(
        _desk(call),
        body.url,
        tenant=await _whose(call, body.tenant),
        types=body.types,
        description=body.description,
        secret=body.secret or "",
    )
    call.about("Webhook", made.endpoint.id)
    call.headers["location"] = f"{call.premises.public_url()}/api/v1/webhooks/{made.endpoint.id}"
    return await _made(call, made)


@RESOURCE.get("/webhooks/{webhook}", name="show", scope="webhooks:read", raises=(UnknownEndpoint,))
async def show(call: Call, webhook: WebhookId) -> WebhookShown:
    """One endpoint: where it is in the log, what waits, what fails and since when."""
    return await _one(call, await _endpoint(call, webhook))


@RESOURCE.patch(
    "/webhooks/{webhook}",
    name="change",
    scope="webhooks:write",
    raises=(UnknownEndpoint, AddressRefused, UnknownEventType, WebhookRefused),
)
async def change(call: Call, webhook: WebhookId, body: WebhookChanged) -> WebhookShown:
    """Another address, other types, another description. A new address begins without failures."""
    endpoint = await _endpoint(call, webhook)
    changed = await change_endpoint(
        _desk(call), endpoint, url=body.url, types=body.types, description=body.description
    )
    return await _one(call, changed)


@RESOURCE.delete("/webhooks/{webhook}", name="remove", scope="webhooks:write", raises=(UnknownEndpoint,))
async def remove(call: Call, webhook: WebhookId) -> None:
    """Send nothing there any more, for good."""
    await remove_endpoint(_desk(call), await _endpoint(call, webhook))


@RESOURCE.post(
    "/webhooks/{webhook}/secret",
    name="roll_secret",
    scope="webhooks:write",
    raises=(UnknownEndpoint, BadSecret, WebhookRefused),
)
async def roll(call: Call, webhook: WebhookId, body: SecretRolled) -> WebhookMade:
    """Put a new signing secret in the place of the old one, which signs too for a while."""
    endpoint = await _endpoint(call, webhook)
    overlap = timedelta(hours=body.overlap_hours)
    return await _made(
        call, await roll_secret(_desk(call), endpoint, overlap=overlap, secret=body.secret or "")
    )


@RESOURCE.post(
    "/webhooks/{webhook}/pause",
    name="pause",
    scope="webhooks:write",
    raises=(UnknownEndpoint, EndpointEnded),
)
async def pause(call: Call, webhook: WebhookId) -> WebhookShown:
    """Send nothing there until it is resumed; nothing is lost."""
    return await _one(call, await pause_endpoint(_desk(call), await _endpoint(call, webhook)))


@RESOURCE.post("/webhooks/{webhook}/resume", name="resume", scope="webhooks:write", raises=(UnknownEndpoint,))
async def resume(call: Call, webhook: WebhookId, body: WebhookResumed) -> WebhookShown:
    """Go on from where it stopped; one that fails is tried at once."""
    endpoint = await _endpoint(call, webhook)
    return await _one(call, await resume_endpoint(_desk(call), endpoint, from_now=body.from_now))


@RESOURCE.post("/webhooks/{webhook}/test", name="test", scope="webhooks:write", raises=(UnknownEndpoint,))
async def test(call: Call, webhook: WebhookId) -> DeliveryShown:
    """Send a signed test event now, and say what came back."""
    return delivery(await send_test(_desk(call), await _endpoint(call, webhook)))


@RESOURCE.post(
    "/webhooks/{webhook}/resend",
    name="resend",
    scope="webhooks:write",
    status=204,
    raises=(UnknownEndpoint, NothingToResend, EndpointEnded, InvalidBody),
)
async def resend(call: Call, webhook: WebhookId, body: ResendAsked) -> None:
    """Send again, in order and with the ids they had: one event, a range, all since a moment, or the dead letters."""
    desk, endpoint = _desk(call), await _endpoint(call, webhook)
    asked = [body.event is not None, body.first is not None, body.since is not None, body.dead_letters]
    if asked.count(True) != 1:
        raise InvalidBody("Say one of event, first, since and deadLetters.")
    if body.event is not None:
        await resend_event(desk, endpoint, body.event)
    elif body.dead_letters:
        await resend_dead(desk, endpoint)
    else:
        first = body.first or await first_event_since(desk.log, body.since or "")
        await resend_range(desk, endpoint, first, body.last or await desk.store.last_event())


@RESOURCE.get(
    "/webhooks/{webhook}/deliveries", name="deliveries", scope="webhooks:read", raises=(UnknownEndpoint,)
)
async def deliveries(
    call: Call,
    webhook: WebhookId,
    event: Annotated[int | None, Field(ge=0, le=2**62, description="Only attempts for this event.")] = None,
    count: CountParameter = DEFAULT_COUNT,
) -> DeliveriesShown:
    """What was tried, newest first, with the answers; and what never will be, as it was forgotten before."""
    desk, endpoint = _desk(call), await _endpoint(call, webhook)
    found = await history(desk, endpoint, event=event, limit=count)
    gaps = await desk.gaps.gaps([endpoint.id])
    return DeliveriesShown(
        deliveries=[delivery(one) for one in found], forgotten=gaps_shown(gaps.get(endpoint.id, ()))
    )


@RESOURCE.get(
    "/webhooks/{webhook}/dead-letters", name="dead_letters", scope="webhooks:read", raises=(UnknownEndpoint,)
)
async def dead_letters(
    call: Call, webhook: WebhookId, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[DeadLetterShown]:
    """The events that were given up, in their order."""
    desk, endpoint = _desk(call), await _endpoint(call, webhook)
    place = await call.places(endpoint.id)
    boundary = place.open(cursor)
    after = boundary.seq if boundary is not None else 0
    rows = await desk.store.held(endpoint, HeldState.DEAD, after=after, limit=count + 1)
    page = page_by_number(rows, lambda one: one.event, count, place)
    return Page([dead_letter(one) for one in page.items], page.next)


def _desk(call: Call) -> WebhookDesk:
    return call.premises.webhook_desk(call.actor)


async def _seen(call: Call) -> dict[int, Tenant | None]:
    """Whose endpoints the token may see, by the tenant's number."""
    found: dict[int, Tenant | None] = {
        tenant.id: tenant for tenant in await call.premises.tenancy.tenants() if call.sees(tenant)
    }
    if call.token.tenant is None and call.token.account is None:
        found[INSTALLATION] = None
    return found


async def _endpoint(call: Call, id: str) -> Endpoint:
    """In the same words for one that is not there and one that the token may not see."""
    found = await _desk(call).endpoint(id)
    if found.tenant not in await _seen(call):
        raise UnknownEndpoint(id)
    call.tenant_id = found.tenant or None
    call.about("Webhook", found.id)
    return found


async def _whose(call: Call, slug: str | None) -> int:
    if slug is not None:
        return (await call.tenant(slug)).id
    if call.token.tenant is not None:
        call.tenant_id = call.token.tenant
        return call.token.tenant
    call.demand_installation()
    return INSTALLATION


async def _one(call: Call, endpoint: Endpoint) -> WebhookShown:
    counts = await _desk(call).store.counts([endpoint.id])
    gaps = await _desk(call).gaps.gaps([endpoint.id])
    return shown(endpoint, await _seen(call), counts.get(endpoint.id), gaps.get(endpoint.id, ()))


async def _made(call: Call, made: Secretly) -> WebhookMade:
    return WebhookMade(webhook=await _one(call, made.endpoint), secret=made.secret)
