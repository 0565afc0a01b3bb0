"""The enterprise extension of User (RFC 7643 §4.3 and §8.7.1), with verified erratum 8472."""

from __future__ import annotations

from vestibule.scim.attribute import Attribute, Mutability, Type
from vestibule.scim.schema import Schema

ENTERPRISE_USER = Schema(
    id="urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    name="EnterpriseUser",
    description="What an organisation knows about a person",
    attributes=(
        Attribute("employeeNumber", description="Number or code of the person in the organisation."),
        Attribute("costCenter", description="Name of a cost centre."),
        Attribute("organization", description="Name of an organisation."),
        Attribute("division", description="Name of a division."),
        Attribute("department", description="Name of a department."),
        Attribute(
            "manager",
            Type.COMPLEX,
            description="The person's manager.",
            sub_attributes=(
                Attribute("value", description="The id of the manager's User.", case_exact=True),
                Attribute(
                    "$ref",
                    Type.REFERENCE,
                    description="URI of the manager's User.",
                    case_exact=True,
                    mutability=Mutability.READ_ONLY,
                    reference_types=("User",),
                ),
                Attribute(
                    "displayName",
                    description="The manager's displayName.",
                    mutability=Mutability.READ_ONLY,
                ),
            ),
        ),
    ),
)
