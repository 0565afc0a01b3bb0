"""The pages of webhook endpoints, of a tenant's and of the installation's own: listed, added, edited, paused, removed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from vestibule.connectors.address_guard import AddressRefused
from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page
from vestibule.web.console.receiving.webhook_deliveries import DELIVERY_DEEDS
from vestibule.web.console.receiving.webhook_shown import (
    deliveries_streamed,
    endpoint_meant,
    endpoint_shown,
    endpoints_listed,
)
from vestibule.web.console.receiving.webhooks import (
    EndpointVisit,
    Faults,
    Typed,
    address_of,
    called,
    desk_of,
    edition,
    list_address,
    whose,
)
from vestibule.webhooks.endpoints import (
    add_endpoint,
    change_endpoint,
    pause_endpoint,
    remove_endpoint,
    resume_endpoint,
)

_EDITED_MEANWHILE = message(
    "Somebody else has changed it meanwhile. What they saved stands above; what you typed is below: save it again if it holds."
)
_TYPE_IT = message("Type what it is called, to say that it is this one. Nothing was changed.")
_NOT_THE_NAME = message("This is not what it is called. Nothing was changed.")


def endpoint_pages(page: str) -> tuple[Page[Any], ...]:
    """All of them, below that address."""
    deeds: dict[str, Callable[[EndpointVisit], Awaitable[Response]]] = {
        "pause": _pause,
        "resume": _resume,
        "remove": _remove,
        **DELIVERY_DEEDS,
    }
    return (
        Page(page, shows=_list, does=_add),
        Page(f"{page}/{{id}}", shows=_endpoint, does=_edit),
        Page(f"{page}/{{id}}/stream", shows=deliveries_streamed),
        *(Page(f"{page}/{{id}}/{name}", does=does) for name, does in deeds.items()),
    )


async def _list(visit: EndpointVisit) -> Response:
    return await endpoints_listed(visit)


async def _add(visit: EndpointVisit) -> Response:
    typed = Typed.of(visit.form)
    try:
        made = await add_endpoint(
            desk_of(visit), typed.url, tenant=whose(visit), types=typed.types, description=typed.description
        )
    except AddressRefused as refusal:
        return await endpoints_listed(visit, 422, typed, Faults(url=str(refusal)))
    except Refused as refusal:
        return await endpoints_listed(visit, 422, typed, Faults(other=str(refusal)))
    return await endpoint_shown(visit, made.endpoint, secret=made.secret, is_new=True)


async def _endpoint(visit: EndpointVisit) -> Response:
    return await endpoint_shown(visit, await endpoint_meant(visit))


async def _edit(visit: EndpointVisit) -> Response:
    endpoint = await endpoint_meant(visit)
    typed = Typed.of(visit.form)
    if visit.form.line("edition", 20) != edition(endpoint):
        return await endpoint_shown(
            visit, endpoint, 409, typed=typed, faults=Faults(edit=visit.say(_EDITED_MEANWHILE))
        )
    try:
        await change_endpoint(
            desk_of(visit), endpoint, url=typed.url, types=typed.types, description=typed.description
        )
    except AddressRefused as refusal:
        return await endpoint_shown(visit, endpoint, 422, typed=typed, faults=Faults(url=str(refusal)))
    except Refused as refusal:
        return await endpoint_shown(visit, endpoint, 422, typed=typed, faults=Faults(edit=str(refusal)))
    return visit.go(address_of(visit, endpoint), "saved")


async def _pause(visit: EndpointVisit) -> Response:
    endpoint = await endpoint_meant(visit)
    try:
        await pause_endpoint(desk_of(visit), endpoint)
    except Refused as refusal:
        return await endpoint_shown(visit, endpoint, 409, faults=Faults(other=str(refusal)))
    return visit.go(address_of(visit, endpoint), "paused")


async def _resume(visit: EndpointVisit) -> Response:
    endpoint = await endpoint_meant(visit)
    from_now = visit.form.has("from_now")
    await resume_endpoint(desk_of(visit), endpoint, from_now=from_now)
    return visit.go(address_of(visit, endpoint), "resumed_from_now" if from_now else "resumed")


async def _remove(visit: EndpointVisit) -> Response:
    endpoint = await endpoint_meant(visit)
    typed = visit.form.line("name", 2100)
    if typed != " ".join(called(endpoint).split()):
        fault = visit.say(_NOT_THE_NAME) if typed else visit.say(_TYPE_IT)
        return await endpoint_shown(visit, endpoint, 409, faults=Faults(name=fault))
    await remove_endpoint(desk_of(visit), endpoint)
    return visit.go(list_address(visit), "removed")
