"""The benchmark of the consoles' pages with a few people: it signs in as each who may, and finds their pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from bench.console_pages import measure, print_pages


def test_the_pages_of_both_sides_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(width=100)
    found = measure(tmp_path, 12, 1, console)
    addresses = {who: {page.address for page in pages} for who, pages in found.items()}
    assert {
        "/tenants/bench/overview",
        "/tenants/bench/people",
        "/tenants/bench/settings/tokens",
    } <= addresses["administrator"]
    assert {"/operator/customers", "/operator/health"} <= addresses["operator"]
    assert {
        "/directory/people",
        "/directory/people?q=corp.example",
        "/directory/applications/…/import",
        "/directory/applications/2/push-groups",
        "/directory/plans/…/…",
        "/directory/tokens",
    } <= addresses["directory administrator"]
    assert print_pages(found, 12, 60_000.0, console)
    assert not print_pages(found, 12, 0.0, console)
    assert "/tenants/bench/people" in capsys.readouterr().out
