"""The receiving side's menu: the bar on top, and the sub-menu of Settings."""

from __future__ import annotations

from vestibule.web.console.languages import message
from vestibule.web.console.menu import Entry

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
    Entry(message("Webhooks"), "/operator/webhooks"),
    Entry(message("Operators"), "/operator/operators"),
    Entry(message("Audit"), "/operator/audit"),
)
