"""Small products to decide for, made by hand: one for each set of rules."""

from __future__ import annotations

from dataclasses import replace

from tests.cast import WSOS_USER
from vestibule.profiles.profile import (
    ApplicationProfile,
    DeleteRule,
    MappedAttribute,
    Plan,
    Product,
    Role,
    UserNameRule,
)
from vestibule.scim.attribute import Attribute, Type
from vestibule.scim.checker import compile_type
from vestibule.scim.schema import Extension, ResourceType, Schema
from vestibule.scim.schemas.enterprise_user import ENTERPRISE_USER
from vestibule.scim.schemas.group import GROUP
from vestibule.scim.schemas.user import USER

_ACCOUNTS = Attribute(
    "accounts", Type.COMPLEX, multi_valued=True, sub_attributes=(Attribute("value"), Attribute("type"))
)
_PHONETIC = Schema(
    WSOS_USER,
    "WorkstyleOS",
    "",
    (
        Attribute(
            "name",
            Type.COMPLEX,
            sub_attributes=(Attribute("familyNamePhonetic"), Attribute("givenNamePhonetic")),
        ),
    ),
)
_CORE = replace(USER, attributes=(*USER.attributes, _ACCOUNTS))
_USERS = compile_type(
    ResourceType("User", "/Users", "", _CORE, (Extension(ENTERPRISE_USER), Extension(_PHONETIC)))
)
_GROUPS = compile_type(ResourceType("Group", "/Groups", "", GROUP))

#: No rules beyond SCIM; with teams; what is deleted comes back as somebody new.
PLAIN = ApplicationProfile(
    name="plain",
    version=11,
    product=Product("Plain"),
    types={"User": _USERS, "Group": _GROUPS},
    attributes=(),
    plans={"standard": Plan("standard")},
    default_plan="standard",
    product_owned=frozenset(
        {
            "nickName",
            "name.middleName",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter",
        }
    ),
    indexed=("accounts.value",),
)

#: Names required, userName an e-mail address, one role by ``roles``, no teams.
OFFICE = replace(
    PLAIN,
    name="office",
    version=12,
    product=Product("Office"),
    types={"User": _USERS},
    attributes=(
        MappedAttribute("Family name", "lastName", "name.familyName", USER.id, okta_default="user.lastName"),
    ),
    roles=(Role("admin"), Role("general", default=True)),
    role_sources=("roles[primary eq true].value", "roles.value"),
    teams=False,
    user_name=UserNameRule.EMAIL,
    required=("name.familyName", "name.givenName"),
    product_owned=frozenset(),
)

#: User type decides, ``roles`` is the trap; DELETE keeps the person for a return.
SIGNING = replace(
    PLAIN,
    name="signing",
    version=13,
    product=Product("Signing"),
    roles=(Role("Administrator"), Role("Manager"), Role("User", default=True)),
    role_sources=("userType", "roles[primary eq true].value", "roles.value"),
    user_name=UserNameRule.EMAIL,
    delete=DeleteRule.INACTIVATE,
    product_owned=frozenset(),
)
