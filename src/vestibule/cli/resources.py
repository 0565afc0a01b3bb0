"""All resources of one type, page by page, as commands list them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vestibule.cli.tenant_room import TenantRoom
    from vestibule.directory.resource import Resource

_PAGE = 1000


async def every_page(
    room: TenantRoom, type_name: str, filter: str | None = None, *, unclaimed: bool = False
) -> list[tuple[Resource, dict[str, Any]]]:
    """Each resource with its SCIM representation, in order of creation.

    With ``unclaimed`` those who existed before are among them. InvalidFilter for a filter that does not fit.
    """
    import orjson  # noqa: PLC0415

    from vestibule.directory.links import with_links  # noqa: PLC0415
    from vestibule.directory.store import Query  # noqa: PLC0415
    from vestibule.scim.filter.parse import parse_filter  # noqa: PLC0415
    from vestibule.scim.filter.resolve import resolve  # noqa: PLC0415
    from vestibule.web.rendering import render  # noqa: PLC0415

    type = room.type(type_name)
    text = filter or ("userName pr" if unclaimed else None)
    query = Query(
        type=type_name,
        connection=room.connection,
        filter=resolve(parse_filter(text), type) if text else None,
        count=_PAGE,
        with_groups=type_name == "User",
        lookup=unclaimed,
        base_url=room.base_url,
        indexed=room.profile.keyed(type),
        endpoint=type.endpoint,
    )
    found: list[tuple[Resource, dict[str, Any]]] = []
    while True:
        page = await room.directory.page(room.tenant.id, replace(query, start=len(found) + 1))
        ids = [row.resource.id for row in page.rows] if type_name == "Group" else []
        members = await room.directory.members_of_many(room.tenant.id, ids, room.base_url) if ids else {}
        for row in await with_links(room.directory, room.standing(), page.rows, room.base_url):
            document = orjson.loads(render(row.resource, room.base_url, type.endpoint, row.groups))
            if members.get(row.resource.id):
                document["members"] = orjson.loads(bytes(members[row.resource.id]))
            found.append((row.resource, document))
        if not page.rows or len(found) >= page.total:
            return found
