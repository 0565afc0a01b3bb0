"""Settings → Integrations → Slack or Google Workspace: connect a workspace, and whose account is linked there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.responses import Response

from vestibule.directory.facts import ById
from vestibule.linking.connecting import Connecting, Offered
from vestibule.linking.connector import ConsentRefused
from vestibule.linking.linked_account import LinkedAccount, LinkState
from vestibule.linking.service_connection import ConnectionState, ServiceConnection
from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.receiving.services import LABELS, STATES
from vestibule.web.console.receiving.tenant_visit import TenantVisit
from vestibule.web.console.streams import event, stream, ticks

_PAGE = "/settings/integrations/services/{service}"
_ACCOUNTS_SHOWN = 100
_LONGEST_KEY = 16 * 1024

DONE = {
    "connected": message("Connected. Everybody's account is looked up now."),
    "sync": message("Everybody's account is looked at again."),
    "paused": message("Paused. Nothing more is asked there until you resume it."),
    "resumed": message("Connected again, and everybody's account is looked up now."),
    "disconnected": message("Disconnected. The credentials are gone here and at the service."),
}


def _service(visit: TenantVisit) -> str:
    """The service of the path, if the product names accounts there."""
    service = visit.path("service")
    if service not in visit.profile.services or service not in LABELS:
        raise nothing_there()
    return service


def _address(visit: TenantVisit, service: str) -> str:
    return visit.below(_PAGE.replace("{service}", service))


async def _shown(visit: TenantVisit, status: int = 200, fault: str = "") -> Response:
    service = _service(visit)
    return visit.show("service.html", status, fault=fault, sentences=DONE, **await _state(visit, service))


async def _state(visit: TenantVisit, service: str) -> dict[str, Any]:
    store, tenant = visit.premises.linking, visit.tenant.id
    connection = await store.connection(tenant, service)
    asked = visit.query("state", 20)
    outliving = asked == "outliving"
    state = LinkState(asked) if asked in set(LinkState) else None
    after = visit.query("after", 60)
    accounts = await store.accounts(
        tenant, service, state=state, outliving=outliving, after=after, limit=_ACCOUNTS_SHOWN + 1
    )
    shown = list(accounts[:_ACCOUNTS_SHOWN])
    return {
        "service": service,
        "label": LABELS[service],
        "is_set_up": service in visit.premises.connecting.labels(),
        "client_id": visit.premises.connecting.client_id(service),
        "takes_keys": visit.premises.connecting.takes_keys(service),
        "connection": connection if _is_there(connection) else None,
        "counts": await store.counts(tenant, service),
        "states": STATES,
        "asked": asked if state or outliving else "",
        "accounts": shown,
        "names": await _names(visit, shown),
        "next": shown[-1].user_id if len(accounts) > _ACCOUNTS_SHOWN else "",
        "page": _address(visit, service),
    }


def _is_there(connection: ServiceConnection | None) -> bool:
    return connection is not None and connection.state is not ConnectionState.DISCONNECTED


async def _names(visit: TenantVisit, accounts: list[LinkedAccount]) -> dict[str, str]:
    """What the people are called, by id."""
    keys = [ById("User", account.user_id, 0) for account in accounts]
    found = await visit.premises.directory.facts(visit.tenant.id, keys)
    named = {}
    for person in found.values():
        if person is None:
            continue
        document = person.document()
        named[person.id] = str(document.get("displayName") or document.get("userName") or person.id)
    return named


async def _connect(visit: TenantVisit) -> Response:
    service = _service(visit)
    back_to = visit.at(_address(visit, service))
    try:
        address = await visit.premises.connecting.begin(
            visit.tenant.id, visit.profile, service, visit.actor, back_to
        )
    except Refused as refusal:
        return await _shown(visit, 409, str(refusal))
    # A page rather than a redirect: form-action of our own policy ends a form that leaves the site.
    return visit.show("service_leave.html", address=address, label=LABELS[service], page=back_to)


async def _key(visit: TenantVisit) -> Response:
    """By a key file in place of a consent: what it opens is shown before it is kept."""
    service = _service(visit)
    key, acting_as = visit.form.text("key", _LONGEST_KEY), visit.form.line("acting_as", 320)
    try:
        offered = await visit.premises.connecting.with_key(
            visit.tenant.id, visit.profile, service, visit.actor, key, acting_as
        )
    except Refused as refusal:
        return await _shown(visit, 409, str(refusal))
    return _offered(visit, service, offered)


async def _offer(visit: TenantVisit) -> Response:
    """The workspace that was granted, before it is kept."""
    service, code = _service(visit), visit.query("code", 100)
    try:
        offered = await visit.premises.connecting.offered(service, code, visit.actor)
    except ConsentRefused as refusal:
        return await _shown(visit, 409, str(refusal))
    if offered.tenant != visit.tenant.id:
        raise nothing_there()
    return _offered(visit, service, offered)


def _offered(visit: TenantVisit, service: str, offered: Offered) -> Response:
    return visit.show(
        "service_offer.html",
        offered=offered,
        label=LABELS[service],
        page=_address(visit, service),
        service=service,
    )


async def _confirm(visit: TenantVisit) -> Response:
    service, code = _service(visit), visit.form.line("code", 100)
    connecting = visit.premises.connecting
    try:
        if (await connecting.offered(service, code, visit.actor)).tenant != visit.tenant.id:
            raise nothing_there()
        await connecting.confirm(service, code, visit.actor)
    except ConsentRefused as refusal:
        return await _shown(visit, 409, str(refusal))
    return visit.go(_address(visit, service), "connected")


def _deed(
    act: Callable[[Connecting, int, str, str], Awaitable[object]], done: str
) -> Callable[[TenantVisit], Awaitable[Response]]:
    """What a button does to the connection; refused, it is said on the page."""

    async def does(visit: TenantVisit) -> Response:
        service = _service(visit)
        try:
            await act(visit.premises.connecting, visit.tenant.id, service, visit.actor)
        except Refused as refusal:
            return await _shown(visit, 409, str(refusal))
        return visit.go(_address(visit, service), done)

    return does


async def _stream(visit: TenantVisit) -> Response:
    service = _service(visit)

    async def pieces() -> AsyncIterator[str]:
        before = ""
        async for _ in ticks(visit):
            html = visit.part("service_state.html", **await _state(visit, service))
            if html != before:
                before = html
                yield event("state", html)

    return stream(pieces())


PAGES = (
    Page(_PAGE, shows=_shown),
    Page(f"{_PAGE}/connect", does=_connect),
    Page(f"{_PAGE}/key", does=_key),
    Page(f"{_PAGE}/confirm", shows=_offer, does=_confirm),
    Page(f"{_PAGE}/sync", does=_deed(Connecting.sync_now, "sync")),
    Page(f"{_PAGE}/pause", does=_deed(Connecting.pause, "paused")),
    Page(f"{_PAGE}/resume", does=_deed(Connecting.resume, "resumed")),
    Page(f"{_PAGE}/disconnect", does=_deed(Connecting.disconnect, "disconnected")),
    Page(f"{_PAGE}/stream", shows=_stream),
)
