"""A logged request as a recording: played again it meets the same situation, and names nobody.

Personal texts become invented ones, the same text always the same, so that a look-up still
finds whom it found; ids become captures of people and groups that the set-up creates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from vestibule.recordings.format import FORMAT, VERSION

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BASE = re.compile(r"^(?:/t/[^/]+)?/+scim/v2(?=/|$)")
#: Attributes whose values say nothing about a person.
_HARMLESS = frozenset(
    {"schemas", "op", "type", "primary", "active", "usertype", "roles", "entitlements", "locale", "timezone"}
    | {"preferredlanguage"}
)
#: Values of filters inside a PATCH path that say nothing about a person.
_HARMLESS_VALUES = frozenset({"work", "home", "other", "mobile", "slack", "google", "true", "false"})
_MOST_IDS = 100
#: Where a resource of that type is looked for afterwards, and by what.
LOOKED_UP = {"User": ("users", "userName"), "Group": ("groups", "displayName")}
_SERVED = frozenset({"id", "meta", "groups", "members", "externalId"})


class NotExportable(ValueError):
    """The request cannot be made into a recording; the message says why."""


@dataclass(frozen=True, slots=True)
class Logged:
    """What the log has of one request; ``body`` is JSON, or None where there was none."""

    id: str
    method: str
    path: str
    query: str
    user_agent: str
    status: int
    body: Any
    profile: str
    dialect: str
    #: The text of a refusal: it may name who is in the way.
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Before:
    """A resource that the request names, as it was before: ``type`` User or Group."""

    type: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class After:
    """A resource as the request left it; ``is_gone`` where it was deleted, ``joined`` the ids of new members."""

    type: str
    document: Mapping[str, Any]
    is_gone: bool = False
    joined: tuple[str, ...] = ()


@dataclass(slots=True)
class _Disguise:
    """The invented text for each personal one."""

    names: dict[str, str] = field(default_factory=dict)
    captures: dict[str, str] = field(default_factory=dict)

    def text(self, value: str) -> str:
        if value in self.captures:
            return f"${{{self.captures[value]}}}"
        if not value:
            return value
        number = self.names.setdefault(value.casefold(), str(len(self.names) + 1))
        return f"someone-{number}@example.test" if "@" in value else f"text {number}"

    def value(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {
                name: self.path(part)
                if name.lower() == "path" and isinstance(part, str)
                else self.value(part, _inherited(key, name, value))
                for name, part in value.items()
            }
        if isinstance(value, list):
            return [self.value(item, key) for item in value]
        if isinstance(value, str) and key not in _HARMLESS:
            return self.text(value)
        return value

    def path(self, path: str) -> str:
        """Quoted texts of a filter or a PATCH path."""
        return _QUOTED.sub(lambda found: f'"{self._quoted(found[1])}"', path)

    def _quoted(self, text: str) -> str:
        return text if text.lower() in _HARMLESS_VALUES else self.text(text)


def ids_named(logged: Logged) -> tuple[str, ...]:
    """The ids that path, body and refusal name, in order; NotExportable where they are too many."""
    text = f"{logged.path} {unquote(logged.query)} {logged.body!r} {logged.refusal}"
    found = tuple(dict.fromkeys(_ID.findall(text)))
    if len(found) > _MOST_IDS:
        raise NotExportable(f"The request names {len(found)} people and groups; {_MOST_IDS} can be exported.")
    return found


def exported(logged: Logged, before: Mapping[str, Before], after: Sequence[After] = ()) -> dict[str, Any]:
    """The recording as JSON; ``before`` has the resources by the ids of ``ids_named``, unknown ones left out.

    ``after`` becomes what the directory must hold afterwards.
    """
    disguise = _Disguise()
    for id, resource in before.items():
        disguise.captures[id] = f"{resource.type.lower()}{len(disguise.captures) + 1}"
    setup: dict[str, Any] = {"users": [], "groups": []}
    for id, resource in before.items():
        document = {key: value for key, value in resource.document.items() if key not in _SERVED}
        known = {"as": disguise.captures[id], "resource": disguise.value(document)}
        setup[f"{resource.type.lower()}s"].append(known)
    step: dict[str, Any] = {"method": logged.method, "path": _path(logged, disguise)}
    if logged.body is not None:
        step["body"] = disguise.value(logged.body)
    step["expect"] = {"status": logged.status}
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": f"request-{logged.id}",
        "about": "Exported from the request log; texts about people are invented.",
        "profile": logged.profile,
        "dialect": logged.dialect,
        "headers": {"User-Agent": logged.user_agent} if logged.user_agent else {},
        "setup": {key: value for key, value in setup.items() if value},
        "steps": [step],
        **_afterwards(after, disguise),
    }


def _afterwards(after: Sequence[After], disguise: _Disguise) -> dict[str, Any]:
    """What the directory must hold, disguised as the request is; nothing where nothing is known."""
    directory: dict[str, Any] = {}
    for resource in after:
        kind, name = LOOKED_UP[resource.type]
        if not isinstance(resource.document.get(name), str):
            continue
        shown = {key: value for key, value in resource.document.items() if key not in _SERVED}
        pattern = disguise.value(shown)
        if resource.is_gone:
            directory.setdefault("absent", {}).setdefault(kind, []).append(pattern[name])
            continue
        joined = [{"value": disguise.text(id)} for id in resource.joined if id in disguise.captures]
        if joined:
            pattern["members"] = {"$contains": joined}
        directory.setdefault(kind, []).append(pattern)
    return {"directory": directory} if directory else {}


def _inherited(key: str, name: str, value: Mapping[str, Any]) -> str:
    """The name that says whether a part is personal: that of the attribute for ``value`` and ``display``.

    The value of a PATCH operation belongs to the attribute that its path names.
    """
    lowered = name.lower()
    if lowered not in ("value", "display"):
        return lowered
    path = next((part for part_name, part in value.items() if part_name.lower() == "path"), None)
    if isinstance(path, str):
        return re.split(r"[\[.]", path.rpartition(":")[2].lower())[0]
    return key


def _path(logged: Logged, disguise: _Disguise) -> str:
    below = _BASE.sub("", logged.path)
    for id, name in disguise.captures.items():
        below = below.replace(id, f"${{{name}}}")
    if not logged.query:
        return below or "/"
    return f"{below or '/'}?{'&'.join(_parameter(part, disguise) for part in logged.query.split('&'))}"


def _parameter(part: str, disguise: _Disguise) -> str:
    name, equals, value = part.partition("=")
    if name.lower() != "filter":
        return part
    return f"{name}{equals}{quote(disguise.path(unquote(value.replace('+', ' '))), safe='${}')}"
