"""``GapStore`` over any store: each method asks what ``shared_sql.gaps`` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vestibule.stores.linking_rows import Answers
from vestibule.stores.shared_sql import gaps
from vestibule.webhooks.gap import Gap


class GapRows:
    """A ``GapStore``."""

    def __init__(self, answers: Answers) -> None:
        self._read = answers.read
        self._write = answers.write

    async def gaps(self, endpoints: Sequence[str]) -> Mapping[str, Sequence[Gap]]:
        """By endpoint."""
        return await self._read(lambda: gaps.gaps(endpoints))

    async def missed(self) -> int:
        """Of all together."""
        return await self._read(gaps.missed)

    async def bury(self, upto: int, at: str, *, limit: int = 1000) -> int:
        """Dead letters."""
        return await self._write(lambda: gaps.bury(upto, at, limit))

    async def tell(self, again_before: str, at: str) -> int:
        """As events."""
        return await self._write(lambda: gaps.tell(again_before, at))
