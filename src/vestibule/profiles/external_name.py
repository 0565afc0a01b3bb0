"""Okta's *external name*: where in a resource the value of one app attribute goes (W61–W67).

``name.familyName`` nests; ``accounts.^[type=='slack'].value`` is a leaf of the element of
``accounts`` whose ``type`` is ``slack``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PART = r"[A-Za-z$][A-Za-z0-9$_-]*"
_SELECTED = re.compile(
    rf"(?P<attribute>{_PART})\.\^\[(?P<sub>{_PART})==(?P<literal>'[^']*'|[A-Za-z0-9_.-]+)\]\.(?P<leaf>{_PART})"
)
_PLAIN = re.compile(rf"{_PART}(\.{_PART})?")


@dataclass(frozen=True, slots=True)
class Selector:
    """Which element of an array: the one whose ``sub`` is ``literal``.

    A quoted boolean is text to Okta and is read as a boolean here (W69).
    """

    sub: str
    literal: str | bool


@dataclass(frozen=True, slots=True)
class ExternalName:
    """An attribute, the element of it if it is an array, and the leaf that holds the value."""

    attribute: str
    leaf: str | None = None
    selector: Selector | None = None

    @property
    def path(self) -> str:
        """The attribute path without the selection: ``accounts.value``."""
        return f"{self.attribute}.{self.leaf}" if self.leaf else self.attribute


def parse_external_name(text: str) -> ExternalName | None:
    """The parts of an external name; None where it is none."""
    if selected := _SELECTED.fullmatch(text):
        selector = Selector(selected["sub"], _literal(selected["sub"], selected["literal"]))
        return ExternalName(selected["attribute"], selected["leaf"], selector)
    if _PLAIN.fullmatch(text):
        attribute, _, leaf = text.partition(".")
        return ExternalName(attribute, leaf or None)
    return None


def _literal(sub: str, text: str) -> str | bool:
    bare = text.strip("'")
    unquoted = bare == text
    if bare.lower() in ("true", "false") and (unquoted or sub == "primary"):
        return bare.lower() == "true"
    return bare
