"""What is done about one endpoint's deliveries and its secret: test, send again, roll, reveal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.receiving.webhook_shown import endpoint_meant, endpoint_shown
from vestibule.web.console.receiving.webhooks import EndpointVisit, Faults, address_of, desk_of
from vestibule.webhooks.deliveries import (
    first_event_since,
    resend_dead,
    resend_event,
    resend_range,
    send_test,
)
from vestibule.webhooks.endpoints import reveal_secret, roll_secret

_NO_NUMBER = message("{typed} is not the number of an event: it stands beside the event in the list.")
_NO_MOMENT = message("{typed} is no moment: write 2026-01-31T08:00, in UTC.")
_NO_HOURS = message("{typed} is no number of hours.")
_LARGEST = 2**62


class _Unreadable(Exception):
    """What was typed is no number or moment; the message says so in the visitor's language."""


async def _test(visit: EndpointVisit) -> Response:
    endpoint = await endpoint_meant(visit)
    try:
        tested = await send_test(desk_of(visit), endpoint)
    except Refused as refusal:
        return await endpoint_shown(visit, endpoint, 422, faults=Faults(other=str(refusal)))
    return await endpoint_shown(visit, endpoint, tested=tested)


async def _resend(visit: EndpointVisit) -> Response:
    """One event by its number."""
    endpoint = await endpoint_meant(visit)
    try:
        await resend_event(desk_of(visit), endpoint, _number(visit, "event"))
    except Refused as refusal:
        return await endpoint_shown(visit, endpoint, 422, faults=Faults(other=str(refusal)))
    except _Unreadable as fault:
        return await endpoint_shown(visit, endpoint, 422, faults=Faults(other=str(fault)))
    return visit.go(address_of(visit, endpoint), "resent")


async def _resend_range(visit: EndpointVisit) -> Response:
    """From one number to another, or to the newest; or all since a moment."""
    desk, endpoint = desk_of(visit), await endpoint_meant(visit)
    try:
        if visit.form.line("since", 30):
            first = await first_event_since(desk.log, _moment(visit, "since"))
        else:
            first = _number(visit, "first")
        last = _number(visit, "last") if visit.form.line("last", 30) else await desk.store.last_event()
        await resend_range(desk, endpoint, first, last)
    except Refused as refusal:
        return await endpoint_shown(visit, endpoint, 422, faults=Faults(resend=str(refusal)))
    except _Unreadable as fault:
        return await endpoint_shown(visit, endpoint, 422, faults=Faults(resend=str(fault)))
    return visit.go(address_of(visit, endpoint), "resent_range")


async def _resend_dead(visit: EndpointVisit) -> Response:
    endpoint = await endpoint_meant(visit)
    await resend_dead(desk_of(visit), endpoint)
    return visit.go(address_of(visit, endpoint), "resent_dead")


async def _reveal(visit: EndpointVisit) -> Response:
    endpoint = await endpoint_meant(visit)
    try:
        secret = await reveal_secret(desk_of(visit), endpoint)
    except Refused as refusal:
        return await endpoint_shown(visit, endpoint, 422, faults=Faults(other=str(refusal)))
    return await endpoint_shown(visit, endpoint, secret=secret)


async def _roll(visit: EndpointVisit) -> Response:
    endpoint = await endpoint_meant(visit)
    hours = visit.form.line("hours", 10)
    if not (hours.isascii() and hours.isdigit()):
        fault = visit.say(_NO_HOURS, typed=f"“{hours}”")
        return await endpoint_shown(visit, endpoint, 422, faults=Faults(roll=fault))
    try:
        made = await roll_secret(desk_of(visit), endpoint, overlap=timedelta(hours=int(hours[:6])))
    except Refused as refusal:
        return await endpoint_shown(visit, endpoint, 422, faults=Faults(roll=str(refusal)))
    return await endpoint_shown(visit, made.endpoint, secret=made.secret, is_new=True)


def _number(visit: EndpointVisit, name: str) -> int:
    typed = visit.form.line(name, 30)
    if not (typed.isascii() and typed.isdigit() and int(typed) <= _LARGEST):
        raise _Unreadable(visit.say(_NO_NUMBER, typed=f"“{typed}”"))
    return int(typed)


def _moment(visit: EndpointVisit, name: str) -> str:
    typed = visit.form.line(name, 30)
    try:
        moment = datetime.fromisoformat(typed)
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Unreadable(visit.say(_NO_MOMENT, typed=f"“{typed}”")) from None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


DELIVERY_DEEDS: Mapping[str, Callable[[EndpointVisit], Awaitable[Response]]] = {
    "test": _test,
    "resend": _resend,
    "resend-range": _resend_range,
    "resend-dead": _resend_dead,
    "reveal": _reveal,
    "roll": _roll,
}
