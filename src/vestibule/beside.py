"""What goes on beside the requests."""

from __future__ import annotations

from typing import Protocol


class Beside(Protocol):
    """Work that goes on beside the requests while the server runs."""

    def start(self) -> None:
        """Begin."""
        ...

    async def stop(self) -> None:
        """End, in the middle of a round if need be: the next start goes on there."""
        ...
