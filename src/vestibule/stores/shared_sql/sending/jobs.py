"""Facts for the plan, and provisioning jobs,."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence

from vestibule.provisioning.app_user import AppUser, AppUserState
from vestibule.provisioning.assignment import Assignment
from vestibule.provisioning.engine_store import Lease, Touched
from vestibule.provisioning.job import Job, JobState, Kind, NewJob, Stage
from vestibule.provisioning.plan import PersonFacts
from vestibule.provisioning.push_group import PushedMember, PushFacts, PushGroup, PushState
from vestibule.provisioning.store import Attempt, MemberDelta, UnknownName
from vestibule.stores.shared_sql.sending.applications import read_assignment, write_push_group
from vestibule.stores.shared_sql.sending.directory_source import read_person
from vestibule.stores.shared_sql.sending.statements import Database, Row, Statements
from vestibule.stores.shared_sql.sending.touched import forget

_JOB = (
    "SELECT id, application_id, stage, subject_id, label, kind, state, attempts, forced, retry_at, detail, "
    "finished, outcome, plan_id, fingerprint, first_failed FROM job"
)
_OPEN = "('queued', 'running', 'retrying')"

_APP_USER = (
    "person_id, state, external_id, user_name, sent_hash, sent_variables, fault, fault_hash, sent_values"
)
_RENEWED = ", ".join(f"{name} = excluded.{name}" for name in _APP_USER.split(", ")[1:])
_FACTS = (
    "SELECT p.id, p.login, p.attributes, p.status, "
    + ", ".join(f"u.{name}" for name in _APP_USER.split(", "))
    + " FROM person AS p LEFT JOIN app_user AS u ON u.application_id = :application AND u.person_id = p.id "
)
_CONCERNED = (
    "(u.person_id IS NOT NULL "
    "OR EXISTS (SELECT 1 FROM assignment AS a WHERE a.application_id = :application "
    "AND a.subject = 'person' AND a.subject_id = p.id) "
    "OR EXISTS (SELECT 1 FROM membership AS m JOIN assignment AS a ON a.application_id = :application "
    "AND a.subject = 'group' AND a.subject_id = m.group_id WHERE m.person_id = p.id))"
)
#: The assignments that hold for the people in a JSON list. CROSS JOIN keeps SQLite to that order, from the
#: people outwards: left to itself it begins with all members of every assigned group, for each person anew.
_ASSIGNMENTS = (
    "SELECT a.subject, a.subject_id, a.priority, a.attribute_values, a.before_provisioning, j.value "
    "FROM json_each(:people) AS j CROSS JOIN assignment AS a ON a.application_id = :application "
    "AND a.subject = 'person' AND a.subject_id = j.value "
    "UNION ALL "
    "SELECT a.subject, a.subject_id, a.priority, a.attribute_values, a.before_provisioning, j.value "
    "FROM json_each(:people) AS j CROSS JOIN membership AS m ON m.person_id = j.value "
    "CROSS JOIN assignment AS a ON a.application_id = :application AND a.subject = 'group' AND a.subject_id = m.group_id"
)

#: Members who have an id there and are active: whoever else is in the group waits (W82, W151).
_WANTED = (
    "FROM membership AS m JOIN app_user AS u ON u.application_id = :application AND u.person_id = m.person_id "
    "AND u.state = 'active' WHERE m.group_id = :group"
)
TO_ADD = (
    f"{_WANTED} AND NOT EXISTS (SELECT 1 FROM pushed_member AS k WHERE k.application_id = :application "
    "AND k.group_id = :group AND k.external_id = u.external_id)"
)
TO_REMOVE = (
    "FROM pushed_member AS k WHERE k.application_id = :application AND k.group_id = :group "
    "AND NOT EXISTS (SELECT 1 FROM membership AS m JOIN app_user AS u ON u.application_id = :application "
    "AND u.person_id = m.person_id AND u.state = 'active' "
    "WHERE m.group_id = :group AND m.person_id = k.person_id AND u.external_id = k.external_id)"
)
WITHOUT_ID = (
    "FROM membership AS m JOIN person AS p ON p.id = m.person_id AND p.status = 'ACTIVE' "
    "WHERE m.group_id = :group "
    "AND NOT EXISTS (SELECT 1 FROM app_user AS u WHERE u.application_id = :application "
    "AND u.person_id = m.person_id AND u.state = 'active') "
    "AND (EXISTS (SELECT 1 FROM assignment AS a WHERE a.application_id = :application "
    "AND a.subject = 'person' AND a.subject_id = m.person_id) "
    "OR EXISTS (SELECT 1 FROM membership AS o JOIN assignment AS a ON a.application_id = :application "
    "AND a.subject = 'group' AND a.subject_id = o.group_id WHERE o.person_id = m.person_id))"
)


class Jobs:
    """The rest of ``vestibule.provisioning.store.ProvisioningStore``."""

    database: Database

    async def people_facts(self, application_id: int, after: str = "", limit: int = 500) -> list[PersonFacts]:
        def look(connection: Statements) -> list[PersonFacts]:
            return _facts(
                connection,
                f"{_FACTS} WHERE p.login_folded > :after AND {_CONCERNED} ORDER BY p.login_folded LIMIT :limit",
                {"application": application_id, "after": after, "limit": limit},
            )

        return await self.database.scan(look)

    async def person_facts(self, application_id: int, person_id: str) -> PersonFacts:
        values = {"application": application_id, "person": person_id}
        row = await self.database.fetch_row(f"{_FACTS} WHERE p.id = :person", values)
        given = {"application": application_id, "people": json.dumps([person_id])}
        found = (
            [] if row is None else _with_assignments([row], await self.database.fetch(_ASSIGNMENTS, given))
        )
        if not found:
            raise UnknownName(f"There is no person {person_id!r} in the directory.")
        return found[0]

    async def push_facts(self, application_id: int, group_id: str | None = None) -> list[PushFacts]:
        def look(connection: Statements) -> list[PushFacts]:
            rows = connection.rows(
                "SELECT g.group_id, s.name, g.state, g.external_id, g.name_sent, g.full_push, g.fault, "
                "g.fault_hash, s.gone FROM push_group AS g JOIN source_group AS s ON s.id = g.group_id "
                "WHERE g.application_id = :application AND (CAST(:group AS text) IS NULL OR g.group_id = :group) "
                "ORDER BY s.name_folded",
                {"application": application_id, "group": group_id},
            )
            return [_push_facts(connection, application_id, row) for row in rows]

        return await self.database.scan(look)

    async def people_there(self, application_id: int, external_ids: Sequence[str]) -> dict[str, str]:
        values = {"application": application_id, "people": json.dumps(list(external_ids))}
        rows = await self.database.fetch(
            "SELECT u.external_id, u.person_id FROM json_each(:people) AS j CROSS JOIN app_user AS u "
            "ON u.application_id = :application AND u.external_id = j.value",
            values,
        )
        return {row[0]: row[1] for row in rows}

    async def note_app_user(self, application_id: int, app_user: AppUser) -> None:
        await self.database.write(lambda connection: _write_app_user(connection, application_id, app_user))

    async def told_members(self, application_id: int, group_id: str) -> list[PushedMember]:
        rows = await self.database.scan(
            lambda connection: connection.rows(
                "SELECT person_id, external_id, display FROM pushed_member "
                "WHERE application_id = ? AND group_id = ?",
                (application_id, group_id),
            )
        )
        return [PushedMember(*row) for row in rows]

    async def member_delta(self, application_id: int, group_id: str, limit: int) -> MemberDelta:
        def look(connection: Statements) -> MemberDelta:
            values = {"application": application_id, "group": group_id, "limit": limit}
            gone = connection.rows(
                f"SELECT k.person_id, k.external_id, k.display {TO_REMOVE} ORDER BY 2 LIMIT :limit",
                values,
            )
            values["limit"] = limit - len(gone)
            added = connection.rows(
                f"SELECT u.person_id, u.external_id, u.user_name {TO_ADD} ORDER BY 2 LIMIT :limit",
                values,
            )
            return MemberDelta(
                tuple(PushedMember(*row) for row in added), tuple(PushedMember(*row) for row in gone)
            )

        return await self.database.scan(look)

    async def record_members(
        self, application_id: int, group_id: str, delta: MemberDelta, *, replaced: bool = False
    ) -> None:
        def work(connection: Statements) -> None:
            if replaced:
                connection.change(
                    "DELETE FROM pushed_member WHERE application_id = ? AND group_id = ?",
                    (application_id, group_id),
                )
            connection.change_many(
                "DELETE FROM pushed_member WHERE application_id = ? AND group_id = ? AND external_id = ?",
                [(application_id, group_id, member.external_id) for member in delta.remove],
            )
            connection.change_many(
                "INSERT INTO pushed_member (application_id, group_id, external_id, person_id, display) "
                "VALUES (?, ?, ?, ?, ?) ON CONFLICT (application_id, group_id, external_id) "
                "DO UPDATE SET person_id = excluded.person_id, display = excluded.display",
                [
                    (application_id, group_id, member.external_id, member.person_id, member.display)
                    for member in delta.add
                ],
            )

        await self.database.write(work)

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
                _write_app_user(connection, application_id, app_user)
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


def _facts(connection: Statements, sql: str, values: dict[str, object]) -> list[PersonFacts]:
    rows = connection.rows(sql, values)
    people = json.dumps([row[0] for row in rows])
    found = connection.rows(_ASSIGNMENTS, {"application": values["application"], "people": people})
    return _with_assignments(rows, found)


def _with_assignments(rows: Sequence[Row], found: Sequence[Row]) -> list[PersonFacts]:
    assignments: defaultdict[str, list[Assignment]] = defaultdict(list)
    for row in found:
        assignments[row[5]].append(read_assignment(row))
    return [
        PersonFacts(read_person(row), tuple(assignments[row[0]]), _app_user(row[4:]) if row[4] else None)
        for row in rows
    ]


def _app_user(row: Row) -> AppUser:
    return AppUser(
        row[0],
        AppUserState(row[1]),
        row[2],
        row[3],
        row[4],
        frozenset(row[5].split()),
        row[6],
        row[7],
        json.loads(row[8]),
    )


def _write_app_user(connection: Statements, application_id: int, user: AppUser) -> None:
    connection.change(
        f"INSERT INTO app_user (application_id, {_APP_USER}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        f"ON CONFLICT (application_id, person_id) DO UPDATE SET {_RENEWED}",
        (
            application_id,
            user.person_id,
            user.state,
            user.external_id,
            user.user_name,
            user.sent_hash,
            " ".join(sorted(user.sent_variables)),
            user.fault,
            user.fault_hash,
            json.dumps(dict(user.sent_values), ensure_ascii=False, separators=(",", ":")),
        ),
    )


def _push_facts(connection: Statements, application_id: int, row: Row) -> PushFacts:
    values = {"application": application_id, "group": row[0]}
    # A group that left the directory sends nothing: emptying a team over there is nobody's guess to make.
    state = PushState.PAUSED if row[8] and row[2] == PushState.ACTIVE else PushState(row[2])
    group = PushGroup(row[0], row[1], state, row[3], row[4], bool(row[5]), row[6], row[7])
    to_add, to_remove, without_id = (
        connection.value(f"SELECT count(*) {condition}", values)
        for condition in (TO_ADD, TO_REMOVE, WITHOUT_ID)
    )
    return PushFacts(group, to_add, to_remove, without_id, left_directory=bool(row[8]))


def _job(row: Row) -> Job:
    return Job(
        row[0], row[1], Stage(row[2]), row[3], row[4], Kind(row[5]), JobState(row[6]), row[7], bool(row[8]), *row[9:]
    )  # fmt: skip
