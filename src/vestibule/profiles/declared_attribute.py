"""One attribute of a schema as a profile declares it, with all characteristics of RFC 7643 §7.

A characteristic that the engine could not keep is a fault: what ``/Schemas`` says is what happens.
"""

from __future__ import annotations

import re

from vestibule.profiles.section import Section
from vestibule.scim.attribute import Attribute, Mutability, Returned, Type, Uniqueness

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9$_-]*")
#: Compared as they are unless the profile says otherwise (RFC 7643 §2.3.6 and §2.3.7).
_EXACT = (Type.REFERENCE, Type.BINARY)
_TEXTS = (Type.STRING, Type.REFERENCE)
_WITH_KEYS = (Type.STRING, Type.REFERENCE, Type.INTEGER)


def read_attribute(section: Section, *, within: Attribute | None = None) -> Attribute:
    """The attribute; ``within`` is the complex one whose part it is. Faults go to ``section``."""
    type = section.word("type", Type, Type.STRING)
    attribute = Attribute(
        name=section.text("name", required=True),
        type=type,
        multi_valued=section.flag("multi_valued"),
        description=section.text("description"),
        required=section.flag("required"),
        canonical_values=section.texts("canonical_values"),
        case_exact=section.flag("case_exact", type in _EXACT),
        mutability=section.word("mutability", Mutability, Mutability.READ_WRITE),
        returned=section.word("returned", Returned, Returned.DEFAULT),
        uniqueness=section.word("uniqueness", Uniqueness, Uniqueness.NONE),
        reference_types=section.texts("reference_types"),
        closed=section.flag("closed"),
        distinct_by=section.text("distinct_by"),
    )
    parts = section.tables("sub_attributes")
    _check_name(section, attribute, within)
    _check_type(section, attribute, bool(parts), within)
    _check_characteristics(section, attribute)
    if type is Type.COMPLEX and within is None:
        subs = tuple(read_attribute(part, within=attribute) for part in parts)
        attribute = _with_parts(attribute, subs)
        distinct_by = attribute.sub_attribute(attribute.distinct_by) if attribute.distinct_by else None
        if attribute.distinct_by and (distinct_by is None or distinct_by.multi_valued):
            # A part of several values tells no two of the attribute's own values apart.
            section.fault(
                "distinct_by", attribute.distinct_by, ", ".join(a.name for a in subs if not a.multi_valued)
            )
    section.refuse_unknown()
    return attribute


def _with_parts(attribute: Attribute, subs: tuple[Attribute, ...]) -> Attribute:
    values = {name: getattr(attribute, name) for name in attribute.__slots__}
    return Attribute(**{**values, "sub_attributes": subs})


def _check_name(section: Section, attribute: Attribute, within: Attribute | None) -> None:
    name = attribute.name
    if name and not _NAME.fullmatch(name) and not (within and name == "$ref"):
        section.fault("name", name, "a letter, then letters, digits, $, - and _ (RFC 7643 §2.1)")


def _check_type(section: Section, attribute: Attribute, has_parts: bool, within: Attribute | None) -> None:
    if attribute.type is Type.COMPLEX and within is not None:
        section.fault("type", attribute.type.value, "a simple type: a complex one has no complex parts")
    elif attribute.type is Type.COMPLEX and not has_parts:
        section.fault("sub_attributes", "none", "one at least, as the type is complex")
    elif attribute.type is not Type.COMPLEX and has_parts:
        section.fault("sub_attributes", "some", f"none, as the type is {attribute.type}")
    if attribute.type is Type.BINARY and not attribute.case_exact:
        section.fault("case_exact", False, "true: binary values are compared as they are")
    if attribute.type is Type.REFERENCE and not attribute.reference_types:
        section.fault(
            "reference_types", "none", "external, uri, or names of resource types (RFC 7643 §2.3.7)"
        )
    if attribute.reference_types and attribute.type is not Type.REFERENCE:
        section.fault(
            "reference_types", ", ".join(attribute.reference_types), 'none without type "reference"'
        )
    if attribute.canonical_values and attribute.type not in _TEXTS:
        section.fault(
            "canonical_values", ", ".join(attribute.canonical_values), 'none unless type is "string"'
        )
    if attribute.closed and not attribute.canonical_values:
        section.fault("closed", True, "false without canonical_values")


def _check_characteristics(section: Section, attribute: Attribute) -> None:
    is_secret = attribute.returned is Returned.NEVER
    if attribute.mutability is Mutability.WRITE_ONLY and not is_secret:
        section.fault("returned", attribute.returned.value, "never, as mutability is writeOnly")
    if attribute.required and is_secret:
        section.fault(
            "required", True, "false: what is never returned is not kept, so it would be missing always"
        )
    if attribute.required and attribute.mutability is Mutability.READ_ONLY:
        section.fault("required", True, "false: clients cannot write what is readOnly")
    if attribute.uniqueness is Uniqueness.GLOBAL:
        section.fault("uniqueness", "global", "none, server: nothing outside of a tenant can be compared")
    if attribute.uniqueness is Uniqueness.SERVER:
        if attribute.type not in _WITH_KEYS:
            section.fault("uniqueness", "server", f"none, as the type is {attribute.type}")
        elif is_secret or attribute.mutability is Mutability.READ_ONLY:
            section.fault("uniqueness", "server", "none: clients' values are not kept here")
