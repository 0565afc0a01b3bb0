"""Each fault of the sending side's table is caused, and named on the page that an administrator opens first."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

from docs.faults_page import faults_page
from tests.console.directory_faults import DIRECTORY_FAULTS, DirectoryFault, Firm, firm


@pytest.fixture
async def place() -> AsyncIterator[Firm]:
    async with firm(os.urandom) as made:
        yield made


@pytest.mark.parametrize("fault", DIRECTORY_FAULTS, ids=lambda fault: fault.name)
async def test_a_fault_is_named_with_its_cure(place: Firm, fault: DirectoryFault) -> None:
    page = fault.page.replace("{bo}", await place.person("bo"))
    quiet = ""
    if page and not page.startswith("applications/2"):
        assert (await place.hand.open(page)).status_code == 200
        quiet = place.hand.text
    await fault.cause(place)
    if page:
        await place.hand.open(page)
    for words in fault.says:
        assert words in place.hand.text, place.hand.text
        assert words not in quiet or fault.name == "the person is not assigned"


def test_the_table_in_docs_is_this_one() -> None:
    assert len(DIRECTORY_FAULTS) >= 30
    assert all(f"| {fault.name} | {fault.screen} | " in faults_page() for fault in DIRECTORY_FAULTS)
