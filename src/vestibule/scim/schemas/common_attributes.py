"""The attributes that every resource has, whatever its schema (RFC 7643 §3 and §3.1)."""

from __future__ import annotations

from vestibule.scim.attribute import Attribute, Mutability, Returned, Type, Uniqueness

_READ_ONLY = Mutability.READ_ONLY

SCHEMAS = Attribute(
    "schemas",
    Type.REFERENCE,
    multi_valued=True,
    description="URNs of the schemas in use: the base schema, and each extension with a value.",
    required=True,
    returned=Returned.ALWAYS,
    reference_types=("uri",),
)
ID = Attribute(
    "id",
    description="Identifier given by the service provider; never changed, never given to another resource.",
    case_exact=True,
    mutability=_READ_ONLY,
    returned=Returned.ALWAYS,
    uniqueness=Uniqueness.SERVER,
)
EXTERNAL_ID = Attribute(
    "externalId",
    description="The provisioning client's own identifier of the resource.",
    case_exact=True,
)
META = Attribute(
    "meta",
    Type.COMPLEX,
    description="What the service provider knows about the resource itself.",
    mutability=_READ_ONLY,
    sub_attributes=(
        Attribute(
            "resourceType",
            description="Name of the resource type.",
            case_exact=True,
            mutability=_READ_ONLY,
        ),
        Attribute("created", Type.DATE_TIME, description="When it was created.", mutability=_READ_ONLY),
        Attribute("lastModified", Type.DATE_TIME, description="When it last changed.", mutability=_READ_ONLY),
        Attribute(
            "location",
            Type.REFERENCE,
            description="URI of the resource.",
            case_exact=True,
            mutability=_READ_ONLY,
            reference_types=("uri",),
        ),
        Attribute(
            "version",
            description="Version of the resource, equal to its ETag.",
            case_exact=True,
            mutability=_READ_ONLY,
        ),
    ),
)

#: In the order in which a representation shows them.
COMMON: tuple[Attribute, ...] = (SCHEMAS, ID, EXTERNAL_ID, META)
