"""The buffered half of the request log, a transaction for each flush."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.store import Recorded
from vestibule.stores.postgresql.change_log import REQUEST, request_row
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.postgresql.request_batch import write_batches
from vestibule.stores.request_buffer import RING, RequestBuffer
from vestibule.stores.shared_sql.request_batch import Batch

_COLUMNS = ", ".join(name for name, _ in REQUEST)
_INSERT = f"""
INSERT INTO request_log ({_COLUMNS}) VALUES ({", ".join(f"${n + 1}" for n in range(len(REQUEST)))})"""
_TOLERANCE = """
INSERT INTO tolerance_day AS t (tenant, connection, name, day, slot, count, last_at)
VALUES ($1, $2, $3, $4, pg_backend_pid() & 15, $5, $6)
ON CONFLICT (tenant, connection, name, day, slot) DO UPDATE
SET count = t.count + excluded.count, last_at = greatest(t.last_at, excluded.last_at)"""
_CUT_RING = """
DELETE FROM request_log WHERE tenant = 0 AND seq <= (
    SELECT seq FROM request_log WHERE tenant = 0 ORDER BY seq DESC LIMIT 1 OFFSET $1
)"""


class RequestLog(RequestBuffer):
    """Gathers rows on the loop and appends them, with the tolerances that these requests needed."""

    def __init__(self, database: PostgresDatabase) -> None:
        super().__init__(self._append)
        self._database = database

    async def _append(self, rows: Sequence[Recorded], batches: Sequence[Batch], cuts: bool) -> None:
        used = [
            (row.tenant, row.connection or 0, name, row.at[:10], count, row.at)
            for row in rows
            if row.tolerances and row.tenant is not None
            for name, count in row.tolerances.items()
        ]

        async def work(connection: PostgresConnection) -> None:
            if rows:
                await connection.change_many(_INSERT, [request_row(row) for row in rows])
            await write_batches(connection, batches)
            if cuts:
                await connection.change(_CUT_RING, (RING,))
            if used:
                # In one order everywhere, so that two processes do not wait for each other.
                await connection.change_many(_TOLERANCE, sorted(used))

        await self._database.write(work)
