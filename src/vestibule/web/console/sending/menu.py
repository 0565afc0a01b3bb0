"""The sending side's menu: the bar on top, the sub-menu of Directory, and the tabs of an application."""

from __future__ import annotations

from vestibule.web.console.languages import message
from vestibule.web.console.menu import Entry

GLOBAL = (
    Entry(message("Directory"), "/people", ("/groups", "/import")),
    Entry(message("Applications"), "/applications", ("/catalog",)),
    Entry(message("Tasks"), "/tasks"),
    Entry(message("Plans"), "/plans"),
    Entry(message("Administrators"), "/administrators", ("/tokens", "/audit")),
)

DIRECTORY = (
    Entry(message("People"), "/people"),
    Entry(message("Groups"), "/groups"),
    Entry(message("Import"), "/import"),
)

ADMINISTRATORS = (
    Entry(message("Administrators"), "/administrators"),
    Entry(message("API tokens"), "/tokens"),
    Entry(message("Audit"), "/audit"),
)

#: Of one application, in Okta's order; paths are below its own.
TABS = (
    Entry(message("General"), "/general"),
    Entry(message("Sign On"), "/sign-on"),
    Entry(message("Provisioning"), "/provisioning", ("/mappings", "/reconcile")),
    Entry(message("Import"), "/import"),
    Entry(message("Assignments"), "/assignments", ("/runs",)),
    Entry(message("Push Groups"), "/push-groups"),
)
