"""Resource types for tests: those of RFC 7643, and one with an attribute of every kind."""

from __future__ import annotations

from vestibule.scim.attribute import Attribute, Mutability, Returned, Type
from vestibule.scim.checker import compile_type
from vestibule.scim.schema import Extension, ResourceType, Schema
from vestibule.scim.schemas.enterprise_user import ENTERPRISE_USER
from vestibule.scim.schemas.group import GROUP
from vestibule.scim.schemas.user import USER

USER_URN = USER.id
GROUP_URN = GROUP.id
ENTERPRISE = ENTERPRISE_USER.id
PHONETIC = "urn:ietf:params:scim:schemas:extension:wsos:2.0:User"
BADGE_URN = "urn:example:schemas:Badge"
STRICT_URN = "urn:example:schemas:extension:Access"

_PHONETIC_SCHEMA = Schema(
    PHONETIC,
    "Phonetic",
    "Readings",
    (
        Attribute(
            "name",
            Type.COMPLEX,
            sub_attributes=(Attribute("familyNamePhonetic"), Attribute("givenNamePhonetic")),
        ),
    ),
)
_BADGE = Schema(
    BADGE_URN,
    "Badge",
    "Every kind of attribute",
    (
        Attribute("text", required=True),
        Attribute("exact", case_exact=True),
        Attribute("level", canonical_values=("Low", "High"), closed=True),
        Attribute("advice", canonical_values=("a", "b")),
        Attribute("flag", Type.BOOLEAN),
        Attribute("count", Type.INTEGER),
        Attribute("weight", Type.DECIMAL),
        Attribute("since", Type.DATE_TIME),
        Attribute("blob", Type.BINARY, case_exact=True),
        Attribute("link", Type.REFERENCE, case_exact=True, reference_types=("external",)),
        Attribute("tags", multi_valued=True),
        Attribute("serial", mutability=Mutability.IMMUTABLE),
        Attribute("issued", mutability=Mutability.READ_ONLY),
        Attribute("secret", mutability=Mutability.WRITE_ONLY, returned=Returned.NEVER),
        Attribute("note", returned=Returned.REQUEST),
        Attribute("colour", returned=Returned.ALWAYS),
        Attribute(
            "place",
            Type.COMPLEX,
            sub_attributes=(
                Attribute("room", required=True),
                Attribute("floor", Type.INTEGER),
                Attribute("plan", returned=Returned.REQUEST),
                Attribute("building", mutability=Mutability.IMMUTABLE),
            ),
        ),
    ),
)
_ACCESS = Schema(STRICT_URN, "Access", "Required", (Attribute("zone", required=True), Attribute("hint")))

PERSON = compile_type(
    ResourceType(
        "User", "/Users", "A person", USER, (Extension(ENTERPRISE_USER), Extension(_PHONETIC_SCHEMA))
    )
)
TEAM = compile_type(ResourceType("Group", "/Groups", "A team", GROUP))
BADGE = compile_type(
    ResourceType("Badge", "/Badges", "A badge", _BADGE, (Extension(_ACCESS, required=True),))
)
