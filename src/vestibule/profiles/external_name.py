"""Okta's *external name*: where in a resource the value of one app attribute goes (W61–W69).

``name.familyName`` nests; ``roles.^[primary==true].value`` names the leaf ``value`` of the one
element of ``roles`` whose ``primary`` is true.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_NAME = re.compile(r"[A-Za-z$_][\w$-]*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_SELECTOR = re.compile(r"\^\[(?P<sub>[A-Za-z$_][\w$-]*)==(?P<literal>'[^']*'|[^'\]]+)\]")


class InvalidExternalName(ValueError):
    """The text is no external name; the message says where and what was expected there."""


@dataclass(frozen=True, slots=True)
class Selector:
    """``^[sub==literal]``: one element of an array (W66). A quoted literal is text (W69)."""

    sub: str
    literal: str | bool | int | float

    def __str__(self) -> str:
        if isinstance(self.literal, bool):
            return f"^[{self.sub}=={str(self.literal).lower()}]"
        if isinstance(self.literal, str):
            return f"^[{self.sub}=='{self.literal}']"
        return f"^[{self.sub}=={self.literal}]"


@dataclass(frozen=True, slots=True)
class ExternalName:
    """A path of names, in which a selector may follow a name and is followed by one."""

    segments: tuple[str | Selector, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names on the way, selectors left out: an attribute and, mostly, a sub-attribute."""
        return tuple(segment for segment in self.segments if isinstance(segment, str))

    @property
    def selector(self) -> Selector | None:
        """The first selector, None where no element is chosen."""
        return next((segment for segment in self.segments if isinstance(segment, Selector)), None)

    @property
    def has_selector(self) -> bool:
        """Whether one element of an array is chosen on the way."""
        return any(isinstance(segment, Selector) for segment in self.segments)

    def __str__(self) -> str:
        return ".".join(str(segment) for segment in self.segments)


@lru_cache(maxsize=4096)
def parse_external_name(text: str) -> ExternalName:
    """The external name that ``text`` spells; raises InvalidExternalName."""
    segments: list[str | Selector] = []
    position = 0
    while True:
        selector = _SELECTOR.match(text, position)
        name = None if selector else _NAME.match(text, position)
        if selector:
            if not segments or isinstance(segments[-1], Selector):
                raise InvalidExternalName(_at(text, position, "an attribute name before the selector"))
            segments.append(Selector(selector["sub"], _literal(selector["literal"].strip())))
            position = selector.end()
        elif name:
            segments.append(name[0])
            position = name.end()
        else:
            raise InvalidExternalName(_at(text, position, "a name or a selector such as ^[primary==true]"))
        if position == len(text):
            break
        if text[position] != ".":
            raise InvalidExternalName(_at(text, position, "a dot or the end"))
        position += 1
    if isinstance(segments[-1], Selector):
        raise InvalidExternalName(_at(text, position, "a leaf after the selector, such as .value"))
    return ExternalName(tuple(segments))


def _literal(text: str) -> str | bool | int | float:
    if text.startswith("'"):
        return text[1:-1]
    if text in ("true", "false"):
        return text == "true"
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def _at(text: str, position: int, expected: str) -> str:
    found = repr(text[position]) if position < len(text) else "the end"
    return f"external name {text!r}: at position {position + 1} {found} was found, expected {expected}"
