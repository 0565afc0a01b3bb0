"""A tenant's connections: which one is meant, and which dialect it is read in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from vestibule.directory.story import DirectoryLog
from vestibule.scim.dialects.dialect import Dialect
from vestibule.scim.dialects.habits import Tolerance, tolerances_of
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.errors import UnknownConnection, UnknownDialect
from vestibule.tenancy.tenant import Connection, Tenant

#: What an administrator says instead of a dialect to have it recognised.
AUTO = "auto"
#: What is told of tolerances is told of so many days, today among them (UTC).
TOLERANCE_DAYS_TOLD = 7


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


async def told_connection(
    log: DirectoryLog, tenant: Tenant, connection: Connection, now: str, installed: Mapping[str, Dialect]
) -> dict[str, Any]:
    """A connection as it is told: its dialect and why, and each tolerance it used lately, most used first."""
    known = tolerances_of(installed.values())
    counts = await log.tolerances(connection.id, _first_day(now))
    tolerances = []
    for count in sorted(counts, key=lambda one: (-one.count, one.name)):
        meant = known.get(count.name, Tolerance(count.name, (), "of a dialect that is not installed here"))
        tolerances.append(
            {
                "name": count.name,
                "facts": list(meant.facts),
                "told": meant.told,
                "count": count.count,
                "lastAt": count.last_at,
            }
        )
    name, because = _dialect_of(connection)
    return {
        "tenant": tenant.slug,
        "connection": connection.name,
        "dialect": name,
        "because": because,
        "pinned": bool(connection.dialect),
        "recognised": connection.recognised or None,
        "recognisedBecause": connection.recognised_why or None,
        "recognisedAt": connection.recognised_at,
        "days": TOLERANCE_DAYS_TOLD,
        "used": len(tolerances),
        "tolerances": tolerances,
    }


def _first_day(now: str) -> str:
    return (date.fromisoformat(now[:10]) - timedelta(days=TOLERANCE_DAYS_TOLD - 1)).isoformat()


def _dialect_of(connection: Connection) -> tuple[str, str]:
    """The dialect that is spoken, and why it is that one."""
    if connection.dialect:
        shown = f"; it would be {connection.recognised}: {connection.recognised_why}"
        differs = connection.recognised and connection.recognised != connection.dialect
        return connection.dialect, f"pinned by an administrator{shown if differs else ''}"
    if connection.recognised:
        since = (connection.recognised_at or "")[:10]
        return connection.recognised, f"recognised on {since}: {connection.recognised_why}"
    return "generic", "nobody was recognised so far; generic understands them all"
