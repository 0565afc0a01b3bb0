"""Teams, as groups were pushed; and the members that are nobody yet."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

from vestibule.directory.resource import State
from vestibule.directory.telling import timeline
from vestibule.scim.checker import CompiledType
from vestibule.scim.errors import ScimError
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.receiving.searching import filters_of
from vestibule.web.console.receiving.tenant_visit import TenantVisit

_PAGE = 50
_MEMBERS_SHOWN = 500


def _type(visit: TenantVisit) -> CompiledType:
    type = visit.room.type("Group")
    if type is None:
        raise nothing_there()
    return type


async def _teams(visit: TenantVisit) -> Response:
    type, typed = _type(visit), visit.query("q")
    asked = visit.query("start", 12)
    start = max(1, int(asked)) if asked.isascii() and asked.isdigit() else 1
    fault = ""
    try:
        page = await visit.room.page(type, filter=filters_of(type, typed)[0], start=start, count=_PAGE)
        rows = [(row.resource, orjson.loads(row.resource.doc)) for row in page.rows]
        total = page.total
    except ScimError as refusal:
        fault, rows, total = refusal.detail, [], 0
    return visit.show(
        "teams.html",
        422 if fault else 200,
        rows=rows,
        total=total,
        start=start,
        size=_PAGE,
        typed=typed,
        fault=fault,
        pending=len(await visit.premises.overview.pending(visit.tenant.id)),
    )


async def _team(visit: TenantVisit) -> Response:
    _type(visit)
    team = await visit.room.one("Group", visit.path("id")[:64])
    if team is None:
        raise nothing_there()
    directory, tenant = visit.premises.directory, visit.tenant.id
    document = await visit.room.document(team)
    members: list[dict[str, Any]] = []
    if team.state is State.MANAGED:
        found = await directory.members(tenant, team.id, visit.room.base_url)
        members = orjson.loads(bytes(found)) if found else []
    story = await visit.premises.log.story_of(tenant, team.id, limit=100)
    return visit.show(
        "team.html",
        team=team,
        document=document,
        members=members[:_MEMBERS_SHOWN],
        member_count=len(members),
        unresolved=await directory.unresolved_members(tenant, team.id),
        timeline=list(reversed(timeline(story))),
        managed_by=visit.room.connection_name(team.connection),
    )


async def _pending(visit: TenantVisit) -> Response:
    _type(visit)
    pending = await visit.premises.overview.pending(visit.tenant.id)
    return visit.show("pending.html", pending=pending)


PAGES = (
    Page("/teams", shows=_teams),
    Page("/teams/pending", shows=_pending),
    Page("/teams/{id}", shows=_team),
)
