"""Plans, the engine's settings and what it has learnt,."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple

from vestibule.provisioning.engine_settings import EngineSettings, EngineState
from vestibule.provisioning.engine_store import PushMembers
from vestibule.provisioning.job import Kind, Stage
from vestibule.provisioning.plan_file import PlanFile, PlannedOperation, PlanState
from vestibule.provisioning.reason import Difference
from vestibule.provisioning.store import ChangedMeanwhile, UnknownName
from vestibule.provisioning.threshold import Limits
from vestibule.stores.shared_sql.sending.facts import TO_ADD, TO_REMOVE, WITHOUT_ID
from vestibule.stores.shared_sql.sending.statements import Database, Row, Statements

_PLAN = (
    "application_id, made_at, made_by, state, refreshed, decided_at, decided_by, settings, operations, requests, "
    "per_second, rate_from, counts, held"
)
_ENGINE = (
    "SELECT concurrency, schedule, threshold_number, threshold_share, needs_approval "
    "FROM engine_settings WHERE application_id = ?"
)
_OPERATION = "stage, subject_id, label, kind, reason, differences, requests, fingerprint, people"


class Plans:
    """``vestibule.provisioning.engine_store.EngineStore``."""

    database: Database

    async def keep_plan(self, plan: PlanFile) -> PlanFile:
        marks = ", ".join("?" * 14)
        id = await self.database.write(
            lambda connection: connection.value(
                f"INSERT INTO plan ({_PLAN}) VALUES ({marks}) RETURNING id", _plan_values(plan)
            )
        )
        return _with_id(plan, id)

    async def change_plan(self, plan: PlanFile) -> None:
        columns = ", ".join(f"{name} = ?" for name in _PLAN.split(", "))
        await self.database.write(
            lambda connection: connection.change(
                f"UPDATE plan SET {columns} WHERE id = ?", (*_plan_values(plan), plan.id)
            )
        )

    async def plan(self, application_id: int, id: int) -> PlanFile:
        row = await self.database.fetch_row(
            f"SELECT id, {_PLAN} FROM plan WHERE application_id = ? AND id = ?", (application_id, id)
        )
        if row is None:
            there = ", ".join(str(plan.id) for plan in await self.plans(application_id)) or "none"
            raise UnknownName(f"There is no plan {id} of this application. There are: {there}.")
        return _plan(row)

    async def plans(self, application_id: int) -> list[PlanFile]:
        rows = await self.database.fetch(
            f"SELECT id, {_PLAN} FROM plan WHERE application_id = ? ORDER BY id DESC", (application_id,)
        )
        return [_plan(row) for row in rows]

    async def drop_plan(self, application_id: int, id: int) -> None:
        def work(connection: Statements) -> None:
            values = (application_id, id)
            connection.change("DELETE FROM plan_operation WHERE application_id = ? AND plan_id = ?", values)
            connection.change("DELETE FROM plan WHERE application_id = ? AND id = ?", values)

        await self.database.write(work, is_long=True)

    async def add_operations(
        self, plan: PlanFile, position: int, operations: Sequence[PlannedOperation]
    ) -> None:
        rows = [
            (plan.application_id, plan.id, position + number, *_operation_values(operation))
            for number, operation in enumerate(operations)
        ]
        marks = ", ".join("?" * 12)
        await self.database.write(
            lambda connection: connection.change_many(
                f"INSERT INTO plan_operation (application_id, plan_id, position, {_OPERATION}) VALUES ({marks})",
                rows,
            ),
            is_long=True,
        )

    async def operations(
        self, application_id: int, plan_id: int, after: int = 0, limit: int = 500
    ) -> list[tuple[int, PlannedOperation]]:
        rows = await self.database.scan(
            lambda connection: connection.rows(
                f"SELECT position, {_OPERATION} FROM plan_operation "
                "WHERE application_id = ? AND plan_id = ? AND position > ? ORDER BY position LIMIT ?",
                (application_id, plan_id, after, limit),
            )
        )
        return [(row[0], _operation(row[1:])) for row in rows]

    async def plan_operation(
        self, application_id: int, plan_id: int, stage: Stage, subject_id: str
    ) -> PlannedOperation | None:
        row = await self.database.fetch_row(
            f"SELECT {_OPERATION} FROM plan_operation "
            "WHERE application_id = ? AND plan_id = ? AND subject_id = ? AND stage = ?",
            (application_id, plan_id, subject_id, stage),
        )
        return _operation(row) if row else None

    async def push_members(self, application_id: int, group_id: str) -> PushMembers:
        def look(connection: Statements) -> PushMembers:
            values = {"application": application_id, "group": group_id}
            found = (
                frozenset(id for (id,) in connection.rows(f"SELECT {column} {condition}", values))
                for column, condition in (
                    ("u.person_id", TO_ADD),
                    ("k.person_id", TO_REMOVE),
                    ("m.person_id", WITHOUT_ID),
                )
            )
            return PushMembers(*found)

        return await self.database.scan(look)

    async def pushed_count(self, application_id: int) -> int:
        count = "SELECT count(*) FROM pushed_member WHERE application_id = ?"
        found = await self.database.scan(lambda connection: connection.value(count, (application_id,)))
        return int(found)

    async def pushed_of(self, application_id: int, person_ids: Sequence[str]) -> list[tuple[str, str]]:
        people = json.dumps(list(person_ids))
        rows = await self.database.scan(
            lambda connection: connection.rows(
                "SELECT k.group_id, k.person_id FROM json_each(:people) AS j CROSS JOIN pushed_member AS k "
                "ON k.application_id = :application AND k.person_id = j.value",
                {"people": people, "application": application_id},
            )
        )
        return [(row[0], row[1]) for row in rows]

    async def engine_settings(self, application_id: int) -> EngineSettings:
        return _engine(await self.database.fetch_row(_ENGINE, (application_id,)))

    async def set_engine_settings(
        self, application_id: int, settings: EngineSettings, *, seen: EngineSettings | None = None
    ) -> None:
        values = (
            application_id,
            settings.concurrency,
            settings.schedule,
            settings.limits.number,
            settings.limits.share,
            int(settings.needs_approval),
        )

        def work(connection: Statements) -> None:
            if seen is not None and _engine(connection.row(_ENGINE, (application_id,))) != seen:
                raise ChangedMeanwhile(
                    "How it is sent was changed by somebody else meanwhile. Nothing was saved."
                )
            connection.change(
                "INSERT INTO engine_settings (application_id, concurrency, schedule, threshold_number, "
                "threshold_share, needs_approval) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (application_id) DO UPDATE SET concurrency = excluded.concurrency, "
                "schedule = excluded.schedule, threshold_number = excluded.threshold_number, "
                "threshold_share = excluded.threshold_share, needs_approval = excluded.needs_approval",
                values,
            )

        await self.database.write(work)

    async def engine_state(self, application_id: int) -> EngineState:
        row = await self.database.fetch_row(
            "SELECT learned, measured, quarantined_since, quarantine_tries, next_try FROM engine_state "
            "WHERE application_id = ?",
            (application_id,),
        )
        return EngineState(*row) if row else EngineState()

    async def active_count(self, application_id: int) -> int:
        count = "SELECT count(*) FROM app_user WHERE application_id = ? AND state = 'active'"
        found = await self.database.scan(lambda connection: connection.value(count, (application_id,)))
        return int(found)

    async def set_engine_state(self, application_id: int, state: EngineState) -> None:
        await self.database.write(
            lambda connection: connection.change(
                "INSERT INTO engine_state (application_id, learned, measured, quarantined_since, quarantine_tries, "
                "next_try) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (application_id) DO UPDATE SET "
                "learned = excluded.learned, measured = excluded.measured, "
                "quarantined_since = excluded.quarantined_since, "
                "quarantine_tries = excluded.quarantine_tries, next_try = excluded.next_try",
                (application_id, *astuple(state)),
            )
        )


def _engine(row: Row | None) -> EngineSettings:
    if row is None:
        return EngineSettings()
    return EngineSettings(row[0], row[1], Limits(row[2], row[3]), bool(row[4]))


def _plan_values(plan: PlanFile) -> tuple[object, ...]:
    return (
        plan.application_id,
        plan.made_at,
        plan.made_by,
        plan.state,
        int(plan.refreshed),
        plan.decided_at,
        plan.decided_by,
        plan.settings,
        plan.operations,
        plan.requests,
        plan.per_second,
        plan.rate_from,
        json.dumps(dict(plan.counts)),
        json.dumps(dict(plan.held)),
    )


def _plan(row: Row) -> PlanFile:
    return PlanFile(
        row[0],
        row[1],
        row[2],
        row[3],
        state=PlanState(row[4]),
        refreshed=bool(row[5]),
        decided_at=row[6],
        decided_by=row[7],
        settings=row[8],
        operations=row[9],
        requests=row[10],
        per_second=row[11],
        rate_from=row[12],
        counts=json.loads(row[13]),
        held=json.loads(row[14]),
    )


def _with_id(plan: PlanFile, id: int) -> PlanFile:
    return _plan((id, *_plan_values(plan)))


def _operation_values(operation: PlannedOperation) -> tuple[object, ...]:
    changes = [[one.variable, one.before, one.after] for one in operation.differences]
    people = {"in": sorted(operation.people_in), "out": sorted(operation.people_out)}
    return (
        operation.stage,
        operation.subject_id,
        operation.label,
        operation.kind,
        operation.reason,
        json.dumps(changes, ensure_ascii=False),
        operation.requests,
        operation.fingerprint,
        json.dumps(people) if operation.people_in or operation.people_out else "",
    )


def _operation(row: Row) -> PlannedOperation:
    people = json.loads(row[8]) if row[8] else {"in": [], "out": []}
    return PlannedOperation(
        Stage(row[0]),
        row[1],
        row[2],
        Kind(row[3]),
        row[4],
        tuple(Difference(*change) for change in json.loads(row[5])),
        row[6],
        row[7],
        frozenset(people["in"]),
        frozenset(people["out"]),
    )
