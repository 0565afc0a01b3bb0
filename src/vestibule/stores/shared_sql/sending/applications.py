"""Applications, with their mapping, assignments and push groups. Tokens are sealed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from vestibule.key_ring import KeyRing
from vestibule.profiles.shelf import StoredProfile
from vestibule.provisioning.application import Application, Connection, Mode, Operation, SignOn
from vestibule.provisioning.assignment import Assignment, Subject
from vestibule.provisioning.mapping import AppliesOn, DataType, MappingRow
from vestibule.provisioning.push_group import PushGroup
from vestibule.provisioning.store import ChangedMeanwhile, NameTaken, UnknownName
from vestibule.stores.shared_sql.sending.statements import Database, Row, Statements

_COLUMNS = (
    "name, name_folded, profile, mode, connector, base_url, token, authentication, operations, username_format, "
    "unique_identifier, as_okta, update_username, pushes_groups, member_batch, quarantined, catalogue, enabled, "
    "sign_on, sign_on_email, token_url, client_id, scope"
)
_MAPPING = "variable, external_name, namespace, expression, label, type, applies_on, scope, required, enum"
_SELECT_MAPPING = f"SELECT {_MAPPING} FROM mapping WHERE application_id = ? ORDER BY position"


class Applications:
    """``vestibule.provisioning.store.ApplicationStore``."""

    database: Database
    keys: KeyRing

    async def add_application(self, application: Application, rows: Sequence[MappingRow]) -> Application:
        def work(connection: Statements) -> int:
            marks = ", ".join("?" * len(_COLUMNS.split(", ")))
            added: int | None = connection.value(
                f"INSERT INTO application ({_COLUMNS}) VALUES ({marks}) ON CONFLICT (name_folded) DO NOTHING RETURNING id",
                self._values(application, 0),
            )
            if added is None:
                raise NameTaken(
                    f"There is an application {application.name!r} already. Give it another name."
                )
            # The token is bound to its row, whose number is known only now.
            self._update(connection, replace(application, id=added))
            _write_mapping(connection, added, rows)
            return added

        return replace(application, id=await self.database.write(work))

    async def change_application(self, application: Application, *, seen: Application | None = None) -> None:
        def work(connection: Statements) -> None:
            if seen is not None:
                row = connection.row(
                    f"SELECT id, {_COLUMNS} FROM application WHERE id = ?", (application.id,)
                )
                if row is None or replace(self._read(row), quarantined="") != replace(seen, quarantined=""):
                    raise _changed(seen.name)
            taken = connection.row(
                "SELECT 1 FROM application WHERE name_folded = ? AND id <> ?",
                (application.name.casefold(), application.id),
            )
            if taken is not None:
                raise NameTaken(
                    f"There is an application {application.name!r} already. Give it another name."
                )
            self._update(connection, application)

        await self.database.write(work)

    async def quarantine(self, application_id: int, reason: str) -> None:
        values = (reason, application_id)
        await self.database.write(
            lambda connection: connection.change(
                "UPDATE application SET quarantined = ? WHERE id = ?", values
            )
        )

    async def application(self, name: str) -> Application:
        row = await self.database.fetch_row(
            f"SELECT id, {_COLUMNS} FROM application WHERE name_folded = ?", (name.casefold(),)
        )
        if row is None:
            names = ", ".join(known.name for known in await self.applications()) or "none"
            raise UnknownName(f"There is no application {name!r}. There are: {names}.")
        return self._read(row)

    async def applications(self) -> list[Application]:
        rows = await self.database.fetch(f"SELECT id, {_COLUMNS} FROM application ORDER BY name_folded")
        return [self._read(row) for row in rows]

    async def mapping(self, application_id: int) -> tuple[MappingRow, ...]:
        rows = await self.database.fetch(_SELECT_MAPPING, (application_id,))
        return tuple(_mapping_row(row) for row in rows)

    async def set_mapping(
        self, application_id: int, rows: Sequence[MappingRow], *, seen: Sequence[MappingRow] | None = None
    ) -> None:
        def work(connection: Statements) -> None:
            if seen is not None:
                found = connection.rows(_SELECT_MAPPING, (application_id,))
                if [_mapping_row(row) for row in found] != list(seen):
                    raise _changed("The mapping")
            _write_mapping(connection, application_id, rows)

        await self.database.write(work)

    async def assign(self, application_id: int, assignments: Sequence[Assignment]) -> int:
        def work(connection: Statements) -> int:
            return connection.count_many(
                "INSERT INTO assignment (application_id, subject, subject_id, priority, attribute_values, "
                "before_provisioning) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (application_id, subject, subject_id) DO UPDATE SET "
                "priority = excluded.priority, attribute_values = excluded.attribute_values "
                "WHERE assignment.priority != excluded.priority "
                "OR assignment.attribute_values != excluded.attribute_values",
                [
                    (
                        application_id,
                        assignment.subject,
                        assignment.subject_id,
                        assignment.priority,
                        json.dumps(dict(assignment.values), ensure_ascii=False, sort_keys=True),
                        assignment.before_provisioning,
                    )
                    for assignment in assignments
                ],
            )

        return await self.database.write(work)

    async def unassign(self, application_id: int, subject: Subject, subject_ids: Sequence[str]) -> int:
        def work(connection: Statements) -> int:
            return connection.count_many(
                "DELETE FROM assignment WHERE application_id = ? AND subject = ? AND subject_id = ?",
                [(application_id, subject, subject_id) for subject_id in subject_ids],
            )

        return await self.database.write(work)

    async def assignments(self, application_id: int) -> list[Assignment]:
        rows = await self.database.fetch(
            "SELECT subject, subject_id, priority, attribute_values, before_provisioning FROM assignment "
            "WHERE application_id = ? ORDER BY subject, priority, subject_id",
            (application_id,),
        )
        return [read_assignment(row) for row in rows]

    async def provision_held(self, application_id: int, person_id: str | None = None) -> int:
        """A group's assignment stays held for its other members: the person gets one of their own."""

        def work(connection: Statements) -> int:
            if person_id is None:
                return connection.change(
                    "UPDATE assignment SET before_provisioning = 0 "
                    "WHERE application_id = ? AND before_provisioning = 1",
                    (application_id,),
                )
            return connection.change(
                "UPDATE assignment SET before_provisioning = 0 WHERE application_id = ? "
                "AND subject = 'person' AND subject_id = ? AND before_provisioning = 1",
                (application_id, person_id),
            )

        return await self.database.write(work)

    async def keep_profile(self, profile: StoredProfile) -> None:
        values = (profile.name, profile.version, profile.text, profile.stored_at)
        await self.database.write(
            lambda connection: connection.change(
                "INSERT INTO profile (name, version, text, stored_at) VALUES (?, ?, ?, ?) ON CONFLICT (name) "
                "DO UPDATE SET version = excluded.version, text = excluded.text, stored_at = excluded.stored_at",
                values,
            )
        )

    async def stored_profile(self, name: str, version: int | None = None) -> StoredProfile | None:
        row = await self.database.fetch_row(
            "SELECT name, version, text, stored_at FROM profile WHERE name = ? AND (CAST(? AS integer) IS NULL OR version = ?)",
            (name, version, version),
        )
        return StoredProfile(*row) if row else None

    async def stored_profiles(self) -> list[StoredProfile]:
        rows = await self.database.fetch("SELECT name, version, text, stored_at FROM profile ORDER BY name")
        return [StoredProfile(*row) for row in rows]

    async def put_push_group(self, application_id: int, group: PushGroup) -> None:
        await self.database.write(lambda connection: write_push_group(connection, application_id, group))

    async def drop_push_group(self, application_id: int, group_id: str) -> None:
        def work(connection: Statements) -> None:
            for table in ("pushed_member", "push_group"):
                connection.change(
                    f"DELETE FROM {table} WHERE application_id = ? AND group_id = ?",
                    (application_id, group_id),
                )

        await self.database.write(work)

    def _values(self, application: Application, id: int) -> tuple[object, ...]:
        connection = application.connection
        return (
            application.name,
            application.name.casefold(),
            application.profile,
            application.mode,
            application.connector,
            connection.base_url if connection else None,
            self.keys.seal(connection.token, *_token_place(id)) if connection else None,
            connection.authentication if connection else "bearer",
            " ".join(sorted(application.operations)),
            application.username_format,
            application.unique_identifier,
            application.as_okta,
            application.update_username,
            application.pushes_groups,
            application.member_batch,
            application.quarantined,
            application.catalogue,
            application.enabled,
            application.sign_on,
            application.sign_on_email,
            connection.token_url if connection else "",
            connection.client_id if connection else "",
            connection.scope if connection else "",
        )

    def _update(self, connection: Statements, application: Application) -> None:
        columns = ", ".join(f"{name} = ?" for name in _COLUMNS.split(", "))
        connection.change(
            f"UPDATE application SET {columns} WHERE id = ?",
            (*self._values(application, application.id), application.id),
        )

    def _read(self, row: Row) -> Application:
        connection = None
        if row[6] is not None:
            token = self.keys.open(row[7], *_token_place(row[0]))
            connection = Connection(row[6], token, row[8], *row[21:24])
        return Application(
            id=row[0],
            name=row[1],
            profile=row[3],
            mode=Mode(row[4]),
            connector=row[5],
            connection=connection,
            operations=frozenset(Operation(word) for word in row[9].split()),
            username_format=row[10],
            unique_identifier=row[11],
            as_okta=bool(row[12]),
            update_username=bool(row[13]),
            pushes_groups=bool(row[14]),
            member_batch=row[15],
            quarantined=row[16],
            catalogue=row[17],
            enabled=bool(row[18]),
            sign_on=SignOn(row[19]),
            sign_on_email=row[20],
        )


def _changed(what: str) -> ChangedMeanwhile:
    return ChangedMeanwhile(f"{what} was changed by somebody else meanwhile. Nothing was saved.")


def _mapping_row(row: Row) -> MappingRow:
    return MappingRow(
        variable=row[0],
        external_name=row[1],
        namespace=row[2],
        expression=row[3],
        label=row[4],
        type=DataType(row[5]),
        applies_on=AppliesOn(row[6]),
        scope=row[7],
        required=bool(row[8]),
        enum=tuple(json.loads(row[9])),
    )


def read_assignment(row: Row) -> Assignment:
    """From the columns subject, subject_id, priority, attribute_values, before_provisioning."""
    return Assignment(Subject(row[0]), row[1], row[2], json.loads(row[3]), bool(row[4]))


def write_push_group(connection: Statements, application_id: int, group: PushGroup) -> None:
    """Keep a push group as it is. Its name is the directory's and is not kept here."""
    connection.change(
        "INSERT INTO push_group (application_id, group_id, state, external_id, name_sent, full_push, "
        "fault, fault_hash, link_name, keep_name, rule_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (application_id, group_id) DO UPDATE SET state = excluded.state, "
        "external_id = excluded.external_id, name_sent = excluded.name_sent, full_push = excluded.full_push, "
        "fault = excluded.fault, fault_hash = excluded.fault_hash, link_name = excluded.link_name, "
        "keep_name = excluded.keep_name, rule_id = excluded.rule_id",
        (
            application_id,
            group.group_id,
            group.state,
            group.external_id,
            group.name_sent,
            group.full_push,
            group.fault,
            group.fault_hash,
            group.link_name,
            group.keep_name,
            group.rule_id,
        ),
    )


def _token_place(id: int) -> tuple[str, ...]:
    return "application", str(id), "token"


def _write_mapping(connection: Statements, application_id: int, rows: Sequence[MappingRow]) -> None:
    connection.change("DELETE FROM mapping WHERE application_id = ?", (application_id,))
    connection.change_many(
        f"INSERT INTO mapping (application_id, position, {_MAPPING}) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                application_id,
                position,
                row.variable,
                row.external_name,
                row.namespace,
                row.expression,
                row.label,
                row.type,
                row.applies_on,
                row.scope,
                row.required,
                json.dumps(row.enum, ensure_ascii=False),
            )
            for position, row in enumerate(rows)
        ],
    )
