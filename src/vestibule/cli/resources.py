"""All resources of one type, page by page, as commands list them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vestibule.directory.resource import Resource
    from vestibule.web.tenant_room import TenantRoom

_PAGE = 1000


async def every_page(
    room: TenantRoom, type_name: str, filter: str | None = None, *, unclaimed: bool = False
) -> list[tuple[Resource, dict[str, Any]]]:
    """Each resource with its SCIM representation, in order of creation.

    With ``unclaimed`` those who existed before are among them. InvalidFilter for a filter that does not fit.
    """
    query = room.query(room.type(type_name), filter, count=_PAGE, unclaimed=unclaimed)
    found: list[tuple[Resource, dict[str, Any]]] = []
    while True:
        page = await room.page(query, len(found) + 1)
        documents = await room.documents(page.rows)
        found += zip([row.resource for row in page.rows], documents, strict=True)
        if not page.rows or len(found) >= page.total:
            return found
