"""Goes on with erasures while the server runs: what is kept about others is looked through for who was erased."""

from __future__ import annotations

import structlog

from vestibule.beside import Rounds
from vestibule.erasing.erasure import look_through_all
from vestibule.erasing.store import ErasureStore

_log = structlog.get_logger("vestibule.sweeping")

_EVERY_SECONDS = 5.0


class Sweeping(Rounds):
    """Looks every five seconds while it runs; ``round`` is one look."""

    work = "looking for erased people"
    every_seconds = _EVERY_SECONDS
    first_after_seconds = _EVERY_SECONDS

    def __init__(self, store: ErasureStore) -> None:
        self._store = store

    async def round(self) -> int:
        """Look through the log for everybody who was erased; how many. ``Unavailable`` as the store raises it."""
        return await look_through_all(self._store)

    def tell(self, done: int) -> None:
        """Log that people are gone from the log."""
        if done:
            _log.info("erased people are in no log any more", people=done)
