"""Facts for the plan: people, counterparts, push groups and their members."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from vestibule.provisioning.app_user import AppUser, AppUserState
from vestibule.provisioning.assignment import Assignment
from vestibule.provisioning.plan import PersonFacts
from vestibule.provisioning.push_group import PushedMember, PushFacts, PushGroup, PushState
from vestibule.provisioning.store import MemberDelta, UnknownName
from vestibule.stores.shared_sql.sending.applications import read_assignment
from vestibule.stores.shared_sql.sending.directory_source import read_person
from vestibule.stores.shared_sql.sending.statements import Database, Row, Statements

_APP_USER = (
    "person_id, state, external_id, user_name, sent_hash, sent_variables, fault, fault_hash, sent_values, "
    "inactive_since"
)
_RENEWED = ", ".join(f"{name} = excluded.{name}" for name in _APP_USER.split(", ")[1:])
_COLUMNS = "SELECT p.id, p.login, p.attributes, p.status, " + ", ".join(
    f"u.{name}" for name in _APP_USER.split(", ")
)
_COUNTERPART = "LEFT JOIN app_user AS u ON u.application_id = :application AND u.person_id = p.id "
SELECT_FACTS = f"{_COLUMNS} FROM person AS p {_COUNTERPART}"
FACTS_OF = f"{_COLUMNS} FROM json_each(:people) AS j CROSS JOIN person AS p ON p.id = j.value {_COUNTERPART}"
SELECT_PUSHED = (
    "SELECT g.group_id, s.name, g.state, g.external_id, g.name_sent, g.full_push, g.fault, g.fault_hash, s.gone, "
    "g.link_name, g.keep_name, g.rule_id"
)
#: Counting the first one, rather than EXISTS: for that PostgreSQL gathers every member of every assigned group first.
CONCERNED = (
    "(u.person_id IS NOT NULL "
    "OR EXISTS (SELECT 1 FROM assignment AS a WHERE a.application_id = :application "
    "AND a.subject = 'person' AND a.subject_id = p.id) "
    "OR (SELECT count(*) FROM (SELECT 1 AS one FROM membership AS m JOIN assignment AS a "
    "ON a.application_id = :application AND a.subject = 'group' AND a.subject_id = m.group_id "
    "WHERE m.person_id = p.id LIMIT 1) AS n) = 1)"
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

#: Members who have an id there and are active: whoever else is in the group waits (W82, W151). CROSS JOIN, so that
#: SQLite begins with the group's members: left to itself it looks through every user of the application.
_WANTED = (
    "FROM membership AS m CROSS JOIN app_user AS u ON u.application_id = :application AND u.person_id = m.person_id "
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
    "OR (SELECT count(*) FROM (SELECT 1 AS one FROM membership AS o JOIN assignment AS a "
    "ON a.application_id = :application AND a.subject = 'group' AND a.subject_id = o.group_id "
    "WHERE o.person_id = m.person_id LIMIT 1) AS n) = 1)"
)


class Facts:
    """The part of ``vestibule.provisioning.store.ProvisioningStore`` that plans are made from."""

    database: Database

    async def people_facts(self, application_id: int, after: str = "", limit: int = 500) -> list[PersonFacts]:
        def look(connection: Statements) -> list[PersonFacts]:
            return read_facts(
                connection,
                f"{SELECT_FACTS} WHERE p.login_folded > :after AND {CONCERNED} ORDER BY p.login_folded LIMIT :limit",
                {"application": application_id, "after": after, "limit": limit},
            )

        return await self.database.scan(look)

    async def person_facts(self, application_id: int, person_id: str) -> PersonFacts:
        values = {"application": application_id, "person": person_id}
        row = await self.database.fetch_row(f"{SELECT_FACTS} WHERE p.id = :person", values)
        given = {"application": application_id, "people": json.dumps([person_id])}
        found = (
            [] if row is None else _with_assignments([row], await self.database.fetch(_ASSIGNMENTS, given))
        )
        if not found:
            raise UnknownName(f"There is no person {person_id!r} in the directory.")
        return found[0]

    async def facts_of(self, application_id: int, person_ids: Sequence[str]) -> list[PersonFacts]:
        given = {"application": application_id, "people": json.dumps(list(person_ids))}
        rows = await self.database.fetch(FACTS_OF, given)
        return _with_assignments(rows, await self.database.fetch(_ASSIGNMENTS, given)) if rows else []

    async def push_facts(self, application_id: int, group_id: str | None = None) -> list[PushFacts]:
        def look(connection: Statements) -> list[PushFacts]:
            rows = connection.rows(
                f"{SELECT_PUSHED} FROM push_group AS g JOIN source_group AS s ON s.id = g.group_id "
                "WHERE g.application_id = :application AND (CAST(:group AS text) IS NULL OR g.group_id = :group) "
                "ORDER BY s.name_folded",
                {"application": application_id, "group": group_id},
            )
            return [push_facts(connection, application_id, row) for row in rows]

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
        await self.database.write(lambda connection: write_app_user(connection, application_id, app_user))

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


def read_facts(connection: Statements, sql: str, values: Mapping[str, object]) -> list[PersonFacts]:
    """The facts of the people whom a statement gives, by ``SELECT_FACTS``."""
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
        row[9],
    )


def write_app_user(connection: Statements, application_id: int, user: AppUser) -> None:
    """Keep a counterpart as it is."""
    connection.change(
        f"INSERT INTO app_user (application_id, {_APP_USER}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
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
            user.inactive_since,
        ),
    )


def push_facts(connection: Statements, application_id: int, row: Row, *, counted: bool = True) -> PushFacts:
    """From the columns of ``SELECT_PUSHED``; not ``counted``, nothing is said of the members."""
    values = {"application": application_id, "group": row[0]}
    # A group that left the directory sends nothing: emptying a team over there is nobody's guess to make.
    state = PushState.PAUSED if row[8] and row[2] == PushState.ACTIVE else PushState(row[2])
    group = PushGroup(
        row[0], row[1], state, row[3], row[4], bool(row[5]), row[6], row[7], row[9], bool(row[10]), row[11]
    )
    if not counted:
        return PushFacts(group, left_directory=bool(row[8]))
    to_add, to_remove, without_id = (
        connection.value(f"SELECT count(*) {condition}", values)
        for condition in (TO_ADD, TO_REMOVE, WITHOUT_ID)
    )
    return PushFacts(group, to_add, to_remove, without_id, left_directory=bool(row[8]))
