"""The company's own directory."""

from __future__ import annotations

import json
from collections.abc import Iterable

from vestibule.provisioning.source import (
    Elsewhere,
    Known,
    Person,
    SourceChange,
    SourceGroup,
    Status,
    fold_login,
)
from vestibule.provisioning.store import UnknownName
from vestibule.stores.shared_sql.sending.person_text import renew
from vestibule.stores.shared_sql.sending.statements import Database, Row, Statements

_PERSON = "SELECT id, login, attributes, status FROM person"
_GROUP = "SELECT id, key, name, description FROM source_group"
_PAIRS = (
    "SELECT m.group_id, m.{0} FROM {1} AS m JOIN source_group AS g ON g.id = m.group_id WHERE g.source = ?"
)


def read_person(row: Row) -> Person:
    """A person from the columns id, login, attributes, status."""
    return Person(row[0], row[1], json.loads(row[2]), Status(row[3]))


class DirectorySource:
    """``vestibule.provisioning.store.DirectorySourceStore``."""

    database: Database

    async def known(self, source: str = "") -> Known:
        def look(connection: Statements) -> Known:
            told = connection.rows(
                f"{_PERSON} WHERE source = ? OR status = ?", (source, Status.DEPROVISIONED)
            )
            people = (read_person(row) for row in told)
            groups = (
                SourceGroup(*row)
                for row in connection.rows(f"{_GROUP} WHERE gone = 0 AND source = ?", (source,))
            )
            return Known(
                {fold_login(person.login): person for person in people},
                {group.key: group for group in groups},
                frozenset(connection.rows(_PAIRS.format("person_id", "membership"), (source,))),
                frozenset(connection.rows(_PAIRS.format("member_id", "nested_group"), (source,))),
            )

        return await self.database.scan(look)

    async def elsewhere(self, source: str = "") -> Elsewhere:
        def look(connection: Statements) -> Elsewhere:
            groups = connection.rows(
                "SELECT key, name_folded, source FROM source_group WHERE source <> ? AND gone = 0", (source,)
            )
            return Elsewhere(
                dict(
                    connection.rows(
                        "SELECT login_folded, source FROM person WHERE source <> ? AND status <> ?",
                        (source, Status.DEPROVISIONED),
                    )
                ),
                {key: owner for key, _, owner in groups},
                {name: owner for _, name, owner in groups},
            )

        return await self.database.scan(look)

    async def apply_source(self, change: SourceChange) -> None:
        await self.database.write(lambda connection: _apply(connection, change), is_long=True)

    async def people(self, after: str = "", limit: int = 500) -> list[Person]:
        rows = await self.database.fetch(
            f"{_PERSON} WHERE login_folded > ? ORDER BY login_folded LIMIT ?", (after, limit)
        )
        return [read_person(row) for row in rows]

    async def person(self, login: str) -> Person:
        row = await self.database.fetch_row(f"{_PERSON} WHERE login_folded = ?", (fold_login(login),))
        row = row or await self.database.fetch_row(f"{_PERSON} WHERE id = ?", (login,))
        if row is None:
            raise UnknownName(
                f"There is no person {login!r} in the directory. See: vestibule directory list."
            )
        return read_person(row)

    async def source_groups(self) -> list[tuple[SourceGroup, int]]:
        rows = await self.database.fetch(
            "SELECT id, key, name, description, "
            "(SELECT count(*) FROM membership WHERE group_id = source_group.id) "
            "FROM source_group WHERE gone = 0 ORDER BY name_folded"
        )
        return [(SourceGroup(*row[:4]), row[4]) for row in rows]

    async def group_names(self) -> dict[str, str]:
        rows = await self.database.fetch("SELECT id, name FROM source_group WHERE gone = 0")
        return {row[0]: row[1] for row in rows}

    async def nested_groups(self) -> list[tuple[str, str]]:
        return [
            (outer, inner)
            for outer, inner in await self.database.fetch(
                "SELECT group_id, member_id FROM nested_group ORDER BY group_id, member_id"
            )
        ]

    async def source_group(self, name: str, *, even_gone: bool = False) -> SourceGroup:
        for condition, value in (("name_folded = ?", name.casefold()), ("key = ?", name), ("id = ?", name)):
            row = await self.database.fetch_row(
                f"{_GROUP} WHERE {condition} AND gone <= ? ORDER BY gone LIMIT 1", (value, even_gone)
            )
            if row is not None:
                return SourceGroup(*row)
        raise UnknownName(f"There is no group {name!r} in the directory. See: vestibule directory groups.")

    async def groups_of(self, person_id: str) -> list[str]:
        rows = await self.database.fetch(
            "SELECT g.name FROM membership AS m JOIN source_group AS g ON g.id = m.group_id "
            "WHERE m.person_id = ? ORDER BY g.name_folded",
            (person_id,),
        )
        return [name for (name,) in rows]


def _apply(connection: Statements, change: SourceChange) -> None:
    changed = (*change.people_changed, *change.people_gone)
    # Two people may swap logins: take all out of the way before any gets its new one.
    connection.change_many(
        "UPDATE person SET login_folded = ' ' || id WHERE id = ?", [(person.id,) for person in changed]
    )
    connection.change_many(
        "INSERT INTO person (id, login, login_folded, attributes, status, source) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET login = excluded.login, login_folded = excluded.login_folded, "
        "attributes = excluded.attributes, status = excluded.status, source = excluded.source",
        list(_person_rows((*changed, *change.people_added), change.source)),
    )
    renew(connection)
    connection.change_many(
        "INSERT INTO source_group (id, key, name, name_folded, description, source) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (key) DO UPDATE SET name = excluded.name, name_folded = excluded.name_folded, "
        "description = excluded.description, source = excluded.source, gone = 0",
        [
            (group.id, group.key, group.name, group.name.casefold(), group.description, change.source)
            for group in (*change.groups_added, *change.groups_changed)
        ],
    )
    gone = [(group.id,) for group in change.groups_gone]
    connection.change_many("UPDATE source_group SET gone = 1 WHERE id = ?", gone)
    for statement in (
        "DELETE FROM membership WHERE group_id = ?",
        "DELETE FROM nested_group WHERE group_id = ?",
        "DELETE FROM nested_group WHERE member_id = ?",
    ):
        connection.change_many(statement, gone)
    connection.change_many(
        "DELETE FROM membership WHERE group_id = ? AND person_id = ?", sorted(change.members_removed)
    )
    kept = _ids_kept(connection, change.groups_added)
    connection.change_many(
        "INSERT INTO membership (group_id, person_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        sorted((kept.get(group, group), person) for group, person in change.members_added),
    )
    connection.change_many(
        "DELETE FROM nested_group WHERE group_id = ? AND member_id = ?", sorted(change.nested_removed)
    )
    connection.change_many(
        "INSERT INTO nested_group (group_id, member_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        sorted((kept.get(outer, outer), kept.get(inner, inner)) for outer, inner in change.nested_added),
    )


def _ids_kept(connection: Statements, groups: Iterable[SourceGroup]) -> dict[str, str]:
    """A group that had left and is back has the id that it had: by the id that was made for it now."""
    kept = {}
    for group in groups:
        for (id,) in connection.rows("SELECT id FROM source_group WHERE key = ?", (group.key,)):
            kept[group.id] = id
    return kept


def _person_rows(people: Iterable[Person], source: str) -> Iterable[tuple[str, ...]]:
    for person in people:
        attributes = json.dumps(dict(person.attributes), ensure_ascii=False, sort_keys=True)
        yield person.id, person.login, fold_login(person.login), attributes, person.status, source
