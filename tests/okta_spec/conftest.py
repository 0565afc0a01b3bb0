"""One installation for each test of Okta's suites."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.installation import Site, installation


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """An installation with no tenant yet."""
    async with installation() as made:
        yield made
