"""PATCH, applied operation by operation as RFC 7644 §3.5.2 tells it (the reference: clear, not fast).

Works on a document without ``id``, ``meta``, ``externalId`` and a group's ``members``. What the RFC
leaves open is decided here as ``docs/reference/decisions.md`` says it.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tests.reference.documents import as_declared, distinct, is_kept, one, one_primary, whole
from tests.reference.filters import Asks, At, Both, Group, Node, Place, Resource, find, value_matches
from tests.reference.values import Number, Refused
from vestibule.scim.attribute import Attribute, Mutability, Type
from vestibule.scim.schema import ResourceType

NO_VALUE: Any = object()


@dataclass(frozen=True)
class Path:
    """``attrPath`` or ``valuePath [subAttr]`` (R143); a URN alone is ``At("", urn=…)``."""

    at: At
    filter: Node | None = None
    sub: str | None = None

    def __str__(self) -> str:
        if not self.at.name:
            return self.at.urn or ""
        return (
            str(self.at) + (f"[{self.filter}]" if self.filter else "") + (f".{self.sub}" if self.sub else "")
        )


@dataclass(frozen=True)
class Operation:
    """One operation; ``value`` is ``NO_VALUE`` where none is sent."""

    op: str
    path: Path | None
    value: Any = NO_VALUE

    def sent(self) -> dict[str, Any]:
        """As JSON."""
        message: dict[str, Any] = {"op": self.op}
        if self.path is not None:
            message["path"] = str(self.path)
        if self.value is not NO_VALUE:
            message["value"] = self.value
        return message


def applied(
    type: ResourceType, document: Resource, operations: list[Operation], *, upsert: bool = False
) -> Resource:
    """The document after all of them, each on the result of the one before (R146); ``Refused`` for none (R148).

    ``upsert``: a value filter of ``eq``s that finds nothing makes the value (K19).
    """
    for operation in operations:
        refuse_faulty(operation)
    work = _Work(type, deepcopy(document), upsert)
    for operation in operations:
        work.carry_out(operation)
    return work.result()


def refuse_faulty(operation: Operation) -> None:
    """What is wrong with the message, before any of it is applied."""
    if operation.path is None and operation.op.lower() == "remove":
        raise Refused("noTarget")  # R142
    if operation.op.lower() != "remove" and operation.value is NO_VALUE:
        raise Refused("invalidValue")  # R150
    if operation.path is None and not isinstance(operation.value, dict):
        raise Refused("invalidValue")


class _Work:
    def __init__(self, type: ResourceType, document: Resource, upsert: bool) -> None:
        self.type, self.document, self.upsert = type, document, upsert

    def result(self) -> Resource:
        """R145: schemas are those in use."""
        urns = [e.schema.id for e in self.type.extensions]
        held = {name: value for name, value in self.document.items() if name not in urns or value}
        return {**held, "schemas": [self.type.schema.id, *(urn for urn in urns if held.get(urn))]}

    def carry_out(self, operation: Operation) -> None:
        op, path, value = operation.op.lower(), operation.path, operation.value
        if path is None:
            self.lay_over(op, value, None)
            return
        if not path.at.name:
            self.whole_extension(op, path, value)
            return
        place = find(self.type, path.at)
        if place is None:
            raise Refused("invalidPath")
        if place.attribute.name == "schemas" and op != "remove":
            return  # R145
        if path.sub is not None:
            sub = next(
                (s for s in place.attribute.sub_attributes if s.name.lower() == path.sub.lower()), None
            )
            if place.sub is not None or sub is None:
                raise Refused("invalidPath")
            place = Place(place.attribute, sub, place.urn)
        if op == "remove" and value is not NO_VALUE and value is not None:
            raise Refused("invalidValue")
        if Mutability.READ_ONLY in (place.attribute.mutability, place.leaf.mutability):
            raise Refused("mutability")  # R144, R154
        self.at_place(op, place, path.filter, value)

    def whole_extension(self, op: str, path: Path, value: Any) -> None:
        urn = next(
            e.schema.id for e in self.type.extensions if e.schema.id.lower() == (path.at.urn or "").lower()
        )
        if op != "remove" and isinstance(value, dict):
            self.lay_over(op, value, urn)
        elif op != "remove" and value is not None:
            raise Refused("invalidValue")
        else:
            for name in list(self.document.get(urn, {})):
                place = find(self.type, At(name, urn=urn))
                assert place is not None
                self.at_place(op, place, None, NO_VALUE if op == "remove" else None)

    def lay_over(self, op: str, value: dict[str, Any], urn: str | None) -> None:
        """R150, R155: each attribute of the object; readOnly ones and those nobody declared are passed over."""
        for name, part in value.items():
            extension = next(
                (e.schema.id for e in self.type.extensions if e.schema.id.lower() == name.lower()), None
            )
            if urn is None and extension:
                self.whole_extension(op, Path(At("", urn=extension)), part)
                continue
            place = find(self.type, At(name, urn=urn))
            if place is None or place.attribute.name in ("schemas", "meta", "id"):
                continue
            if place.attribute.mutability is not Mutability.READ_ONLY:
                self.at_place(op, place, None, part)

    def at_place(self, op: str, place: Place, filter: Node | None, value: Any) -> None:
        attribute = place.attribute
        if filter is not None:
            self.at_selected(op, place, filter, value)
        elif op == "remove":
            self.unassign(place)
        elif attribute.multi_valued and place.sub is not None:
            raise Refused("invalidPath")
        elif attribute.multi_valued and op == "add":
            self.append(place, value)
        elif attribute.multi_valued:
            self.write_values(place, whole(attribute, value) or [], error="invalidValue", all_touched=True)
        else:
            self.set_single(place, value)

    def unassign(self, place: Place) -> None:
        """R153: all of it, or one part of a single complex value."""
        attribute, held = place.attribute, self.held(place)
        if place.leaf.required or place.leaf.default is not None:
            raise Refused("mutability")  # R154
        if place.sub is None:
            if attribute.mutability is Mutability.IMMUTABLE and held is not None:
                raise Refused("mutability")
            self.hold(place, None)
        elif attribute.multi_valued:
            raise Refused("invalidPath")
        elif held:
            self.hold(place, laid_over(attribute, held, {place.sub.name: None}, "mutability"))

    def set_single(self, place: Place, value: Any) -> None:
        """R151, R156, R157: a simple value takes the other's place, a complex one is laid over."""
        attribute, held = place.attribute, self.held(place)
        if place.sub is not None:
            if whole(place.sub, value) is None and place.sub.required:
                raise Refused("invalidValue")
            self.hold(place, laid_over(attribute, held or {}, {place.sub.name: value}, "invalidValue"))
        elif isinstance(value, dict) and attribute.type is Type.COMPLEX:
            self.hold(place, laid_over(attribute, held or {}, value, "invalidValue"))
        else:
            fresh = one(attribute, value)
            if fresh is None and (attribute.required or attribute.default is not None):
                raise Refused("invalidValue")
            if attribute.mutability is Mutability.IMMUTABLE and held is not None and fresh != held:
                raise Refused("mutability")
            self.hold(place, fresh)

    def append(self, place: Place, value: Any) -> None:
        """R151, R152: those not there yet."""
        attribute, before = place.attribute, self.held(place) or []
        sent = value if isinstance(value, list) or value in (None, "") else [value]
        fresh = whole(attribute, sent) or []
        if attribute.mutability is Mutability.IMMUTABLE and before and any(v not in before for v in fresh):
            raise Refused("mutability")
        latest = [
            len(before) + at for at, v in enumerate(fresh) if isinstance(v, dict) and v.get("primary") is True
        ]
        values = one_primary([*before, *fresh], latest=latest[-1] if latest else None)
        self.hold(place, distinct(values))

    def at_selected(self, op: str, place: Place, filter: Node, value: Any) -> None:
        """R153, R158, R159: those values for which the filter holds."""
        attribute = place.attribute
        if attribute.type is not Type.COMPLEX:
            raise Refused("invalidFilter")
        if op == "remove" and place.sub and place.sub.required:
            raise Refused("mutability")
        value_matches(attribute, {}, filter)  # what has no meaning is refused even where nothing is held
        held = self.held(place)
        values = held if isinstance(held, list) else [] if held is None else [held]
        chosen = [at for at, each in enumerate(values) if value_matches(attribute, each, filter)]
        if not chosen:
            self.nothing_selected(op, place, filter, value, values)
            return
        after = [
            (self.changed(op, place, filter, value, each) if at in chosen else each)
            for at, each in enumerate(values)
        ]
        error = "mutability" if op == "remove" else "invalidValue"
        if attribute.multi_valued:
            after = [
                None if at in chosen and v is not None and only_labels(v) else v for at, v in enumerate(after)
            ]
            touched = [at for at in chosen if after[at] is not None]
            self.write_values(place, after, error=error, touched=touched)
        else:
            if after[0] is None and (attribute.required or attribute.default is not None):
                raise Refused(error)
            self.hold(place, after[0])

    def changed(self, op: str, place: Place, filter: Node, value: Any, each: Resource) -> Resource | None:
        attribute = place.attribute
        if op == "remove":
            if place.sub is None:
                return None
            return laid_over(attribute, each, {place.sub.name: None}, "mutability")
        if place.sub is not None:
            whole(place.sub, value)
            return laid_over(attribute, each, {place.sub.name: value}, "invalidValue")
        fresh = one(attribute, value)
        if op == "add":
            return each if fresh is None else laid_over(attribute, each, value, "invalidValue")
        if fresh is None:
            return None
        for sub in attribute.sub_attributes:
            if (
                sub.mutability is Mutability.IMMUTABLE
                and sub.name in each
                and each[sub.name] != fresh.get(sub.name)
            ):
                raise Refused("mutability")
        # What the path says of the value stays true of it, unless the new one says otherwise.
        labels = {name.lower() for name in said_by(filter) or {}}
        return {**{name: part for name, part in each.items() if name.lower() in labels}, **fresh}

    def nothing_selected(self, op: str, place: Place, filter: Node, value: Any, values: list[Any]) -> None:
        parts = said_by(filter)
        if self.upsert and op == "remove" and place.sub is None:
            return
        if not self.upsert or parts is None or not place.attribute.multi_valued:
            raise Refused("noTarget")  # R159
        seed = one(place.attribute, {n: v.value if isinstance(v, Number) else v for n, v in parts.items()})
        if seed is None:
            raise Refused("noTarget")
        made = self.changed(op, place, filter, value, seed)
        if made is not None and made != seed and not only_labels(made):
            self.write_values(place, [*values, made], error="invalidValue", touched=[len(values)])

    def write_values(
        self,
        place: Place,
        values: list[Any],
        *,
        error: str,
        touched: list[int] | None = None,
        all_touched: bool = False,
    ) -> None:
        """The values of a multi-valued attribute; None are those that go."""
        attribute, before = place.attribute, self.held(place)
        left = [value for value in values if value is not None]
        if not left and (attribute.required or attribute.default is not None):
            raise Refused(error)
        is_set = attribute.mutability is Mutability.IMMUTABLE and before is not None
        if all_touched and is_set and left != before:
            raise Refused("mutability")
        primaries = [at for at in touched or [] if values[at].get("primary") is True]
        latest = None
        if primaries:
            latest = len([v for v in values[: primaries[-1]] if v is not None])
        self.hold(place, distinct(one_primary(left, latest=latest)))

    def held(self, place: Place) -> Any:
        holder = self.document.get(place.urn, {}) if place.urn else self.document
        return holder.get(place.attribute.name)

    def hold(self, place: Place, value: Any) -> None:
        if not is_kept(place.attribute) or place.attribute.name == "externalId":
            return
        holder = self.document.setdefault(place.urn, {}) if place.urn else self.document
        if value in (None, [], {}):
            holder.pop(place.attribute.name, None)
        else:
            holder[place.attribute.name] = value


def laid_over(attribute: Attribute, before: Resource, value: Resource, emptied: str) -> Resource:
    """R157: the sub-attributes given change, the others stay; null unassigns. A ``$ref`` goes with its ``value``."""
    spelled = as_declared(value, [sub.name for sub in attribute.sub_attributes])
    after = dict(before)
    for sub in attribute.sub_attributes:
        if sub.name not in spelled or sub.mutability is Mutability.READ_ONLY:
            continue
        fresh = whole(sub, spelled[sub.name]) if is_kept(sub) else None
        if sub.mutability is Mutability.IMMUTABLE and sub.name in before and fresh != before[sub.name]:
            raise Refused("mutability")
        if fresh is None:
            if sub.name in before and (sub.required or sub.default is not None):
                raise Refused(emptied)
            after.pop(sub.name, None)
        else:
            after[sub.name] = fresh
    if (
        "$ref" in before
        and spelled.get("$ref") in (None, "", [])
        and before.get("value") != after.get("value")
    ):
        after.pop("$ref", None)
    return after


def only_labels(value: Resource) -> bool:
    """Whether its content went and its labels alone are left (R153)."""
    return set(value) <= {"type", "primary"}


def said_by(filter: Node) -> dict[str, Any] | None:
    """What a filter of ``eq``s joined by ``and`` says that a value is; None for any other."""
    if isinstance(filter, Group):
        return said_by(filter.inner)
    parts: dict[str, Any] = {}
    for term in filter.parts if isinstance(filter, Both) else (filter,):
        inner = said_by(term) if isinstance(term, Both | Group) else None
        if isinstance(term, Asks) and term.operator.lower() == "eq" and term.value is not None:
            inner = {term.at.name.lower(): term.value}
        if inner is None or any(parts.get(name, value) != value for name, value in inner.items()):
            return None
        parts.update(inner)
    return parts
