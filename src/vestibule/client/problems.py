"""What the API says when it says no (RFC 9457), as exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """Any failure of a call; catch this one to catch them all."""


class NoAnswer(ApiError):
    """The server did not answer, or not with what this client understands, after all tries."""


class ApiProblem(ApiError):
    """A refusal. ``slug`` is the last part of ``type``: ``unknown-tenant``; ``detail`` is the sentence for a human."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.type = str(document.get("type", "about:blank"))
        self.slug = self.type.rpartition("/")[2]
        self.title = str(document.get("title", ""))
        self.detail = str(document.get("detail", ""))
        #: Leads to the story of the request.
        self.instance = str(document.get("instance", ""))
        self.request_id = str(document.get("requestId", ""))
        #: All that the problem says, further members among it (``errors`` with pointer and detail).
        self.document = dict(document)
        super().__init__(
            f"{self.detail or self.title or status} ({self.slug}, request {self.request_id or '?'})"
        )


class Unauthenticated(ApiProblem):
    """401: no API token, or none that is good."""


class Forbidden(ApiProblem):
    """403: the token may not."""


class NotFound(ApiProblem):
    """404: there is none, or the token does not see it."""


class Conflict(ApiProblem):
    """409: it does not fit what is there."""


class Gone(ApiProblem):
    """410: it was there, and is kept no longer."""


class ChangedMeanwhile(ApiProblem):
    """412: somebody else changed it since it was read; read it again."""


class Invalid(ApiProblem):
    """400, 413, 415, 422: what was sent is not what is taken."""


class TooManyRequests(ApiProblem):
    """429, after all tries."""


class ServerTrouble(ApiProblem):
    """500 and above, after all tries."""


_BY_STATUS: Mapping[int, type[ApiProblem]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    412: ChangedMeanwhile,
    429: TooManyRequests,
}


def problem_of(status: int, document: Mapping[str, Any]) -> ApiProblem:
    """The exception for an answer of that status."""
    kind = _BY_STATUS.get(status) or (ServerTrouble if status >= 500 else Invalid)
    return kind(status, document)
