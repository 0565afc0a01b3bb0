"""What the pages tell a newcomer to type works, and prints what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.shell_blocks import ROOT, blocks_of, missing, run

PAGES = [
    "README.md",
    "docs/tutorial.md",
    "docs/how-to/provision-from-a-directory.md",
    "docs/how-to/adopt-existing-people.md",
    "docs/how-to/operate.md",
]


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_print_what_it_shows(page: str, tmp_path: Path) -> None:
    done = run(blocks_of(ROOT / page), tmp_path)
    assert done
    for block in done:
        assert missing(block) == [], f"{block.script}\nprinted:\n{block.printed}"
