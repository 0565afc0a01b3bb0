"""The declarations of RFC 7643, with scim2-models as a second opinion (R50, R54, R66)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from scim2_models import EnterpriseUser, Group, User

from vestibule.scim.messages import schema_document
from vestibule.scim.schema import Schema
from vestibule.scim.schemas.enterprise_user import ENTERPRISE_USER
from vestibule.scim.schemas.group import GROUP
from vestibule.scim.schemas.user import USER

CHARACTERISTICS = (
    "type",
    "multiValued",
    "required",
    "caseExact",
    "mutability",
    "returned",
    "uniqueness",
    "canonicalValues",
    "referenceTypes",
)

#: (schema, path, characteristic) → (ours, theirs, why ours).
DIFFERENCES: dict[tuple[str, str, str], tuple[Any, Any, str]] = {
    ("Group", "members.display", "mutability"): (
        "readOnly",
        "readWrite",
        "it is the member's own name as it is now; what Okta sends there (W86) is passed over",
    ),
    ("User", "active", "required"): (
        True,
        False,
        "a person is active or not: the default stands in where it is not sent, and it cannot be removed",
    ),
    ("EnterpriseUser", "manager.value", "required"): (
        False,
        True,
        "RFC 7643 §4.3 recommends it (R54); identity providers send a manager with a displayName alone",
    ),
    ("EnterpriseUser", "manager.$ref", "mutability"): (
        "readOnly",
        "readWrite",
        "it is where the manager is found under the address the client calls, and not kept",
    ),
    ("EnterpriseUser", "manager.$ref", "required"): (
        False,
        True,
        "RFC 7643 §4.3 recommends it (R54); Okta and Entra send the value alone (K22)",
    ),
}


def rows(attributes: Iterable[dict[str, Any]], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for attribute in attributes:
        path = prefix + attribute["name"]
        yield path, attribute
        yield from rows(attribute.get("subAttributes") or (), f"{path}.")


def characteristic(attribute: dict[str, Any], name: str) -> Any:
    """Its value; for what a document may leave out, the default (RFC 7643 §2.2)."""
    value = attribute.get(name)
    if name in ("canonicalValues", "referenceTypes"):
        return sorted(value or [])
    return bool(value) if name == "caseExact" else value


@pytest.mark.requirement("R64", "R66")
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(USER, User), (GROUP, Group), (ENTERPRISE_USER, EnterpriseUser)],
    ids=["User", "Group", "Enterprise"],
)
def test_second_opinion(ours: Schema, theirs: Any) -> None:
    mine = dict(rows(schema_document(ours)["attributes"]))
    other = dict(rows(theirs.to_schema().model_dump()["attributes"]))
    found = {
        (ours.name, path, "presence"): (path in mine, path in other) for path in mine.keys() ^ other.keys()
    }
    for path in mine.keys() & other.keys():
        for name in CHARACTERISTICS:
            pair = characteristic(mine[path], name), characteristic(other[path], name)
            if pair[0] != pair[1]:
                found[ours.name, path, name] = pair
    listed = {key: (a, b) for key, (a, b, _) in DIFFERENCES.items() if key[0] == ours.name}
    assert found == listed


@pytest.mark.requirement("R64")
@pytest.mark.parametrize("schema", [USER, GROUP, ENTERPRISE_USER], ids=lambda schema: schema.name)
def test_every_attribute_is_described(schema: Schema) -> None:
    """R64."""
    assert all(attribute["description"] for _, attribute in rows(schema_document(schema)["attributes"]))


@pytest.mark.requirement("R50", "R54", "R66")
def test_errata_are_in() -> None:
    """R50 (5368), R54 (8472), R66 (8471, 8435)."""
    groups, certificates = USER.attribute("groups"), USER.attribute("x509Certificates")
    manager, name = ENTERPRISE_USER.attribute("manager"), GROUP.attribute("displayName")
    assert groups
    assert certificates
    assert manager
    assert name
    assert name.required
    assert {sub.name: sub.reference_types for sub in groups.sub_attributes}["$ref"] == ("Group",)
    assert {sub.name: str(sub.type) for sub in certificates.sub_attributes}["value"] == "binary"
    assert {sub.name: sub.case_exact for sub in manager.sub_attributes}["value"]
