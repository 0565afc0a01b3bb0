"""One tenant's directory, opened for somebody who is no identity provider: an operator, the API, a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from vestibule.directory.as_declared import as_declared, searched_anew
from vestibule.directory.change import Change
from vestibule.directory.facts import ById
from vestibule.directory.links import with_links
from vestibule.directory.lookup import is_lookup
from vestibule.directory.request import Request, Standing
from vestibule.directory.resource import Resource
from vestibule.directory.run import carry_out
from vestibule.directory.seats import seats_of
from vestibule.directory.store import DirectoryStore, Page, Query, Recorded, Row
from vestibule.directory.story import DirectoryLog
from vestibule.profiles.profile import ApplicationProfile
from vestibule.refused import Refused
from vestibule.scim.checker import CompiledType
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.tenant import Connection, Tenant
from vestibule.web.rendering import render


class NoSuchType(Refused):
    """The product has no resources of that kind."""

    status = 404


@dataclass(frozen=True, slots=True)
class TenantRoom:
    """A tenant with its product, its connections (the default one first) and what keeps its people."""

    desk: Desk
    tenant: Tenant
    profile: ApplicationProfile
    connections: Sequence[Connection]
    directory: DirectoryStore
    log: DirectoryLog
    public_url: str
    new_id: Callable[[], str]
    request_id: str
    #: The request-log row of a Change, where a request asked for it; the events then bear its number.
    record: Callable[[Change], Recorded] | None = None

    @property
    def connection(self) -> int:
        """The default connection."""
        return self.connections[0].id

    @property
    def base_url(self) -> str:
        """Below which the tenant's resources are served."""
        return self.public_url + self.profile.scim_path(self.tenant.slug)

    def type(self, name: str) -> CompiledType:
        """The resource type. ``NoSuchType`` where the product has none of that name."""
        found = self.profile.types.get(name)
        if found is None or (name == "Group" and not self.profile.teams):
            what = "teams" if name == "Group" else f"resources of the type {name}"
            raise NoSuchType(f"{self.profile.product.name} has no {what}.")
        return found

    def connection_name(self, id: int | None) -> str | None:
        """How a connection is called; None for none."""
        return next((found.name for found in self.connections if found.id == id), None)

    def standing(self, connection: int | None = None) -> Standing:
        """On whose behalf the rules are asked: whose desk it is."""
        return Standing(
            tenant=self.tenant.id,
            connection=self.connection if connection is None else connection,
            profile=self.profile,
            dialect="",
            actor=self.desk.actor,
            request_id=self.request_id,
            public_url=self.public_url,
            seats=seats_of(self.profile, self.tenant.plan, self.tenant.settings_version),
        )

    async def carry_out(self, request: Request, connection: int | None = None) -> Change:
        """Have the directory's rules decide and commit. ScimError where they refuse."""
        standing = self.standing(connection)
        applied = await carry_out(
            self.directory, standing, request, self.desk.clock, self.new_id, self.record
        )
        if applied.change.answer.error is not None:
            raise applied.change.answer.error
        return applied.change

    async def one(self, type: str, id: str) -> Resource | None:
        """The resource of that id, deleted ones and those who existed before among them."""
        key = ById(type, id, self.connection)
        found: Resource | None = (await self.directory.facts(self.tenant.id, (key,)))[key]
        return found

    def query(self, type: CompiledType, filter: str | None, *, count: int, unclaimed: bool = False) -> Query:
        """Managed resources that match, or with ``unclaimed`` those who existed before too. InvalidFilter."""
        text = filter or ("userName pr" if unclaimed else None)
        resolved = resolve(parse_filter(text), type) if text else None
        query = Query(
            type=type.name,
            connection=self.connection,
            filter=resolved,
            count=count,
            with_groups=type.name == "User",
            lookup=unclaimed or (resolved is not None and is_lookup(resolved)),
            base_url=self.base_url,
            indexed=self.profile.keyed(type),
            endpoint=type.endpoint,
        )
        return searched_anew(query, self.profile, self.tenant.derived)

    async def page(self, query: Query, start: int) -> Page:
        """The page of a list that begins there."""
        return await self.directory.page(self.tenant.id, replace(query, start=start))

    async def documents(self, rows: Sequence[Row], *, members: bool = True) -> list[dict[str, Any]]:
        """Each row as its identity provider gets it; groups with their members, unless told otherwise."""
        teams = [row.resource.id for row in rows if row.resource.type == "Group"] if members else []
        found = await self.directory.members_of_many(self.tenant.id, teams, self.base_url) if teams else {}
        declared = as_declared(self.profile, rows)
        documents = []
        for row in await with_links(self.directory, self.standing(), declared, self.base_url):
            endpoint = self.type(row.resource.type).endpoint
            document: dict[str, Any] = orjson.loads(render(row.resource, self.base_url, endpoint, row.groups))
            if found.get(row.resource.id):
                document["members"] = orjson.loads(bytes(found[row.resource.id]))
            documents.append(document)
        return documents

    async def rendered(self, resource: Resource) -> dict[str, Any]:
        """A resource as its identity provider would get it; a deleted one without memberships."""
        row = await self.directory.get(
            self.tenant.id,
            resource.type,
            resource.id,
            self.connection,
            with_groups=resource.type == "User",
            base_url=self.base_url,
        )
        (document,) = await self.documents([row or Row(resource)], members=row is not None)
        return document
