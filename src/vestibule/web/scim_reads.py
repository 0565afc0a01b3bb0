"""GET and /.search on resources: one by id, a page, a lookup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.directory.as_declared import as_declared, searched_anew
from vestibule.directory.links import has_links, with_links
from vestibule.directory.lookup import is_lookup
from vestibule.directory.pieces import Pieces
from vestibule.directory.store import Query
from vestibule.scim.checker import CompiledType
from vestibule.scim.dialects.repair import repair_filter
from vestibule.scim.errors import NotFound, PreconditionFailed
from vestibule.scim.etag import names_version
from vestibule.scim.filter.resolve import resolve
from vestibule.scim.filter.resolved import ResolvedFilter
from vestibule.scim.filter.tree import Filter
from vestibule.scim.projection import Projection
from vestibule.scim.sorting import is_descending, sort_target
from vestibule.web.exchange import Exchange, Reply
from vestibule.web.paging import count_of, start_of
from vestibule.web.rendering import projected, render, render_list, with_members
from vestibule.web.scope import ScimScope


async def read_one(scope: ScimScope, exchange: Exchange, type: CompiledType, id: str) -> Reply:
    """GET by id (R100), with ETag, If-Match (R175), If-None-Match (R174) and projection."""
    projection = Projection.from_query(type, exchange.query, strict=scope.standing.strict)
    row = await scope.store.get(
        scope.tenant,
        type.name,
        id,
        scope.connection,
        with_groups=type.name == "User" and projection.wants_groups,
        base_url=scope.base_url,
        ahead=scope.ahead,
    )
    if row is None:
        raise not_found(type, id)
    version = row.resource.version
    headers = [(b"etag", row.resource.etag.encode())]
    wanted = exchange.headers.get(b"if-match")
    if wanted and not names_version(wanted.decode("latin-1"), version):
        raise PreconditionFailed(
            f"If-Match asks for {exchange.header(b'if-match')[:80]}, and the {type.name} is at {row.resource.etag} by now."
        )
    known = exchange.headers.get(b"if-none-match")
    if known and names_version(known.decode("latin-1"), version):
        return Reply(304, headers=headers, subject_type=type.name, subject_id=id)
    (row,) = as_declared(scope.standing.profile, (row,))
    if has_links(type, (row,)):
        (row,) = await with_links(scope.store, scope.standing, (row,), scope.base_url)
    rendered = render(row.resource, scope.base_url, type.endpoint, row.groups)
    if type.name == "Group" and projection.wants_members:
        members = await scope.store.members(scope.tenant, id, scope.base_url)
        body = await with_members(rendered, members, projection)
    else:
        body = projected(rendered, projection)
    return Reply(200, body, headers, subject_type=type.name, subject_id=id)


async def read_page(
    scope: ScimScope, exchange: Exchange, type: CompiledType, parameters: Mapping[str, Any]
) -> Reply:
    """A list or lookup; ``parameters`` are those of the query string or of a SearchRequest (R130)."""
    projection = Projection.from_query(type, parameters, strict=scope.standing.strict)
    resolved = None
    looks_up = False
    text = parameters.get("filter")
    if text is not None:
        resolved = as_lookup(text, type)
        looks_up = resolved is not None
        if resolved is None:
            resolved = resolve(meant(scope, exchange, type, text), type)
            looks_up = is_lookup(resolved)
    sort_by = parameters.get("sortBy")
    query = Query(
        type=type.name,
        connection=scope.connection,
        filter=resolved,
        order=sort_target(sort_by, type) if sort_by else None,
        descending="sortOrder" in parameters and is_descending(parameters["sortOrder"]),
        start=start_of(parameters),
        count=count_of(parameters),
        with_groups=type.name == "User" and projection.wants_groups,
        lookup=looks_up,
        base_url=scope.base_url,
        indexed=scope.standing.profile.keyed(type),
        endpoint=type.endpoint,
        ahead=scope.ahead,
    )
    if not looks_up and (resolved is not None or sort_by):
        query = searched_anew(query, scope.standing.profile, scope.admission.derived)
    page = await scope.store.page(scope.tenant, query)
    rows = as_declared(scope.standing.profile, page.rows)
    if has_links(type, rows):
        rows = await with_links(scope.store, scope.standing, rows, scope.base_url)
    rendered = [render(row.resource, scope.base_url, type.endpoint, row.groups) for row in rows]
    items: list[bytes | Pieces]
    if type.name == "Group" and page.rows and projection.wants_members:
        ids = [row.resource.id for row in page.rows]
        members = await scope.store.members_of_many(scope.tenant, ids, scope.base_url)
        items = [
            await with_members(one, members[id], projection) for id, one in zip(ids, rendered, strict=True)
        ]
    else:
        items = [projected(one, projection) for one in rendered]
    return Reply(200, render_list(items, page.total, page.start), subject_type=type.name)


def as_lookup(text: str, type: CompiledType) -> ResolvedFilter | None:
    """``userName eq "…"`` straight to its resolved form; None for every other text.

    It is two thirds of what identity providers ask (W17), and costs a tenth of the grammar.
    """
    if len(text) > 300 or not text.startswith('userName eq "') or not text.endswith('"'):
        return None
    value = text[13:-1]
    if '"' in value or "\\" in value:
        return None
    return type.user_name_lookup(value)


def meant(scope: ScimScope, exchange: Exchange, type: CompiledType, text: str) -> Filter:
    """The filter as the identity provider means it (W112, W123). InvalidFilter with the position of a fault."""
    repaired = repair_filter(scope.dialect, type, text)
    if repaired.tolerances:
        exchange.tolerances, exchange.notes = repaired.tolerances, repaired.notes
    return repaired.filter


def not_found(type: CompiledType, id: str) -> NotFound:
    """The 404 of an unknown id and of a deleted resource alike (R161)."""
    return NotFound(
        f"There is no {type.name} with id {id[:64]!r} here. It may have been deleted; look it up again."
    )
