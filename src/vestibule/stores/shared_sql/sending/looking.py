"""What the console shows page by page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from vestibule.provisioning.assignment import Assignment
from vestibule.provisioning.logo import Logo
from vestibule.provisioning.looking import PushedGroup
from vestibule.provisioning.plan import PersonFacts
from vestibule.provisioning.source import Person, SourceGroup
from vestibule.stores.shared_sql.sending.applications import read_assignment
from vestibule.stores.shared_sql.sending.directory_source import read_person
from vestibule.stores.shared_sql.sending.facts import (
    CONCERNED,
    FACTS_OF,
    SELECT_PUSHED,
    push_facts,
    read_facts,
)
from vestibule.stores.shared_sql.sending.person_text import pattern
from vestibule.stores.shared_sql.sending.statements import Database, Statements

_PERSON = "SELECT p.id, p.login, p.attributes, p.status"
_GROUP = "SELECT g.id, g.key, g.name, g.description, (SELECT count(*) FROM membership WHERE group_id = g.id)"
#: Whoever is assigned or has an app user; some of them twice.
_CONCERNED = (
    "SELECT person_id AS id FROM app_user WHERE application_id = :application "
    "UNION ALL SELECT subject_id FROM assignment WHERE application_id = :application AND subject = 'person' "
    "UNION ALL SELECT m.person_id FROM assignment AS a CROSS JOIN membership AS m ON m.group_id = a.subject_id "
    "WHERE a.application_id = :application AND a.subject = 'group'"
)
_PEOPLE_OF = (
    f"{_PERSON} FROM json_each(:people) AS j CROSS JOIN person AS p ON p.id = j.value ORDER BY p.login_folded"
)
#: In order, but not by the index of logins, which PostgreSQL would walk in the hope that a page is soon full.
_SORTED = "t.login_folded || ''"
#: Logins by id are looked up in the narrow table beside the people: half the time of looking into theirs.
_MEMBERS_IN_ORDER = (
    "SELECT t.person_id FROM membership AS m CROSS JOIN person_text AS t ON t.person_id = m.person_id "
    f"WHERE m.group_id = :group AND t.login_folded > :after ORDER BY {_SORTED} LIMIT :limit"
)
_MEMBERS_WALKED = (
    "SELECT p.id FROM person AS p WHERE p.login_folded > :after AND EXISTS (SELECT 1 FROM membership AS m "
    "WHERE m.group_id = :group AND m.person_id = p.id) ORDER BY p.login_folded LIMIT :limit"
)
#: A group of so large a share of everybody is found by walking everybody in order.
_NEARLY_ALL = 0.9
#: Up to so many are put in order; of more, everybody is walked in order until a page is full. (100,000 people on
#: SQLite: putting 50,000 in order takes 60 ms; walking past one who is not concerned takes 3 µs.)
_FEW = 50_000
#: A page of pushed groups tells how far they are from being in step for so many members in all.
_COUNTED_MEMBERS = 2_000


class Looking:
    """``vestibule.provisioning.looking.LookingStore``."""

    database: Database

    async def people_count(self) -> int:
        rows = await self.database.scan(lambda connection: connection.rows("SELECT count(*) FROM person"))
        return int(rows[0][0])

    async def find_people(self, text: str, after: str = "", limit: int = 50) -> list[Person]:
        values = {"text": pattern(text), "after": after, "limit": limit}

        def look(connection: Statements) -> list[Person]:
            sql = (
                f"{_PERSON} FROM person_text AS t CROSS JOIN person AS p ON p.id = t.person_id "
                "WHERE t.login_folded > :after AND t.text LIKE :text ESCAPE '!' ORDER BY t.login_folded LIMIT :limit"
            )
            return [read_person(row) for row in connection.rows(sql, values)]

        return await self.database.scan(look)

    async def find_groups(self, text: str, after: str = "", limit: int = 50) -> list[tuple[SourceGroup, int]]:
        values = {"text": pattern(text), "after": after, "limit": limit}

        def look(connection: Statements) -> list[tuple[SourceGroup, int]]:
            sql = (
                f"{_GROUP} FROM source_group AS g WHERE g.gone = 0 AND g.name_folded > :after "
                "AND g.name_folded LIKE :text ESCAPE '!' ORDER BY g.name_folded LIMIT :limit"
            )
            return [(SourceGroup(*row[:4]), row[4]) for row in connection.rows(sql, values)]

        return await self.database.scan(look)

    async def groups_with_counts(self, ids: Sequence[str]) -> dict[str, tuple[SourceGroup, int]]:
        def look(connection: Statements) -> dict[str, tuple[SourceGroup, int]]:
            sql = (
                f"{_GROUP} FROM json_each(:groups) AS j CROSS JOIN source_group AS g ON g.id = j.value "
                "WHERE g.gone = 0"
            )
            rows = connection.rows(sql, {"groups": json.dumps(list(ids))})
            return {row[0]: (SourceGroup(*row[:4]), row[4]) for row in rows}

        return await self.database.scan(look)

    async def members_of(self, group_id: str, after: str = "", limit: int = 50) -> list[Person]:
        values = {"group": group_id, "after": after, "limit": limit}

        def look(connection: Statements) -> list[Person]:
            members = connection.value("SELECT count(*) FROM membership WHERE group_id = :group", values)
            everybody = connection.value("SELECT count(*) FROM person")
            sql = _MEMBERS_WALKED if members > everybody * _NEARLY_ALL else _MEMBERS_IN_ORDER
            given = {"people": json.dumps([row[0] for row in connection.rows(sql, values)])}
            return [read_person(row) for row in connection.rows(_PEOPLE_OF, given)]

        return await self.database.scan(look)

    async def find_facts(
        self, application_id: int, text: str = "", after: str = "", limit: int = 50
    ) -> list[PersonFacts]:
        values = {
            "application": application_id,
            "text": pattern(text),
            "after": after,
            "limit": limit,
            "few": _FEW + 1,
        }

        def look(connection: Statements) -> list[PersonFacts]:
            count = connection.value(
                f"SELECT count(*) FROM (SELECT id FROM ({_CONCERNED}) AS w LIMIT :few) AS n", values
            )
            if count <= _FEW:
                found = [row[0] for row in connection.rows(_put_in_order(text), values)]
            elif text:
                found = _those_who_fit(connection, values, limit)
            else:
                found = [row[0] for row in connection.rows(_WALKED, values)]
            given = {"application": application_id, "people": json.dumps(found)}
            return read_facts(connection, f"{FACTS_OF} ORDER BY p.login_folded", given)

        return await self.database.scan(look)

    async def pushed_groups(self, application_id: int, after: str = "", limit: int = 50) -> list[PushedGroup]:
        def look(connection: Statements) -> list[PushedGroup]:
            values: dict[str, object] = {"application": application_id, "after": after, "limit": limit}
            values["most"] = _COUNTED_MEMBERS + 1
            rows = connection.rows(
                f"{SELECT_PUSHED}, ({_UNDER_WAY}), s.name_folded, ({_MEMBERS_UP_TO}) "
                "FROM push_group AS g JOIN source_group AS s ON s.id = g.group_id "
                "WHERE g.application_id = :application AND s.name_folded > :after "
                "ORDER BY s.name_folded LIMIT :limit",
                values,
            )
            found, left = [], _COUNTED_MEMBERS
            for row in rows:
                is_counted = row[-1] <= left
                left -= row[-1] if is_counted else 0
                facts = push_facts(connection, application_id, row, counted=is_counted)
                found.append(PushedGroup(facts, bool(row[-3]), is_counted, row[-2]))
            return found

        return await self.database.scan(look)

    async def group_assignments(self, application_id: int) -> list[Assignment]:
        rows = await self.database.fetch(
            "SELECT subject, subject_id, priority, attribute_values, before_provisioning FROM assignment "
            "WHERE application_id = ? AND subject = 'group' ORDER BY priority, subject_id",
            (application_id,),
        )
        return [read_assignment(row) for row in rows]

    async def logo(self, application_id: int) -> Logo | None:
        row = await self.database.fetch_row(
            "SELECT media_type, content FROM application_logo WHERE application_id = ?", (application_id,)
        )
        return Logo(row[0], bytes(row[1])) if row else None

    async def put_logo(self, application_id: int, logo: Logo | None) -> None:
        def work(connection: Statements) -> None:
            connection.change("DELETE FROM application_logo WHERE application_id = ?", (application_id,))
            if logo is not None:
                connection.change(
                    "INSERT INTO application_logo (application_id, media_type, content) VALUES (?, ?, ?)",
                    (application_id, logo.media_type, logo.content),
                )

        await self.database.write(work)


_MEMBERS_UP_TO = "SELECT count(*) FROM (SELECT 1 AS one FROM membership AS m WHERE m.group_id = g.group_id LIMIT :most) AS n"
#: Whether a push is under way, or something has changed that it has to be looked at for.
_UNDER_WAY = (
    "SELECT count(*) FROM (SELECT 1 AS one FROM job AS j WHERE j.application_id = g.application_id AND j.stage = 'groups' "
    "AND j.subject_id = g.group_id AND j.state IN ('queued', 'running', 'retrying') "
    "UNION ALL SELECT 1 FROM touched AS d WHERE d.application_id = g.application_id AND d.stage = 'groups' "
    "AND d.subject_id = g.group_id) AS n"
)


_WALKED = (
    "SELECT p.id FROM person AS p LEFT JOIN app_user AS u ON u.application_id = :application "
    f"AND u.person_id = p.id WHERE p.login_folded > :after AND {CONCERNED} ORDER BY p.login_folded LIMIT :limit"
)
_FITTING = (
    "SELECT t.person_id, t.login_folded FROM person_text AS t WHERE t.login_folded > :after "
    "AND t.text LIKE :text ESCAPE '!' ORDER BY t.login_folded LIMIT :at_once"
)
_CONCERNED_AMONG = (
    "SELECT p.id FROM json_each(:people) AS j CROSS JOIN person AS p ON p.id = j.value LEFT JOIN app_user AS u "
    f"ON u.application_id = :application AND u.person_id = p.id WHERE {CONCERNED} ORDER BY p.login_folded"
)
_AT_ONCE = 1_000


def _put_in_order(text: str) -> str:
    fits = "AND t.text LIKE :text ESCAPE '!' " if text else ""
    return (
        f"SELECT DISTINCT t.person_id, {_SORTED} AS place FROM ({_CONCERNED}) AS w "
        "CROSS JOIN person_text AS t ON t.person_id = w.id "
        f"WHERE t.login_folded > :after {fits}ORDER BY place LIMIT :limit"
    )


def _those_who_fit(connection: Statements, values: Mapping[str, object], limit: int) -> list[str]:
    """Ids of a page of those who are concerned, among whom the text finds: some hundred of these at a time."""
    found: list[str] = []
    asked = {**values, "at_once": _AT_ONCE}
    while len(found) < limit and (fitting := connection.rows(_FITTING, asked)):
        among = {"application": values["application"], "people": json.dumps([row[0] for row in fitting])}
        found += [row[0] for row in connection.rows(_CONCERNED_AMONG, among)]
        asked["after"] = fitting[-1][1]
        if len(fitting) < _AT_ONCE:
            break
    return found[:limit]
