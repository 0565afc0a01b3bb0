"""Seats of a plan: read, and taken in the transaction of the change that takes them. One writer: nobody is beside it."""

from __future__ import annotations

from vestibule.directory.change import Seats, SeatsTaken
from vestibule.directory.facts import SeatsInUse
from vestibule.stores.shared_sql.seats import COUNTED, KEEP, TAKEN
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.preconditions import Conflict


def seats_in_use(connection: SqliteConnection, tenant: int, key: SeatsInUse) -> int:
    """As kept, else counted."""
    return _in_use(connection, tenant, key.seats)


def take_seats(connection: SqliteConnection, tenant: int, wanted: SeatsTaken) -> None:
    """Before the rows are written: note what is in use afterwards. ``Conflict`` where so many are not free."""
    in_use = _in_use(connection, tenant, wanted.seats)
    if wanted.taken > 0 and in_use + wanted.taken > wanted.seats.limit:
        raise Conflict("no seat is free")
    connection.change(KEEP, (tenant, wanted.seats.basis, in_use + wanted.taken))


def _in_use(connection: SqliteConnection, tenant: int, seats: Seats) -> int:
    kept = connection.value(TAKEN, (tenant, seats.basis))
    return int(connection.value(COUNTED, (tenant,)) if kept is None else kept)
