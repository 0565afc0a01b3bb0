"""The core resource types compiled once, a person and a team, and how a PATCH is tried on them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from vestibule.scim.attribute import Attribute, Mutability, Type
from vestibule.scim.checker import CompiledType, compile_type
from vestibule.scim.patch import Patched, apply_patch, parse_patch
from vestibule.scim.schema import Extension, ResourceType, Schema
from vestibule.scim.schemas.enterprise_user import ENTERPRISE_USER
from vestibule.scim.schemas.group import GROUP
from vestibule.scim.schemas.user import USER

ENTERPRISE = ENTERPRISE_USER.id
CORE = USER.id
WSOS = "urn:ietf:params:scim:schemas:extension:wsos:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

_PHONETIC = Schema(
    WSOS,
    "WsosUser",
    "What ACALL adds",
    (
        Attribute(
            "name",
            Type.COMPLEX,
            sub_attributes=(Attribute("familyNamePhonetic"), Attribute("givenNamePhonetic")),
        ),
        Attribute(
            "badges", Type.COMPLEX, multi_valued=True, sub_attributes=(Attribute("value"), Attribute("type"))
        ),
        Attribute("level", Type.INTEGER),
        Attribute("height", Type.DECIMAL),
        Attribute("hiredAt", Type.DATE_TIME),
        Attribute("badgeNumber", mutability=Mutability.IMMUTABLE),
    ),
)

USERS: CompiledType = compile_type(
    ResourceType("User", "/Users", "People", USER, (Extension(ENTERPRISE_USER), Extension(_PHONETIC)))
)
GROUPS: CompiledType = compile_type(ResourceType("Group", "/Groups", "Teams", GROUP))


def person(**more: Any) -> dict[str, Any]:
    """Hanako in canonical form, with ``more`` laid over."""
    document = {
        "schemas": [CORE, ENTERPRISE],
        "id": "u1",
        "userName": "hanako.sato@corp.test",
        "name": {"familyName": "佐藤", "givenName": "花子"},
        "displayName": "佐藤 花子",
        "active": True,
        "emails": [
            {"value": "hanako.sato@corp.test", "type": "work", "primary": True},
            {"value": "hanako@home.test", "type": "home"},
        ],
        ENTERPRISE: {"department": "Sales", "manager": {"value": "m1"}},
        **more,
    }
    return USERS.with_schemas({key: value for key, value in document.items() if value is not None})


def team() -> dict[str, Any]:
    return {"schemas": [GROUP.id], "id": "g1", "displayName": "Sales"}


def patched(
    *operations: dict[str, Any],
    type: CompiledType = USERS,
    document: dict[str, Any] | None = None,
    upsert: bool = False,
    strict: bool = False,
) -> Patched:
    """What the operations make of Hanako or of another document, which stays as it was."""
    document = document or (team() if type is GROUPS else person())
    before = deepcopy(document)
    try:
        message = parse_patch({"schemas": [PATCH_OP], "Operations": list(operations)}, strict=strict)
        return apply_patch(type, document, message, upsert=upsert, strict=strict)
    finally:
        assert document == before, "the document that came in was changed"


def after(*operations: dict[str, Any], **options: Any) -> dict[str, Any]:
    return patched(*operations, **options).document


def add(path: str | None, value: Any) -> dict[str, Any]:
    return {"op": "add", "value": value} | ({"path": path} if path else {})


def replace(path: str | None, value: Any) -> dict[str, Any]:
    return {"op": "replace", "value": value} | ({"path": path} if path else {})


def remove(path: str) -> dict[str, Any]:
    return {"op": "remove", "path": path}
