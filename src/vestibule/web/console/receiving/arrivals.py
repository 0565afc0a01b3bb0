"""What has arrived at a tenant's address lately, good or refused, with the reason of each refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from vestibule.directory.overview import Picked, id_at
from vestibule.directory.store import Recorded
from vestibule.directory.telling import body_of
from vestibule.tenancy.token import Token
from vestibule.web.console.receiving.tenant_visit import TenantVisit

_LOOKED_AT = 50
#: Of all requests that nobody was let in with, so many of the newest are searched for a tenant's.
_STRANGERS_WATCHED = 300
_STRANGERS_LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request. ``sentence`` is what the sender was told, "" where it was let in and done."""

    id: str
    at: str
    method: str
    path: str
    status: int
    sentence: str
    dialect: str
    #: Whether the story can be opened in this tenant.
    has_story: bool = True
    #: The name of the entity whose token it was.
    other: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it was let in and done."""
        return self.status < 400


def sentence_of(request: Recorded) -> str:
    """What the sender of a refused request was told, without the link at its end."""
    if request.status < 400:
        return ""
    body = body_of((request.payload or {}).get("response"))
    text = str(body.get("detail", "")) if isinstance(body, dict) else str(body or "")
    head, _, last = text.rpartition(" ")
    return (head if last.startswith("http") else text) or request.reason


def since_id(now: str, seconds: float) -> str:
    """Where the ids of so long ago begin."""
    return id_at(int((datetime.fromisoformat(now).timestamp() - seconds) * 1000))


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A request that was meant for the tenant, and let in by none of its tokens. It has no story there."""

    request: Recorded
    #: The name of the entity whose token it was, "" where it was nobody's.
    other: str = ""


async def turned_away(
    visit: TenantVisit, tokens: Sequence[Token], picked: Picked, strangers: int = _STRANGERS_LOOKED_AT
) -> list[TurnedAway]:
    """Those that fit ``picked`` and came to the tenant's address or with the beginning of one of its ``tokens``.

    Searched are the newest ``strangers`` that nobody was let in with, and what was refused to other
    entities of the account that the administrator sees.
    """
    overview = visit.premises.overview
    mine, address = {token.id for token in tokens}, f"/t/{visit.tenant.slug}/"
    found = [
        TurnedAway(request)
        for request in await overview.requests(None, replace(picked, limit=strangers))
        if request.path.startswith(address) or (request.token_name and request.token_name in mine)
    ]
    for other in visit.tenants:
        if other.account == visit.tenant.account and other.id != visit.tenant.id:
            refused = await overview.requests(other.id, replace(picked, failed=True))
            found += [
                TurnedAway(request, other.name) for request in refused if request.path.startswith(address)
            ]
    return sorted(found, key=lambda one: one.request.id, reverse=True)


async def arrivals(visit: TenantVisit, tokens: Sequence[Token], seconds: float) -> list[Arrival]:
    """The newest first: the tenant's own, and those meant for it that were turned away."""
    picked = Picked(_LOOKED_AT, since=since_id(visit.now, seconds))
    own = await visit.premises.overview.requests(visit.tenant.id, picked)
    found = [_own(request) for request in own] + [
        _own(one.request, has_story=False, other=one.other)
        for one in await turned_away(visit, tokens, picked, _STRANGERS_WATCHED)
    ]
    return sorted(found, key=lambda one: one.id, reverse=True)


def _own(request: Recorded, *, has_story: bool = True, other: str = "") -> Arrival:
    return Arrival(
        request.id,
        request.at,
        request.method,
        request.path,
        request.status,
        sentence_of(request),
        request.dialect,
        has_story,
        other,
    )
