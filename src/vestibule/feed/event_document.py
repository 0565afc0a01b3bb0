"""An event as it goes out: the same in the API, the stream, a webhook, a handler and ``events tail --json``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vestibule.directory.events import EVENTS
from vestibule.directory.story import LoggedEvent
from vestibule.feed.errors import UnknownEventType

TYPES = tuple(event.type for event in EVENTS)
_FAMILIES = {f"{type.partition('.')[0]}.*": () for type in TYPES}


def event_document(event: LoggedEvent, tenant: str) -> dict[str, Any]:
    """The event of the tenant of that slug, in JSON's kinds of values. ``payload`` is None once forgotten, or for none."""
    return {
        "seq": event.seq,
        "tenant": tenant,
        "at": event.at,
        "type": event.type,
        "subjectType": event.subject_type,
        "subjectId": event.subject_id,
        "request": event.request_id,
        "data": {wire_name(name): value for name, value in event.fields.items()},
        "payload": event.payload,
    }


def types_named(asked: Sequence[str]) -> tuple[str, ...]:
    """The event types that words such as ``user.created`` and ``user.*`` name; () for none, which means all.

    ``UnknownEventType``.
    """
    found: dict[str, None] = {}
    for word in asked:
        if word == "*":
            return ()
        named = [type for type in TYPES if type == word or (word in _FAMILIES and type.startswith(word[:-1]))]
        if not named:
            raise UnknownEventType(word, TYPES)
        found.update(dict.fromkeys(named))
    return tuple(found)


_WIRE_NAMES: dict[str, str] = {
    name: "".join(part.title() if at else part for at, part in enumerate(name.split("_")))
    for event in EVENTS
    for name in event.__dataclass_fields__
}


def wire_name(name: str) -> str:
    """The name of an event's own field as it goes out: ``memberId``."""
    return _WIRE_NAMES.get(name, name)
