"""A call from request to answer, without the network: what to send, when to wait, what it came to.

Both clients drive the same generator, so that a retry is the same in either. A write bears an Idempotency-Key,
and so may be sent again: it is not carried out twice.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from vestibule.client.decoding import decode, wire_name
from vestibule.client.problems import NoAnswer, problem_of

#: So often a call is tried at most.
TRIES = 5
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 20.0
#: Answers after which trying again may help.
_AGAIN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Sending:
    """One HTTP request to be sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Came:
    """What came back; ``fault`` where nothing did."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: str = ""


Steps = Generator[Sending | Pause, Came | None, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """A call of one operation: its address with parameters, body and answer's type; None for no answer."""

    method: str
    path: str
    answer: Any = None
    path_values: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    if_match: object = None
    idempotency_key: str | None = None
    #: The answer may be so many seconds away by intention (a long poll).
    patience: float = 0.0


def steps(ask: Ask, timeout: float) -> Steps:
    """The requests and pauses of a call; gives the decoded answer. ``ApiProblem``, ``NoAnswer``."""
    sending = _sending(ask, timeout + ask.patience)
    came = Came()
    for attempt in range(1, TRIES + 1):
        came = (yield sending) or came
        if not came.fault and came.status < 300:
            return _answer(ask, came)
        if attempt == TRIES or not _may_help(came):
            break
        yield Pause(_pause(came, attempt))
    if came.fault:
        raise NoAnswer(f"{ask.method} {sending.target}: {came.fault} (tried {attempt} times).")
    raise problem_of(came.status, _document(came))


def _sending(ask: Ask, timeout: float) -> Sending:
    path = ask.path
    for name, value in ask.path_values.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    query = {wire_name(name): _text(value) for name, value in ask.query.items() if value is not None}
    headers = {"accept": "application/json"}
    body = None
    if ask.body is not None:
        body = json.dumps({wire_name(name): value for name, value in ask.body.items()}).encode()
        headers["content-type"] = "application/json"
    if ask.method != "GET":
        headers["idempotency-key"] = ask.idempotency_key or str(uuid.uuid4())
    if ask.if_match is not None:
        version = str(ask.if_match)
        headers["if-match"] = version if version.endswith('"') else f'"{version}"'
    target = f"/api/v1{path}{f'?{urlencode(query)}' if query else ''}"
    return Sending(ask.method, target, headers, body, timeout)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _may_help(came: Came) -> bool:
    if came.fault or came.status in _AGAIN:
        return True
    return came.status == 409 and _document(came).get("type", "").endswith("/key-in-use")


def _pause(came: Came, attempt: int) -> float:
    """As the server says; else longer each time, and never the same for two clients."""
    said = came.headers.get("retry-after", "")
    if said.isdigit():
        return min(float(said), _LONGEST_PAUSE) + random.uniform(0, 0.1)
    longest = min(_FIRST_PAUSE * float(2**attempt), _LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.0)


def _answer(ask: Ask, came: Came) -> Any:
    if ask.answer is None or not came.body:
        return None
    try:
        return decode(ask.answer, json.loads(came.body))
    except (ValueError, TypeError, AttributeError) as fault:
        raise NoAnswer(
            f"{ask.method} {ask.path}: the answer is not what this client understands ({fault})."
        ) from None


def _document(came: Came) -> Mapping[str, Any]:
    try:
        document = json.loads(came.body)
    except ValueError:
        document = None
    return document if isinstance(document, dict) else {"detail": came.body[:200].decode("utf-8", "replace")}
