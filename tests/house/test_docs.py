"""Links between the pages of README and docs lead somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.build import ROOT, broken_links, sources


@pytest.mark.parametrize("page", sources(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    assert broken_links(page) == []
