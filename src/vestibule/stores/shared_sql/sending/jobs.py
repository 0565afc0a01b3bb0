"""Provisioning jobs: queued, claimed by a worker, settled in one transaction with the counterpart."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.provisioning.app_user import AppUser
from vestibule.provisioning.engine_store import Lease, Touched
from vestibule.provisioning.job import Job, JobState, Kind, NewJob, Stage
from vestibule.provisioning.push_group import PushGroup
from vestibule.provisioning.store import Attempt
from vestibule.stores.shared_sql.sending.applications import write_push_group
from vestibule.stores.shared_sql.sending.facts import write_app_user
from vestibule.stores.shared_sql.sending.statements import Database, Row, Statements
from vestibule.stores.shared_sql.sending.touched import forget

_JOB = (
    "SELECT id, application_id, stage, subject_id, label, kind, state, attempts, forced, retry_at, detail, "
    "finished, outcome, plan_id, fingerprint, first_failed FROM job"
)
_OPEN = "('queued', 'running', 'retrying')"


class Jobs:
    """The rest of ``vestibule.provisioning.store.ProvisioningStore``."""

    database: Database

    async def enqueue(self, application_id: int, jobs: Sequence[NewJob], seen: Sequence[Touched] = ()) -> int:
        if not jobs and not seen:
            return 0

        def work(connection: Statements) -> int:
            forget(connection, application_id, seen)
            count = "SELECT count(*) FROM job WHERE application_id = ? AND state IN " + _OPEN
            before = connection.value(count, (application_id,))
            subjects = [(application_id, job.stage, job.subject_id) for job in jobs]
            # What was given up is taken up again by the new job: one line for each subject.
            connection.change_many(
                "DELETE FROM job WHERE application_id = ? AND state = 'quarantined' AND stage = ? "
                "AND subject_id = ?",
                subjects,
            )
            connection.change_many(
                "INSERT INTO job (application_id, stage, subject_id, label, kind, forced, plan_id, fingerprint, state) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued') "
                f"ON CONFLICT (application_id, stage, subject_id) WHERE state IN {_OPEN} "
                "DO UPDATE SET kind = excluded.kind, label = excluded.label, "
                "forced = CASE WHEN excluded.forced = 1 THEN 1 ELSE job.forced END, plan_id = excluded.plan_id, "
                "fingerprint = excluded.fingerprint",
                [
                    (
                        application_id,
                        job.stage,
                        job.subject_id,
                        job.label,
                        job.kind,
                        job.forced,
                        job.plan_id,
                        job.fingerprint,
                    )
                    for job in jobs
                ],
            )
            return int(connection.value(count, (application_id,)) - before)

        return await self.database.write(work)

    async def claim(
        self, application_id: int, stage: Stage, lease: Lease, limit: int, *, plan_id: int = 0
    ) -> list[Job]:
        skip_locked = self.database.skip_locked

        def work(connection: Statements) -> list[Job]:
            rows = connection.rows(
                f"{_JOB} WHERE application_id = ? AND stage = ? AND (state = 'queued' "
                "OR (state = 'retrying' AND retry_at <= ?) OR (state = 'running' AND leased_until <= ?)) "
                "AND CAST(? AS bigint) IN (0, plan_id) ORDER BY id LIMIT ?" + skip_locked,
                (application_id, stage, lease.now, lease.now, plan_id, limit),
            )
            connection.change_many(
                "UPDATE job SET state = 'running', worker = ?, leased_until = ? WHERE id = ?",
                [(lease.worker, lease.until, row[0]) for row in rows],
            )
            return [_job(row) for row in rows]

        return await self.database.write(work)

    async def renew(self, application_id: int, lease: Lease) -> None:
        await self.database.write(
            lambda connection: connection.change(
                "UPDATE job SET leased_until = ? WHERE application_id = ? AND state = 'running' AND worker = ?",
                (lease.until, application_id, lease.worker),
            )
        )

    async def open_jobs(self, application_id: int, stage: Stage, *, plan_id: int = 0) -> tuple[int, str]:
        row = await self.database.fetch_row(
            "SELECT count(*), coalesce(min(CASE state WHEN 'retrying' THEN retry_at ELSE '' END), '') "
            f"FROM job WHERE application_id = ? AND stage = ? AND CAST(? AS bigint) IN (0, plan_id) AND state IN {_OPEN}",
            (application_id, stage, plan_id),
        )
        assert row is not None
        return row[0], row[1]

    async def settle(
        self,
        application_id: int,
        job: Job,
        attempt: Attempt,
        *,
        app_user: AppUser | None = None,
        push_group: PushGroup | None = None,
    ) -> None:
        def work(connection: Statements) -> None:
            connection.change(
                "UPDATE job SET state = ?, kind = ?, attempts = ?, retry_at = ?, detail = ?, outcome = ?, "
                "finished = ?, first_failed = ? WHERE id = ?",
                (
                    job.state,
                    job.kind,
                    job.attempts,
                    job.retry_at,
                    job.detail,
                    job.outcome,
                    job.finished,
                    job.first_failed,
                    job.id,
                ),
            )
            connection.change(
                "INSERT INTO attempt (job_id, number, at, outcome, status, detail) "
                "SELECT CAST(? AS bigint), coalesce(max(number), 0) + 1, CAST(? AS text), CAST(? AS text), "
                "CAST(? AS integer), CAST(? AS text) FROM attempt WHERE job_id = ?",
                (job.id, attempt.at, attempt.outcome, attempt.status, attempt.detail, job.id),
            )
            if app_user is not None:
                write_app_user(connection, application_id, app_user)
            if push_group is not None:
                write_push_group(connection, application_id, push_group)

        await self.database.write(work)

    async def recover(self, application_id: int, lease: Lease) -> int:
        return await self.database.write(
            lambda connection: connection.change(
                "UPDATE job SET state = 'queued', worker = '', leased_until = '' "
                "WHERE application_id = ? AND state = 'running' AND (CAST(? AS integer) = 1 OR worker = ? OR leased_until <= ?)",
                # One process sends at a time: whatever runs is its own, or a killed one's.
                (application_id, self.database.single_sender, lease.worker, lease.now),
            )
        )

    async def jobs(self, application_id: int, *, finished: bool = False) -> list[Job]:
        def look(connection: Statements) -> list[Job]:
            condition = "" if finished else "AND state NOT IN ('done', 'dismissed')"
            rows = connection.rows(
                f"{_JOB} WHERE application_id = ? {condition} ORDER BY id DESC LIMIT 1000", (application_id,)
            )
            return [_job(row) for row in rows]

        return await self.database.scan(look)

    async def requeue(self, application_id: int, subject_id: str | None = None) -> int:
        return await self.database.write(
            lambda connection: connection.change(
                "UPDATE job SET state = 'queued', forced = 1, attempts = 0, retry_at = '', finished = '', "
                "first_failed = '', plan_id = 0, fingerprint = '' "
                "WHERE application_id = ? AND state = 'quarantined' AND (CAST(? AS text) IS NULL OR subject_id = ?)",
                (application_id, subject_id, subject_id),
            )
        )

    async def dismiss(self, application_id: int, subject_id: str | None = None) -> int:
        return await self.database.write(
            lambda connection: connection.change(
                "UPDATE job SET state = 'dismissed' "
                "WHERE application_id = ? AND state = 'quarantined' AND (CAST(? AS text) IS NULL OR subject_id = ?)",
                (application_id, subject_id, subject_id),
            )
        )

    async def tidy(self, application_id: int, keep: int) -> int:
        return await self.database.write(
            lambda connection: connection.change(
                "DELETE FROM job WHERE application_id = ? AND state IN ('done', 'dismissed') AND id <= "
                "coalesce((SELECT id FROM job WHERE application_id = ? AND state IN ('done', 'dismissed') "
                "ORDER BY id DESC LIMIT 1 OFFSET ?), 0)",
                (application_id, application_id, keep),
            ),
            is_long=True,
        )


def _job(row: Row) -> Job:
    return Job(
        row[0], row[1], Stage(row[2]), row[3], row[4], Kind(row[5]), JobState(row[6]), row[7], bool(row[8]), *row[9:]
    )  # fmt: skip
