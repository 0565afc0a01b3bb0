"""PostgreSQL's way to say what the filter compiler asks for."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from vestibule.scim.attribute import Type
from vestibule.scim.filter.resolved import SearchValue

#: The SQL type of a value in a document, and the jsonb type that it must have for the cast to hold.
_CASTS = {
    Type.BOOLEAN: ("boolean", "boolean"),
    Type.INTEGER: ("number", "numeric"),
    Type.DECIMAL: ("number", "numeric"),
}


class PostgresDialect:
    """Operators of jsonb; text compares by bytes, which in UTF-8 is by code points, whatever the database's locale.

    Numbers are numeric, so that integers of 64 bits compare exactly. A float stands as its shortest
    decimal notation, which has the order of the floats.
    """

    def placeholder(self, number: int) -> str:
        return f"${number}"

    def value(self, value: SearchValue) -> Any:
        return Decimal(repr(float(value))) if isinstance(value, Decimal) else value

    def scalar(self, document: str, keys: Sequence[str], type: Type) -> str:
        found = _at(document, keys)
        cast = _CASTS.get(type)
        if cast is not None:
            kind, name = cast
            return f"(CASE jsonb_typeof({found}) WHEN '{kind}' THEN ({found})::{name} END)"
        if not keys:
            return f"(({document} #>> '{{}}') COLLATE \"C\")"
        return f'(({_at(document, keys[:-1])} ->> {_literal(keys[-1])}) COLLATE "C")'

    def among(self, column: str, select: str) -> str:
        # An array is made first, and then the index is read for each of its elements: no guess may change that.
        return f"{column} = ANY (ARRAY({select}))"

    def apart(self, column: str) -> str:
        return column

    def elements(self, document: str, keys: Sequence[str], alias: str) -> str:
        found = _at(document, keys)
        array = f"CASE jsonb_typeof({found}) WHEN 'array' THEN {found} END"
        return f"jsonb_array_elements({array}) WITH ORDINALITY AS {alias} (value, position)"

    def element(self, alias: str) -> str:
        return f"{alias}.value"

    def position(self, alias: str) -> str:
        return f"{alias}.position"

    def text(self, sql: str) -> str:
        return f'({sql} COLLATE "C")'

    def find_anew(self, profile_version: int, found: str) -> str:
        # A sub-select of its own, so that the text is parsed once and not for each row.
        return (
            f"(CASE WHEN r.profile_version IN ({profile_version:d}, {-profile_version:d}) THEN r.find "
            f"ELSE (SELECT {found}::text::jsonb) -> r.seq::text END)"
        )

    def contains(self, text: str, part: str) -> str:
        return f"strpos({text}, {part}) > 0"

    def starts(self, text: str, part: str, length: int) -> str:
        return f"starts_with({text}, {part})"

    def ends(self, text: str, part: str, length: int) -> str:
        return f"right({text}, {length}) = {part}"


def _at(document: str, keys: Sequence[str]) -> str:
    return " -> ".join((document, *map(_literal, keys)))


def _literal(key: str) -> str:
    return "'" + key.replace("'", "''") + "'"
