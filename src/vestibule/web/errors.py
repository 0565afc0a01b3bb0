"""Any error → the SCIM body an identity provider's administrator reads, once, here."""

from __future__ import annotations

import traceback

import orjson
import structlog

from vestibule.directory.refusal import by_protocol
from vestibule.scim.errors import (
    Forbidden,
    InternalError,
    MethodNotAllowed,
    NotOffered,
    PayloadTooLarge,
    ScimError,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from vestibule.web.exchange import Reply

_log = structlog.get_logger("vestibule.web")

#: An error text is shown in a task list; longer ones help nobody (K8).
_DETAIL_CAP = 1000
#: Errors whose sentence holds nothing that a client sent; every other may quote a person's values.
_IMPERSONAL = (
    Unauthorized,
    Forbidden,
    PayloadTooLarge,
    TooManyRequests,
    InternalError,
    NotOffered,
    Unavailable,
)
#: So many of the innermost calls of a fault are told.
_CALLS_TOLD = 20


def error_reply(error: ScimError, public_url: str, request_id: str) -> Reply:
    """The Error message; its ``detail`` says the sentence first and the link to its story last."""
    sentence = error.detail if len(error.detail) <= _DETAIL_CAP else f"{error.detail[: _DETAIL_CAP - 1]}…"
    document = error.to_document(f"{sentence} {public_url}/r/{request_id}")
    # The reason stands outside the erasable payload of the request log, so it quotes nothing.
    reason = error.detail if isinstance(error, _IMPERSONAL) else by_protocol(error).reason
    reply = Reply(error.status, orjson.dumps(document), rule=type(error).__name__, reason=reason)
    if isinstance(error, Unauthorized):
        reply.headers.append((b"www-authenticate", b'Bearer realm="SCIM", error="invalid_token"'))
    if isinstance(error, MethodNotAllowed):
        reply.headers.append((b"allow", error.allowed.encode()))
    if isinstance(error, Unavailable | TooManyRequests):
        reply.headers.append((b"retry-after", str(max(1, int(error.retry_after))).encode()))
    return reply


def unforeseen(fault: Exception, request_id: str) -> ScimError:
    """A fault of ours as a 500 that leaks nothing (R87); where it happened goes to the log."""
    note_fault(fault, request_id)
    return InternalError(
        "Something went wrong on our side and nothing was changed. Try again; if it stays, give the "
        "vendor's support the link at the end of this text."
    )


def note_fault(fault: BaseException, request_id: str) -> None:
    """Tell the log of a fault of ours: which, and where.

    Made to text here: a renderer that is handed the exception may show the variables of every
    frame, and these hold access tokens and passwords.
    """
    told = "".join(traceback.format_exception(fault, limit=-_CALLS_TOLD))
    _log.error("unforeseen fault", request_id=request_id, fault=type(fault).__name__, exception=told)
