"""One tenant's directory, opened for whoever runs a command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from vestibule.cli.database import settings_of, with_store
from vestibule.cli.desk import desk_over

if TYPE_CHECKING:
    from vestibule.directory.request import Request, Standing
    from vestibule.directory.resource import Resource
    from vestibule.directory.store import DirectoryStore
    from vestibule.directory.story import DirectoryLog
    from vestibule.profiles.profile import ApplicationProfile
    from vestibule.scim.checker import CompiledType
    from vestibule.settings import Settings
    from vestibule.stores.receiving import ReceivingStore
    from vestibule.tenancy.desk import Desk
    from vestibule.tenancy.tenant import Connection, Tenant

T = TypeVar("T")


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

    @property
    def connection(self) -> int:
        """The default connection."""
        return self.connections[0].id

    @property
    def base_url(self) -> str:
        """Below which the tenant's resources are served."""
        if self.profile.address == "shared":
            return f"{self.public_url}/scim/v2"
        return f"{self.public_url}/t/{self.tenant.slug}/scim/v2"

    def type(self, name: str) -> CompiledType:
        """The resource type. Refused where the product has none of that name."""
        from vestibule.refused import Refused  # noqa: PLC0415

        found = self.profile.types.get(name)
        if found is None or (name == "Group" and not self.profile.teams):
            what = "teams" if name == "Group" else f"resources of the type {name}"
            raise Refused(f"{self.profile.product.name} has no {what}.")
        return found

    def connection_name(self, id: int | None) -> str | None:
        """How a connection is called; None for none."""
        return next((found.name for found in self.connections if found.id == id), None)

    def standing(self, connection: int | None = None) -> Standing:
        """On whose behalf a command asks: the operator's."""
        from vestibule.directory.request import Standing  # noqa: PLC0415
        from vestibule.identifiers import new_request_id  # noqa: PLC0415

        return Standing(
            tenant=self.tenant.id,
            connection=self.connection if connection is None else connection,
            profile=self.profile,
            dialect="",
            actor=self.desk.actor,
            request_id=new_request_id(),
            public_url=self.public_url,
        )

    async def carry_out(self, request: Request, connection: int | None = None) -> str:
        """Have the directory's rules decide and commit; the reason in words. ScimError where they refuse."""
        from vestibule.directory.run import carry_out  # noqa: PLC0415
        from vestibule.identifiers import new_resource_id  # noqa: PLC0415

        standing = self.standing(connection)
        applied = await carry_out(self.directory, standing, request, self.desk.clock, new_resource_id)
        if applied.change.answer.error is not None:
            raise applied.change.answer.error
        return applied.change.explanation.reason

    async def rendered(self, resource: Resource) -> dict[str, Any]:
        """A resource as its identity provider would get it; a deleted one without memberships."""
        import orjson  # noqa: PLC0415

        from vestibule.directory.links import with_links  # noqa: PLC0415
        from vestibule.directory.store import Row  # noqa: PLC0415
        from vestibule.web.rendering import render  # noqa: PLC0415

        endpoint = self.type(resource.type).endpoint
        row = await self.directory.get(
            self.tenant.id,
            resource.type,
            resource.id,
            self.connection,
            with_groups=resource.type == "User",
            base_url=self.base_url,
        )
        groups = row.groups if row else b""
        shown = row.resource if row else resource
        linked = await with_links(self.directory, self.standing(), (Row(shown),), self.base_url)
        shown = linked[0].resource
        document: dict[str, Any] = orjson.loads(render(shown, self.base_url, endpoint, groups))
        if row is not None and resource.type == "Group":
            members = await self.directory.members(self.tenant.id, resource.id, self.base_url)
            if members:
                document["members"] = orjson.loads(bytes(members))
        return document


def in_tenant(ctx: typer.Context, named: str, work: Callable[[TenantRoom], Awaitable[T]]) -> T:
    """What ``work`` gives, handed the tenant of that slug or name, its database open."""
    settings = settings_of(ctx)

    async def worked(store: ReceivingStore) -> T:
        desk = desk_over(store)
        return await work(await room_of(store, desk, await desk.tenant(named), settings))

    return with_store(ctx, worked)


async def room_of(store: ReceivingStore, desk: Desk, tenant: Tenant, settings: Settings) -> TenantRoom:
    """The room of one tenant in an open database."""
    return TenantRoom(
        desk,
        tenant,
        await desk.profile_of(tenant),
        await desk.store.connections(tenant.id),
        store.directory,
        store.log,
        settings.public_url or f"http://{settings.host}:{settings.port}",
    )
