"""What a server says of itself: its configuration, resource types and schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vestibule.judge.exchange import Exchange
from vestibule.judge.wire import Wire
from vestibule.scim.schemas.enterprise_user import ENTERPRISE_USER
from vestibule.scim.schemas.group import GROUP
from vestibule.scim.schemas.user import USER

#: What a server offers where it says nothing: clients in the field take these for granted.
_TAKEN_FOR_GRANTED = frozenset({"patch", "filter", "index"})

Declared = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource type as the server declares it, or as RFC 7643 has it where it declares nothing."""

    name: str
    endpoint: str
    urn: str
    #: Attribute declarations of the core schema by name in lower case; None where it serves none.
    attributes: Mapping[str, Declared] | None
    #: The extensions: URN, whether required, attribute declarations.
    extensions: tuple[tuple[str, bool, Mapping[str, Declared] | None], ...] = ()

    def declares(self, name: str) -> bool:
        """Whether it has the attribute, as far as it says; ``name`` may be dotted."""
        if self.attributes is None:
            return True
        first, _, sub = name.partition(".")
        found = self.attributes.get(first.lower())
        return found is not None and (not sub or sub.lower() in subs_of(found))

    def extension(self, urn: str) -> Mapping[str, Declared] | None:
        """The attributes of an extension that it has (empty where it does not list them), or None."""
        for known, _, attributes in self.extensions:
            if known.lower() == urn.lower():
                return attributes or {}
        return None


@dataclass(frozen=True, slots=True)
class Discovered:
    """The three discovery answers and what is read from them."""

    configuration: Exchange
    resource_types: Exchange
    schemas: Exchange
    kinds: Mapping[str, Kind] = field(default_factory=dict)

    def offers(self, feature: str) -> bool:
        """Whether the server says so; for what every client takes for granted, whether it does not deny it."""
        document = self.configuration.document
        if feature in ("cursor", "index"):
            pagination = document.get("pagination")
            said = pagination.get(feature) if isinstance(pagination, dict) else None
        else:
            entry = document.get(feature)
            said = entry.get("supported") if isinstance(entry, dict) else None
        return said if isinstance(said, bool) else feature in _TAKEN_FOR_GRANTED

    def number(self, feature: str, name: str) -> int | None:
        """A limit from the configuration, such as bulk's maxOperations; None where it is no number."""
        entry = self.configuration.document.get(feature)
        found = entry.get(name) if isinstance(entry, dict) else None
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    @property
    def schema_documents(self) -> list[dict[str, Any]]:
        """The schemas it serves, whether as a list response or as a bare array."""
        return _listed(self.schemas)

    @property
    def resource_type_documents(self) -> list[dict[str, Any]]:
        """The resource types it serves."""
        return _listed(self.resource_types)


async def discover(wire: Wire) -> Discovered:
    """Ask for the three documents. Where one is missing or unreadable the RFC's own words stand in."""
    configuration = await wire.send("GET", "/ServiceProviderConfig")
    types = await wire.send("GET", "/ResourceTypes")
    schemas = await wire.send("GET", "/Schemas")
    return Discovered(configuration, types, schemas, _kinds(_listed(types), _listed(schemas)))


def subs_of(attribute: Declared) -> dict[str, Declared]:
    """The sub-attributes of a declaration by name in lower case."""
    return _by_name(attribute.get("subAttributes"))


def every_attribute(document: Declared) -> Iterator[tuple[str, Declared]]:
    """(dotted name, declaration) of all attributes and sub-attributes of a schema document."""
    for attribute in _objects(document.get("attributes")):
        name = str(attribute.get("name"))
        yield name, attribute
        for sub in _objects(attribute.get("subAttributes")):
            yield f"{name}.{sub.get('name')}", sub


def _kinds(types: list[dict[str, Any]], schemas: list[dict[str, Any]]) -> dict[str, Kind]:
    declared = {str(schema.get("id")).lower(): _by_name(schema.get("attributes")) for schema in schemas}
    found: dict[str, Kind] = {}
    for type in types:
        urn, endpoint = str(type.get("schema")), str(type.get("endpoint") or "")
        for name, core in (("User", USER), ("Group", GROUP)):
            if urn.lower() == core.id.lower() and name not in found:
                path = "/" + endpoint.rstrip("/").rpartition("/")[2] if endpoint else f"/{name}s"
                found[name] = Kind(
                    name, path, core.id, declared.get(urn.lower()), _extensions(type, declared)
                )
    if types:
        return found
    enterprise = ((ENTERPRISE_USER.id, False, declared.get(ENTERPRISE_USER.id.lower())),)
    return {
        "User": Kind("User", "/Users", USER.id, declared.get(USER.id.lower()), enterprise),
        "Group": Kind("Group", "/Groups", GROUP.id, declared.get(GROUP.id.lower())),
    }


def _extensions(
    type: Declared, declared: Mapping[str, Mapping[str, Declared]]
) -> tuple[tuple[str, bool, Mapping[str, Declared] | None], ...]:
    return tuple(
        (str(one.get("schema")), one.get("required") is True, declared.get(str(one.get("schema")).lower()))
        for one in _objects(type.get("schemaExtensions"))
    )


def _listed(exchange: Exchange) -> list[dict[str, Any]]:
    if exchange.status != 200:
        return []
    found = exchange.json
    return _objects(found if isinstance(found, list) else exchange.document.get("Resources"))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _by_name(value: Any) -> dict[str, Declared]:
    return {str(one.get("name")).lower(): one for one in _objects(value)}
