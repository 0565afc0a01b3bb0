"""Overview: how the connection stands, how many there are, and what wants a decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from starlette.responses import RedirectResponse, Response

from vestibule.directory.overview import Hour, Picked
from vestibule.directory.store import Recorded
from vestibule.tenancy.gate import why_closed
from vestibule.tenancy.logos import logo_of as product_logo
from vestibule.tenancy.token import Token
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page
from vestibule.web.console.receiving.arrivals import sentence_of, since_id, turned_away
from vestibule.web.console.receiving.chart import sparkline
from vestibule.web.console.receiving.tenant_visit import TenantVisit
from vestibule.web.console.shown import seconds_between

_DAY = 86400.0
_EXPIRES_SOON = 30 * _DAY
_REFUSALS_SHOWN = 6
_LOOKED_AT = 200
#: A moment up to its hour.
_HOUR = len("2026-01-31T08")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Requests that were refused for one reason: the last of them, and how many."""

    request: Recorded
    sentence: str
    count: int
    #: Whether the story can be opened in this tenant.
    has_story: bool = True


async def _overview(visit: TenantVisit) -> Response:
    premises, tenant = visit.premises, visit.tenant
    overview = premises.overview
    tokens = await premises.tenancy.tokens(tenant.id)
    live = [token for token in tokens if token.state(visit.now) == "live"]
    of_a_day = Picked(_LOOKED_AT, failed=True, since=since_id(visit.now, _DAY))
    strangers = [one.request for one in await turned_away(visit, tokens, of_a_day)]
    hours = with_strangers(await overview.traffic(tenant.id, last_hours(visit.now)), strangers)
    latest = await overview.requests(tenant.id, Picked(1))
    failed = await overview.requests(tenant.id, of_a_day)
    writes = await overview.requests(
        tenant.id, Picked(_LOOKED_AT, writes=True, since=since_id(visit.now, 7 * _DAY))
    )
    pending = await overview.pending(tenant.id)
    reviews = await premises.log.reviews(tenant.id)
    since = (datetime.fromisoformat(visit.now) - timedelta(days=7)).date().isoformat()
    tolerances = [
        count
        for connection in visit.room.connections
        for count in await premises.log.tolerances(connection.id, since)
    ]
    requests = sum(hour.requests for hour in hours)
    refused = sum(hour.failed for hour in hours)
    return visit.show(
        "overview.html",
        numbers=await overview.numbers(tenant.id),
        plan=visit.profile.plans.get(tenant.plan),
        closed=why_closed(tenant, visit.profile),
        latest=latest[0] if latest else None,
        turned_away=strangers[0] if strangers else None,
        changed_at=await overview.last_event_at(tenant.id),
        tokens=live,
        expiring=[token for token in live if _expires_soon(token, visit.now)],
        chart=sparkline(
            hours, visit.say("{count} requests in 24 hours, {failed} refused", count=requests, failed=refused)
        ),
        request_count=requests,
        refused_count=refused,
        refusals=grouped(failed, strangers),
        strays=stray_roles(writes),
        pending=pending,
        reviews=reviews,
        tolerances=tolerances,
        connections=visit.room.connections,
    )


def last_hours(now: str, count: int = 24) -> list[str]:
    """The beginnings of the last hours, the one under way the last of them."""
    this = datetime.fromisoformat(now).replace(minute=0, second=0, microsecond=0)
    return [
        (this - timedelta(hours=back)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for back in range(count - 1, -1, -1)
    ]


def with_strangers(hours: Sequence[Hour], strangers: Sequence[Recorded]) -> list[Hour]:
    """The hours, with the refused requests that stand in no tenant's traffic."""
    came = Counter(request.at[:_HOUR] for request in strangers)
    return [
        replace(hour, requests=hour.requests + more, failed=hour.failed + more)
        for hour in hours
        for more in [came[hour.at[:_HOUR]]]
    ]


def grouped(failed: Sequence[Recorded], strangers: Sequence[Recorded]) -> list[Refusal]:
    """Refused requests by their reasons, the most frequent first; the newest of each stands for all."""
    counts: Counter[tuple[bool, str, int]] = Counter()
    newest: dict[tuple[bool, str, int], Recorded] = {}
    for has_story, requests in ((True, failed), (False, strangers)):
        for request in requests:
            reason = request.rule if has_story else sentence_of(request)
            counts[has_story, reason, request.status] += 1
            newest.setdefault((has_story, reason, request.status), request)
    return [
        Refusal(newest[key], sentence_of(newest[key]), count, key[0])
        for key, count in counts.most_common(_REFUSALS_SHOWN)
    ]


def stray_roles(writes: Sequence[Recorded]) -> str:
    """The note of the newest write whose role was said twice; "" where none was."""
    return next((note for request in writes for note in request.notes if "ignored for the role" in note), "")


def _expires_soon(token: Token, now: str) -> bool:
    return token.expires_at is not None and seconds_between(now, token.expires_at) < _EXPIRES_SOON


async def _logo(visit: TenantVisit) -> Response:
    """The product's logo, as a picture that runs nothing."""
    logo = await product_logo(visit.premises.logos, visit.profile)
    if logo is None:
        return RedirectResponse(visit.at(visit.frame.assets["mark.svg"].address), 303)
    return Response(
        logo.content,
        media_type=logo.media_type,
        headers={
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
            "cache-control": "private, max-age=60",
        },
    )


STATES = {
    "active": message("active"),
    "inactive": message("inactive"),
    "unclaimed": message("existed before"),
    "deleted": message("deleted"),
    "on": message("on"),
    "draft": message("draft"),
    "paused": message("paused"),
    "live": message("live"),
    "revoked": message("revoked"),
    "expired": message("expired"),
    "granted": message("granted"),
    "ended": message("ended"),
    "held": message("held"),
}

PAGES = (Page("/overview", shows=_overview), Page("/logo", shows=_logo))
