"""Connections: how a tenant's identity provider is read, and the tolerances it needs."""

from __future__ import annotations

from typing import Annotated, Any

from vestibule.tenancy.connections import choose_dialect, connection_named, told_connection
from vestibule.tenancy.errors import UnknownConnection, UnknownDialect, UnknownTenant
from vestibule.tenancy.tenant import Connection, Tenant
from vestibule.web.api.call import Call
from vestibule.web.api.message import Field, message
from vestibule.web.api.operation import Resource
from vestibule.web.api.parameters import Slug

RESOURCE = Resource(
    "connections", "Connections", "One identity provider's tie to a tenant, and how it is read."
)

Name = Annotated[str, Field(min_length=1, max_length=100, description="The connection's name.")]


@message
class ToleranceShown:
    """A departure from the RFC that the identity provider needed."""

    name: str
    facts: Annotated[list[str], Field(description="Why it is granted.")]
    told: Annotated[str, Field(description="What was done.")]
    count: int
    last_at: str


@message
class ConnectionShown:
    """A connection, its dialect and why, and what it needed of tolerances lately."""

    connection: str
    dialect: str
    because: str
    pinned: bool
    recognised: str | None
    recognised_because: str | None
    recognised_at: str | None
    days: Annotated[int, Field(description="Of so many days, today among them, tolerances are told.")]
    tolerances: list[ToleranceShown]


@message
class DialectChosen:
    """The dialect a connection shall be read in."""

    dialect: Annotated[
        str,
        Field(
            min_length=1, max_length=100, description="okta, entra, generic, strict; auto has it recognised."
        ),
    ]


@RESOURCE.get("/tenants/{tenant}/connections", name="list", scope="tenants:read", raises=(UnknownTenant,))
async def list_connections(call: Call, tenant: Slug) -> list[ConnectionShown]:
    """A tenant's connections, the default one first."""
    found = await call.tenant(tenant)
    return [await _shown(call, found, one) for one in await call.premises.tenancy.connections(found.id)]


@RESOURCE.put(
    "/tenants/{tenant}/connections/{name}/dialect",
    name="pin_dialect",
    scope="tenants:write",
    raises=(UnknownTenant, UnknownConnection, UnknownDialect),
)
async def pin_dialect(call: Call, tenant: Slug, name: Name, body: DialectChosen) -> ConnectionShown:
    """Pin the dialect a connection is read in, or have it recognised anew. The next request sees it."""
    found = await call.tenant(tenant)
    call.about("Connection", name)
    named = await connection_named(call.desk, found, name)
    chosen = await choose_dialect(call.desk, found, named, body.dialect, call.premises.dialects)
    return await _shown(call, found, chosen)


async def _shown(call: Call, tenant: Tenant, connection: Connection) -> ConnectionShown:
    premises = call.premises
    told = await told_connection(premises.log, tenant, connection, call.at, premises.dialects)
    return ConnectionShown(
        connection=told["connection"],
        dialect=told["dialect"],
        because=told["because"],
        pinned=told["pinned"],
        recognised=told["recognised"],
        recognised_because=told["recognisedBecause"],
        recognised_at=told["recognisedAt"],
        days=told["days"],
        tolerances=[_tolerance(one) for one in told["tolerances"]],
    )


def _tolerance(told: dict[str, Any]) -> ToleranceShown:
    return ToleranceShown(
        name=told["name"],
        facts=told["facts"],
        told=told["told"],
        count=told["count"],
        last_at=told["lastAt"],
    )
