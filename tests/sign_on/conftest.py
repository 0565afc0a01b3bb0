"""One tenant with sign-on, for the tests that need no more; on both stores."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.sign_on.stage import Place, place


@pytest.fixture
async def corp(each_store: None) -> AsyncIterator[Place]:
    async with place() as made:
        made.people["ada@corp.test"] = await made.add("ada@corp.test")
        yield made
