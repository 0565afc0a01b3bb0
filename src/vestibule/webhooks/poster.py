"""What sends: the small Protocol that webhooks ask of the outside world. ``app.py`` hands in who answers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Posted(Protocol):
    """What came of a POST."""

    @property
    def status(self) -> int | None:
        """None where no answer came; ``fault`` says why, in words, without anything secret."""
        ...

    @property
    def milliseconds(self) -> int:
        """How long it took."""
        ...

    @property
    def retry_after(self) -> str:
        """The header of that name, "" without."""
        ...

    @property
    def answer(self) -> bytes:
        """The beginning of the body."""
        ...

    @property
    def fault(self) -> str:
        """Why there is no status."""
        ...


class Poster(Protocol):
    """Posts within limits of time and size, never follows a redirect, and goes nowhere it must not."""

    async def post(self, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> Posted:
        """Send it; nothing is raised but cancellation."""
        ...

    async def close(self) -> None:
        """Let all connections go."""
        ...
