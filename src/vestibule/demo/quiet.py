"""A server beside the demonstration's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn


class Quiet(uvicorn.Server):
    """Leaves the signals to whoever runs the demo."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
