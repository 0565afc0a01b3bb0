"""SQLite's way to say what the filter compiler asks for."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from vestibule.scim.attribute import Type
from vestibule.scim.filter.resolved import SearchValue


class SqliteDialect:
    """JSON1 functions; text compares by code points under SQLite's own BINARY collation.

    LIKE is not used: it takes case and wildcards its own way.
    """

    def placeholder(self, number: int) -> str:
        return f"?{number}"

    def value(self, value: SearchValue) -> Any:
        return float(value) if isinstance(value, Decimal) else value

    def scalar(self, document: str, keys: Sequence[str], type: Type) -> str:
        return f"json_extract({document}, {_path(keys)})" if keys else document

    def among(self, column: str, select: str) -> str:
        return f"{column} IN ({select})"

    def apart(self, column: str) -> str:
        return f"+{column}"

    def elements(self, document: str, keys: Sequence[str], alias: str) -> str:
        return f"json_each({document}, {_path(keys)}) {alias}"

    def element(self, alias: str) -> str:
        return f"{alias}.value"

    def position(self, alias: str) -> str:
        return f"{alias}.key"

    def text(self, sql: str) -> str:
        return sql

    def find_anew(self, profile_version: int, found: str) -> str:
        return (
            f"(CASE WHEN r.profile_version IN ({profile_version:d}, {-profile_version:d}) THEN r.find "
            "ELSE find_anew(r.type, r.doc) END)"
        )

    def contains(self, text: str, part: str) -> str:
        return f"instr({text}, {part}) > 0"

    def starts(self, text: str, part: str, length: int) -> str:
        return f"substr({text}, 1, {length}) = {part}"

    def ends(self, text: str, part: str, length: int) -> str:
        return f"substr({text}, -{length}) = {part}"


def _path(keys: Sequence[str]) -> str:
    """A JSON path as an SQL literal. Attribute names and URNs hold no double quote."""
    path = "$" + "".join(f'."{key}"' for key in keys)
    return "'" + path.replace("'", "''") + "'"
