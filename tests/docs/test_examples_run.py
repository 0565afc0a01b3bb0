"""What the pages tell a newcomer to type works, and prints what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.shell_blocks import ROOT, Block, blocks_of, missing, run
from tests.postgresql import Place

PAGES = [
    "README.md",
    "docs/tutorial.md",
    "docs/how-to/add-an-application.md",
    "docs/how-to/erase-a-person.md",
    "docs/how-to/directory-sources.md",
    "docs/how-to/map-assign-and-push.md",
    "docs/how-to/provision-from-a-directory.md",
    "docs/how-to/adopt-existing-people.md",
    "docs/how-to/operate.md",
    "docs/how-to/single-sign-on.md",
    "docs/how-to/webhooks.md",
    "docs/how-to/security-events.md",
    "docs/how-to/api.md",
    "docs/how-to/directory-api.md",
    "docs/how-to/use-the-directory-console.md",
]


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_print_what_it_shows(page: str, tmp_path: Path) -> None:
    assert_shown(run(blocks_of(ROOT / page), tmp_path))


def test_the_commands_of_the_page_about_postgresql(postgresql: Place, tmp_path: Path) -> None:
    assert_shown(run(blocks_of(ROOT / "docs/how-to/postgresql.md"), tmp_path, postgresql.environment))


def assert_shown(done: list[Block]) -> None:
    assert done
    for block in done:
        assert missing(block) == [], f"{block.script}\nprinted:\n{block.printed}"
