"""A request → the arguments of its operation: strict JSON, known parameters, every fault in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request

from vestibule.scim.errors import InvalidSyntax
from vestibule.web.api.message import adapter
from vestibule.web.api.operation import Operation, Parameter
from vestibule.web.api.problems import (
    BodyTooLarge,
    InvalidBody,
    InvalidParameter,
    MalformedBody,
    UnsupportedMedia,
)
from vestibule.web.repeated_names import refuse_repeated_names

_MOST_ERRORS = 20
#: Deeper than any body of ours; orjson alone would take 1,024.
_JSON = ("application/json", "application/scim+json")


async def read_body(request: Request, operation: Operation) -> bytes:
    """The whole body. ``BodyTooLarge`` as soon as it is over the operation's limit."""
    limit = operation.body_limit
    declared = request.headers.get("content-length", "")
    chunks, size = [], 0
    too_large = BodyTooLarge(f"The body is larger than {limit:,} bytes, the limit of this operation.")
    if declared.isdigit() and int(declared) > limit:
        raise too_large
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise too_large
            chunks.append(chunk)
    except ClientDisconnect:
        raise MalformedBody(
            "The connection ended in the middle of the body. Send the request again."
        ) from None
    return b"".join(chunks)


def arguments_of(
    operation: Operation,
    path: Mapping[str, str],
    query: Sequence[tuple[str, str]],
    raw: bytes,
    media_type: str,
) -> dict[str, Any]:
    """What the operation's function is called with, beside ``call``.

    ``InvalidParameter``, ``MalformedBody``, ``InvalidBody``, ``UnsupportedMedia``.
    """
    arguments = {one.name: _value(one, [path[one.name]], "path") for one in operation.path_parameters}
    arguments |= _query(operation, query)
    if operation.body is not None:
        arguments["body"] = _body(operation.body, raw, media_type)
    elif raw.strip() not in (b"", b"{}"):
        raise InvalidBody("This operation takes no body. Leave it out.")
    return arguments


def _query(operation: Operation, query: Sequence[tuple[str, str]]) -> dict[str, Any]:
    known = {one.wire: one for one in operation.query_parameters}
    came: dict[str, list[str]] = {}
    for name, text in query:
        if name not in known:
            listed = ", ".join(known) or "none"
            raise InvalidParameter(f"There is no query parameter {name[:80]!r} here; there are: {listed}.")
        came.setdefault(name, []).append(text)
    arguments = {}
    for name, parameter in known.items():
        if name in came:
            arguments[parameter.name] = _value(parameter, came[name], "query")
        elif parameter.required:
            raise InvalidParameter(f"The query parameter {name!r} is missing.")
        else:
            arguments[parameter.name] = parameter.default
    return arguments


def _value(parameter: Parameter, texts: Sequence[str], where: str) -> Any:
    for text in texts:
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise InvalidParameter(
                f"The {where} parameter {parameter.wire!r} holds what is no text (U+0000)."
            )
    kinds = parameter_kinds(parameter)
    if "array" in kinds:
        value: Any = [part for text in texts for part in text.split(",")]
    elif len(texts) > 1:
        raise InvalidParameter(
            f"The query parameter {parameter.wire!r} came {len(texts)} times. Say it once."
        )
    else:
        value = texts[0]
    reader = adapter(parameter.type)
    try:
        if "integer" in kinds or "boolean" in kinds:
            return reader.validate_json(
                value if value in ("true", "false") or value.lstrip("-").isdigit() else f'"{value}"',
                strict=True,
            )
        return reader.validate_python(value)
    except (ValidationError, ValueError) as fault:
        said = _message(fault.errors()[0]) if isinstance(fault, ValidationError) else str(fault)
        raise InvalidParameter(
            f"The {where} parameter {parameter.wire!r} is {value!r:.120}: {said}.", parameter=parameter.wire
        ) from None


def parameter_kinds(parameter: Parameter) -> frozenset[str]:
    """The JSON types that a parameter may have."""
    return _kinds(parameter.type)


@cache
def _kinds(type: Any) -> frozenset[str]:
    schema = adapter(type).json_schema()
    forms = schema.get("anyOf", [schema])
    return frozenset(str(form.get("type", "string")) for form in forms)


def _body(type: Any, raw: bytes, media_type: str) -> Any:
    if raw and media_type.partition(";")[0].strip().lower() not in _JSON:
        raise UnsupportedMedia(
            f"The body is declared as {media_type[:80] or 'nothing'!r}. Send it with Content-Type: application/json."
        )
    try:
        parsed = orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError as fault:
        raise MalformedBody(
            f"The body is no JSON: {fault.msg} (line {fault.lineno}, column {fault.colno})."
        ) from None
    if not isinstance(parsed, dict):
        raise MalformedBody(
            "A JSON object is wanted as the body, and none came."
            if not raw
            else "The body is JSON, and no object."
        )
    try:
        refuse_repeated_names(raw, parsed)
    except InvalidSyntax as fault:
        raise MalformedBody(fault.detail) from None
    if _holds_zero(parsed):
        raise InvalidBody("A text in the body holds U+0000, which no value can hold.")
    try:
        return adapter(type).validate_json(raw)
    except ValidationError as fault:
        raise _invalid(fault) from None


def _invalid(fault: ValidationError) -> InvalidBody:
    errors = [
        {"pointer": "".join(f"/{part}" for part in error["loc"]), "detail": _message(error)}
        for error in fault.errors(include_url=False, include_input=False)[:_MOST_ERRORS]
    ]
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    place = f"{first['pointer']}: " if first["pointer"] else ""
    return InvalidBody(f"{place}{first['detail']}.{more}", errors=errors)


def _message(error: Any) -> str:
    if error["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        return "There is no such member"
    if error["type"] in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return "This member is missing"
    message: str = error["msg"]
    return message.removeprefix("Value error, ").rstrip(".")


def _holds_zero(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in key or _holds_zero(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_holds_zero, value))
