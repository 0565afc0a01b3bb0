"""Groups of the directory."""

from __future__ import annotations

from typing import Annotated

from vestibule.web.api.message import Field, message
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page, page_by_key
from vestibule.web.directory_api.resource import resource
from vestibule.web.directory_api.side import Call

RESOURCE = resource("groups", "Groups", "Groups of the directory.")


@message
class GroupShown:
    """A group."""

    id: str
    name: str
    description: str
    members: Annotated[int, Field(description="How many people are in it.")]
    groups: Annotated[list[str], Field(description="The names of the groups in it.")]


@RESOURCE.get("/groups", name="list", scope="directory:read")
async def list_groups(
    call: Call, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[GroupShown]:
    """Every group, in order of ids."""
    found = await call.store.source_groups()
    names = {group.id: group.name for group, _ in found}
    inner: dict[str, list[str]] = {}
    for outer, member in await call.store.nested_groups():
        inner.setdefault(outer, []).append(names.get(member, member))
    rows = [
        GroupShown(
            id=group.id,
            name=group.name,
            description=group.description,
            members=members,
            groups=sorted(inner.get(group.id, [])),
        )
        for group, members in found
    ]
    return page_by_key(rows, lambda row: row.id, count, await call.places(), cursor)
