"""Where each attribute of a resource came from: the event that wrote it last, out of its story."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.directory.story import LoggedEvent, Story

_NO_ATTRIBUTE = frozenset({"before", "after", "rule"})
_NOT_SHOWN = frozenset({"schemas", "id", "meta", "groups", "members"})
#: How the URN of a schema ends, after which an attribute's name follows a colon.
_KINDS = (":User", ":Group")
#: What goes with ``active`` is told by these.
_STATE_EVENTS = {"user.deactivated": False, "user.reactivated": True}


@dataclass(frozen=True, slots=True)
class Written:
    """Who wrote a value last, and when. ``request`` is the identity provider's, None for somebody by hand."""

    at: str
    request: str | None
    event: str


@dataclass(frozen=True, slots=True)
class Line:
    """One attribute as it is shown: its path, its value, and where it came from (None where nobody knows)."""

    path: str
    value: Any
    written: Written | None


@dataclass(frozen=True, slots=True)
class StateChange:
    """A person became something: created, linked, inactive, active, deleted."""

    at: str
    event: str
    request: str | None


def lines(document: Mapping[str, Any], story: Story) -> list[Line]:
    """The attributes of a document, each value of a complex one for itself, with what the story knows of them."""
    written = _written(story)
    return [Line(path, value, _of(path, written)) for path, value in _flat(document)]


def state_history(story: Story) -> list[StateChange]:
    """What a person became, newest first."""
    states = (
        "user.created",
        "user.linked",
        "user.deactivated",
        "user.reactivated",
        "user.deleted",
        "access.ended",
    )
    return [
        StateChange(event.at, event.type, event.request_id)
        for event in reversed(story.events)
        if event.type in states
    ]


def _written(story: Story) -> dict[str, Written]:
    found: dict[str, Written] = {}
    for event in story.events:
        by = Written(event.at, event.request_id, event.type)
        for path in _paths(event):
            found[path.lower()] = by
    return found


def _paths(event: LoggedEvent) -> Iterator[str]:
    yield from (path for path in event.payload or {} if path not in _NO_ATTRIBUTE)
    if event.type in _STATE_EVENTS:
        yield "active"
    if event.type in ("user.created", "team.created"):
        yield ""


def _of(path: str, written: Mapping[str, Written]) -> Written | None:
    """By the path itself, by one it is part of, else by the event that made the whole."""
    wanted = path.lower()
    while wanted:
        if wanted in written:
            return written[wanted]
        cut = max(wanted.rfind("."), wanted.rfind("["))
        wanted = wanted[:cut] if cut > wanted.rfind(":") else ""
    return written.get("")


def _flat(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if not prefix and name in _NOT_SHOWN:
            continue
        separator = ":" if prefix.startswith("urn:") and prefix.endswith(_KINDS) else "."
        path = f"{prefix}{separator}{name}" if prefix else name
        if isinstance(value, dict):
            yield from _flat(value, path)
        elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            for place, one in enumerate(value):
                kind = one.get("type") or ("primary" if one.get("primary") else place)
                yield (
                    f"{path}[{kind}]",
                    one.get("value", one)
                    if set(one) <= {"value", "type", "primary", "display", "$ref"}
                    else one,
                )
        else:
            yield path, value
