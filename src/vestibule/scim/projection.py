"""``attributes`` and ``excludedAttributes`` applied together with *returned* (RFC 7644 §3.9, R71–R73, R126–R129)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from vestibule.scim.attribute import Attribute, Returned
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidValue
from vestibule.scim.filter.tree import AttributePath
from vestibule.scim.findings import shown, shown_path
from vestibule.scim.schemas.common_attributes import COMMON
from vestibule.scim.target import Target

#: So many names are read in one request.
MAX_NAMES = 500

#: What is shown: a key alone (None), or parts of what it holds.
Plan = dict[str, "Plan | None"]


class Projection:
    """Which attributes of a representation a client gets to see."""

    __slots__ = ("_plan", "_type", "is_default")

    def __init__(self, type: CompiledType, plan: Plan, *, is_default: bool) -> None:
        self._type = type
        self._plan = plan
        #: Nothing was asked for, and a stored document holds nothing that must be left out.
        self.is_default = is_default

    @classmethod
    def from_query(cls, type: CompiledType, query: Mapping[str, Any], *, strict: bool = False) -> Projection:
        """That of a query string (names separated by commas) or of a SearchRequest (lists of names).

        Unknown names are ignored; strict refuses them. InvalidValue for that, and where both
        parameters are given (R129).
        """
        named, excluded = query.get("attributes"), query.get("excludedAttributes")
        if not named and not excluded:
            return default_projection(type)
        wanted, unwanted = _names(named, "attributes"), _names(excluded, "excludedAttributes")
        if wanted and unwanted:
            raise InvalidValue("attributes and excludedAttributes exclude each other. Send one of them.")
        if not wanted and not unwanted:
            return default_projection(type)
        targets = list(_targets(type, wanted or unwanted, strict))
        plan = _only(type, targets) if wanted else _without(type, targets)
        return cls(type, plan, is_default=False)

    def and_written(self, paths: Iterable[str]) -> Projection:
        """The same, with attributes of *returned* request that a write has just named (R73)."""
        targets = [t for t in _targets(self._type, paths, False) if t.leaf.returned is Returned.REQUEST]
        if not targets:
            return self
        plan = _copy(self._plan)
        for target in targets:
            _show(plan, target)
        return Projection(self._type, plan, is_default=False)

    def project(self, document: Document) -> Document:
        """What is shown of a whole representation; the document itself is not changed."""
        return _picked(document, self._plan)

    def wants(self, name: str) -> bool:
        """Whether any part of that top-level attribute, spelled as declared, is shown."""
        return name in self._plan

    def wants_whole(self, name: str) -> bool:
        """Whether that top-level attribute is shown with all of its sub-attributes."""
        return name in self._plan and self._plan[name] is None

    @property
    def wants_members(self) -> bool:
        """Whether a group's members must be read at all."""
        return "members" in self._plan

    @property
    def wants_groups(self) -> bool:
        """Whether a user's groups must be read at all."""
        return "groups" in self._plan


def projections(
    types: Sequence[CompiledType], query: Mapping[str, Any], *, strict: bool = False
) -> dict[str, Projection]:
    """``Projection.from_query`` for each type of a joint list; strict refuses a name that none of them has."""
    if strict and len(types) > 1:
        for parameter in ("attributes", "excludedAttributes"):
            for name in _names(query.get(parameter), parameter):
                if not any(_target(type, name) for type in types):
                    known = " or ".join(type.name for type in types)
                    raise InvalidValue(f"{shown_path(name)} is no attribute of {known}. Check its spelling.")
        strict = False
    return {type.name: Projection.from_query(type, query, strict=strict) for type in types}


@lru_cache(maxsize=1024)
def default_projection(type: CompiledType) -> Projection:
    """What is shown where nothing is asked for (R101)."""
    return Projection(type, _plan(type, _BY_DEFAULT), is_default=not _hides_any(type))


_BY_DEFAULT = frozenset({Returned.ALWAYS, Returned.DEFAULT})
_ALWAYS = frozenset({Returned.ALWAYS})


def _hides_any(type: CompiledType) -> bool:
    """Whether a stored document may hold what is shown on request only (never-returned is not stored)."""
    declared = type.resource_type
    attributes = [
        *declared.schema.attributes,
        *(a for extension in declared.extensions for a in extension.schema.attributes),
    ]
    return any(
        a.returned is Returned.REQUEST
        for a in (*attributes, *(s for a in attributes for s in a.sub_attributes))
    )


def _names(given: Any, parameter: str) -> list[str]:
    if not given:
        return []
    names = given.split(",") if isinstance(given, str) else given
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidValue(f"{parameter} must be a list of attribute names, not {shown(given)}.")
    if len(names) > MAX_NAMES:
        raise InvalidValue(f"{parameter} has {len(names):,} names; {MAX_NAMES} are allowed.")
    return [name.strip() for name in names if name.strip()]


def _targets(type: CompiledType, names: Iterable[str], strict: bool) -> Iterable[Target]:
    for name in names:
        found = _target(type, name)
        if found:
            yield from found
        elif strict:
            raise InvalidValue(f"{shown_path(name)} is no attribute of {type.name}. Check its spelling.")


def _target(type: CompiledType, name: str) -> list[Target]:
    """What a name means; the base schema's URN alone means all of its attributes."""
    if name.lower() == type.base_urn.lower():
        found = (type.target(AttributePath(a.name)) for a in type.resource_type.schema.attributes)
        return [target for target in found if target]
    urn, _, local = name.rpartition(":")
    attribute, _, sub = local.partition(".")
    target = type.target(AttributePath(attribute, sub or None, urn or None))
    return [target] if target else []


def _plan(type: CompiledType, kinds: frozenset[Returned]) -> Plan:
    """The plan of attributes whose *returned* is one of ``kinds``."""
    plan = _part((*COMMON, *type.resource_type.schema.attributes), kinds)
    for extension in type.resource_type.extensions:
        part = _part(extension.schema.attributes, kinds)
        if part:
            plan[extension.schema.id] = part
    return plan


def _part(attributes: Iterable[Attribute], kinds: frozenset[Returned]) -> Plan:
    return {a.name: _below(a, kinds) for a in attributes if a.returned in kinds}


def _below(attribute: Attribute, kinds: frozenset[Returned]) -> Plan | None:
    """None if all sub-attributes are shown, else those that are."""
    kinds = kinds | _BY_DEFAULT
    subs = attribute.sub_attributes
    return None if all(sub.returned in kinds for sub in subs) else _part(subs, kinds)


def _only(type: CompiledType, targets: Iterable[Target]) -> Plan:
    """R127: what is always returned, and the named."""
    plan = _plan(type, _ALWAYS)
    for target in targets:
        _show(plan, target)
    return plan


def _show(plan: Plan, target: Target) -> None:
    """Add the target, unless it is never returned (R70)."""
    attribute, sub = target.attribute, target.sub
    if Returned.NEVER in (attribute.returned, target.leaf.returned):
        return
    if target.extension:
        plan = _opened(plan, target.extension)
    if sub is None:
        is_extension = ":" in attribute.name
        below = (
            _part(attribute.sub_attributes, _BY_DEFAULT) if is_extension else _below(attribute, _BY_DEFAULT)
        )
        plan[attribute.name] = _merged(plan.get(attribute.name, {}), below)
    elif plan.get(attribute.name, {}) is not None:
        part = _opened(plan, attribute.name)
        for always in attribute.sub_attributes:
            if always.returned is Returned.ALWAYS:
                part.setdefault(always.name, None)
        part[sub.name] = None


def _without(type: CompiledType, targets: Iterable[Target]) -> Plan:
    """R128: what is returned by default, less the named; what is always returned stays (R71)."""
    plan = _plan(type, _BY_DEFAULT)
    for target in targets:
        attribute, sub = target.attribute, target.sub
        part = plan
        if target.extension:
            below = plan.get(target.extension, {})
            part = below if below is not None else {}
        if target.leaf.returned is Returned.ALWAYS or attribute.name not in part:
            continue
        if sub is not None:
            subs = part[attribute.name]
            if subs is None:
                subs = part[attribute.name] = {each.name: None for each in attribute.sub_attributes}
            subs.pop(sub.name, None)
        elif any(each.returned is Returned.ALWAYS for each in attribute.sub_attributes):
            part[attribute.name] = _part(attribute.sub_attributes, _ALWAYS)
        else:
            del part[attribute.name]
    return plan


def _merged(one: Plan | None, other: Plan | None) -> Plan | None:
    """Whatever either plan shows."""
    if one is None or other is None:
        return None
    return {**one, **{name: _merged(one.get(name, {}), below) for name, below in other.items()}}


def _opened(plan: Plan, name: str) -> Plan:
    """The plan below ``name``, made if there is none."""
    below = plan.get(name)
    if below is None:
        below = plan[name] = {}
    return below


def _copy(plan: Plan) -> Plan:
    return {name: None if below is None else _copy(below) for name, below in plan.items()}


def _picked(document: Document, plan: Plan) -> Document:
    out: Document = {}
    for name, value in document.items():
        if name not in plan:
            continue
        below = plan[name]
        if below is not None:
            if isinstance(value, list):
                value = [
                    part
                    for part in (_picked(item, below) for item in value if isinstance(item, dict))
                    if part
                ]
            elif isinstance(value, dict):
                value = _picked(value, below)
            if not value:
                continue
        out[name] = value
    return out
