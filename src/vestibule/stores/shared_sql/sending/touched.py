"""Whom an incremental cycle has to look at,. Triggers write it (migration 0011; 0001 on PostgreSQL)."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.provisioning.engine_store import Stirring, Touched
from vestibule.stores.shared_sql.sending.statements import Database, Statements


class TouchedSubjects:
    """The part of ``vestibule.provisioning.engine_store.EngineStore`` about changes."""

    database: Database

    async def touched(
        self, application_id: int, stage: str, after: str = "", limit: int = 500
    ) -> list[Touched]:
        rows = await self.database.fetch(
            "SELECT stage, subject_id, mark FROM touched "
            "WHERE application_id = ? AND stage = ? AND subject_id > ? ORDER BY subject_id LIMIT ?",
            (application_id, stage, after, limit),
        )
        return [Touched(*row) for row in rows]

    async def stirring(self, application_id: int) -> Stirring:
        newest = await self.database.fetch_row(
            "SELECT coalesce(max(mark), 0) FROM touched WHERE application_id = ?", (application_id,)
        )
        due = await self.database.fetch_row(
            "SELECT min(CASE state WHEN 'retrying' THEN retry_at ELSE '' END) FROM job "
            "WHERE application_id = ? AND state IN ('queued', 'retrying')",
            (application_id,),
        )
        return Stirring(newest[0] if newest else 0, due[0] if due else None)

    async def leavers(self, application_id: int, before: str, limit: int = 500) -> list[str]:
        rows = await self.database.fetch(
            "SELECT u.person_id FROM app_user AS u JOIN person AS p ON p.id = u.person_id "
            "WHERE u.application_id = ? AND u.inactive_since > '' AND u.inactive_since <= ? "
            "AND u.state = 'inactive' AND u.fault = '' AND p.status = 'DEPROVISIONED' "
            "AND NOT EXISTS (SELECT 1 FROM job AS j WHERE j.application_id = u.application_id AND j.stage = 'users' "
            "AND j.subject_id = u.person_id AND j.state IN ('queued', 'running', 'retrying')) "
            "ORDER BY u.person_id LIMIT ?",
            (application_id, before, limit),
        )
        return [row[0] for row in rows]

    async def looked_at(self, application_id: int, seen: Sequence[Touched]) -> None:
        await self.database.write(lambda connection: forget(connection, application_id, seen))

    async def change_mark(self) -> int:
        row = await self.database.fetch_row(self.database.newest_mark)
        return row[0] if row else 0

    async def looked_at_all(self, application_id: int, stage: str, mark: int) -> None:
        await self.database.write(
            lambda connection: connection.change(
                "DELETE FROM touched WHERE application_id = ? AND stage = ? AND mark <= ?",
                (application_id, stage, mark),
            ),
            is_long=True,
        )


def forget(connection: Statements, application_id: int, seen: Sequence[Touched]) -> None:
    """Take away what was looked at, unless it was touched again since it was read."""
    connection.change_many(
        "DELETE FROM touched WHERE application_id = ? AND stage = ? AND subject_id = ? AND mark = ?",
        [(application_id, one.stage, one.subject_id, one.mark) for one in seen],
    )
