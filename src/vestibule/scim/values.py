"""Values of attributes, complex and multi-valued ones too, checked and brought into canonical form.

``reader(attribute, path)`` compiles a declaration into a function of a raw JSON value. It gives
back the value to keep, or None where the value counts as unassigned (R17, W37).
"""

from __future__ import annotations

from typing import Any

from vestibule.scim.attribute import Attribute, Mutability, Returned, Type
from vestibule.scim.errors import InvalidValue
from vestibule.scim.findings import SEVERAL_PRIMARIES, Findings, respelled, shown, shown_path
from vestibule.scim.simple_values import Reader, plain_limit, simple_reader, wrong

__all__ = [
    "MAX_VALUES",
    "each_once",
    "element_reader",
    "is_kept",
    "is_secret",
    "reader",
    "refuse_without_value",
    "shown",
    "shown_path",
]

MAX_VALUES = 1_000


def reader(attribute: Attribute, path: str) -> Reader:
    """The function for the attribute as a whole: an array where it is multi-valued."""
    one = element_reader(attribute, path)
    return _array(attribute, path, one) if attribute.multi_valued else one


def element_reader(attribute: Attribute, path: str) -> Reader:
    """The function for a single value of the attribute."""
    if attribute.type is Type.COMPLEX:
        return _complex(attribute, path)
    return simple_reader(attribute, path)


def kept_row(attribute: Attribute, path: str) -> tuple[str, int, Reader | None]:
    """The attribute's name, how long a plain text may be (``plain_limit``), and the reader; None if nothing is kept."""
    if not is_kept(attribute):
        return attribute.name, 0, None
    limit = 0 if attribute.multi_valued else plain_limit(attribute, path)
    return attribute.name, limit, reader(attribute, path)


def is_kept(attribute: Attribute) -> bool:
    """Whether a client's value becomes part of a document: not if readOnly, writeOnly or never returned."""
    return attribute.mutability is not Mutability.READ_ONLY and not is_secret(attribute)


def is_secret(attribute: Attribute) -> bool:
    """Whether a client may give it a value, and nobody ever sees it: writeOnly, or never returned."""
    return attribute.mutability is Mutability.WRITE_ONLY or attribute.returned is Returned.NEVER


def _complex(attribute: Attribute, path: str) -> Reader:
    rows = tuple(kept_row(sub, f"{path}.{sub.name}") for sub in attribute.sub_attributes)
    names = {sub.name.lower(): sub.name for sub in attribute.sub_attributes}
    exact_names = frozenset(names.values())
    prefix = f"{path}."
    wanted = f"an object such as {_example(attribute)}"
    single = not attribute.multi_valued

    def read(raw: Any, findings: Findings) -> Any:
        if not isinstance(raw, dict):
            if raw == [] or raw == "":
                return None
            raise wrong(attribute, path, raw, wanted)
        out: dict[str, Any] = {}
        for name, limit, read_sub in rows:
            if name not in raw:
                continue
            value = raw[name]
            if type(value) is str and value and len(value) <= limit and value.isascii() and "\0" not in value:
                out[name] = value
                continue
            if read_sub is None:
                continue
            if value is not None:
                value = read_sub(value, findings)
            if value is not None:
                out[name] = value
            elif single:
                findings.cleared.add(prefix + name)
        if len(out) != len(raw) and not raw.keys() <= exact_names:
            return read(respelled(raw, names, prefix, findings), findings)
        return out or None

    return read


def _array(attribute: Attribute, path: str, one: Reader) -> Reader:
    subs = {sub.name for sub in attribute.sub_attributes}
    has_value = "value" in subs
    has_primary = "primary" in subs
    example = _example(attribute) if attribute.type is Type.COMPLEX else "…"
    wanted = f"an array such as [{example}]"
    is_members = attribute.name == "members"
    limit = None if is_members else MAX_VALUES

    def read(raw: Any, findings: Findings) -> Any:
        if not isinstance(raw, list):
            if raw == "" and not is_members:  # read as "nobody", it could empty a team
                return None
            raise wrong(attribute, path, raw, wanted)
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
            out = each_once(out, attribute.distinct_by)
            if has_primary:
                _one_primary(out, path, findings)
        return out or None

    return read


def refuse_without_value(path: str, listed: list[Any]) -> None:
    """InvalidValue naming the first element without a ``value``, in any letter case of that word.

    For members: to leave such an element out, as is done elsewhere, could empty a team.
    """
    for number, item in enumerate(listed, 1):
        names = {name.lower() for name, part in item.items() if part} if isinstance(item, dict) else ()
        if "value" not in names:
            raise InvalidValue(f"{path}, value {number}: value is missing. It is the id of the member.")


#: A value with nothing but these says nothing (W79): it is left out and noted.
_LABELS = frozenset({"type", "primary"})


def each_once(values: list[Any], distinct_by: str = "") -> list[Any]:
    """R16: one value for each (type, value); a later one completes the earlier.

    With ``distinct_by`` one value for each of that sub-attribute; the last one wins (W72).
    """
    out: dict[Any, Any] = {}
    for value in values:
        if not isinstance(value, dict):
            key: Any = value
        elif distinct_by and distinct_by in value:
            out[distinct_by, value[distinct_by]] = value
            continue
        elif "value" in value:
            key = ("value", value.get("type"), value["value"])
        else:
            key = tuple(sorted((n, tuple(p) if isinstance(p, list) else p) for n, p in value.items()))
        out[key] = {**out[key], **value} if key in out and isinstance(value, dict) else value
    return list(out.values())


def _one_primary(values: list[dict[str, Any]], path: str, findings: Findings) -> None:
    """R14: at most one is primary; the last one wins (W72). Strict refuses more than one."""
    primaries = [value for value in values if value.get("primary") is True]
    if len(primaries) < 2:
        return
    if findings.strict:
        raise InvalidValue(f"{path} has {len(primaries)} values with primary true; one is allowed.")
    findings.tolerate(SEVERAL_PRIMARIES)
    for value in primaries[:-1]:
        value["primary"] = False


def _example(attribute: Attribute) -> str:
    names = [sub.name for sub in attribute.sub_attributes]
    first = "value" if "value" in names else (names[0] if names else "…")
    return f'{{"{first}": …}}'
