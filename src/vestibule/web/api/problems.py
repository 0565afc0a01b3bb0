"""Problem details (RFC 9457): any refusal → the one shape in which the API says no.

A class of refusal is a problem type: its name makes the type's address, its docstring the title, its
``status`` the status. The address leads to its explanation, which the API itself serves.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from vestibule.refused import Refused
from vestibule.scim.errors import (
    ExpiredCursor,
    InternalError,
    InvalidCursor,
    MethodNotAllowed,
    NotFound,
    ScimError,
    TooManyRequests,
    Unavailable,
)

PROBLEM_JSON = "application/problem+json"
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_DETAIL_CAP = 2000


class Problem(Refused):
    """A refusal of the API's own frame."""

    def __init__(self, what: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(what)
        self.headers = dict(headers or {})
        #: Further members of the problem (RFC 9457 §3.2).
        self.members = members


class Unauthenticated(Problem):
    """No API token came, or none that is good."""

    status = 401

    def __init__(self, what: str) -> None:
        super().__init__(what, headers={"www-authenticate": 'Bearer realm="api", error="invalid_token"'})


class ScopeMissing(Problem):
    """The API token is good, and lacks the scope that this operation needs."""

    status = 403


class BoundElsewhere(Problem):
    """The API token is bound to an account or a tenant, and this operation is beyond it."""

    status = 403


class MalformedBody(Problem):
    """The body is no JSON object, or says a name twice."""

    status = 400


class InvalidBody(Problem):
    """The body is JSON and not what this operation takes; `errors` names each place."""

    status = 422


class InvalidParameter(Problem):
    """A parameter in path or query is unknown, repeated, missing, or has a value that is not allowed."""

    status = 400


class BodyTooLarge(Problem):
    """The body is larger than this operation takes."""

    status = 413


class UnsupportedMedia(Problem):
    """The body is not declared as application/json."""

    status = 415


class KeyReused(Problem):
    """The Idempotency-Key was used for another request."""

    status = 422


class KeyInUse(Problem):
    """The request with this Idempotency-Key is still being carried out."""

    status = 409


class NoSuchPlace(Problem):
    """Nothing is at this address."""

    status = 404


class NoSuchMethod(Problem):
    """The address exists, the method is not offered on it."""

    status = 405


#: What any operation may answer with; the OpenAPI document lists them for each.
EVERYWHERE = (Unauthenticated, ScopeMissing, InvalidParameter, TooManyRequests, InternalError, Unavailable)
OF_BODIES = (MalformedBody, InvalidBody, BodyTooLarge, UnsupportedMedia)
OF_KEYS = (KeyReused, KeyInUse)
OF_CURSORS = (InvalidCursor, ExpiredCursor)
OF_PATHS = (NoSuchPlace, NoSuchMethod, NotFound, MethodNotAllowed)

Fault = type[Refused] | type[ScimError]


def slug_of(fault: Fault) -> str:
    """``unknown-tenant`` for ``UnknownTenant``."""
    return _CAPITAL.sub("-", fault.__name__).lower()


def title_of(fault: Fault) -> str:
    """One sentence that fits every problem of the type."""
    return inspect.cleandoc(fault.__doc__ or fault.__name__).partition("\n")[0].replace("``", "`")


def status_of(fault: Fault) -> int:
    """The HTTP status of the type."""
    return fault.status


def sentence_of(fault: Refused | ScimError) -> str:
    """What is wrong with which value, without what only a command line can do."""
    said = fault.detail if isinstance(fault, ScimError) else fault.what
    return said if len(said) <= _DETAIL_CAP else f"{said[: _DETAIL_CAP - 1]}…"


def document_of(fault: Refused | ScimError, public_url: str, story: str, request_id: str) -> dict[str, Any]:
    """The problem details of a refusal; ``story`` is its ``instance``."""
    kind = type(fault)
    document: dict[str, Any] = {
        "type": f"{public_url}/api/v1/problems/{slug_of(kind)}",
        "title": title_of(kind),
        "status": kind.status,
        "detail": sentence_of(fault),
        "instance": story,
        "requestId": request_id,
    }
    if isinstance(fault, ScimError) and fault.scim_type:
        document["scimType"] = fault.scim_type
    if isinstance(fault, Problem):
        document.update(fault.members)
    return document


def headers_of(fault: Refused | ScimError) -> dict[str, str]:
    """Headers that go with it."""
    if isinstance(fault, Unavailable | TooManyRequests):
        return {"retry-after": str(max(1, int(fault.retry_after)))}
    if isinstance(fault, MethodNotAllowed):
        return {"allow": fault.allowed}
    return fault.headers if isinstance(fault, Problem) else {}


def rendered(document: Mapping[str, Any]) -> bytes:
    """The body of a problem."""
    return orjson.dumps(document)


def known_problems(faults: Sequence[Fault]) -> dict[str, Fault]:
    """The types by their slugs, in alphabetical order."""
    return {slug_of(fault): fault for fault in sorted(faults, key=slug_of)}
