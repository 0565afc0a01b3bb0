"""Values of each attribute type, checked and brought into canonical form (RFC 7643 §2.3).

``reader(attribute, path)`` compiles a declaration into a function of a raw JSON value. It gives
back the value to keep, or None where the value counts as unassigned (R17, W37).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from vestibule.scim.attribute import Attribute, Mutability, Returned, Type
from vestibule.scim.errors import InvalidSyntax, InvalidValue
from vestibule.scim.fold import fold, hidden_character, instant, refuse_user_name

MAX_STRING = 65_536
MAX_VALUES = 1_000
#: So many names of ignored attributes are kept, and so much of each.
MAX_DROPPED = 100
MAX_SHOWN = 80


class Findings:
    """What one check notices besides the values."""

    __slots__ = ("cleared", "dropped", "strict")

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.cleared: set[str] = set()
        self.dropped: list[str] = []

    def drop(self, path: str) -> None:
        """Note an attribute nobody declared; strict refuses it (K44)."""
        if self.strict:
            raise InvalidSyntax(f"{shown_path(path)} is no attribute of this resource type. Leave it out.")
        self.note(shown_path(path))

    def note(self, text: str) -> None:
        """Keep a line about something that was left out, strict or not."""
        if len(self.dropped) < MAX_DROPPED:
            self.dropped.append(text)


Reader = Callable[[Any, Findings], Any]


def reader(attribute: Attribute, path: str) -> Reader:
    """The function for the attribute as a whole: an array where it is multi-valued."""
    one = element_reader(attribute, path)
    return _array(attribute, path, one) if attribute.multi_valued else one


def element_reader(attribute: Attribute, path: str) -> Reader:
    """The function for a single value of the attribute."""
    if attribute.type is Type.COMPLEX:
        return _complex(attribute, path)
    return _SIMPLE[attribute.type](attribute, path)


def user_name_reader(attribute: Attribute, path: str) -> Reader:
    """As for a string, and nothing hidden in it; strict also refuses what PRECIS refuses (RFC 8265 §3.3)."""
    text = element_reader(attribute, path)

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


def shown(value: Any) -> str:
    """A value for an error text, cut to a length that fits."""
    if isinstance(value, dict | list) and len(value) > 5:
        return f"an {'object' if isinstance(value, dict) else 'array'} of {len(value)} entries"
    if isinstance(value, str):
        value = value[: MAX_SHOWN + 1]
    text = json.dumps(value, ensure_ascii=False, default=str)
    if len(text) > MAX_SHOWN:
        text = text[:MAX_SHOWN] + "…"
    return text.encode("utf-8", "replace").decode()


def shown_path(path: str) -> str:
    """An attribute name as a client sent it, made fit for an error text."""
    return path[:200].encode("utf-8", "replace").decode()


def respelled(
    raw: Mapping[str, Any], names: Mapping[str, str], prefix: str, findings: Findings
) -> dict[str, Any]:
    """``raw`` with its keys as declared, whatever their letter case (R2); unknown keys are dropped."""
    out: dict[str, Any] = {}
    for key, value in raw.items():
        name = names.get(key) or names.get(key.lower())
        if name is None:
            findings.drop(prefix + key)
        elif name in out:
            raise InvalidSyntax(f"{prefix}{name} is given twice, in different letter case. Send it once.")
        else:
            out[name] = value
    return out


def is_kept(attribute: Attribute) -> bool:
    """Whether a client's value becomes part of a document: not if readOnly, writeOnly or never returned."""
    return (
        attribute.mutability not in (Mutability.READ_ONLY, Mutability.WRITE_ONLY)
        and attribute.returned is not Returned.NEVER
    )


def _wrong(attribute: Attribute, path: str, raw: Any, wanted: str) -> InvalidValue:
    value = "what was sent" if attribute.returned is Returned.NEVER else shown(raw)
    return InvalidValue(f"{path} must be {wanted}, not {value}.")


def _string(attribute: Attribute, path: str) -> Reader:
    required = attribute.required
    closed = (
        {_canonical_key(attribute, v): v for v in attribute.canonical_values} if attribute.closed else None
    )

    def read(raw: Any, findings: Findings) -> Any:
        if not isinstance(raw, str):
            if raw == []:
                return None
            raise _wrong(attribute, path, raw, "text in quotes")
        if len(raw) > MAX_STRING:
            raise InvalidValue(f"{path} is {len(raw):,} characters long; {MAX_STRING:,} are allowed.")
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
            raise _wrong(attribute, path, raw, wanted)
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
    return _checked_text(
        attribute, path, "a URI, without spaces or quotes", lambda value: _NO_URI.search(value) is None
    )


def _boolean(attribute: Attribute, path: str) -> Reader:
    def read(raw: Any, findings: Findings) -> Any:
        if raw is True or raw is False:
            return raw
        if raw == [] or raw == "":
            return None
        raise _wrong(attribute, path, raw, "true or false, without quotes")

    return read


def _integer(attribute: Attribute, path: str) -> Reader:
    def read(raw: Any, findings: Findings) -> Any:
        if isinstance(raw, int) and not isinstance(raw, bool):
            if -(1 << 63) <= raw < 1 << 63:
                return raw
            raise InvalidValue(f"{path} is out of the range of 64 bits.")
        if raw == [] or raw == "":
            return None
        raise _wrong(attribute, path, raw, "a whole number, without fraction, exponent or quotes")

    return read


def _decimal(attribute: Attribute, path: str) -> Reader:
    def read(raw: Any, findings: Findings) -> Any:
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            if not math.isfinite(raw) or abs(raw) >= 1 << 63:
                raise InvalidValue(f"{path} is out of range.")
            return raw
        if raw == [] or raw == "":
            return None
        raise _wrong(attribute, path, raw, "a number, without quotes")

    return read


_SIMPLE: Mapping[Type, Callable[[Attribute, str], Reader]] = {
    Type.STRING: _string,
    Type.BOOLEAN: _boolean,
    Type.DECIMAL: _decimal,
    Type.INTEGER: _integer,
    Type.DATE_TIME: _date_time,
    Type.BINARY: _binary,
    Type.REFERENCE: _reference,
}


def _complex(attribute: Attribute, path: str) -> Reader:
    subs = tuple(
        (sub.name, reader(sub, f"{path}.{sub.name}") if is_kept(sub) else None)
        for sub in attribute.sub_attributes
    )
    names = {sub.name.lower(): sub.name for sub in attribute.sub_attributes}
    prefix = f"{path}."
    wanted = f"an object such as {_example(attribute)}"
    single = not attribute.multi_valued

    def read(raw: Any, findings: Findings) -> Any:
        if not isinstance(raw, dict):
            if raw == [] or raw == "":
                return None
            raise _wrong(attribute, path, raw, wanted)
        out: dict[str, Any] = {}
        seen = 0
        for name, read_sub in subs:
            if name not in raw:
                continue
            seen += 1
            if read_sub is None:
                continue
            value = raw[name]
            if value is not None:
                value = read_sub(value, findings)
            if value is not None:
                out[name] = value
            elif single:
                findings.cleared.add(prefix + name)
        if seen != len(raw):
            return read(respelled(raw, names, prefix, findings), findings)
        return out or None

    return read


def _array(attribute: Attribute, path: str, one: Reader) -> Reader:
    subs = {sub.name for sub in attribute.sub_attributes}
    has_value = "value" in subs
    has_primary = "primary" in subs
    example = _example(attribute) if attribute.type is Type.COMPLEX else "…"
    wanted = f"an array such as [{example}]"
    limit = None if attribute.name == "members" else MAX_VALUES

    def read(raw: Any, findings: Findings) -> Any:
        if not isinstance(raw, list):
            if raw == "":
                return None
            raise _wrong(attribute, path, raw, wanted)
        if limit is not None and len(raw) > limit:
            raise InvalidValue(f"{path} has {len(raw):,} values; {limit:,} are allowed.")
        out = []
        number = 0
        try:
            for number, item in enumerate(raw, 1):
                value = None if item is None else one(item, findings)
                if value is None:
                    continue
                if has_value and "value" not in value and value.keys() <= _LABELS:
                    findings.note(f"{path} (value {number}): it has no value")
                    continue
                out.append(value)
        except InvalidValue as refusal:
            raise InvalidValue(f"{refusal.detail} (value {number} of {path})") from None
        if len(out) > 1:
            out = each_once(out)
            if has_primary:
                _one_primary(out, path, findings)
        return out or None

    return read


#: A value with nothing but these says nothing (W79): it is left out and noted.
_LABELS = frozenset({"type", "primary"})


def each_once(values: list[Any]) -> list[Any]:
    """R16: one value for each (type, value); a later one completes the earlier."""
    out: dict[Any, Any] = {}
    for value in values:
        if not isinstance(value, dict):
            key: Any = (value.__class__, value)
        elif "value" in value:
            key = ("value", value.get("type"), value["value"])
        else:
            key = tuple(sorted((name, str(part)) for name, part in value.items()))
        out[key] = {**out[key], **value} if key in out and isinstance(value, dict) else value
    return list(out.values())


def _one_primary(values: list[dict[str, Any]], path: str, findings: Findings) -> None:
    """R14: at most one is primary; the last one wins (W72). Strict refuses more than one."""
    primaries = [value for value in values if value.get("primary") is True]
    if len(primaries) < 2:
        return
    if findings.strict:
        raise InvalidValue(f"{path} has {len(primaries)} values with primary true; one is allowed.")
    for value in primaries[:-1]:
        value["primary"] = False


def _example(attribute: Attribute) -> str:
    names = [sub.name for sub in attribute.sub_attributes]
    first = "value" if "value" in names else (names[0] if names else "…")
    return f'{{"{first}": …}}'
