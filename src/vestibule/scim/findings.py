"""What a check notices besides the values, and how a value is shown in an error text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from vestibule.scim.errors import InvalidSyntax

#: So many ignored attributes are noted, and so much of a value is shown.
MAX_DROPPED = 100
MAX_SHOWN = 80
#: Names under which the engine counts what it lets pass outside of strict.
UNKNOWN_ATTRIBUTES = "unknown_attributes"
SEVERAL_PRIMARIES = "several_primaries"


class Findings:
    """What one check notices besides the values."""

    __slots__ = ("cleared", "dropped", "strict", "tolerated")

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.cleared: set[str] = set()
        self.dropped: list[str] = []
        #: What strict would have refused: how often, by name.
        self.tolerated: dict[str, int] = {}

    def drop(self, path: str) -> None:
        """Note an attribute nobody declared; strict refuses it (K44)."""
        if self.strict:
            raise InvalidSyntax(f"{shown_path(path)} is no attribute of this resource type. Leave it out.")
        self.tolerate(UNKNOWN_ATTRIBUTES)
        self.note(shown_path(path))

    def tolerate(self, name: str) -> None:
        """Count something that strict refuses."""
        self.tolerated[name] = self.tolerated.get(name, 0) + 1

    def note(self, text: str) -> None:
        """Keep a line about something that was left out, strict or not."""
        if len(self.dropped) < MAX_DROPPED:
            self.dropped.append(text)


def shown(value: Any) -> str:
    """A value for an error text, cut to a length that fits."""
    if isinstance(value, dict | list) and len(value) > 5:
        return f"an {'object' if isinstance(value, dict) else 'array'} of {len(value)} entries"
    if isinstance(value, str):
        value = value[: MAX_SHOWN + 1]
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return f"an {'object' if isinstance(value, dict) else 'array'} that is nested too deep"
    if len(text) > MAX_SHOWN:
        text = text[:MAX_SHOWN] + "…"
    return text.encode("utf-8", "replace").decode()


def shown_path(path: str) -> str:
    """An attribute name as a client sent it, made fit for an error text."""
    return path[:200].encode("utf-8", "replace").decode()


def respelled(
    raw: Mapping[str, Any], names: Mapping[str, str], prefix: str, findings: Findings
) -> dict[str, Any]:
    """``raw`` with its keys as declared, whatever their letter case (R2); unknown keys are dropped."""
    out: dict[str, Any] = {}
    for key, value in raw.items():
        name = names.get(key) or names.get(key.lower())
        if name is None:
            findings.drop(prefix + key)
        elif name in out:
            raise InvalidSyntax(f"{prefix}{name} is given twice, in different letter case. Send it once.")
        else:
            out[name] = value
    return out
