"""A tenant's connections: which one is meant, and which dialect it is read in."""

from __future__ import annotations

from collections.abc import Collection

from vestibule.tenancy.desk import Desk
from vestibule.tenancy.errors import UnknownConnection, UnknownDialect
from vestibule.tenancy.tenant import Connection, Tenant

#: What an administrator says instead of a dialect to have it recognised.
AUTO = "auto"


async def connection_named(desk: Desk, tenant: Tenant, named: str | None = None) -> Connection:
    """The connection of that name, the default one where none is named. ``UnknownConnection``."""
    connections = await desk.store.connections(tenant.id)
    if named is None:
        return connections[0]
    for connection in connections:
        if connection.name == named:
            return connection
    raise UnknownConnection(named, tenant.slug, [connection.name for connection in connections])


async def choose_dialect(
    desk: Desk, tenant: Tenant, connection: Connection, dialect: str, installed: Collection[str]
) -> Connection:
    """Pin a connection to a dialect, or have it recognised anew (``AUTO``); from the next request on.

    The connection afterwards. ``UnknownDialect`` where none of that name is among ``installed``.
    """
    if dialect != AUTO and dialect not in installed:
        raise UnknownDialect(dialect, installed)
    pinned = "" if dialect == AUTO else dialect
    entry = desk.entry(
        "connection.dialect_pinned" if pinned else "connection.dialect_freed",
        "Connection",
        connection.id,
        {"connection": connection.name, "before": connection.dialect or AUTO, "after": dialect},
    )
    await desk.store.pin_dialect(connection.id, pinned, entry, desk.clock())
    return await connection_named(desk, tenant, connection.name)
