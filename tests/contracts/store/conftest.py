"""The stores that the contract is held against: one row each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contracts.store.opened import Opened, opened
from tests.postgresql import Place
from vestibule.stores.receiving import ReceivingStore, open_receiving_store

STORES = ("sqlite in memory", "postgresql")
EVERY_STORE = ("sqlite", *STORES)


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Opened]:
    """A fresh empty store with two tenants."""
    async with opened(_store(request, tmp_path)) as ready:
        yield ready


@pytest.fixture(params=EVERY_STORE)
async def every_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Opened]:
    """The same, on a disk too: for what may depend on it."""
    async with opened(_store(request, tmp_path)) as ready:
        yield ready


def _store(request: pytest.FixtureRequest, folder: Path) -> ReceivingStore:
    match request.param:
        case "postgresql":
            place: Place = request.getfixturevalue("postgresql")
            return open_receiving_store(place.url, schema=place.schema)
        case "sqlite":
            return open_receiving_store(f"sqlite:///{folder}/contract.db")
        case _:
            return open_receiving_store("sqlite://")
