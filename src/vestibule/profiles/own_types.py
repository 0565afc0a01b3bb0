"""Resource types that a profile adds to User and Group (RFC 7643 §6): ``[[types]]``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from vestibule.profiles.declared_attribute import read_attribute
from vestibule.profiles.profile import DeleteRule, TypeRules
from vestibule.profiles.section import Section
from vestibule.scim.attribute import Attribute, Type, Uniqueness
from vestibule.scim.messages import DISCOVERY_SCHEMAS
from vestibule.scim.schema import ResourceType, Schema

#: So many of its own, and so many attributes in one schema.
MAX_TYPES = 50
MAX_ATTRIBUTES = 200

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")
_ENDPOINT = re.compile(r"/[A-Za-z][A-Za-z0-9_-]{0,63}")
_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:[!-~]+", re.IGNORECASE)
_TAKEN_NAMES = frozenset({"user", "group", "schema", "resourcetype", "serviceproviderconfig"})
_TAKEN_ENDPOINTS = frozenset(
    {"/users", "/groups", "/schemas", "/resourcetypes", "/serviceproviderconfig", "/me", "/bulk"}
)
_MESSAGES = "urn:ietf:params:scim:api:"


def read_own_types(
    whole: Section, known: Mapping[str, ResourceType]
) -> tuple[dict[str, ResourceType], dict[str, TypeRules]]:
    """The types by name, and the rules of each. ``known`` are those there are besides. Faults go to ``whole``."""
    types: dict[str, ResourceType] = {}
    rules: dict[str, TypeRules] = {}
    sections = whole.tables("types")
    if len(sections) > MAX_TYPES:
        whole.fault("types", len(sections), f"{MAX_TYPES} at most")
        return types, rules
    for section in sections:
        type = _type(section, [*known.values(), *types.values()])
        types[type.name] = type
        rules[type.name] = _rules(section, type)
        section.refuse_unknown()
    return types, rules


def is_protocol_urn(urn: str) -> bool:
    """Whether it is the URN of a message (R81) or of a discovery document."""
    folded = urn.lower()
    return folded.startswith(_MESSAGES) or any(schema.id.lower() == folded for schema in DISCOVERY_SCHEMAS)


def _type(section: Section, others: Iterable[ResourceType]) -> ResourceType:
    name = section.text("name", required=True)
    endpoint = section.text("endpoint", required=True)
    schema_id = section.text("schema", required=True)
    description = section.text("description")
    names = _TAKEN_NAMES | {other.name.lower() for other in others}
    endpoints = _TAKEN_ENDPOINTS | {other.endpoint.lower() for other in others}
    schemas = {other.schema.id.lower() for other in others}
    if name and (not _NAME.fullmatch(name) or name.lower() in names):
        section.fault("name", name, f"a letter, then letters and digits; not {_listed(names)}")
    if endpoint and (not _ENDPOINT.fullmatch(endpoint) or endpoint.lower() in endpoints):
        section.fault(
            "endpoint", endpoint, f"a slash and one word, such as /Devices; not {_listed(endpoints)}"
        )
    if schema_id and not _URN.fullmatch(schema_id):
        section.fault("schema", schema_id, "a URN, such as urn:example:params:scim:schemas:2.0:Device")
    elif is_protocol_urn(schema_id) or schema_id.lower() in schemas:
        section.fault("schema", schema_id, "a URN of its own, that no other schema and no message has")
    tables = section.tables("attributes")
    if not tables or len(tables) > MAX_ATTRIBUTES:
        section.fault("attributes", len(tables) or "none", f"one at least, {MAX_ATTRIBUTES} at most")
        tables = []
    attributes = tuple(read_attribute(table) for table in tables)
    return ResourceType(name, endpoint, description, Schema(schema_id, name, description, attributes))


def _rules(section: Section, type: ResourceType) -> TypeRules:
    key = section.text("key")
    delete = section.word("delete", DeleteRule, DeleteRule.TOMBSTONE)
    attribute = type.schema.attribute(key) if key else None
    if key and attribute is None:
        section.fault("key", key, _listed(a.name for a in type.schema.attributes))
    elif attribute is not None:
        _check_key(section, attribute)
        key = attribute.name
    if delete is DeleteRule.INACTIVATE and not key:
        section.fault("delete", delete.value, "tombstone without a key: nothing would tell who comes back")
    return TypeRules(key, delete)


def _check_key(section: Section, attribute: Attribute) -> None:
    if attribute.type is Type.COMPLEX or attribute.multi_valued or not attribute.required:
        section.fault("key", attribute.name, "an attribute of one simple value, with required = true")
    elif attribute.uniqueness is not Uniqueness.SERVER:
        section.fault("key", attribute.name, 'an attribute with uniqueness = "server"')


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words)) or "none"
