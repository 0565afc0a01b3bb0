"""PURE · Push groups by rule: every group of the directory whose name fits is pushed (C9323)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from vestibule.provisioning.source import SourceGroup
from vestibule.refused import Refused


class Fit(StrEnum):
    """How a rule's text is compared, letter case left out."""

    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"
    CONTAINS = "contains"


@dataclass(frozen=True, slots=True)
class PushRule:
    """``part`` is name or description. While it is not active its groups wait (C9324)."""

    id: int
    name: str
    fit: Fit
    text: str
    part: str = "name"
    active: bool = True

    def takes(self, group: SourceGroup) -> bool:
        """Whether a group fits."""
        value = (group.name if self.part == "name" else group.description).casefold()
        text = self.text.casefold()
        match self.fit:
            case Fit.STARTS_WITH:
                return value.startswith(text)
            case Fit.ENDS_WITH:
                return value.endswith(text)
            case Fit.CONTAINS:
                return text in value

    def in_words(self) -> str:
        """The rule as a sentence."""
        return f"{self.part} {self.fit} {self.text!r}"


def check_rule(rule: PushRule) -> PushRule:
    """The rule; raises Refused for one that fits everything, or names no part of a group."""
    if not rule.text.strip():
        raise Refused("The rule has no text: it would push every group.")
    if rule.part not in ("name", "description"):
        raise Refused(f"A rule looks at the name or the description of a group, not at its {rule.part}.")
    return rule


def rule_of(group: SourceGroup, rules: Iterable[PushRule]) -> PushRule | None:
    """The first active rule that a group fits, None where none does."""
    return next((rule for rule in rules if rule.active and rule.takes(group)), None)
