"""Connections: how a tenant's identity provider is read, and the tolerances it needs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.desk import at_desk
from vestibule.cli.output import asked, done, print_json, print_table, show_one, show_rows
from vestibule.cli.tenant import TenantArgument
from vestibule.cli.tenant_room import in_tenant

if TYPE_CHECKING:
    from vestibule.cli.tenant_room import TenantRoom
    from vestibule.tenancy.desk import Desk
    from vestibule.tenancy.tenant import Connection, Tenant

app = typer.Typer(help="Connections: how a tenant's identity provider is read, and the tolerances it needs.")

ConnectionOption = Annotated[
    str | None,
    typer.Option("--connection", metavar="C", help="The connection's name; else the default one."),
]

#: What is told of tolerances is told of so many days, today among them (UTC).
_DAYS = 7
_COLUMNS = {
    "connection": "CONNECTION",
    "dialect": "DIALECT",
    "because": "BECAUSE",
    "used": f"TOLERANCES IN {_DAYS} DAYS",
}
_TOLERANCES = {
    "name": "TOLERANCE",
    "facts": "FACTS",
    "count": "TIMES",
    "lastAt": "LAST",
    "told": "WHAT WAS DONE",
}


@app.command("list")
def list_connections(ctx: typer.Context, tenant: TenantArgument) -> None:
    """A tenant's connections, each with its dialect and how many tolerances it used lately."""

    async def work(room: TenantRoom) -> list[dict[str, Any]]:
        return [await _told(room, connection) for connection in room.connections]

    show_rows(ctx, in_tenant(ctx, tenant, work), _COLUMNS, nothing="There is no connection.")


@app.command()
def show(ctx: typer.Context, tenant: TenantArgument, connection: ConnectionOption = None) -> None:
    """One connection: its dialect and why, and each tolerance it used in the last 7 days."""
    from vestibule.tenancy.connections import connection_named  # noqa: PLC0415

    async def work(room: TenantRoom) -> dict[str, Any]:
        return await _told(room, await connection_named(room.desk, room.tenant, connection))

    told = in_tenant(ctx, tenant, work)
    if asked(ctx).json:
        print_json(told)
        return
    labels = {"tenant": "Tenant", "connection": "Connection", "dialect": "Dialect", "because": "Because"}
    show_one(ctx, told, labels)
    used = told["used"]
    typer.echo(f"\nused {used} tolerance{'' if used == 1 else 's'} in {_DAYS} days{':' if used else '.'}")
    if used:
        print_table(told["tolerances"], _TOLERANCES)


@app.command()
def dialect(
    ctx: typer.Context,
    tenant: TenantArgument,
    dialect: Annotated[
        str, typer.Argument(metavar="DIALECT", help="okta, entra, generic or strict; auto has it recognised.")
    ],
    connection: ConnectionOption = None,
) -> None:
    """Pin the dialect a connection is read in, or have it recognised anew. The next request sees it."""
    from vestibule import registry  # noqa: PLC0415
    from vestibule.tenancy.connections import choose_dialect, connection_named  # noqa: PLC0415

    installed = registry.members("vestibule.scim.dialects", "DIALECT")

    async def work(desk: Desk) -> tuple[Tenant, Connection]:
        found = await desk.tenant(tenant)
        named = await connection_named(desk, found, connection)
        return found, await choose_dialect(desk, found, named, dialect, installed)

    found, chosen = at_desk(ctx, work)
    how = f"is pinned to the dialect {chosen.dialect}" if chosen.dialect else "has its dialect recognised"
    done(
        ctx,
        f"The connection {chosen.name} of {found.slug} {how}.",
        {"tenant": found.slug, "connection": chosen.name, "pinned": chosen.dialect or None},
    )


async def _told(room: TenantRoom, connection: Connection) -> dict[str, Any]:
    from vestibule import registry  # noqa: PLC0415
    from vestibule.scim.dialects.habits import Tolerance, tolerances_of  # noqa: PLC0415

    installed = registry.members("vestibule.scim.dialects", "DIALECT")
    known = tolerances_of(installed.values())
    counts = await room.log.tolerances(connection.id, _first_day(room.desk.clock()))
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
        "tenant": room.tenant.slug,
        "connection": connection.name,
        "dialect": name,
        "because": because,
        "pinned": bool(connection.dialect),
        "recognised": connection.recognised or None,
        "recognisedBecause": connection.recognised_why or None,
        "recognisedAt": connection.recognised_at,
        "days": _DAYS,
        "used": len(tolerances),
        "tolerances": tolerances,
    }


def _first_day(now: str) -> str:
    return (date.fromisoformat(now[:10]) - timedelta(days=_DAYS - 1)).isoformat()


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
