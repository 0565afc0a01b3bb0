"""Metadata addresses are read again once a day, so that a new certificate over there is known here in time (A2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from vestibule.beside import Rounds
from vestibule.sign_on.store import SignOnStore

if TYPE_CHECKING:
    from vestibule.sign_on.front import Front

_log = structlog.get_logger("vestibule.sign_on")

_EVERY_SECONDS = 3600.0


class MetadataRefresh(Rounds):
    """Looks once an hour while it runs; ``round`` is one look."""

    work = "reading metadata again"
    every_seconds = _EVERY_SECONDS
    first_after_seconds = _EVERY_SECONDS

    def __init__(self, store: SignOnStore, front: Callable[[], Front]) -> None:
        self._store = store
        self._front = front

    async def round(self) -> int:
        """Read again what was read more than a day ago; how many addresses could not be read."""
        if not any(stored.document["metadataUrl"] for stored in await self._store.setups()):
            return 0
        # What reads XML and certificates takes 20 MB, which nobody needs without a set-up.
        from vestibule.sign_on.setting_up import read_old_ones_again  # noqa: PLC0415

        return await read_old_ones_again(self._front())

    def tell(self, done: int) -> None:
        """Log how many addresses could not be read."""
        if done:
            _log.warning("metadata could not be read", addresses=done)
