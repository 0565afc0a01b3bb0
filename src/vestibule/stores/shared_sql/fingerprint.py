"""A hash of a table that does not depend on the store: the same rows give the same, in whatever order they come.

Each row is a JSON array of its columns in the order of their names: numbers and text as they are,
truth as 1 and 0, bytes in hexadecimal, JSON with its keys sorted and its numbers in one form. The
fingerprint is the sum of the SHA-256 of all rows, modulo 2^256.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any

import orjson

_MODULUS = 1 << 256
#: A number with more digits in front of its point stays text.
_MOST_DIGITS = 400


class Fingerprint:
    """Gathers rows. ``json_at`` are the places of the columns that hold JSON."""

    __slots__ = ("_json_at", "_sum", "rows")

    def __init__(self, json_at: Sequence[int] = ()) -> None:
        self.rows = 0
        self._sum = 0
        self._json_at = tuple(json_at)

    def add(self, row: Sequence[Any]) -> None:
        """One row, its columns in the order of their names."""
        values = [_plain(value) for value in row]
        for at in self._json_at:
            if values[at] is not None:
                values[at] = canonical_json(values[at])
        self._sum += int.from_bytes(sha256(orjson.dumps(values)).digest())
        self.rows += 1

    @property
    def sha256(self) -> str:
        """64 hexadecimal digits; zeros where there was no row."""
        return f"{self._sum % _MODULUS:064x}"


def canonical_json(text: str | bytes) -> str:
    """JSON in the one form in which equal values are equal text; PostgreSQL writes 1e2 as 100, and keys in its order."""
    value = json.loads(text, parse_float=_number)
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _number(text: str) -> Any:
    number = Decimal(text)
    if number.adjusted() > _MOST_DIGITS:
        return text
    return int(number) if number == number.to_integral_value() else float(number)


def _plain(value: Any) -> Any:
    if value is None or value.__class__ is str or value.__class__ is int:
        return value
    if value.__class__ is bool:
        return int(value)
    return value.hex() if isinstance(value, bytes) else value
