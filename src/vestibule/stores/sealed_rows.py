"""``SealedValues`` over either side's database: what ``shared_sql.sealed`` declares, read and written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vestibule.directory.change import AuditEntry
from vestibule.rotating import KeysChanged, SealedValue
from vestibule.stores.linking_rows import Answers
from vestibule.stores.shared_sql.asking import Asking, ask
from vestibule.stores.shared_sql.sealed import RECEIVING_SEALED, SENDING_SEALED, SealedColumn

if TYPE_CHECKING:
    from vestibule.stores.shared_sql.sending.statements import Database, Statements


class SealedRows:
    """The receiving side's."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._columns = {one.name: one for one in RECEIVING_SEALED}

    @property
    def columns(self) -> Sequence[str]:
        """Their names."""
        return tuple(self._columns)

    async def after(self, column: str, row: tuple[Any, ...] | None, limit: int) -> Sequence[SealedValue]:
        """The next ones."""
        declared = self._columns[column]
        return await self._answers.read(lambda: _after(declared, row, limit))

    async def put(self, column: str, value: SealedValue, sealed: bytes) -> bool:
        """In its place."""
        declared = self._columns[column]
        return await self._answers.write(lambda: _put(declared, value, sealed))

    async def change_key(self, use: str, before: str, after: str, audit: AuditEntry, at: str) -> None:
        """Keep ``after`` as the installation's key of that use in place of ``before``. ``KeysChanged``."""
        await self._answers.write(lambda: _change_key(f"key:{use}", before, after), None, audit, at)


class SealedApplications:
    """The sending side's."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._columns = {one.name: one for one in SENDING_SEALED}

    @property
    def columns(self) -> Sequence[str]:
        """Their names."""
        return tuple(self._columns)

    async def after(self, column: str, row: tuple[Any, ...] | None, limit: int) -> Sequence[SealedValue]:
        """The next ones."""
        declared = self._columns[column]
        sql, parameters = _select(declared, row, limit, lambda _: "?")
        return [_value(declared, found) for found in await self._database.fetch(sql, parameters)]

    async def put(self, column: str, value: SealedValue, sealed: bytes) -> bool:
        """In its place."""
        declared = self._columns[column]

        def work(connection: Statements) -> int:
            where = " AND ".join(f"{name} = ?" for name in declared.key)
            return connection.change(
                f"UPDATE {declared.table} SET {declared.column} = ? WHERE {where} AND {declared.column} = ?",
                (sealed, *value.row, value.sealed),
            )

        return bool(await self._database.write(work))


def _select(
    declared: SealedColumn, row: tuple[Any, ...] | None, limit: int, placeholder: Any
) -> tuple[str, tuple[Any, ...]]:
    key = ", ".join(declared.key)
    where, parameters = f"{declared.column} IS NOT NULL", list(row or ())
    if declared.of:
        where += f" AND {declared.of}"
    if row is not None:
        places = ", ".join(placeholder(number) for number in range(1, len(row) + 1))
        where += f" AND ({key}) > ({places})"
    parameters.append(limit)
    sql = (
        f"SELECT {key}, {declared.column} FROM {declared.table} WHERE {where} ORDER BY {key} "
        f"LIMIT {placeholder(len(parameters))}"
    )
    return sql, tuple(parameters)


def _value(declared: SealedColumn, found: Sequence[Any]) -> SealedValue:
    *row, sealed = found
    return SealedValue(tuple(row), declared.bound_to(row), bytes(sealed))


def _after(declared: SealedColumn, row: tuple[Any, ...] | None, limit: int) -> Asking[list[SealedValue]]:
    sql, parameters = _select(declared, row, limit, lambda number: f"${number}")
    rows = yield ask(sql, *parameters)
    return [_value(declared, found) for found in rows]


def _put(declared: SealedColumn, value: SealedValue, sealed: bytes) -> Asking[bool]:
    where = " AND ".join(f"{name} = ${number}" for number, name in enumerate(declared.key, start=3))
    changed = yield ask(
        f"UPDATE {declared.table} SET {declared.column} = $1 WHERE {declared.column} = $2 AND {where} RETURNING 1",
        sealed,
        value.sealed,
        *value.row,
    )
    return bool(changed)


def _change_key(name: str, before: str, after: str) -> Asking[None]:
    sql = "UPDATE setting SET value = $1 WHERE name = $2 AND value = $3 RETURNING 1"
    if not (yield ask(sql, after, name, before)):
        raise KeysChanged()
