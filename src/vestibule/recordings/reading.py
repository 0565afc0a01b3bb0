"""From JSON to a ``Recording``: every key known, every type right, or a fault that names the place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from vestibule.recordings.format import (
    ABSENT,
    FORMAT,
    METHODS,
    VERSION,
    Directory,
    Expectation,
    Known,
    Recording,
    RecordingFault,
    Setup,
    Step,
)

T = TypeVar("T")


def read_recording(text: str | bytes, source: str = "recording") -> Recording:
    """The recording in ``text``. RecordingFault names ``source``, the key and what is allowed."""
    try:
        document = json.loads(text)
    except ValueError as fault:
        raise RecordingFault(f"{source}: not JSON: {fault}") from None
    place = _Place(document, source)
    place.known(
        "format version name about facts profile dialect headers setup steps directory",
        required="format version name steps",
    )
    if place.take("format", str) != FORMAT:
        place.refuse("format", f"must be {FORMAT!r}")
    if place.take("version", int) != VERSION:
        place.refuse("version", f"this Vestibule reads version {VERSION}")
    steps = place.each("steps", _step)
    if not steps:
        place.refuse("steps", "must name at least one request")
    return Recording(
        name=place.take("name", str),
        steps=steps,
        about=place.take("about", str, ""),
        facts=place.each("facts", _text),
        profile=place.take("profile", str, "generic"),
        dialect=place.take("dialect", str, ""),
        headers=_headers(place),
        setup=_setup(place.below("setup")),
        directory=_directory(place.below("directory")),
    )


def _step(value: Any, where: str) -> Step:
    place = _Place(value, where)
    place.known("name method path headers body base expect capture", required="method path expect")
    method = place.take("method", str)
    if method not in METHODS:
        place.refuse("method", f"must be one of {', '.join(METHODS)}")
    path = place.take("path", str)
    if not path.startswith("/"):
        place.refuse("path", "must begin with / and goes below the SCIM base URL")
    return Step(
        method=method,
        path=path,
        expect=_expectation(place.below("expect")),
        name=place.take("name", str, ""),
        headers=_headers(place),
        body=place.values.get("body", ABSENT),
        base=place.take("base", str, "") or None,
        capture=place.texts("capture"),
    )


def _expectation(place: _Place) -> Expectation:
    place.known("status headers body", required="status")
    status = place.take("status", int)
    if not 100 <= status <= 599:
        place.refuse("status", "must be an HTTP status")
    return Expectation(status, place.take("headers", dict, {}), place.values.get("body", ABSENT))


def _setup(place: _Place) -> Setup:
    place.known("users groups existing domains")
    return Setup(
        users=place.each("users", _known),
        groups=place.each("groups", _known),
        existing=place.each("existing", _object),
        domains=place.each("domains", _text),
    )


def _known(value: Any, where: str) -> Known:
    place = _Place(value, where)
    place.known("as resource", required="resource")
    return Known(place.take("resource", dict), place.take("as", str, ""))


def _directory(place: _Place) -> Directory:
    place.known("users groups absent counts")
    absent, counts = place.below("absent"), place.below("counts")
    absent.known("users groups")
    counts.known("users groups")
    for key, name in (("users", "userName"), ("groups", "displayName")):
        for index, pattern in enumerate(place.each(key, _object)):
            if not isinstance(pattern.get(name), str):
                place.refuse(f"{key}[{index}]", f"must hold {name}, by which it is looked up")
    return Directory(
        users=place.each("users", _object),
        groups=place.each("groups", _object),
        absent_users=absent.each("users", _text),
        absent_groups=absent.each("groups", _text),
        user_count=counts.take("users", int, None),
        group_count=counts.take("groups", int, None),
    )


def _headers(place: _Place) -> Mapping[str, str | None]:
    headers: dict[str, str | None] = place.take("headers", dict, {})
    for name, value in headers.items():
        if value is not None and not isinstance(value, str):
            place.refuse(f"headers.{name}", "must be text, or null for a header that is not sent")
    return headers


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise RecordingFault(f"{where}: must be text, not {_kind(value)}")
    return value


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RecordingFault(f"{where}: must be an object, not {_kind(value)}")
    return value


class _Place:
    """An object of the file, and where in it one stands."""

    def __init__(self, value: Any, where: str) -> None:
        self.values = _object(value, where)
        self.where = where

    def refuse(self, key: str, sentence: str) -> None:
        raise RecordingFault(f"{self.where}: {key}: {sentence}")

    def known(self, allowed: str, required: str = "") -> None:
        for key in self.values:
            if key not in allowed.split():
                self.refuse(key, f"unknown key; allowed are {', '.join(allowed.split())}")
        for key in required.split():
            if key not in self.values:
                self.refuse(key, "is missing")

    def take(self, key: str, kind: type[Any], default: Any = ABSENT) -> Any:
        value = self.values.get(key, default)
        if value is default and default is not ABSENT:
            return value
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.refuse(key, f"must be {_WORDS[kind]}, not {_kind(value)}")
        return value

    def each(self, key: str, read: Callable[[Any, str], T]) -> tuple[T, ...]:
        values = self.take(key, list, [])
        return tuple(read(value, f"{self.where}: {key}[{index}]") for index, value in enumerate(values))

    def texts(self, key: str) -> Mapping[str, str]:
        return {
            name: _text(value, f"{self.where}: {key}.{name}")
            for name, value in self.take(key, dict, {}).items()
        }

    def below(self, key: str) -> _Place:
        return _Place(self.values.get(key, {}), f"{self.where}: {key}")


_WORDS: dict[type[Any], str] = {str: "text", int: "a whole number", dict: "an object", list: "a list"}


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    return _WORDS.get(type(value), "a number")
