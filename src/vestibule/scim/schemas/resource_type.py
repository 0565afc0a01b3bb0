"""ResourceType (RFC 7643 §6 and §8.7.2), with verified erratum 7522 (``schemaExtensions`` is an array)."""

from __future__ import annotations

from vestibule.scim.attribute import Attribute, Mutability, Type
from vestibule.scim.schema import Schema

_READ_ONLY = Mutability.READ_ONLY


def _urn(name: str, description: str) -> Attribute:
    return Attribute(
        name,
        Type.REFERENCE,
        description=description,
        required=True,
        case_exact=True,
        mutability=_READ_ONLY,
        reference_types=("uri",),
    )


RESOURCE_TYPE = Schema(
    id="urn:ietf:params:scim:schemas:core:2.0:ResourceType",
    name="ResourceType",
    description="A kind of resource and where it is served",
    attributes=(
        Attribute("name", description="Name of the resource type.", required=True, mutability=_READ_ONLY),
        Attribute("description", description="The resource type in a sentence.", mutability=_READ_ONLY),
        Attribute(
            "endpoint",
            Type.REFERENCE,
            description="Where it is served, relative to the base URL: /Users.",
            required=True,
            case_exact=True,
            mutability=_READ_ONLY,
            reference_types=("uri",),
        ),
        _urn("schema", "URN of the base schema."),
        Attribute(
            "schemaExtensions",
            Type.COMPLEX,
            multi_valued=True,
            description="The schema extensions of the resource type.",
            mutability=_READ_ONLY,
            sub_attributes=(
                _urn("schema", "URN of the extension."),
                Attribute(
                    "required",
                    Type.BOOLEAN,
                    description="Whether every resource must carry it.",
                    required=True,
                    mutability=_READ_ONLY,
                ),
            ),
        ),
    ),
)
