"""The stores that the contract is held against: one row each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contracts.store.opened import Opened, opened
from vestibule.stores.sqlite.receiving import open_store

STORES = {"sqlite": "sqlite:///{folder}/contract.db", "sqlite in memory": "sqlite://"}


@pytest.fixture(params=["sqlite in memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Opened]:
    """A fresh empty store with two tenants."""
    url = STORES[request.param].format(folder=tmp_path)
    async with opened(open_store(url, schema="contract")) as ready:
        yield ready


@pytest.fixture(params=list(STORES))
async def every_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Opened]:
    """The same, on a disk too: for what may depend on it."""
    url = STORES[request.param].format(folder=tmp_path)
    async with opened(open_store(url, schema="contract")) as ready:
        yield ready
