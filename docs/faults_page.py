"""``docs/reference/faults-in-the-console.md``: each fault, the page that names it, its words and its test."""

from __future__ import annotations

from collections.abc import Iterable

from tests.console.directory_faults import DIRECTORY_FAULTS
from tests.console.faults import FAULTS

_PAGES = {
    "/overview": "Overview",
    "/settings/integrations/scim": "Settings → Integrations → SCIM user provisioning",
}
_HEADING = ("| what went wrong | page | what it says there |", "| --- | --- | --- |")


def faults_page() -> str:
    """The page, made of the tables that the tests run."""
    return "\n".join(
        (
            "# What the console says when something is wrong",
            "",
            "Each of these is caused over the wire, as an identity provider or an administrator would, and looked for on",
            "the page that an administrator opens first: `tests/console/test_faults.py` has a test of that name for each.",
            "",
            *_HEADING,
            *(_row(fault.name, _PAGES[fault.page], fault.says) for fault in FAULTS),
            "",
            "## The sending side",
            "",
            "Caused by what a directory administrator did, by the directory, or by what the application answers;",
            "`tests/console/test_directory_faults.py` has a test of that name for each.",
            "",
            *_HEADING,
            *(_row(fault.name, fault.screen, fault.says) for fault in DIRECTORY_FAULTS),
            "",
        )
    )


def _row(name: str, page: str, says: Iterable[str]) -> str:
    return f"| {name} | {page} | {' … '.join(says).replace('|', '/')} |"
