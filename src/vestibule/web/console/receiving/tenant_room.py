"""One tenant's directory, opened for a page: what is read, and what is asked of the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from vestibule.directory.store import Page, Query, Row
from vestibule.profiles.profile import AddressStyle, ApplicationProfile
from vestibule.scim.checker import CompiledType
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.tenant import Connection, Tenant
from vestibule.web.premises import Premises
from vestibule.web.rendering import render


@dataclass(frozen=True, slots=True)
class TenantRoom:
    """A tenant with its product, its connections (the default one first) and whose hand it is."""

    premises: Premises
    tenant: Tenant
    profile: ApplicationProfile
    connections: Sequence[Connection]
    actor: str
    request_id: str

    @property
    def desk(self) -> Desk:
        """Where the tenant's settings are changed."""
        return self.premises.desk(self.actor)

    @property
    def connection(self) -> int:
        """The default connection."""
        return self.connections[0].id

    @property
    def base_url(self) -> str:
        """The SCIM address that the profile shows for this tenant."""
        public = self.premises.public_url()
        if self.profile.address is AddressStyle.SHARED:
            return f"{public}/scim/v2"
        return f"{public}/t/{self.tenant.slug}/scim/v2"

    def type(self, name: str) -> CompiledType | None:
        """The resource type; None where the product has none of that name."""
        if name == "Group" and not self.profile.teams:
            return None
        return self.profile.types.get(name)

    def connection_name(self, id: int | None) -> str:
        """How a connection is called; "" for none."""
        return next((found.name for found in self.connections if found.id == id), "")

    def standing(self, connection: int | None = None) -> Standing:
        """On whose behalf the rules are asked: the administrator's."""
        return Standing(
            tenant=self.tenant.id,
            connection=self.connection if connection is None else connection,
            profile=self.profile,
            dialect="",
            actor=self.actor,
            request_id=self.request_id,
            public_url=self.premises.public_url(),
            seats=seats_of(self.profile, self.tenant.plan, self.tenant.settings_version),
        )

    async def carry_out(self, request: Request, connection: int | None = None) -> Change:
        """Have the directory's rules decide and commit. ScimError where they refuse."""
        applied = await carry_out(
            self.premises.directory,
            self.standing(connection),
            request,
            self.premises.clock,
            self.premises.new_id,
        )
        if applied.change.answer.error is not None:
            raise applied.change.answer.error
        return applied.change

    async def one(self, type: str, id: str) -> Resource | None:
        """The resource of that id, deleted ones and those who existed before among them."""
        key = ById(type, id, self.connection)
        found: Resource | None = (await self.premises.directory.facts(self.tenant.id, (key,)))[key]
        return found

    async def page(
        self, type: CompiledType, *, filter: str = "", start: int = 1, count: int = 50, groups: bool = False
    ) -> Page:
        """Managed resources that match. InvalidFilter for a filter that does not fit."""
        resolved = resolve(parse_filter(filter), type) if filter else None
        query = Query(
            type=type.name,
            connection=self.connection,
            filter=resolved,
            start=start,
            count=count,
            with_groups=groups,
            lookup=resolved is not None and is_lookup(resolved),
            base_url=self.base_url,
            indexed=self.profile.keyed(type),
            endpoint=type.endpoint,
        )
        query = searched_anew(query, self.profile, self.tenant.derived)
        page = await self.premises.directory.page(self.tenant.id, query)
        return Page(as_declared(self.profile, page.rows), page.total, page.start)

    async def document(self, resource: Resource, groups: bytes = b"") -> dict[str, Any]:
        """A resource as its identity provider gets it, but for a group's members."""
        (row,) = as_declared(self.profile, (Row(resource, groups),))
        rows = await with_links(self.premises.directory, self.standing(), (row,), self.base_url)
        endpoint = self.profile.types[resource.type].endpoint
        document: dict[str, Any] = orjson.loads(render(rows[0].resource, self.base_url, endpoint, groups))
        return document

    async def shown(self, resource: Resource) -> dict[str, Any]:
        """The same with a user's groups."""
        row = await self.premises.directory.get(
            self.tenant.id,
            resource.type,
            resource.id,
            self.connection,
            with_groups=resource.type == "User",
            base_url=self.base_url,
        )
        if row is None:
            return await self.document(resource)
        return await self.document(row.resource, row.groups)
