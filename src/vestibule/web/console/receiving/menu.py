"""The receiving side's menu: the bar on top, and the sub-menu of Settings."""

from __future__ import annotations

from dataclasses import dataclass

from vestibule.web.console.languages import message


@dataclass(frozen=True, slots=True)
class Entry:
    """One word of a menu; ``path`` is below the tenant's own."""

    word: str
    path: str
    #: The product must have teams for it.
    needs_teams: bool = False

    def is_open(self, path: str) -> bool:
        """Whether a page at that path belongs to it."""
        return path == self.path or path.startswith(f"{self.path}/")


GLOBAL = (
    Entry(message("Overview"), "/overview"),
    Entry(message("People"), "/people"),
    Entry(message("Teams"), "/teams", needs_teams=True),
    Entry(message("Activity"), "/activity"),
    Entry(message("Settings"), "/settings"),
)

SETTINGS = (
    Entry(message("Integrations"), "/settings/integrations"),
    Entry(message("Single sign-on"), "/settings/sign-on"),
    Entry(message("Roles"), "/settings/roles"),
    Entry(message("Tokens"), "/settings/tokens"),
    Entry(message("Administrators"), "/settings/administrators"),
    Entry(message("Audit"), "/settings/audit"),
)

OPERATORS = (
    Entry(message("Health"), "/operator/health"),
    Entry(message("Customers"), "/operator/customers"),
    Entry(message("Token requests"), "/operator/requests"),
    Entry(message("Operators"), "/operator/operators"),
    Entry(message("Audit"), "/operator/audit"),
)
