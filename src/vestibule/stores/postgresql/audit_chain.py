"""The audit trail's chain in PostgreSQL; the Protocol says what each method promises.

Entries are sealed up to where nothing can appear any more below (``settled_audit``), and by one process at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import starmap

from vestibule.directory.audit_chain import ChainedEntry, Head, seals
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.shared_sql.chain_rows import CHAINED, HEAD, UNSEALED, chained_of

_HEAD = "SELECT value FROM setting WHERE name = $1"
#: How far ahead of the head is looked: numbers of transactions that were undone are left out.
_AHEAD = 10_000


class PostgresAuditChain:
    """An ``AuditChain`` over one PostgreSQL database."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def seal(self, random: Callable[[int], bytes], *, limit: int = 200) -> int:
        async def work(connection: PostgresConnection) -> int:
            await connection.change(
                "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                (HEAD, Head().to_text()),
            )
            head = Head.from_text(await connection.value(f"{_HEAD} FOR UPDATE", (HEAD,)))
            settled = await connection.value("SELECT settled_audit()")
            rows = await connection.rows(
                f"{UNSEALED} WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3",
                (head.seq, min(settled, head.seq + _AHEAD), limit),
            )
            if not rows and settled > head.seq + _AHEAD:
                rows = await connection.rows(
                    f"{UNSEALED} WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3",
                    (head.seq, settled, limit),
                )
            made, after = seals(starmap(ChainedEntry, rows), head, random)
            if made:
                await connection.change_many(
                    "UPDATE audit SET salt = $1, payload_hash = $2, chain = $3 WHERE tenant = $4 AND seq = $5",
                    [(one.salt, one.payload_hash, one.chain, one.tenant, one.seq) for one in made],
                )
                await connection.change(
                    "UPDATE setting SET value = $1 WHERE name = $2", (after.to_text(), HEAD)
                )
            return len(made)

        if await self.last_seq() <= (await self.head()).seq:
            return 0
        return await self._database.write(work)

    async def head(self) -> Head:
        return Head.from_text(await self._database.value(_HEAD, (HEAD,)))

    async def chained(self, after: int, *, limit: int = 1000) -> Sequence[ChainedEntry]:
        sql = f"{CHAINED} WHERE seq > $1 AND seq <= $2 ORDER BY seq"
        return [chained_of(row) for row in await self._database.rows(sql, (after, after + limit))]

    async def last_seq(self) -> int:
        found: int = await self._database.value("SELECT settled_audit()")
        return found
