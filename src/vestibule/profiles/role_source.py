"""Where a profile looks for a person's role: a SCIM path, in order of precedence."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SOURCE = re.compile(
    r"(?P<attribute>[A-Za-z]\w*)(?P<primary>\[primary eq true\])?(?:\.(?P<leaf>[A-Za-z]\w*))?"
)


@dataclass(frozen=True, slots=True)
class RoleSource:
    """``userType``, ``roles.value``, or with ``primary_only`` ``roles[primary eq true].value``."""

    attribute: str
    leaf: str | None = None
    primary_only: bool = False

    @property
    def path(self) -> str:
        """The attribute path without the selection."""
        return f"{self.attribute}.{self.leaf}" if self.leaf else self.attribute


def parse_role_source(text: str) -> RoleSource | None:
    """The parts of a role source; None where it is none."""
    match = _SOURCE.fullmatch(text)
    if match is None or (match["primary"] and not match["leaf"]):
        return None
    return RoleSource(match["attribute"], match["leaf"], bool(match["primary"]))
