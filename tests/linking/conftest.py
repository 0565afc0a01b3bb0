"""A place on each store in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.linking.places import Place, place


@pytest.fixture
async def here(each_store: None) -> AsyncIterator[Place]:
    """A tenant of ACALL, with Slack and Google at hand."""
    async with place() as opened:
        yield opened
