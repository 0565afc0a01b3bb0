"""The receiving side's jobs: enqueued with the change they follow, claimed with a lease, finished or put back."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.shared_sql.claimed_job import ClaimedJob

#: What another worker is claiming at this moment is his.
_CLAIM = """
UPDATE job SET state = 'running', leased_until = $2, attempts = attempts + 1
FROM (
    SELECT tenant, seq FROM job
    WHERE state IN ('queued', 'running') AND not_before <= $1 AND leased_until <= $1 AND kind = ANY ($3::text[])
    ORDER BY not_before, seq LIMIT $4 FOR UPDATE SKIP LOCKED
) AS due
WHERE job.tenant = due.tenant AND job.seq = due.seq
RETURNING job.seq, job.tenant, kind, payload, attempts"""


class PostgresJobQueue:
    """A job whose lease ran out (its worker died) is claimed again."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def claim(
        self, kinds: Sequence[str], now: str, leased_until: str, limit: int = 1
    ) -> Sequence[ClaimedJob]:
        """Due jobs of these kinds, oldest first, now ours until ``leased_until``."""
        parameters = (now, leased_until, list(kinds), limit)
        rows = await self._database.read(lambda connection: connection.rows(_CLAIM, parameters))
        return [
            ClaimedJob(seq, tenant, kind, orjson.loads(payload), attempts)
            for seq, tenant, kind, payload, attempts in sorted(map(tuple, rows))
        ]

    async def finish(self, job: ClaimedJob, outcome: str = "done") -> bool:
        """Done, for good. False where the lease had run out and somebody else claimed it."""
        return await self._settle(job, "state = 'done', outcome = $1", (outcome,))

    async def put_back(self, job: ClaimedJob, not_before: str, outcome: str) -> bool:
        """To be tried again, not before that time. False as for ``finish``."""
        return await self._settle(
            job, "state = 'queued', leased_until = '', outcome = $1, not_before = $2", (outcome, not_before)
        )

    async def _settle(self, job: ClaimedJob, change: str, values: tuple[str, ...]) -> bool:
        at = len(values)
        sql = (
            f"UPDATE job SET {change} WHERE tenant = ${at + 1} AND seq = ${at + 2} "
            f"AND state = 'running' AND attempts = ${at + 3}"
        )
        return await self._database.change(sql, (*values, job.tenant, job.seq, job.attempts)) == 1
