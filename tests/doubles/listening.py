"""A double on a real socket of this machine, for as long as a test needs it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.requests import Request


async def form_of(request: Request) -> dict[str, str]:
    """A form's fields, as a browser and OAuth clients send them."""
    return dict(parse_qsl((await request.body()).decode()))


@contextmanager
def listening(application: Any) -> Iterator[str]:
    """Its address while it serves."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    bound.listen(128)
    config = uvicorn.Config(application, log_level="warning", lifespan="off", loop="asyncio", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        bound.close()
