"""An answer that was begun outside a task, and the task that goes on with it.

A coroutine runs to where it first waits as soon as somebody sends it None. Nearly all reads never
wait. What waits for a commit goes on behind it (``Durable``); for everything else a task takes over, and
waits for the very thing.
"""

from __future__ import annotations

import types
from collections.abc import Coroutine, Generator, Mapping
from typing import Any, Protocol

from vestibule.web.exchange import Exchange, Reply
from vestibule.web.lookup_at_once import Head, LookedUp

Answered = tuple[Exchange, Reply]


class AnswersAtOnce(Protocol):
    """An application whose answers may be begun outside a task.

    Whatever runs before the first waiting, and from a commit on to the next waiting, must not ask for the
    current task: there is none (``asyncio.timeout`` does).
    """

    def begin(
        self, method: str, path: str, query_string: bytes, headers: Mapping[bytes, bytes], body: bytes
    ) -> Coroutine[Any, Any, Answered] | None:
        """The answer to a whole request, to be driven by whoever asks; None where it cannot yet."""
        ...

    def lookup(self, url: bytes, head: Head) -> LookedUp:
        """The whole answer to a plain lookup, from ``x-request-id`` on, or the way there.

        None, from either, where ``begin`` is to be asked.
        """
        ...

    def head(self, exchange: Exchange, reply: Reply) -> list[tuple[bytes, bytes]]:
        """The headers of that answer."""
        ...


class Answering:
    """A request that is under way, as uvicorn's protocol looks at it (its ``cycle``)."""

    __slots__ = (
        "disconnected",
        "keep_alive",
        "message_event",
        "more_body",
        "response_complete",
        "response_started",
        "scope",
    )

    def __init__(self) -> None:
        self.response_started = False
        self.response_complete = False
        self.disconnected = False
        #: Turns False where this is to be the last answer on its connection.
        self.keep_alive = True
        self.more_body = False
        self.scope = None
        self.message_event = _NOBODY_WAITS


class _NobodyWaits:
    """The request is whole: nobody waits for more of it."""

    def set(self) -> None:
        """Nothing to do."""


_NOBODY_WAITS = _NobodyWaits()


async def answered(exchange: Exchange, reply: Reply) -> Answered:
    """An answer that is there already."""
    return exchange, reply


@types.coroutine
def resumed(begun: Coroutine[Any, Any, Answered], waiting: Any) -> Generator[Any, Any, Answered]:
    """Drive a coroutine further that has begun; ``waiting`` is what it waits for."""
    while True:
        try:
            try:
                given = yield waiting
            except BaseException as error:
                waiting = begun.throw(error)
            else:
                waiting = begun.send(given)
        except StopIteration as done:
            result: Answered = done.value
            return result
