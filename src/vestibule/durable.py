"""What a write waits for: the commit that makes it durable."""

from __future__ import annotations

import asyncio
from typing import TypeVar

T = TypeVar("T")


class Durable(asyncio.Future[T]):
    """Done once what was asked for is committed, or refused.

    A kind of its own, so that whoever drives a request without a task can tell: behind a commit comes nearly
    always the answer alone, and nothing that asks for the current task.
    """
