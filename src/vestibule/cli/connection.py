"""Connections: how a tenant's identity provider is read, and the tolerances it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.desk import at_desk
from vestibule.cli.output import asked, done, print_json, print_table, show_one, show_rows
from vestibule.cli.tenant import TenantArgument
from vestibule.cli.tenant_room import in_tenant

if TYPE_CHECKING:
    from vestibule.tenancy.desk import Desk
    from vestibule.tenancy.tenant import Connection, Tenant
    from vestibule.web.tenant_room import TenantRoom

app = typer.Typer(help="Connections: how a tenant's identity provider is read, and the tolerances it needs.")

ConnectionOption = Annotated[
    str | None,
    typer.Option("--connection", metavar="C", help="The connection's name; else the default one."),
]

#: ``tenancy.connections.TOLERANCE_DAYS_TOLD``, whose import would slow every ``--help``.
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
    from vestibule import registry  # noqa: PLC0415
    from vestibule.tenancy.connections import told_connection  # noqa: PLC0415

    installed = registry.members("vestibule.scim.dialects", "DIALECT")

    async def work(room: TenantRoom) -> list[dict[str, Any]]:
        return [
            await told_connection(room.log, room.tenant, connection, room.desk.clock(), installed)
            for connection in room.connections
        ]

    show_rows(ctx, in_tenant(ctx, tenant, work), _COLUMNS, nothing="There is no connection.")


@app.command()
def show(ctx: typer.Context, tenant: TenantArgument, connection: ConnectionOption = None) -> None:
    """One connection: its dialect and why, and each tolerance it used in the last 7 days."""
    from vestibule import registry  # noqa: PLC0415
    from vestibule.tenancy.connections import connection_named, told_connection  # noqa: PLC0415

    installed = registry.members("vestibule.scim.dialects", "DIALECT")

    async def work(room: TenantRoom) -> dict[str, Any]:
        named = await connection_named(room.desk, room.tenant, connection)
        return await told_connection(room.log, room.tenant, named, room.desk.clock(), installed)

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
