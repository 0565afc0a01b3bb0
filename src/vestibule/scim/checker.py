"""A resource type compiled into the functions that check, coerce, find and search.

Compiled once for each version of a profile; what it makes is plain functions over dicts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from vestibule.scim.absent import ABSENT, Absent
from vestibule.scim.attribute import Attribute, Type, Uniqueness
from vestibule.scim.declaration import refuse_faulty
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidSyntax
from vestibule.scim.filter.resolved import Test
from vestibule.scim.filter.tree import AttributePath, Operator
from vestibule.scim.findings import UNKNOWN_ATTRIBUTES, Findings, respelled, shown, shown_path
from vestibule.scim.fold import fold_user_name
from vestibule.scim.frozen import frozen
from vestibule.scim.links import links_of
from vestibule.scim.requirement import requirements
from vestibule.scim.schema import ResourceType
from vestibule.scim.schemas.common_attributes import COMMON, EXTERNAL_ID
from vestibule.scim.section import Section
from vestibule.scim.simple_values import Reader
from vestibule.scim.target import Target
from vestibule.scim.values import element_reader, reader, refuse_without_value

#: So many URNs are read in ``schemas``.
MAX_SCHEMAS = 100


@frozen
class Checked:
    """A client's document in canonical form, and what was noticed on the way.

    ``document`` has declared names in declared order, ``schemas`` first, and nothing that is
    readOnly, writeOnly, never returned or unassigned; ``id``, ``meta``, ``externalId`` and
    ``members`` are not in it.
    """

    document: Document
    #: None is an explicit null (or ""), ABSENT a key that was not sent.
    external_id: str | Absent | None
    #: Likewise; None also for an empty array. Each has a ``value``.
    members: list[dict[str, Any]] | Absent | None
    #: Paths of what was given as null, [] or "": ``title``, ``urn:…:User:department``, ``name.middleName``.
    cleared: frozenset[str]
    #: What nobody declared and was left out, in words fit for an explanation.
    dropped: tuple[str, ...]
    password_given: bool
    #: What strict would have refused: how often, by name.
    tolerated: Mapping[str, int] = field(default_factory=dict)


def compile_type(resource_type: ResourceType) -> CompiledType:
    """Compile the declaration. Raises ``FaultyDeclaration`` where SCIM does not allow it."""
    refuse_faulty(resource_type)
    return CompiledType(resource_type)


class CompiledType:
    """A resource type, ready for work; made by ``compile_type``. Two are never equal."""

    def __init__(self, resource_type: ResourceType) -> None:
        self.resource_type = resource_type
        self.name = resource_type.name
        self.endpoint = resource_type.endpoint
        self.base_urn = resource_type.schema.id
        #: URNs of the extensions, in declared order.
        self.urns = tuple(extension.schema.id for extension in resource_type.extensions)
        self._core = Section(resource_type.schema)
        self._extensions = tuple(Section(e.schema, e.schema.id) for e in resource_type.extensions)
        self._exact_urns = (self.base_urn, *self.urns)
        #: What nearly everybody sends.
        self.usual_schemas = ([self.base_urn], [self.base_urn, *self.urns])
        self._schema_urns = {urn.lower(): urn for urn in (self.base_urn, *self.urns)}
        self._names = {
            **{attribute.name.lower(): attribute.name for attribute in COMMON},
            **self._core.names,
            **{urn.lower(): urn for urn in self.urns},
        }
        self._exact_names = frozenset(self._names.values())
        self._read_id = reader(EXTERNAL_ID, EXTERNAL_ID.name)
        self._readers: dict[tuple[tuple[str, ...], bool], Reader] = {}
        self._targets = dict(_targets(resource_type))
        self._required = tuple(requirements(resource_type))
        #: Paths of attributes of which no two resources of this type share a value (R74).
        self.unique = tuple(
            dict.fromkeys(str(t) for t in self._targets.values() if _is_unique(t, resource_type))
        )
        #: Attributes that name another resource by its id.
        self.links = links_of(resource_type)
        #: Paths of multi-valued attributes whose values have a ``type``.
        self.typed = frozenset(
            str(target)
            for target in self._targets.values()
            if target.sub is None and target.attribute.multi_valued and target.attribute.sub_attribute("type")
        )
        self._has_members = self.name == "Group" and "members" in self._core.names
        self._user_name = self.target(AttributePath("userName")) if self.name == "User" else None

    def __repr__(self) -> str:
        return f"<CompiledType {self.name}>"

    def target(self, path: AttributePath) -> Target | None:
        """What the path means here, in any letter case; None if nothing declares it.

        An extension's attribute needs its URN (R93). The URN of an extension alone is a complex
        attribute of that name, whose sub-attributes are the extension's attributes.
        """
        urn = path.urn.lower() if path.urn else ""
        name, sub = path.name.lower(), path.sub.lower() if path.sub else ""
        found = self._targets.get((urn, name, sub))
        if found is None and urn and name:
            # A URN alone may have been split at its last colon.
            return self._targets.get((f"{urn}:{name}.{sub}" if sub else f"{urn}:{name}", "", ""))
        return found

    def coerce(
        self,
        target: Target,
        raw: Any,
        *,
        element: bool = False,
        strict: bool = False,
        findings: Findings | None = None,
    ) -> Any:
        """One value in canonical form, or None where it counts as unassigned.

        That of the whole attribute (an array where it is multi-valued), or of one ``element``.
        Who may write it is not asked here. Raises InvalidValue; InvalidSyntax where strict finds
        an unknown sub-attribute. ``findings`` are added to, where the caller wants to know.
        """
        if raw is None:
            return None
        key = (target.keys, element)
        read = self._readers.get(key)
        if read is None:
            read = self._readers[key] = self._reader(target, element)
        return read(raw, findings or Findings(strict))

    def check(self, document: Any, *, strict: bool = False, stored: Document | None = None) -> Checked:
        """The document in canonical form.

        An attribute equal to that of ``stored`` is never an error. Required attributes without
        a value are told by ``missing``. Raises InvalidValue or InvalidSyntax naming attribute
        and value, and Mutability where an immutable attribute of ``stored`` would change (R136).
        """
        if not isinstance(document, dict):
            raise InvalidSyntax(f"The body must be a JSON object, not {shown(document)}.")
        findings = Findings(strict)
        if not self._exact_names.issuperset(document):
            document = respelled(document, self._names, "", findings)
        stored = stored or {}
        if (schemas := document.get("schemas")) not in self.usual_schemas:
            self._read_schemas(schemas, findings)
        urns = [self.base_urn]
        out: Document = {"schemas": urns}
        out.update(self._core.read(document, stored, findings))
        password_given = self._core.has_secret(document, findings)
        for section in self._extensions:
            urn = section.urn
            if urn in document:
                part = section.read_object(document[urn], stored.get(urn) or {}, findings)
                password_given |= section.has_secret(document[urn], findings)
                if part:
                    out[urn] = part
                    urns.append(urn)
        return Checked(
            out,
            self._read_external_id(document, findings),
            self._take_members(document, out),
            frozenset(findings.cleared),
            tuple(findings.dropped),
            password_given,
            findings.tolerated,
        )

    def declares(self, document: Document) -> bool:
        """Whether everything in the document, extensions included, is an attribute of this type."""
        return document.keys() <= self._exact_names and all(
            section.declares(document[section.urn])
            for section in self._extensions
            if document.get(section.urn)
        )

    def declared_part(self, document: Document) -> Document:
        """What of the document is declared, ``schemas`` as that asks; the rest is left out."""
        out = {name: value for name, value in document.items() if name in self._exact_names}
        for section in self._extensions:
            if isinstance(out.get(section.urn), dict):
                out[section.urn] = section.declared_part(out[section.urn])
        return self.with_schemas(out)

    def missing(self, document: Document) -> list[str]:
        """Paths of required attributes without a value, and URNs of required extensions (R63).

        A required sub-attribute counts where its attribute has a value, an attribute of an
        optional extension where that has one.
        """
        return [requirement.path for requirement in self._required if requirement.is_unmet(document)]

    def search_form(self, document: Document) -> Document:
        """The document as filters see it: folded, instants of fixed width, defaults filled in.

        ``id``, ``meta`` and ``externalId`` are not in it. A stored value that its declaration no
        longer fits is left out.
        """
        out: Document = {"schemas": [urn.lower() for urn in document.get("schemas") or (self.base_urn,)]}
        out.update(self._core.folded(document))
        for section in self._extensions:
            part = document.get(section.urn)
            if part:
                out[section.urn] = section.folded(part)
        for name, value in self._core.defaults:
            if name not in out:
                out[name] = value
        return out

    def with_schemas(self, document: Document) -> Document:
        """The document in declared order, ``schemas`` first and as its content asks, then ``id``.

        Extensions without a value are left out; keys that nobody declares stay, at the end.
        """
        used = [urn for urn in self.urns if document.get(urn)]
        out: Document = {"schemas": [self.base_urn, *used]}
        for name in ("id", *self._core.order, *used):
            if name in document:
                out[name] = document[name]
        for name, value in document.items():
            if name not in out and name not in self.urns:
                out[name] = value
        return out

    def with_defaults(self, document: Document) -> Document:
        """The document with the defaults of what it lacks (R95, R118), ``active`` true above all."""
        lacking = {name: value for name, value in self._core.defaults if name not in document}
        return self.with_schemas({**document, **lacking}) if lacking else document

    def user_name_lookup(self, value: str) -> Test | None:
        """``userName eq value`` in resolved form; None where the type has no userName."""
        return Test(self._user_name, Operator.EQ, fold_user_name(value)) if self._user_name else None

    def _reader(self, target: Target, element: bool) -> Reader:
        for section in self._extensions:
            if target.keys == (section.urn,):
                return lambda raw, findings: section.read_object(raw, {}, findings) or None
        return (element_reader if element else reader)(target.leaf, str(target))

    def _read_schemas(self, raw: Any, findings: Findings) -> None:
        """R18–R21. Which extensions are in use is seen by their objects (W64); URNs not declared are dropped."""
        if raw is None or raw == []:
            if findings.strict:
                raise InvalidSyntax(f'schemas is missing. It must hold "{self.base_urn}".')
            return
        if isinstance(raw, list) and self.base_urn in raw and self._are_exact(raw):
            return
        if not isinstance(raw, list) or not all(isinstance(urn, str) for urn in raw):
            raise InvalidSyntax(
                f'schemas must be an array of URNs such as ["{self.base_urn}"], not {shown(raw)}.'
            )
        if len(raw) > MAX_SCHEMAS:
            raise InvalidSyntax(f"schemas has {len(raw):,} values; {MAX_SCHEMAS} are allowed.")
        known = self._schema_urns
        if not any(known.get(urn.lower()) == self.base_urn for urn in raw):
            raise InvalidSyntax(f'schemas must hold "{self.base_urn}"; it is {shown(raw)}.')
        for urn in raw:
            if urn.lower() not in known:
                if findings.strict:
                    raise InvalidSyntax(f"{shown(urn)} in schemas is no schema of {self.name}. Leave it out.")
                findings.tolerate(UNKNOWN_ATTRIBUTES)
                findings.note(f"schemas: {shown_path(urn)}")

    def _are_exact(self, urns: list[Any]) -> bool:
        """Whether all of these are URNs of this type, in its own letters."""
        if len(urns) > MAX_SCHEMAS:
            return False
        exact = self._exact_urns
        for urn in urns:  # noqa: SIM110
            if urn not in exact:
                return False
        return True

    def _read_external_id(self, document: Document, findings: Findings) -> str | Absent | None:
        if "externalId" not in document:
            return ABSENT
        raw = document["externalId"]
        value: str | None = None if raw is None else self._read_id(raw, findings)
        if value is None:
            findings.cleared.add("externalId")
        return value

    def _take_members(self, document: Document, out: Document) -> list[dict[str, Any]] | Absent | None:
        """Members are rows, never part of a document: taken out, each with its ``value`` (R52)."""
        if not self._has_members or "members" not in document:
            return ABSENT
        members: list[dict[str, Any]] | None = out.pop("members", None)
        raw = document["members"]
        if isinstance(raw, list) and (
            len(members or ()) < len(raw) or not all("value" in member for member in members or ())
        ):
            refuse_without_value("members", raw)
        return members


def _targets(resource_type: ResourceType) -> Iterator[tuple[tuple[str, str, str], Target]]:
    """Each target under its (URN, name, sub-attribute) in lower case."""
    base = resource_type.schema
    for attribute in (*COMMON, *base.attributes):
        for target in _with_subs(attribute, None):
            name, sub = attribute.name.lower(), target.sub.name.lower() if target.sub else ""
            yield ("", name, sub), target
            yield (base.id.lower(), name, sub), target
    for extension in resource_type.extensions:
        schema = extension.schema
        urn = schema.id.lower()
        whole = Attribute(
            schema.id, Type.COMPLEX, description=schema.description, sub_attributes=schema.attributes
        )
        yield (urn, "", ""), Target(whole)
        for attribute in schema.attributes:
            for target in _with_subs(attribute, schema.id):
                yield (urn, attribute.name.lower(), target.sub.name.lower() if target.sub else ""), target


def _is_unique(target: Target, resource_type: ResourceType) -> bool:
    """Whether key rows keep it unique: a person's userName and every id have columns of their own."""
    if target.leaf.uniqueness is Uniqueness.NONE or target.attribute in COMMON:
        return False
    return not (resource_type.name == "User" and target.keys == ("userName",))


def _with_subs(attribute: Attribute, extension: str | None) -> Iterator[Target]:
    yield Target(attribute, None, extension)
    for sub in attribute.sub_attributes:
        yield Target(attribute, sub, extension)
