"""A read-only SQL connection (SQLite, PostgreSQL): one named query each for people, groups and memberships."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from vestibule.provisioning.reading import Fault, Names, UnreadableSource, in_order
from vestibule.provisioning.source import Reading
from vestibule.refused import Refused
from vestibule.sources.kind import SourceKind, secret, setting
from vestibule.sources.objects import Collected

#: A query that takes longer is ended.
_SECONDS = 300
_MOST_ROWS = 5_000_000
#: What the columns of each query must be called; people may have more.
_COLUMNS = {
    "people": ("login", "email"),
    "groups": ("name",),
    "memberships": ("group", "login"),
    "nested": ("group", "member"),
}


@dataclass(frozen=True, slots=True)
class SqlSettings:
    """Where the database is and what is asked of it."""

    url: str = setting("sqlite:////absolute/path or postgresql://user@host/database; without a password")
    people: str = setting("the query for people; its columns are login, email and further attributes")
    groups: str = setting("the query for groups; its columns are name, and id and description if any", "")
    memberships: str = setting('the query for memberships; its columns are "group" (its id) and login', "")
    nested: str = setting('the query for groups in groups; its columns are "group" and member', "")
    password: str = secret("the password", "")


class SqlSource:
    """Queries on a connection that cannot write: by the connection itself, whatever the query says."""

    def __init__(self, settings: SqlSettings) -> None:
        self._settings = settings
        scheme = settings.url.partition("://")[0]
        if scheme not in ("sqlite", "postgresql", "postgres"):
            raise Refused(
                f"The source's url is sqlite:////absolute/path or postgresql://…, not {scheme}://…."
            )
        parts = urlsplit(settings.url)
        if parts.password or "password=" in parts.query:
            raise Refused(
                "The source's url holds a password: take it out, and set password to env:NAME or file:PATH."
            )
        self._run = self._on_sqlite if scheme == "sqlite" else self._on_postgresql

    async def read(self) -> tuple[Reading, list[Fault]]:
        """All queries in one snapshot. Raises UnreadableSource."""
        queries = {name: text for name in _COLUMNS if (text := getattr(self._settings, name))}
        collected = Collected(Names("query people", "query groups", "query memberships", "query nested"))
        for name, (columns, rows) in (await self._run(queries)).items():
            missing = [column for column in _COLUMNS[name] if column not in columns]
            if missing:
                raise UnreadableSource(
                    f"The query {name} has the columns {', '.join(columns)}; missing: {', '.join(missing)}."
                )
            add = _TAKES[name](collected)
            for number, row in enumerate(rows, start=1):
                add(dict(zip(columns, map(_plain, row), strict=True)), number)
        reading = collected.reading()
        return reading, in_order(collected.faults)

    async def _on_sqlite(self, queries: dict[str, str]) -> Answers:
        return await asyncio.to_thread(self._ask_sqlite, queries)

    def _ask_sqlite(self, queries: dict[str, str]) -> Answers:
        path = Path(self._settings.url.removeprefix("sqlite:///"))
        if not path.is_absolute():
            raise UnreadableSource("The source's url names no absolute path: use sqlite:////absolute/path.")
        found: Answers = {}
        doing = "opening it"
        try:
            address = f"file:{quote(str(path))}?mode=ro"
            with closing(sqlite3.connect(address, uri=True, timeout=30, isolation_level=None)) as connection:
                connection.execute("PRAGMA query_only = 1").fetchall()
                connection.execute("BEGIN").fetchall()
                for name, text in queries.items():
                    doing = f"the query {name}"
                    cursor = connection.execute(text)
                    columns = [column[0] for column in cursor.description or ()]
                    found[name] = columns, _bounded(cursor.fetchmany(_MOST_ROWS + 1), name)
        except (sqlite3.Error, sqlite3.Warning) as fault:
            raise UnreadableSource(f"{path.name}: {doing} failed: {fault}") from None
        return found

    async def _on_postgresql(self, queries: dict[str, str]) -> Answers:
        asyncpg: Any = import_module("asyncpg")
        found: Answers = {}
        host = urlsplit(self._settings.url).hostname or "the database"
        doing = "connecting"
        connection = None
        try:
            connection = await asyncpg.connect(
                self._settings.url,
                password=self._settings.password or None,
                timeout=30,
                command_timeout=_SECONDS,
                statement_cache_size=0,
                server_settings={
                    "default_transaction_read_only": "on",
                    "statement_timeout": str(_SECONDS * 1000),
                    "application_name": "vestibule directory import",
                },
            )
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                for name, text in queries.items():
                    doing = f"the query {name}"
                    statement = await connection.prepare(text)
                    columns = [attribute.name for attribute in statement.get_attributes()]
                    rows = [tuple(row.values()) for row in await statement.fetch()]
                    found[name] = columns, _bounded(rows, name)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
            said = str(fault) or type(fault).__name__
            if self._settings.password:
                said = said.replace(self._settings.password, "[redacted]")
            raise UnreadableSource(f"{host}: {doing} failed: {said}") from None
        finally:
            if connection is not None:
                await connection.close(timeout=10)
        return found


Answers = dict[str, tuple[list[str], Sequence[Sequence[Any]]]]
_Take = Callable[[dict[str, Any], int], None]


def _bounded(rows: Sequence[Sequence[Any]], name: str) -> Sequence[Sequence[Any]]:
    if len(rows) > _MOST_ROWS:
        raise UnreadableSource(f"The query {name} gives more than {_MOST_ROWS} rows.")
    return rows


def _plain(value: Any) -> Any:
    """Dates, numbers and identifiers as text; bytes stay what they are, and are refused with their row."""
    if value is None or isinstance(value, str | bool | int | float | list | bytes):
        return value
    return str(value)


def _people(collected: Collected) -> _Take:
    return lambda told, line: collected.person(told, line=line)


def _groups(collected: Collected) -> _Take:
    return lambda told, line: collected.group(
        {**told, "id": str(told["id"])} if told.get("id") is not None else told, line=line
    )


def _memberships(collected: Collected) -> _Take:
    return lambda told, line: collected.membership(_key(told["group"]), _key(told["login"]), line=line)


def _nested(collected: Collected) -> _Take:
    return lambda told, line: collected.nested(_key(told["group"]), _key(told["member"]), line=line)


def _key(value: Any) -> str:
    return "" if value is None else str(value)


_TAKES: dict[str, Callable[[Collected], _Take]] = {
    "people": _people,
    "groups": _groups,
    "memberships": _memberships,
    "nested": _nested,
}

SOURCE = SourceKind("a SQL database", SqlSettings, SqlSource, address="url")
