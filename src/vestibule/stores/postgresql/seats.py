"""Seats of a plan: whoever takes or frees one holds the tenant's row of ``seat`` until the end of the transaction."""

from __future__ import annotations

from vestibule.directory.change import SeatsTaken
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.shared_sql.seats import COUNTED, KEEP, TAKEN
from vestibule.stores.shared_sql.webhook_rows import numbered


async def hold_seats(connection: PostgresConnection, tenant: int, wanted: SeatsTaken) -> None:
    """Nobody else takes a seat meanwhile, and what is kept is of this basis."""
    await connection.change(
        "INSERT INTO seat (tenant, basis, taken) VALUES ($1, '', 0) ON CONFLICT DO NOTHING", (tenant,)
    )
    basis = await connection.value("SELECT basis FROM seat WHERE tenant = $1 FOR UPDATE", (tenant,))
    if basis != wanted.seats.basis:
        counted = await connection.value(numbered(COUNTED), (tenant,))
        await connection.change(numbered(KEEP), (tenant, wanted.seats.basis, counted))


async def take_seats(connection: PostgresConnection, tenant: int, wanted: SeatsTaken) -> bool:
    """Of what is held: note what is in use afterwards; False where so many are not free."""
    kept = await connection.value(numbered(TAKEN), (tenant, wanted.seats.basis))
    if kept is None or (wanted.taken > 0 and kept + wanted.taken > wanted.seats.limit):
        return False
    await connection.change("UPDATE seat SET taken = taken + $2 WHERE tenant = $1", (tenant, wanted.taken))
    return True
