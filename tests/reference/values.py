"""What two values of a type have to do with each other, written from the RFCs and nothing else (the reference).

Shares no code with what it judges: of the product only the declarations (``Attribute``, ``Type``) are
read, as data.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from vestibule.scim.attribute import Attribute, Type

TEXTS = (Type.STRING, Type.REFERENCE)
NUMBERS = (Type.INTEGER, Type.DECIMAL)


@dataclass(frozen=True)
class Number:
    """A number as it stands in a filter."""

    text: str

    @property
    def value(self) -> int | float:
        """Whole numbers are exact however long; any other is a double (RFC 8259 §6)."""
        exact = Decimal(self.text)
        return int(exact) if exact == exact.to_integral_value() else float(exact)


class Refused(Exception):
    """The request must be refused, with this scimType."""


def without_case(text: str) -> str:
    """Unicode's canonical caseless form (The Unicode Standard, D145), composed for order and parts."""
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFC", decomposed)


def prepared_user_name(text: str) -> str:
    """UsernameCaseMapped without its refusals: width mapping, lower case, NFC (RFC 8265 §3.3.2)."""
    mapped = []
    for character in text:
        kind, _, rest = unicodedata.decomposition(character).partition(" ")
        mapped.append(
            "".join(chr(int(c, 16)) for c in rest.split()) if kind in ("<wide>", "<narrow>") else character
        )
    return unicodedata.normalize("NFC", "".join(mapped).lower())


def moment(text: str) -> datetime:
    """An xsd:dateTime as a point in time, to the millisecond; without an offset it is UTC.

    Raises ValueError for what is none (XML Schema part 2 §3.2.7; RFC 7643 §2.3.5).
    """
    found = re.fullmatch(
        r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,12})?([Zz]|[+-][0-9]{2}:[0-9]{2})?",
        text,
    )
    if not found:
        raise ValueError(text)
    day, time, fraction, offset = found.groups()
    hour_24 = time == "24:00:00" and not (fraction or "").strip(".0")
    at = datetime.strptime(f"{day} {'00:00:00' if hour_24 else time}", "%Y-%m-%d %H:%M:%S")
    milliseconds = int(((fraction or "")[1:] + "000")[:3])
    minutes = 0
    if offset and offset not in "Zz":
        minutes = int(offset[1:3]) * 60 + int(offset[4:6])
        if int(offset[4:6]) > 59 or minutes > 14 * 60:
            raise ValueError(text)
        minutes = -minutes if offset[0] == "-" else minutes
    try:
        return (at + timedelta(days=hour_24, minutes=-minutes, milliseconds=milliseconds)).replace(tzinfo=UTC)
    except OverflowError as fault:
        raise ValueError(text) from fault


def comparable(attribute: Attribute, value: Any, *, is_user_name: bool = False) -> Any:
    """The value in the form in which it equals and has order (R7, R67, R111, R120, R122)."""
    if attribute.type in TEXTS and not attribute.case_exact:
        return prepared_user_name(value) if is_user_name else without_case(value)
    return moment(value) if attribute.type is Type.DATE_TIME else value


#: R111: what each operator asks. R112 and the table of RFC 7644 §3.4.2.2 say which type takes which.
ASKS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, wanted: found == wanted,
    "co": lambda found, wanted: wanted in found,
    "sw": lambda found, wanted: found.startswith(wanted),
    "ew": lambda found, wanted: found.endswith(wanted),
    "gt": lambda found, wanted: found > wanted,
    "ge": lambda found, wanted: found >= wanted,
    "lt": lambda found, wanted: found < wanted,
    "le": lambda found, wanted: found <= wanted,
}
_EQUAL, _PART, _ORDER = {"eq", "ne"}, {"co", "sw", "ew"}, {"gt", "ge", "lt", "le"}
TAKES: dict[Type, set[str]] = {
    Type.STRING: _EQUAL | _PART | _ORDER,
    Type.REFERENCE: _EQUAL | _PART | _ORDER,
    Type.BINARY: _EQUAL | _PART,
    Type.BOOLEAN: _EQUAL,
    Type.DATE_TIME: _EQUAL | _ORDER,
    Type.INTEGER: _EQUAL | _ORDER,
    Type.DECIMAL: _EQUAL | _ORDER,
}


def wanted_form(attribute: Attribute, literal: Any, *, is_user_name: bool = False) -> Any:
    """A filter's value ready to be compared; ``Refused`` where it is of another type."""
    is_number = isinstance(literal, Number)
    fits = {
        Type.BOOLEAN: isinstance(literal, bool),
        Type.INTEGER: is_number,
        Type.DECIMAL: is_number,
    }.get(attribute.type, isinstance(literal, str))
    if not fits:
        raise Refused("invalidFilter")
    if isinstance(literal, Number):
        return literal.value
    try:
        return comparable(attribute, literal, is_user_name=is_user_name)
    except ValueError:
        raise Refused("invalidFilter") from None
