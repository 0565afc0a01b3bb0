"""Which of the two sides an API belongs to, and what the frame asks of it.

The receiving side's is ``receiving.py``, the sending side's ``web/directory_api/side.py``. Each has
its own tokens, its own calls and its own record of them; the frame, the declarations and the problems are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response

from vestibule.web.api.operation import Operation, Resource
from vestibule.web.api.repeats import Repeats


class ShownToken(Protocol):
    """An API token that somebody has shown, as far as admission asks."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def scopes(self) -> tuple[str, ...]: ...

    @property
    def expires_at(self) -> str | None: ...

    @property
    def revoked_at(self) -> str | None: ...

    @property
    def last_used_at(self) -> str | None: ...

    def state(self, now: str) -> str:
        """``live``, ``revoked`` or ``expired``."""
        ...


class SideCall(Protocol):
    """What the frame reads and notes of a call; an operation's function sees the side's own class."""

    request: Request
    request_id: str
    at: str
    operation: str
    caller: Any
    headers: dict[str, str]
    raw: bytes


class Side(Protocol):
    """One side's part in the frame."""

    @property
    def repeats(self) -> Repeats: ...

    def clock(self) -> str:
        """UTC text with milliseconds."""
        ...

    def public_url(self) -> str:
        """Where links lead."""
        ...

    def story(self, request_id: str) -> str:
        """Where a request's story is told, or a name for it."""
        ...

    def call(self, resources: Sequence[Resource], request: Request, request_id: str, at: str) -> SideCall:
        """A call, about which nothing is known yet."""
        ...

    async def admit(self, authorization: str | None, operation: Operation, at: str) -> ShownToken | None:
        """Whose token it is; ``Callers.admit``."""
        ...

    async def record(self, call: SideCall, response: Response) -> None:
        """Keep what is worth keeping of a call that was answered so."""
        ...
