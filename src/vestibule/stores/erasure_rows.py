"""``ErasureStore`` over any store: each method asks what ``shared_sql.erasure`` says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from vestibule.erasing.store import OpenErasure, Step, Without, WithoutPacked
from vestibule.stores.linking_rows import Answers
from vestibule.stores.shared_sql import erasure as rows
from vestibule.stores.shared_sql.request_batch import repacked


class ErasureRows:
    """An ``ErasureStore``. ``overwrite`` is what the store does about its own files."""

    def __init__(self, answers: Answers, overwrite: Callable[[], Awaitable[None]] | None = None) -> None:
        self._read = answers.read
        self._write = answers.write
        self._overwrite = overwrite

    async def counts(self, tenant: int, person: str) -> Mapping[str, int]:
        """By what they are."""
        return await self._read(lambda: rows.counts(tenant, person))

    async def known_as(self, tenant: int, person: str) -> Sequence[str]:
        """ExternalIds, accounts."""
        return await self._read(lambda: rows.known_as(tenant, person))

    async def earlier(self, tenant: int, person: str) -> Sequence[str]:
        """Ids of earlier lives."""
        return await self._read(lambda: rows.earlier(tenant, person))

    async def told_of(
        self, tenant: int, person: str, after: int, *, limit: int = 500
    ) -> Sequence[tuple[int, Mapping[str, Any]]]:
        """In the order of the log."""
        return await self._read(lambda: rows.told_of(tenant, person, after, limit))

    async def let_go(self, tenant: int, person: str, place: str = "", *, limit: int = 2000) -> str:
        """Each step in one transaction."""
        return await self._write(lambda: rows.let_go(tenant, person, place, limit))

    async def open(self) -> Sequence[OpenErasure]:
        """Oldest first."""
        return await self._read(rows.open_erasures)

    async def by_name(self, erasure: OpenErasure) -> None:
        """In one transaction."""
        await self._write(lambda: rows.by_name(erasure))

    async def look_through(
        self, erasure: OpenErasure, place: str, without: Without, *, limit: int = 200
    ) -> Step:
        """Read first, so that nobody waits for it; look off the loop; then write what there is to write."""
        found, behind = await self._read(lambda: rows.look(erasure, place, limit))
        statements = await asyncio.to_thread(rows.taken_out, erasure, place, found, without, _packed(without))
        if statements:
            await self._write(lambda: rows.write(statements))
        return Step(behind, len(found))

    async def to_look_through(self, tenant: int) -> int:
        """Counted."""
        return await self._read(lambda: rows.to_look_through(tenant))

    async def keep(self, erasure: OpenErasure) -> None:
        """In the job."""
        await self._write(lambda: rows.keep(erasure))

    async def close(self, erasure: OpenErasure) -> None:
        """It is done."""
        await self._write(lambda: rows.close(erasure))

    async def overwrite(self) -> None:
        """The store's own affair; PostgreSQL's vacuum does it there."""
        if self._overwrite is not None:
            await self._overwrite()


def _packed(without: Without) -> WithoutPacked:
    return lambda requests: repacked(requests, without)
