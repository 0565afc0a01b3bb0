"""The resource types of a product: RFC 7643's, with the attributes and extensions its profile adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from vestibule.profiles.declared_attribute import read_attribute
from vestibule.profiles.own_types import is_protocol_urn, read_own_types
from vestibule.profiles.profile import TypeRules
from vestibule.profiles.section import Section
from vestibule.scim.attribute import Attribute
from vestibule.scim.checker import CompiledType, compile_type
from vestibule.scim.declaration import FaultyDeclaration
from vestibule.scim.errors import InvalidPath
from vestibule.scim.path import parse_path
from vestibule.scim.schema import Extension, ResourceType, Schema
from vestibule.scim.schemas.enterprise_user import ENTERPRISE_USER
from vestibule.scim.schemas.group import GROUP
from vestibule.scim.schemas.user import USER

_USERS = ResourceType("User", "/Users", "A person", USER)
_GROUPS = ResourceType("Group", "/Groups", "A group of people", GROUP)
_KNOWN_EXTENSIONS = {ENTERPRISE_USER.id: ENTERPRISE_USER}


def read_types(
    whole: Section,
    *,
    teams: bool,
    required: tuple[str, ...],
    role_names: tuple[str, ...],
    role_sources: tuple[str, ...],
) -> tuple[dict[str, CompiledType], dict[str, TypeRules]]:
    """The compiled types by name, Group only with teams; and the rules of the product's own. Faults go to ``whole``.

    What the rules require and which roles there are shows in the schemas, so that discovery
    says what the checks do.
    """
    types = {"User": _USERS, "Group": _GROUPS}
    own, rules = read_own_types(whole, types)
    types |= own
    for section in whole.tables("schemas"):
        id = section.text("id", required=True)
        owner = next((type for type in types.values() if type.schema.id == id), None)
        if owner is not None:
            types[owner.name] = replace(owner, schema=_with_attributes(owner.schema, section))
        else:
            _refuse_taken_urn(section, id)
            extended = section.one_of("extends", tuple(types), "User")
            extension = Extension(_extension_schema(section, id), section.flag("required"))
            types[extended] = replace(types[extended], extensions=(*types[extended].extensions, extension))
        section.refuse_unknown()
    user = types["User"]
    schema = user.schema
    for path in required:
        # A part that nobody can be without makes its attribute one, too.
        for each in dict.fromkeys((path.partition(".")[0], path)):
            schema = _amended(schema, each, lambda a: replace(a, required=True))
    types["User"] = replace(user, schema=with_roles(schema, role_sources, role_names))
    if not teams:
        del types["Group"]
    _check_references(types, whole)
    return _compiled(types, whole), rules


def with_roles(schema: Schema, role_sources: Iterable[str], role_names: tuple[str, ...]) -> Schema:
    """The schema of people with the names of roles as canonical values wherever a role may be said."""
    for source in role_sources:
        schema = _amended(schema, _bare_path(source), lambda a: replace(a, canonical_values=role_names))
    return schema


def _refuse_taken_urn(section: Section, id: str) -> None:
    if is_protocol_urn(id):
        section.fault("id", id, "a URN of your own: this one belongs to the protocol itself")


def _check_references(types: Mapping[str, ResourceType], whole: Section) -> None:
    """A reference leads to a resource type there is, or outside (RFC 7643 §2.3.7, §7)."""
    allowed = (*types, "external", "uri")
    for type in types.values():
        for schema in (type.schema, *(extension.schema for extension in type.extensions)):
            for attribute in schema.attributes:
                for part in (attribute, *attribute.sub_attributes):
                    for name in part.reference_types:
                        if name not in (*allowed, "User", "Group"):
                            where = f"{attribute.name}.{part.name}" if part is not attribute else part.name
                            whole.fault(
                                "schemas", f"{schema.id}:{where} refers to {name!r}", ", ".join(allowed)
                            )


def _with_attributes(schema: Schema, section: Section) -> Schema:
    added = tuple(read_attribute(table) for table in section.tables("attributes"))
    return replace(schema, attributes=(*schema.attributes, *added))


def _extension_schema(section: Section, id: str) -> Schema:
    if known := _KNOWN_EXTENSIONS.get(id):
        return _with_attributes(known, section)
    schema = Schema(id, section.text("name", required=True), section.text("description"), ())
    schema = _with_attributes(schema, section)
    if not schema.attributes:
        section.fault("attributes", "none", "one attribute at least: an extension without any says nothing")
    return schema


def _amended(schema: Schema, path: str, change: Callable[[Attribute], Attribute]) -> Schema:
    """The schema with ``change`` done to the attribute or sub-attribute of that path, if it has one."""
    name, _, sub = path.partition(".")

    def amend(attribute: Attribute, wanted: str) -> Attribute:
        if attribute.name.lower() != wanted.lower():
            return attribute
        if wanted == name and sub:
            return replace(attribute, sub_attributes=tuple(amend(a, sub) for a in attribute.sub_attributes))
        return change(attribute)

    return replace(schema, attributes=tuple(amend(attribute, name) for attribute in schema.attributes))


def _bare_path(source: str) -> str:
    """A role source without its selection; what is no path is reported by ``validate``."""
    try:
        path = parse_path(source)
    except InvalidPath:
        return ""
    return ".".join(filter(None, (path.attribute.name, path.sub or path.attribute.sub)))


def _compiled(types: Mapping[str, ResourceType], whole: Section) -> dict[str, CompiledType]:
    compiled = {}
    for name, type in types.items():
        try:
            compiled[name] = compile_type(type)
        except FaultyDeclaration as error:
            whole.fault("schemas", str(error), "what RFC 7643 §2 and §7 allow")
    return compiled
