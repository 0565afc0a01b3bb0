"""One installation on each store for each test of Okta's suites."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.installation import Site, installation


@pytest.fixture
async def site(each_store: None) -> AsyncIterator[Site]:
    """An installation with no tenant yet."""
    async with installation() as made:
        yield made
