"""The request log's rows for calls of the API: every write, and whatever was refused."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

from vestibule.directory.change import Change
from vestibule.directory.store import Recorded
from vestibule.web.api.call import Call
from vestibule.web.redaction import redacted_body, redacted_query, redacted_text


def row_of_answer(call: Call, response: Response, seconds: float) -> Recorded:
    """The row of a call that was answered so."""
    if response.status_code < 400:
        reason = f"Carried out for the API token {call.token.name!r}." if call.caller else ""
        return _row(call, response.status_code, seconds, f"api.{call.operation}", reason, call.subject_id)
    body = bytes(response.body)
    told = orjson.loads(body)
    rule = f"api.{told['type'].rpartition('/')[2]}"
    return _row(
        call, response.status_code, seconds, rule, told["title"], call.subject_id, redacted_body(body)
    )


def row_of_change(call: Call, change: Change) -> Recorded:
    """The row that is written in the change's own transaction."""
    answer, explanation = change.answer, change.explanation
    subject = answer.resource.id if answer.resource else call.subject_id
    status = answer.error.status if answer.error else 200
    said = redacted_text(answer.error.detail) if answer.error else ""
    call.recorded = True
    return _row(call, status, call.seconds(), explanation.rule, explanation.reason, subject, said)


def _row(
    call: Call, status: int, seconds: float, rule: str, reason: str, subject: str, response: str = ""
) -> Recorded:
    request = call.request
    payload: dict[str, Any] = {
        "query": redacted_query(request.url.query.encode()),
        "user_agent": request.headers.get("user-agent", "")[:200],
        "request": redacted_body(call.raw),
    }
    if response:
        payload["response"] = response
    return Recorded(
        id=call.request_id,
        tenant=call.tenant_id,
        connection=None,
        at=call.at,
        method=request.method[:20],
        path=request.url.path[:512],
        status=status,
        duration_us=int(seconds * 1e6),
        token_name=f"api:{call.caller.name}" if call.caller else "",
        subject_type=call.subject_type,
        subject_id=subject[:64],
        rule=rule,
        reason=reason,
        payload=payload,
    )
