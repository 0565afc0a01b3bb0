"""The page of the application catalogue, from the folder that is it."""

from __future__ import annotations

from dataclasses import asdict

from docs.markdown import prose, table
from vestibule.provisioning.catalogue import CatalogueEntry
from vestibule.provisioning.service_limits import ServiceLimits
from vestibule.sending import catalogue


def catalogue_page() -> str:
    """A row for each application, and a table of what it takes."""
    entries = catalogue().entries()
    lines = [
        "# Application catalogue",
        "",
        "`vestibule app add NAME --from CATALOG` adds one of these; [the steps](../how-to/add-an-application.md). An",
        "application is a `.toml` file of the folder `catalogue`, and adding one is adding a file.",
        "",
        *table(
            ("Name", "Application", "Kind", "Token", "Mapping", "User name"),
            [
                (f"`{e.name}`", e.title, e.kind, e.authentication, f"`{e.profile}`", e.username_format)
                for e in entries
            ],
        ),
    ]
    for entry in entries:
        lines += ["", f"## {entry.title}", "", prose(entry.setup), ""]
        lines += [f"- Base URL: {entry.base_url}"] * bool(entry.base_url)
        lines += [f"- {one}" for one in _limits(entry)]
    return "\n".join(lines) + "\n"


def _limits(entry: CatalogueEntry) -> list[str]:
    usual = asdict(ServiceLimits())
    found = []
    for name, value in asdict(entry.limits).items():
        if value != usual[name]:
            shown = ", ".join(value) if isinstance(value, tuple) else str(value).lower()
            found.append(f"`{name}`: {shown}")
    return found
