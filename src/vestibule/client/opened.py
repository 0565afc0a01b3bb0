"""What every client can: be closed, and be opened for a block."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from vestibule.client.carriers import AsyncCarrier, Carrier


class Opened:
    """A client for plain code."""

    carrier: Carrier

    def close(self) -> None:
        """Close the connections."""
        self.carrier.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncOpened:
    """A client for asyncio."""

    carrier: AsyncCarrier

    async def close(self) -> None:
        """Close the connections."""
        await self.carrier.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
