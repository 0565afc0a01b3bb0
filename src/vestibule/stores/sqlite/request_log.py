"""The buffered half of the request log, through the writer."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.store import Recorded
from vestibule.stores.request_buffer import RING, RequestBuffer
from vestibule.stores.shared_sql.request_batch import Batch
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase
from vestibule.stores.sqlite.log import write_requests
from vestibule.stores.sqlite.request_batch import write_batches

_CUT_RING = """
DELETE FROM request_log WHERE tenant IS NULL AND seq <= (
    SELECT seq FROM request_log WHERE tenant IS NULL ORDER BY seq DESC LIMIT 1 OFFSET ?
)"""


class RequestLog(RequestBuffer):
    """Gathers rows on the loop and hands them to the writer."""

    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(self._hand_over)
        self._database = database

    async def _hand_over(self, rows: Sequence[Recorded], batches: Sequence[Batch], cuts: bool) -> None:
        def write(connection: SqliteConnection) -> None:
            if rows:
                write_requests(connection, rows)
            write_batches(connection, batches)
            if cuts:
                connection.change(_CUT_RING, (RING,))

        await self._database.write(write, is_long=True)
