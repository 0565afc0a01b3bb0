"""The core Group (RFC 7643 §4.2 and §8.7.1), with verified erratum 5368 (displayName is required)."""

from __future__ import annotations

from vestibule.scim.attribute import Attribute, Mutability, Type
from vestibule.scim.schema import Schema

_IMMUTABLE = Mutability.IMMUTABLE

GROUP = Schema(
    id="urn:ietf:params:scim:schemas:core:2.0:Group",
    name="Group",
    description="A group of people",
    attributes=(
        Attribute("displayName", description="The name by which the group is shown.", required=True),
        Attribute(
            "members",
            Type.COMPLEX,
            multi_valued=True,
            description="The members of the group. They are added and removed, not changed.",
            sub_attributes=(
                Attribute("value", description="The member's id.", case_exact=True, mutability=_IMMUTABLE),
                Attribute(
                    "$ref",
                    Type.REFERENCE,
                    description="The member's URI.",
                    case_exact=True,
                    mutability=_IMMUTABLE,
                    reference_types=("User", "Group"),
                ),
                Attribute(
                    "type",
                    description="What kind of resource the member is.",
                    canonical_values=("User", "Group"),
                    mutability=_IMMUTABLE,
                ),
                # RFC 7643 §2.4: display is readOnly. What a client sends of it is passed over (W86).
                Attribute(
                    "display",
                    description="The member's name, for showing only.",
                    mutability=Mutability.READ_ONLY,
                ),
            ),
        ),
    ),
)
