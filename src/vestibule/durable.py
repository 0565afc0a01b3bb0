"""What a write waits for: the commit that makes it durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Durable(asyncio.Future[T]):
    """Done once what was asked for is committed, or refused.

    A kind of its own, so that whoever drives a request without a task can tell: behind a commit comes nearly
    always the answer alone, and nothing that asks for the current task. Such a one is ``next`` and is called at once
    rather than in the loop's next turn.
    """

    next: Callable[[Durable[Any]], None] | None = None

    def committed(self, value: T) -> None:
        """It is durable, and this is what came of it."""
        self.set_result(value)
        if self.next is not None:
            self.next(self)

    def refused(self, error: BaseException) -> None:
        """Nothing of it holds."""
        self.set_exception(error)
        if self.next is not None:
            self.next(self)
