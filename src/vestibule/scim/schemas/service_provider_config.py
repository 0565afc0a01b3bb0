"""ServiceProviderConfig (RFC 7643 §5 and §8.7.2), with ``pagination`` of RFC 9865 §4 and
``securityEvents`` of RFC 9967 §4.
"""

from __future__ import annotations

from vestibule.scim.attribute import Attribute, Mutability, Type
from vestibule.scim.schema import Schema

_READ_ONLY = Mutability.READ_ONLY


def _row(
    name: str, type: Type, description: str, *, required: bool = True, multi_valued: bool = False
) -> Attribute:
    return Attribute(
        name, type, multi_valued, description=description, required=required, mutability=_READ_ONLY
    )


def _option(name: str, description: str, *more: Attribute, required: bool = True) -> Attribute:
    supported = _row("supported", Type.BOOLEAN, "Whether the operation is offered.")
    return Attribute(
        name,
        Type.COMPLEX,
        description=description,
        required=required,
        mutability=_READ_ONLY,
        sub_attributes=(supported, *more),
    )


def _link(name: str, description: str) -> Attribute:
    return Attribute(
        name,
        Type.REFERENCE,
        description=description,
        case_exact=True,
        mutability=_READ_ONLY,
        reference_types=("external",),
    )


SERVICE_PROVIDER_CONFIG = Schema(
    id="urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
    name="ServiceProviderConfig",
    description="What this service provider offers",
    attributes=(
        _link("documentationUri", "Where people find help."),
        _option("patch", "PATCH."),
        _option(
            "bulk",
            "Bulk operations.",
            _row("maxOperations", Type.INTEGER, "The largest number of operations."),
            _row("maxPayloadSize", Type.INTEGER, "The largest body, in bytes."),
        ),
        _option(
            "filter",
            "Filters.",
            _row("maxResults", Type.INTEGER, "The largest number of resources in one answer."),
        ),
        _option("changePassword", "Changing passwords."),
        _option("sort", "Sorting."),
        _option("etag", "Versions of resources as ETags."),
        Attribute(
            "authenticationSchemes",
            Type.COMPLEX,
            multi_valued=True,
            description="How a client shows who it is.",
            required=True,
            mutability=_READ_ONLY,
            sub_attributes=(
                Attribute(
                    "type",
                    description="The kind of scheme.",
                    required=True,
                    canonical_values=("oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"),
                    mutability=_READ_ONLY,
                ),
                _row("name", Type.STRING, "The usual name of the scheme."),
                _row("description", Type.STRING, "The scheme in a sentence."),
                _link("specUri", "Where the scheme is specified."),
                _link("documentationUri", "Where its use is explained."),
                _row("primary", Type.BOOLEAN, "Whether it is the preferred one.", required=False),
            ),
        ),
        Attribute(
            "pagination",
            Type.COMPLEX,
            description="How long answers are divided into pages.",
            mutability=_READ_ONLY,
            sub_attributes=(
                _row("cursor", Type.BOOLEAN, "Whether cursors are offered."),
                _row("index", Type.BOOLEAN, "Whether startIndex and count are offered."),
                Attribute(
                    "defaultPaginationMethod",
                    description="The method where the client names none.",
                    canonical_values=("cursor", "index"),
                    mutability=_READ_ONLY,
                ),
                _row(
                    "defaultPageSize",
                    Type.INTEGER,
                    "Resources on a page if count is not given.",
                    required=False,
                ),
                _row("maxPageSize", Type.INTEGER, "The most resources on a page.", required=False),
                _row("cursorTimeout", Type.INTEGER, "Seconds for which a cursor is good.", required=False),
            ),
        ),
        Attribute(
            "securityEvents",
            Type.COMPLEX,
            description="What is told by security event tokens.",
            mutability=_READ_ONLY,
            sub_attributes=(
                Attribute(
                    "asyncRequest",
                    description="Whether asynchronous requests are offered.",
                    required=True,
                    canonical_values=("none", "long", "request"),
                    mutability=_READ_ONLY,
                ),
                _row("eventUris", Type.STRING, "The URIs of the events.", required=False, multi_valued=True),
            ),
        ),
    ),
)
