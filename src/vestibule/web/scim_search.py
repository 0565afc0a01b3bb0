"""Lists that go beyond a page of one type by number: over several types, and from place to place by cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from vestibule.directory.as_declared import as_declared, searched_anew
from vestibule.directory.links import with_links
from vestibule.directory.lookup import is_lookup
from vestibule.directory.pieces import Pieces
from vestibule.directory.store import Page, Query, Row, Stretch
from vestibule.scim.checker import CompiledType
from vestibule.scim.errors import InvalidValue
from vestibule.scim.filter.across import EVERYTHING, resolve_across
from vestibule.scim.filter.resolved import ResolvedFilter
from vestibule.scim.frozen import frozen
from vestibule.scim.projection import Projection, projections
from vestibule.scim.sorting import is_descending, sort_targets
from vestibule.web.cursor import Cursors, fingerprint
from vestibule.web.exchange import Exchange, Reply
from vestibule.web.paging import count_of, start_of
from vestibule.web.rendering import projected, render, render_list, render_stretch, with_members
from vestibule.web.scim_reads import meant
from vestibule.web.scope import ScimScope


async def read_joint_page(
    scope: ScimScope, exchange: Exchange, types: Sequence[CompiledType], parameters: Mapping[str, Any]
) -> Reply:
    """A page by number of several types as one list (R106)."""
    search = _Search(scope, exchange, types, parameters)
    queries = search.queries(start_of(parameters))
    if len(queries) > 1:
        page = await scope.store.search(scope.tenant, queries)
    elif queries:
        page = await scope.store.page(scope.tenant, queries[0])
    else:
        page = Page((), 0, start_of(parameters))
    return Reply(200, render_list(await search.render(page.rows), page.total, page.start))


async def read_stretch(
    scope: ScimScope,
    exchange: Exchange,
    types: Sequence[CompiledType],
    parameters: Mapping[str, Any],
    cursors: Cursors,
) -> Reply:
    """A page by cursor, of one type or several (RFC 9865 §2, R188–R200).

    InvalidCursor, ExpiredCursor, InvalidCount; InvalidValue where ``startIndex`` is given beside it.
    """
    if parameters.get("startIndex") not in (None, ""):
        raise InvalidValue(
            "startIndex and cursor are two ways to page, and exclude each other. Send one of them."
        )
    search = _Search(scope, exchange, types, parameters)
    await cursors.ready()
    mark = search.fingerprint()
    heading = cursors.open(parameters["cursor"], mark, exchange.at) if parameters["cursor"] else None
    queries = search.queries()
    if queries:
        boundary, backward = (heading.boundary, heading.backward) if heading else (None, False)
        stretch = await scope.store.walk(scope.tenant, queries, boundary, backward=backward)
    else:
        stretch = Stretch((), 0, None, None)
    body = render_stretch(
        await search.render(stretch.rows),
        stretch.total,
        cursors.seal(stretch.previous, mark, exchange.at, backward=True),
        cursors.seal(stretch.next, mark, exchange.at),
    )
    return Reply(200, body, subject_type=types[0].name if len(types) == 1 else "")


@frozen
class _Part:
    """What a search means in one type."""

    type: CompiledType
    projection: Projection
    query: Query


class _Search:
    """The parameters of a query string or a SearchRequest (R130), understood for each type."""

    def __init__(
        self,
        scope: ScimScope,
        exchange: Exchange,
        types: Sequence[CompiledType],
        parameters: Mapping[str, Any],
    ) -> None:
        self._scope = scope
        self._types = types
        self._parameters = parameters
        self._count = count_of(parameters)
        self._descending = is_descending(parameters.get("sortOrder"))
        self._sort_by: str = parameters.get("sortBy") or ""
        shown = projections(types, parameters, strict=scope.standing.strict)
        orders = sort_targets(self._sort_by, types) if self._sort_by else {}
        filters = self._filters(exchange)
        self._parts = {
            type.name: _Part(
                type,
                shown[type.name],
                Query(
                    type=type.name,
                    connection=scope.connection,
                    filter=None if filters[type.name] == EVERYTHING else filters[type.name],
                    order=orders.get(type.name),
                    descending=self._descending,
                    count=self._count,
                    with_groups=type.name == "User" and shown[type.name].wants_groups,
                    lookup=is_lookup(filters[type.name]),
                    base_url=scope.base_url,
                    indexed=scope.standing.profile.keyed(type),
                    endpoint=type.endpoint,
                ),
            )
            for type in types
            if type.name in filters
        }

    def queries(self, start: int = 1) -> list[Query]:
        """One for each type of which something can match."""
        profile, derived = self._scope.standing.profile, self._scope.admission.derived
        queries = [searched_anew(part.query, profile, derived) for part in self._parts.values()]
        return [replace(query, start=start) for query in queries]

    def fingerprint(self) -> str:
        """Of all that a client must repeat unchanged (R192), and of whom it is for (R197)."""
        scope, admission = self._scope, self._scope.admission
        asked = self._parameters
        return fingerprint(
            scope.tenant,
            scope.connection,
            admission.profile,
            admission.profile_version,
            [type.name for type in self._types],
            asked.get("filter"),
            self._sort_by.lower(),
            self._descending,
            self._count,
            _names(asked.get("attributes")),
            _names(asked.get("excludedAttributes")),
        )

    async def render(self, rows: Sequence[Row]) -> list[bytes | Pieces]:
        """Each row by the rules of its type; members are read for those that show them."""
        base_url = self._scope.base_url
        teams = []
        group = self._parts.get("Group")
        if group is not None and group.projection.wants_members:
            teams = [row.resource.id for row in rows if row.resource.type == "Group"]
        members = (
            await self._scope.store.members_of_many(self._scope.tenant, teams, base_url) if teams else {}
        )
        items: list[bytes | Pieces] = []
        rows = as_declared(self._scope.standing.profile, rows)
        for row in await with_links(self._scope.store, self._scope.standing, rows, base_url):
            part = self._parts[row.resource.type]
            whole = render(row.resource, base_url, part.type.endpoint, row.groups)
            found = members.get(row.resource.id)
            items.append(
                projected(whole, part.projection)
                if found is None
                else await with_members(whole, found, part.projection)
            )
        return items

    def _filters(self, exchange: Exchange) -> dict[str, ResolvedFilter]:
        text = self._parameters.get("filter")
        if text is None:
            return {type.name: EVERYTHING for type in self._types}
        return resolve_across(
            {type.name: meant(self._scope, exchange, type, text) for type in self._types}, self._types
        )


def _names(given: str | Sequence[str] | None) -> list[str]:
    names = given.split(",") if isinstance(given, str) else given or ()
    return sorted({name.strip().lower() for name in names})
