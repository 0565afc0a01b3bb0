"""Simple values, a function for each data type (RFC 7643 §2.3)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from vestibule.scim.attribute import Attribute, Returned, Type, Uniqueness
from vestibule.scim.errors import InvalidValue
from vestibule.scim.findings import Findings, shown
from vestibule.scim.fold import fold, hidden_character, instant, refuse_user_name

MAX_STRING = 65_536
#: What is looked up by an index is shorter: PostgreSQL's keys end at 2,704 bytes.
MAX_KEY = 512
_KEYS = frozenset({"userName", "externalId", "displayName", "emails.value"})

#: The value to keep, or None where it counts as unassigned (R17, W37); raises InvalidValue.
Reader = Callable[[Any, Findings], Any]


def simple_reader(attribute: Attribute, path: str) -> Reader:
    """The function for one value of a simple attribute."""
    read = _SIMPLE[attribute.type](attribute, path)
    stricter = _STRICTER.get(path) if attribute.type is Type.STRING else None
    return stricter(read, path) if stricter else read


def plain_limit(attribute: Attribute, path: str) -> int:
    """So many characters may a *plain* text have (ASCII without U+0000) that is kept as it is; 0 where none is.

    Nearly all that is ever sent is plain. Who reads many values looks for it and calls the function for
    the rest: the look costs half of what the call does (0.07 µs, CPython 3.11).
    """
    is_read = attribute.type is not Type.STRING or attribute.required or attribute.closed
    return 0 if is_read or path in _STRICTER else _limit(attribute, path)


def wrong(attribute: Attribute, path: str, raw: Any, wanted: str) -> InvalidValue:
    """The refusal of a value of a wrong type; what is never returned is not shown (R70)."""
    value = "what was sent" if attribute.returned is Returned.NEVER else shown(raw)
    return InvalidValue(f"{path} must be {wanted}, not {value}.")


def _string(attribute: Attribute, path: str) -> Reader:
    required = attribute.required
    limit = _limit(attribute, path)
    closed = (
        {_canonical_key(attribute, v): v for v in attribute.canonical_values} if attribute.closed else None
    )

    def read(raw: Any, findings: Findings) -> Any:
        if not isinstance(raw, str):
            if raw == []:
                return None
            raise wrong(attribute, path, raw, "text in quotes")
        if len(raw) > limit:
            raise InvalidValue(f"{path} is {len(raw):,} characters long; {limit:,} are allowed.")
        if not raw.isascii():
            _refuse_surrogates(raw, path)
        if "\0" in raw:
            raise InvalidValue(f"{path} holds U+0000, which is not allowed in text.")
        if required and not raw.strip():
            raise InvalidValue(f"{path} is required and must not be empty.")
        if closed is None or not raw:
            return raw or None
        try:
            return closed[_canonical_key(attribute, raw)]
        except KeyError:
            allowed = ", ".join(attribute.canonical_values)
            raise InvalidValue(f"{path} {shown(raw)} is not allowed. Allowed are: {allowed}.") from None

    return read


def _limit(attribute: Attribute, path: str) -> int:
    is_key = path in _KEYS or attribute.uniqueness is not Uniqueness.NONE
    return MAX_KEY if is_key else MAX_STRING


def _canonical_key(attribute: Attribute, value: str) -> str:
    return value if attribute.case_exact else fold(value)


def _refuse_surrogates(text: str, path: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidValue(f"{path} holds half of a surrogate pair, which is no character.") from None


def _checked_text(attribute: Attribute, path: str, wanted: str, accepts: Callable[[str], bool]) -> Reader:
    text = _string(attribute, path)

    def read(raw: Any, findings: Findings) -> Any:
        value = text(raw, findings)
        if value is not None and not accepts(value):
            raise wrong(attribute, path, raw, wanted)
        return value

    return read


def _date_time(attribute: Attribute, path: str) -> Reader:
    def accepts(value: str) -> bool:
        try:
            instant(value)
        except ValueError:
            return False
        return True

    return _checked_text(attribute, path, 'date and time, such as "2026-01-31T08:00:00Z"', accepts)


_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


def _binary(attribute: Attribute, path: str) -> Reader:
    def accepts(value: str) -> bool:
        if not _BASE64.fullmatch(value):
            return False
        # RFC 7643 §2.3.6: padding may be left out.
        return len(value) % 4 == 0 if value.endswith("=") else len(value) % 4 != 1

    return _checked_text(attribute, path, "base64 (RFC 4648 §4) without line breaks", accepts)


_NO_URI = re.compile(r"[\s\x00-\x20\x7f<>\"]")


def _reference(attribute: Attribute, path: str) -> Reader:
    return _checked_text(attribute, path, "a URI, without spaces or quotes", _is_uri)


def _is_uri(value: str) -> bool:
    """Absolute or relative, letters of every script among it; what has a host has a readable one."""
    try:
        urlsplit(value)
    except ValueError:
        return False
    return _NO_URI.search(value) is None


def _boolean(attribute: Attribute, path: str) -> Reader:
    def read(raw: Any, findings: Findings) -> Any:
        if raw is True or raw is False:
            return raw
        if raw == [] or raw == "":
            return None
        raise wrong(attribute, path, raw, "true or false, without quotes")

    return read


def _integer(attribute: Attribute, path: str) -> Reader:
    def read(raw: Any, findings: Findings) -> Any:
        if isinstance(raw, int) and not isinstance(raw, bool):
            if -(1 << 63) <= raw < 1 << 63:
                return raw
            raise InvalidValue(f"{path} is out of the range of 64 bits.")
        if raw == [] or raw == "":
            return None
        raise wrong(attribute, path, raw, "a whole number, without fraction, exponent or quotes")

    return read


#: From here on a double has no fraction. Kept digit by digit, it is one number for every database.
_WHOLE = 1 << 53


def _decimal(attribute: Attribute, path: str) -> Reader:
    def read(raw: Any, findings: Findings) -> Any:
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            if not math.isfinite(raw) or abs(raw) >= 1 << 63:
                raise InvalidValue(f"{path} is out of range.")
            return int(Decimal(repr(raw))) if abs(raw) >= _WHOLE else raw
        if raw == [] or raw == "":
            return None
        raise wrong(attribute, path, raw, "a number, without quotes")

    return read


def _user_name(text: Reader, path: str) -> Reader:
    """Nothing hidden in it; strict also refuses what PRECIS refuses (RFC 8265 §3.3)."""

    def read(raw: Any, findings: Findings) -> Any:
        value = text(raw, findings)
        if value is None:
            return None
        hidden = hidden_character(value)
        if hidden:
            raise InvalidValue(f"{path} {shown(value)} holds {hidden}, which cannot be seen. Type it anew.")
        refusal = refuse_user_name(value) if findings.strict else None
        if refusal:
            raise InvalidValue(f"{path} {shown(value)} is refused: {refusal}.")
        return value

    return read


def _country(text: Reader, path: str) -> Reader:
    """Strict asks for two letters (RFC 7643 §4.1.2); others send "USA", and it is kept (R46)."""

    def read(raw: Any, findings: Findings) -> Any:
        value = text(raw, findings)
        if value is not None and findings.strict and not _TWO_LETTERS.fullmatch(value):
            raise InvalidValue(f"{path} {shown(value)} must be two letters of ISO 3166-1, such as US.")
        return value

    return read


_TWO_LETTERS = re.compile(r"[A-Za-z]{2}")
_STRICTER: Mapping[str, Callable[[Reader, str], Reader]] = {
    "userName": _user_name,
    "addresses.country": _country,
}
_SIMPLE: Mapping[Type, Callable[[Attribute, str], Reader]] = {
    Type.STRING: _string,
    Type.BOOLEAN: _boolean,
    Type.DECIMAL: _decimal,
    Type.INTEGER: _integer,
    Type.DATE_TIME: _date_time,
    Type.BINARY: _binary,
    Type.REFERENCE: _reference,
}
