"""The audit trail's chain in SQLite; the Protocol says what each method promises. One writer: seq is commit order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import starmap

from vestibule.directory.audit_chain import ChainedEntry, Head, seals
from vestibule.stores.shared_sql.chain_rows import CHAINED, HEAD, UNSEALED, chained_of
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.database import SqliteDatabase

_LAST = "SELECT seq FROM audit ORDER BY seq DESC LIMIT 1"
_HEAD = "SELECT value FROM setting WHERE name = ?"


class SqliteAuditChain:
    """An ``AuditChain`` over one SQLite database."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def seal(self, random: Callable[[int], bytes], *, limit: int = 200) -> int:
        def work(connection: SqliteConnection) -> int:
            head = Head.from_text(connection.value(_HEAD, (HEAD,)))
            rows = connection.rows(f"{UNSEALED} WHERE seq > ? ORDER BY seq LIMIT ?", (head.seq, limit))
            made, after = seals(starmap(ChainedEntry, rows), head, random)
            if made:
                connection.change_many(
                    "UPDATE audit SET salt = ?, payload_hash = ?, chain = ? WHERE seq = ?",
                    [(one.salt, one.payload_hash, one.chain, one.seq) for one in made],
                )
                connection.change(
                    "INSERT INTO setting (name, value) VALUES (?, ?)"
                    " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    (HEAD, after.to_text()),
                )
            return len(made)

        if await self.last_seq() <= (await self.head()).seq:
            return 0
        return await self._database.write(work)

    async def head(self) -> Head:
        found = self._database.read_row(_HEAD, (HEAD,))
        return Head.from_text(found[0] if found else None)

    async def chained(self, after: int, *, limit: int = 1000) -> Sequence[ChainedEntry]:
        sql = f"{CHAINED} WHERE seq > ? AND seq <= ? ORDER BY seq"
        return await self._database.scan(
            lambda reader: [chained_of(row) for row in reader.rows(sql, (after, after + limit))]
        )

    async def last_seq(self) -> int:
        found = self._database.read_row(_LAST)
        return int(found[0]) if found else 0
