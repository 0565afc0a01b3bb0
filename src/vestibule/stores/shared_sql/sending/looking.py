"""What the console shows page by page."""

from __future__ import annotations

from vestibule.provisioning.assignment import Assignment
from vestibule.provisioning.logo import Logo
from vestibule.provisioning.plan import PersonFacts
from vestibule.provisioning.source import Person
from vestibule.stores.shared_sql.sending.applications import read_assignment
from vestibule.stores.shared_sql.sending.directory_source import read_person
from vestibule.stores.shared_sql.sending.facts import CONCERNED, SELECT_FACTS, read_facts
from vestibule.stores.shared_sql.sending.statements import Database, Statements

_PERSON = "SELECT p.id, p.login, p.attributes, p.status FROM person AS p"
_FITS = (
    "(p.login_folded LIKE :text ESCAPE '!' OR lower(p.attributes) LIKE :text ESCAPE '!' "
    "OR p.attributes LIKE :typed ESCAPE '!')"
)
_IN_ORDER = "ORDER BY p.login_folded LIMIT :limit"


class Looking:
    """``vestibule.provisioning.looking.LookingStore``."""

    database: Database

    async def people_count(self) -> int:
        rows = await self.database.scan(lambda connection: connection.rows("SELECT count(*) FROM person"))
        return int(rows[0][0])

    async def find_people(self, text: str, after: str = "", limit: int = 50) -> list[Person]:
        values = {**_patterns(text), "after": after, "limit": limit}

        def look(connection: Statements) -> list[Person]:
            sql = f"{_PERSON} WHERE p.login_folded > :after AND {_FITS} {_IN_ORDER}"
            return [read_person(row) for row in connection.rows(sql, values)]

        return await self.database.scan(look)

    async def members_of(self, group_id: str, after: str = "", limit: int = 50) -> list[Person]:
        values = {"group": group_id, "after": after, "limit": limit}

        def look(connection: Statements) -> list[Person]:
            sql = (
                f"{_PERSON} JOIN membership AS m ON m.person_id = p.id AND m.group_id = :group "
                f"WHERE p.login_folded > :after {_IN_ORDER}"
            )
            return [read_person(row) for row in connection.rows(sql, values)]

        return await self.database.scan(look)

    async def find_facts(
        self, application_id: int, text: str, after: str = "", limit: int = 50
    ) -> list[PersonFacts]:
        values = {"application": application_id, **_patterns(text), "after": after, "limit": limit}
        sql = f"{SELECT_FACTS} WHERE p.login_folded > :after AND {CONCERNED} AND {_FITS} {_IN_ORDER}"
        return await self.database.scan(lambda connection: read_facts(connection, sql, values))

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


def _patterns(text: str) -> dict[str, object]:
    """For letters that the database has no small ones of, the text as it was typed as well."""
    return {"text": _pattern(text.casefold()), "typed": _pattern(text)}


def _pattern(text: str) -> str:
    """What LIKE takes for a text in the middle; attributes are kept as JSON, where a quotation mark is escaped."""
    kept = text.replace("\\", "\\\\").replace('"', '\\"')
    for mark in "!%_":
        kept = kept.replace(mark, f"!{mark}")
    return f"%{kept}%"
