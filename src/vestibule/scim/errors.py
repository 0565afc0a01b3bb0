"""One class for each error a SCIM service provider answers with (RFC 7644 §3.12).

``detail`` is written for the administrator who reads it in the identity provider's
task list (W100, K8): what is wrong, with which value, and what to do.
"""

from __future__ import annotations

from typing import Any, ClassVar

ERROR_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimError(Exception):
    """A refusal with its HTTP status, scimType and the sentence for the administrator."""

    status: ClassVar[int] = 400
    scim_type: ClassVar[str | None] = None

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def to_document(self, detail: str | None = None) -> dict[str, Any]:
        """The Error message; ``status`` is a string (R84). ``detail`` replaces the sentence."""
        document: dict[str, Any] = {"schemas": [ERROR_SCHEMA], "status": str(self.status)}
        if self.scim_type:
            document["scimType"] = self.scim_type
        document["detail"] = detail or self.detail
        return document


class InvalidFilter(ScimError):
    """The filter does not parse, or compares what cannot be compared."""

    scim_type = "invalidFilter"


class TooMany(ScimError):
    """The filter yields more results than the server will compute."""

    scim_type = "tooMany"


class Uniqueness(ScimError):
    """A value that must be unique is taken; always 409 (R98)."""

    status = 409
    scim_type = "uniqueness"


class Mutability(ScimError):
    """A readOnly or set immutable attribute, or a required one, was to be changed or removed."""

    scim_type = "mutability"


class InvalidSyntax(ScimError):
    """The body is not what the message's schema asks for."""

    scim_type = "invalidSyntax"


class InvalidPath(ScimError):
    """The path of a PATCH operation does not parse or names nothing known."""

    scim_type = "invalidPath"


class NoTarget(ScimError):
    """The path of a PATCH operation finds nothing to work on."""

    scim_type = "noTarget"


class InvalidValue(ScimError):
    """A required value is missing, or a value is not allowed for its attribute."""

    scim_type = "invalidValue"


class InvalidVersion(ScimError):
    """The protocol version in the URL is not supported."""

    scim_type = "invalidVers"


class Sensitive(ScimError):
    """Personal data in a URL where the server does not take it."""

    status = 403
    scim_type = "sensitive"


class InvalidCursor(ScimError):
    """The cursor is forged, foreign, or was issued for other parameters (RFC 9865 §2.1)."""

    scim_type = "invalidCursor"


class ExpiredCursor(ScimError):
    """The cursor was good once (RFC 9865 §2.1)."""

    scim_type = "expiredCursor"


class InvalidCount(ScimError):
    """``count`` is not a number the server takes (RFC 9865 §2.1)."""

    scim_type = "invalidCount"


class CircularReference(ScimError):
    """Operations of a bulk request name each other in a circle that cannot be brought about (R169)."""

    status = 409


class MalformedRequest(ScimError):
    """What came is no HTTP request; nothing of it was read."""


class Unauthorized(ScimError):
    """No token, or none that is good; the answer carries WWW-Authenticate (R77)."""

    status = 401


class Forbidden(ScimError):
    """The token is good, the request is not allowed."""

    status = 403


class NotFound(ScimError):
    """No such resource or path."""

    status = 404


class MethodNotAllowed(ScimError):
    """The path exists, the method is not offered on it; ``allowed`` is the Allow header (RFC 9110 §10.2.1)."""

    status = 405

    def __init__(self, detail: str, allowed: str = "GET") -> None:
        super().__init__(detail)
        self.allowed = allowed


class PreconditionFailed(ScimError):
    """If-Match named another version (R175)."""

    status = 412


class PayloadTooLarge(ScimError):
    """The body is over the limit; ``detail`` names the limit (R171)."""

    status = 413


class UnsupportedMediaType(ScimError):
    """The body is neither application/scim+json nor application/json."""

    status = 415


class TooManyRequests(ScimError):
    """More requests a second than the installation allows; ``retry_after`` is in whole seconds (K7, K39)."""

    status = 429

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class HeadTooLarge(ScimError):
    """The first line and the headers are over the limit; ``detail`` names the limit (RFC 6585 §5)."""

    status = 431


class InternalError(ScimError):
    """A fault of ours; ``detail`` says what to do and leaks nothing (R87)."""

    status = 500


class NotOffered(ScimError):
    """The operation exists in SCIM and is not offered here (501)."""

    status = 501


class Unavailable(ScimError):
    """Not now; ``retry_after`` is in whole seconds (W99)."""

    status = 503

    def __init__(self, detail: str, retry_after: int = 5) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
