"""The document a PATCH works on, and the rules that every operation keeps.

The document that came in is never touched: what changes is copied on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vestibule.scim.absent import ABSENT, Absent
from vestibule.scim.attribute import Attribute, Type
from vestibule.scim.attribute import Mutability as Characteristic
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidPath, InvalidSyntax, InvalidValue, Mutability
from vestibule.scim.filter.parse import MAX_TERMS
from vestibule.scim.filter.tree import AttributePath, Filter, comparisons
from vestibule.scim.findings import UNKNOWN_ATTRIBUTES, Findings, shown_path
from vestibule.scim.patch.membership import MembershipOperation
from vestibule.scim.target import Target
from vestibule.scim.values import MAX_VALUES, each_once, is_kept

#: Under this name it is counted that a value was made of a path's filter (K19).
VALUE_OF_FILTER = "value_of_filter"
#: How many values one PATCH may look at in all; no real one comes near (0.3 s of work).
MAX_WORK = 500_000


class Draft:
    """A working copy and what the operations so far have brought beside it."""

    __slots__ = (
        "_searched",
        "_work",
        "document",
        "external_id",
        "findings",
        "membership",
        "password_given",
        "strict",
        "type",
        "upsert",
    )

    def __init__(self, type: CompiledType, document: Document, *, upsert: bool, strict: bool) -> None:
        self.type = type
        self.document = dict(document)
        self.upsert = upsert
        self.strict = strict
        self.external_id: str | Absent | None = ABSENT
        self.membership: list[MembershipOperation] = []
        self.password_given = False
        #: What was left out or let pass, over all operations.
        self.findings = Findings(strict)
        self._work = 0
        self._searched = 0

    def search_members(self, filter: Filter) -> None:
        """Count a filter that every member is compared with; InvalidSyntax beyond what one filter may have in all."""
        self._searched += sum(1 for _ in comparisons(filter))
        if self._searched > MAX_TERMS:
            raise InvalidSyntax(
                f"The PATCH compares the members {MAX_TERMS} times by now, and that is the limit. Name those who shall go: "
                "members[value eq …], of which there may be any number."
            )

    def locate(self, path: AttributePath) -> Target:
        """What the path names; InvalidPath where nothing declares it (R93)."""
        target = self.type.target(path)
        if target is None:
            raise InvalidPath(
                f"{shown_path(str(path))} is no attribute of {self.type.name}. "
                "Check its spelling; an attribute of an extension needs its URN and a colon in front."
            )
        return target

    def value(self, target: Target) -> Any:
        """The attribute as a whole, None where unassigned; not to be changed in place."""
        holder = self.document.get(target.extension, {}) if target.extension else self.document
        return holder.get(target.attribute.name)

    def put(self, target: Target, value: Any) -> None:
        """Assign the attribute as a whole; None and what is empty unassign it."""
        name = target.attribute.name
        if target.keys == ("externalId",):
            self.external_id = value
        elif not is_kept(target.attribute):
            self.password_given = self.password_given or value is not None
        elif target.extension is None:
            _assign(self.document, name, value)
        else:
            holder = dict(self.document.get(target.extension, {}))
            _assign(holder, name, value)
            whole = self.locate(AttributePath("", urn=target.extension))
            _assign(self.document, target.extension, in_order(whole.attribute, holder))

    def put_values(self, target: Target, values: list[Any], touched: Iterable[int]) -> None:
        """Assign a multi-valued attribute; ``touched`` are the positions this operation wrote.

        The last of these that is primary is the only one (R147); equal values become one (R16).
        """
        self.spend(len(values))
        primary = max((at for at in touched if _is_primary(values[at])), default=None)
        if primary is not None:
            values = [
                {**value, "primary": False} if at != primary and _is_primary(value) else value
                for at, value in enumerate(values)
            ]
        values = each_once(values, target.attribute.distinct_by)
        if len(values) > MAX_VALUES:
            raise InvalidValue(f"{target} would have {len(values):,} values; {MAX_VALUES:,} are allowed.")
        self.put(target, values)

    def coerce(self, target: Target, raw: Any, *, element: bool = False) -> Any:
        """``raw`` in canonical form, or None where it counts as unassigned. Raises InvalidValue."""
        return self.type.coerce(target, raw, element=element, findings=self.findings)

    def drop(self, path: str) -> None:
        """Note an attribute nobody declared; strict refuses it (K44)."""
        if self.strict:
            raise InvalidSyntax(f"{shown_path(path)} is no attribute of {self.type.name}. Leave it out.")
        self.findings.tolerate(UNKNOWN_ATTRIBUTES)
        self.findings.note(shown_path(path))

    def spend(self, values: int) -> None:
        """Count work done, and refuse a PATCH that was made to be slow."""
        self._work += values
        if self._work > MAX_WORK:
            raise InvalidSyntax("The PATCH goes over too many values. Send it in several parts.")


def refuse_unwritable(target: Target) -> None:
    """Mutability for what only the service provider writes (R144)."""
    if Characteristic.READ_ONLY in (target.attribute.mutability, target.leaf.mutability):
        raise Mutability(f"{target} is readOnly: the service provider alone sets it.")


def refuse_change(target: Target, before: Any, after: Any) -> None:
    """Mutability where an immutable attribute that is set would become another (R144)."""
    if target.leaf.mutability is Characteristic.IMMUTABLE and before is not None and before != after:
        raise Mutability(f"{target} is immutable: it keeps the value it was given first.")


def refuse_emptying(target: Target, error: type[Mutability] | type[InvalidValue]) -> None:
    """``error`` for what cannot be without a value: required (R154), or with a default.

    Unassigning ``active`` would switch a person on by its default.
    """
    if target.leaf.default is not None:
        raise error(f"{target} cannot be emptied. Say which value it shall have.")
    if target.leaf.required:
        raise error(f"{target} is required and cannot be emptied.")


def merged(
    target: Target, before: Mapping[str, Any], raw: Any, after: Mapping[str, Any] | None
) -> dict[str, Any]:
    """A complex value after ``raw`` (``after`` in canonical form) was laid over it (R157).

    Sub-attributes that ``raw`` does not name stay; those it names as null or empty go. A
    ``$ref`` that led to another ``value`` goes too.
    """
    after = dict(after or {})
    attribute = target.attribute
    named = {name.lower() for name in raw}
    value = dict(before)
    for sub in attribute.sub_attributes:
        part = Target(attribute, sub, target.extension)
        if sub.name.lower() not in named or not is_kept(sub):
            continue
        refuse_change(part, before.get(sub.name), after.get(sub.name))
        if sub.name not in after and sub.name in before:
            refuse_emptying(part, InvalidValue)
        _assign(value, sub.name, after.get(sub.name))
    if "$ref" in before and "$ref" not in after and before.get("value") != value.get("value"):
        value.pop("$ref", None)
    return in_order(attribute, value)


def with_part(target: Target, before: Mapping[str, Any], after: Any) -> dict[str, Any]:
    """A complex value whose sub-attribute ``target.sub`` is ``after`` now; None unassigns it."""
    assert target.sub is not None
    refuse_change(target, before.get(target.sub.name), after)
    return merged(
        Target(target.attribute, None, target.extension),
        before,
        {target.sub.name: after},
        {} if after is None else {target.sub.name: after},
    )


def in_order(attribute: Attribute, value: Mapping[str, Any]) -> dict[str, Any]:
    """The complex value with its sub-attributes as declared."""
    return {sub.name: value[sub.name] for sub in attribute.sub_attributes if sub.name in value}


def is_extension(target: Target, type: CompiledType) -> bool:
    """Whether the target is the object of a schema extension as a whole."""
    return target.attribute.type is Type.COMPLEX and target.attribute.name in type.urns


def _assign(holder: dict[str, Any], name: str, value: Any) -> None:
    if value is None or value == [] or value == {}:
        holder.pop(name, None)
    else:
        holder[name] = value


def _is_primary(value: Any) -> bool:
    return isinstance(value, dict) and value.get("primary") is True
