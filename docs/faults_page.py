"""``docs/reference/faults-in-the-console.md``: each fault, the page that names it, its words and its test."""

from __future__ import annotations

from tests.console.faults import FAULTS

_PAGES = {
    "/overview": "Overview",
    "/settings/integrations/scim": "Settings → Integrations → SCIM user provisioning",
}


def faults_page() -> str:
    """The page, made of the table that the tests run."""
    rows = [
        f"| {fault.name} | {_PAGES[fault.page]} | {' … '.join(fault.says).replace('|', '/')} |"
        for fault in FAULTS
    ]
    return "\n".join(
        (
            "# What the console says when something is wrong",
            "",
            "Each of these is caused over the wire, as an identity provider or an administrator would, and looked for on",
            "the page that an administrator opens first: `tests/console/test_faults.py` has a test of that name for each.",
            "",
            "| what went wrong | page | what it says there |",
            "| --- | --- | --- |",
            *rows,
            "",
        )
    )
