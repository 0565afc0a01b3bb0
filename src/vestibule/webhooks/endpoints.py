"""Setting up endpoints: each change checked, audited, and noticed by every courier within a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from vestibule.clock import as_seconds, as_text
from vestibule.feed.event_document import types_named
from vestibule.webhooks.desk import WebhookDesk
from vestibule.webhooks.endpoint import INSTALLATION, Endpoint, EndpointChange, State
from vestibule.webhooks.errors import EndpointEnded, TooManyEndpoints, WebhookRefused
from vestibule.webhooks.secrets import open_secret, seal_secret
from vestibule.webhooks.signature import key_of, new_secret

#: Of one tenant, and of the installation itself.
MOST_ENDPOINTS = 1000
#: How long the secret before the newest signs too.
OVERLAP = timedelta(days=1)
_LONGEST_OVERLAP = timedelta(days=30)
_LONGEST_DESCRIPTION = 200
_LONGEST_SECRET = 200


@dataclass(frozen=True, slots=True)
class Secretly:
    """An endpoint with its signing secret, as it is handed over."""

    endpoint: Endpoint
    secret: str


async def add_endpoint(
    desk: WebhookDesk,
    url: str,
    *,
    tenant: int = INSTALLATION,
    types: Sequence[str] = (),
    description: str = "",
    secret: str = "",
) -> Secretly:
    """An endpoint that gets what happens from now on: all events of that tenant (0: of all), or those of ``types``.

    ``secret`` is one that is in use already. ``AddressRefused``, ``UnknownEventType``, ``BadSecret``,
    ``TooManyEndpoints``, ``WebhookRefused``.
    """
    await desk.check_address(url)
    wanted = _types(types)
    _check_description(description)
    if len(await desk.endpoints(tenant)) >= MOST_ENDPOINTS:
        raise TooManyEndpoints(MOST_ENDPOINTS)
    id, secret = f"we_{desk.random(12).hex()}", _secret(desk, secret)
    at = desk.clock()
    endpoint = Endpoint(
        id=id,
        tenant=tenant,
        url=url,
        types=wanted,
        description=description,
        secret=seal_secret(await desk.keys(), tenant, id, secret),
        state=State.ON,
        created_at=at,
        cursor=0,
    )
    entry = desk.entry("added", id, {"url": url, "types": list(wanted)})
    return Secretly(await desk.store.add(endpoint, entry, at), secret)


async def change_endpoint(
    desk: WebhookDesk,
    endpoint: Endpoint,
    *,
    url: str | None = None,
    types: Sequence[str] | None = None,
    description: str | None = None,
) -> Endpoint:
    """Another address, other types, another description; None leaves it. A new address begins without failures.

    ``AddressRefused``, ``UnknownEventType``, ``WebhookRefused``.
    """
    if url is not None:
        await desk.check_address(url)
    if description is not None:
        _check_description(description)
    wanted = None if types is None else _types(types)
    change = EndpointChange(
        url=url, types=wanted, description=description, begins_anew=url not in (None, endpoint.url)
    )
    given = {"url": url, "types": list(wanted) if wanted is not None else None, "description": description}
    entry = desk.entry("changed", endpoint.id, {k: v for k, v in given.items() if v is not None})
    return await desk.store.change(endpoint, change, entry, desk.clock())


async def roll_secret(
    desk: WebhookDesk, endpoint: Endpoint, *, overlap: timedelta = OVERLAP, secret: str = ""
) -> Secretly:
    """A new secret; the old one signs too for that long. ``BadSecret``, ``WebhookRefused``."""
    if not timedelta(0) <= overlap <= _LONGEST_OVERLAP:
        raise WebhookRefused(
            f"The old secret can sign for {_LONGEST_OVERLAP.days} days more at most: a short overlap is what makes "
            "rolling it worth while."
        )
    secret, at = _secret(desk, secret), desk.clock()
    until = as_text(as_seconds(at) + overlap.total_seconds())
    change = EndpointChange(
        secret=seal_secret(await desk.keys(), endpoint.tenant, endpoint.id, secret),
        old_secret=endpoint.secret,
        old_secret_until=until,
    )
    entry = desk.entry("secret_rolled", endpoint.id, {"old_until": until})
    return Secretly(await desk.store.change(endpoint, change, entry, at), secret)


async def reveal_secret(desk: WebhookDesk, endpoint: Endpoint) -> str:
    """The newest signing secret, for whoever lost it; that it was looked at stands in the audit. ``KeyRingRefused``."""
    secret = open_secret(await desk.keys(), endpoint)
    await desk.store.change(
        endpoint, EndpointChange(), desk.entry("secret_revealed", endpoint.id), desk.clock()
    )
    return secret


async def pause_endpoint(desk: WebhookDesk, endpoint: Endpoint) -> Endpoint:
    """Send nothing there until it is resumed; nothing is lost. ``EndpointEnded`` where nothing is sent anyway."""
    if endpoint.state is not State.ON:
        raise EndpointEnded(f"The endpoint {endpoint.id} is {endpoint.state} already: nothing is sent to it.")
    change = EndpointChange(state=State.PAUSED)
    return await desk.store.change(endpoint, change, desk.entry("paused", endpoint.id), desk.clock())


async def resume_endpoint(desk: WebhookDesk, endpoint: Endpoint, *, from_now: bool = False) -> Endpoint:
    """Go on from where it stopped, or with ``from_now`` leave out what happened meanwhile.

    An endpoint that is on and fails is tried at once.
    """
    change = EndpointChange(
        state=State.ON,
        why="",
        begins_anew=True,
        cursor=await desk.store.last_event() if from_now else None,
    )
    entry = desk.entry("resumed", endpoint.id, {"from_now": from_now})
    return await desk.store.change(endpoint, change, entry, desk.clock())


async def remove_endpoint(desk: WebhookDesk, endpoint: Endpoint) -> None:
    """Send nothing there any more, for good."""
    at = desk.clock()
    change = EndpointChange(state=State.REMOVED, why=at)
    await desk.store.change(endpoint, change, desk.entry("removed", endpoint.id), at)


def _types(asked: Sequence[str]) -> tuple[str, ...]:
    """As they were asked for: ``user.*`` takes the types that a later version adds, too."""
    named = tuple(dict.fromkeys(word.strip() for word in asked if word.strip()))
    types_named(named)
    return () if "*" in named else named


def _check_description(description: str) -> None:
    if len(description) > _LONGEST_DESCRIPTION or not description.isprintable():
        raise WebhookRefused(
            f"The description is one line of {_LONGEST_DESCRIPTION} characters at most; it has {len(description)}."
        )


def _secret(desk: WebhookDesk, given: str) -> str:
    if given:
        key_of(given[:_LONGEST_SECRET])
    return given or new_secret(desk.random)
