"""What sign-on asks of whoever speaks to identity providers directly: metadata, keys, codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Outward(Protocol):
    """Small documents over HTTP. ``Refused`` where the address is not allowed or gives no answer, in words."""

    async def get(self, url: str) -> bytes:
        """The body of a 200; any other status is refused. Redirects are not followed."""
        ...

    async def post(self, url: str, form: Mapping[str, str], authorization: str) -> tuple[int, bytes]:
        """Status and body of the answer to a form."""
        ...
