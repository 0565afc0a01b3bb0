"""People: searched, filtered, by state; columns are the profile's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.responses import Response

from vestibule.directory.resource import Resource, State
from vestibule.profiles.external_name import Selector, parse_external_name
from vestibule.profiles.profile import MappedAttribute
from vestibule.scim.errors import ScimError
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page
from vestibule.web.console.receiving.searching import filters_of
from vestibule.web.console.receiving.tenant_visit import TenantVisit

_PAGE = 50
#: Of the profile's attributes so many have a column beside name, role and state.
_MOST_COLUMNS = 2
_SHOWN_ANYWAY = frozenset({"userName", "displayName", "name.familyName", "name.givenName", "active"})

SHOWN = {
    "": message("all managed"),
    "active": message("active"),
    "inactive": message("inactive"),
    "unclaimed": message("existed before"),
    "deleted": message("deleted"),
}


_STATES: Mapping[str, tuple[State, bool | None]] = {
    "active": (State.MANAGED, True),
    "inactive": (State.MANAGED, False),
    "unclaimed": (State.UNCLAIMED, None),
    "deleted": (State.TOMBSTONE, None),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One person of the list."""

    resource: Resource
    name: str
    user_name: str
    state: str
    values: Sequence[Any]


async def _people(visit: TenantVisit) -> Response:
    show, typed = visit.query("show", 20), visit.query("q")
    show = show if show in SHOWN else ""
    columns = columns_of(visit)
    if show in ("unclaimed", "deleted") or (show and not typed.strip()):
        return await _in_state(visit, show, columns)
    type = visit.profile.types["User"]
    start = _start(visit.query("start", 12))
    fault = ""
    state = f"active eq {'true' if show == 'active' else 'false'}" if show else ""
    try:
        for filter in filters_of(type, typed):
            both = f"({filter}) and {state}" if filter and state else filter or state
            page = await visit.room.page(type, filter=both, start=start, count=_PAGE)
            if page.total:
                break
        rows, total = [_row(row.resource, columns) for row in page.rows], page.total
    except ScimError as refusal:
        fault, rows, total = refusal.detail, [], 0
    return visit.show(
        "people.html",
        422 if fault else 200,
        rows=rows,
        total=total,
        start=start,
        size=_PAGE,
        columns=columns,
        typed=typed,
        show=show,
        kinds=SHOWN,
        fault=fault,
        after="",
        reviews=len(await visit.premises.log.reviews(visit.tenant.id)),
    )


async def _in_state(visit: TenantVisit, show: str, columns: Sequence[MappedAttribute]) -> Response:
    """Everybody in one state, by the index that each has: a filter would look at all."""
    state, active = _STATES[show]
    found = await visit.premises.overview.people(
        visit.tenant.id, state, active=active, limit=_PAGE + 1, after=visit.query("after", 64)
    )
    rows = [_row(resource, columns) for resource in found[:_PAGE]]
    numbers = await visit.premises.overview.numbers(visit.tenant.id)
    return visit.show(
        "people.html",
        rows=rows,
        total=getattr(numbers, show),
        start=1,
        size=_PAGE,
        columns=columns,
        typed="",
        show=show,
        kinds=SHOWN,
        fault="",
        after=rows[-1].resource.id if len(found) > _PAGE else "",
        reviews=len(await visit.premises.log.reviews(visit.tenant.id)),
    )


def columns_of(visit: TenantVisit) -> list[MappedAttribute]:
    """The profile's attributes that have a column of their own."""
    sources = {source.partition("[")[0].partition(".")[0] for source in visit.profile.role_sources}
    return [
        attribute
        for attribute in visit.profile.attributes
        if attribute.external_name not in _SHOWN_ANYWAY
        and parse_external_name(attribute.external_name).names[0] not in sources
    ][:_MOST_COLUMNS]


def _row(resource: Resource, columns: Sequence[MappedAttribute]) -> Row:
    document = orjson.loads(resource.doc)
    return Row(
        resource,
        name_of(document),
        str(document.get("userName") or ""),
        state_of(resource),
        [value_of(document, column) for column in columns],
    )


def name_of(document: Mapping[str, Any]) -> str:
    """The display name, else what there is of the name, else the user name."""
    name = document.get("name") or {}
    parts = " ".join(name[part] for part in ("givenName", "familyName") if name.get(part))
    return str(
        document.get("displayName") or name.get("formatted") or parts or document.get("userName") or ""
    )


def state_of(resource: Resource) -> str:
    """One word for how a person stands."""
    if resource.state is State.UNCLAIMED:
        return "unclaimed"
    if resource.state is State.TOMBSTONE:
        return "deleted"
    return "active" if resource.active else "inactive"


def value_of(document: Mapping[str, Any], attribute: MappedAttribute) -> Any:
    """What the document has where the attribute's external name leads; None for nothing."""
    found: Any = document
    if attribute.namespace in document:
        found = document[attribute.namespace]
    for segment in parse_external_name(attribute.external_name).segments:
        if isinstance(segment, Selector):
            chosen = [
                one
                for one in found or ()
                if isinstance(one, dict) and one.get(segment.sub) == segment.literal
            ]
            found = chosen[0] if chosen else None
        else:
            found = found.get(segment) if isinstance(found, dict) else None
    return found


def _start(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() else 1


PAGES = (Page("/people", shows=_people),)
