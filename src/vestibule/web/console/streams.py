"""What moves on a page: pieces of HTML by server-sent events, until the page or the server ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.responses import StreamingResponse

from vestibule.scim.errors import Unavailable
from vestibule.web.console.visit import Visit

#: A browser that finds a stream ended asks again after so long.
_AGAIN_MILLISECONDS = 3000
_LONGEST_SECONDS = 600.0


def event(name: str, html: str) -> str:
    """One event whose data is that HTML."""
    lines = "".join(f"data: {line}\n" for line in html.splitlines() or [""])
    return f"event: {name}\n{lines}\n"


async def ticks(visit: Visit, seconds: float = 1.0) -> AsyncIterator[None]:
    """Every so often, until the server stops, the session is over, or ten minutes have passed."""
    passed = 0.0
    stopping = visit.frame.stopping
    while passed < _LONGEST_SECONDS and not stopping.is_set():
        yield
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), seconds)
        passed += seconds
        visit.now = visit.frame.clock()
        if round(passed) % 15 == 0 and await visit.frame.reception.who(visit.secret) is None:
            return


def stream(pieces: AsyncIterator[str]) -> StreamingResponse:
    """The answer. A database that is busy ends it; the browser comes again."""

    async def sent() -> AsyncIterator[str]:
        yield f"retry: {_AGAIN_MILLISECONDS}\n\n"
        try:
            async for piece in pieces:
                yield piece
        except Unavailable:
            return

    return StreamingResponse(
        sent(),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )
