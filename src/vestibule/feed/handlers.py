"""Handlers: plain functions of the product that are called for events; which ones, and how."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from vestibule.feed.event_document import types_named
from vestibule.feed.happened import Happened

Handler = Callable[[Happened], object] | Callable[[Happened], Awaitable[object]]
H = TypeVar("H", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class _Registered:
    types: frozenset[str]
    function: Handler


class Handlers:
    """In the order in which they were registered."""

    def __init__(self) -> None:
        self._registered: list[_Registered] = []

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._registered)

    def on(self, *types: str) -> Callable[[H], H]:
        """Register a function for events of these types (``user.created``, ``team.*``; none: all).

        ``UnknownEventType`` names those there are.
        """
        wanted = frozenset(types_named(types))

        def register(function: H) -> H:
            self._registered.append(_Registered(wanted, function))
            return function

        return register

    def want(self, type: str) -> bool:
        """Whether a handler is registered for events of that type."""
        return any(not one.types or type in one.types for one in self._registered)

    async def call(self, happened: Happened) -> None:
        """Call all that are registered for it, one after another; what one raises is raised here.

        A function that is not async runs in a thread, so that it may wait for what it likes.
        """
        for one in self._registered:
            if one.types and happened.type not in one.types:
                continue
            if inspect.iscoroutinefunction(one.function):
                await one.function(happened)
            else:
                await asyncio.to_thread(one.function, happened)
