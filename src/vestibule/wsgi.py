"""Vestibule inside a WSGI application (Flask, Django): an event loop of its own, in a thread.

``Wsgi(vestibule)`` is a WSGI application. Mount it below a path; the loop begins with ``start``, or with the
first request, and ends with ``stop`` or the process.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping, MutableMapping
from http import HTTPStatus
from queue import SimpleQueue
from typing import Any, TypeVar

from vestibule.app import Vestibule

T = TypeVar("T")
StartResponse = Callable[[str, list[tuple[str, str]]], object]

_START_SECONDS = 60
_END_SECONDS = 15
_PIECE = 65_536


class Wsgi:
    """One Vestibule as a WSGI application."""

    def __init__(self, vestibule: Vestibule) -> None:
        self.vestibule = vestibule
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def start(self) -> None:
        """Begin, and wait until it serves; what the start raises is raised here. A second call does nothing."""
        with self._starting:
            if self._loop is not None:
                return
            loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=loop.run_forever, name="vestibule", daemon=True)
            self._thread.start()
            try:
                asyncio.run_coroutine_threadsafe(self.vestibule.start(), loop).result(_START_SECONDS)
            except BaseException:
                loop.call_soon_threadsafe(loop.stop)
                raise
            self._loop = loop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` gives, run on Vestibule's loop; for code that is not async."""
        self.start()
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def stop(self) -> None:
        """End it, and wait for that."""
        with self._starting:
            if self._loop is None or self._thread is None:
                return
            asyncio.run_coroutine_threadsafe(self.vestibule.stop(), self._loop).result(_END_SECONDS)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_END_SECONDS)
            self._loop.close()
            self._loop = None

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request. The answer is handed on as it comes; a server thread waits for it."""
        self.start()
        assert self._loop is not None
        came: SimpleQueue[MutableMapping[str, Any] | BaseException] = SimpleQueue()
        answering = asyncio.run_coroutine_threadsafe(
            self._answered(_scope(environ), environ["wsgi.input"], _length(environ), came), self._loop
        )
        first = came.get()
        if isinstance(first, BaseException):
            raise first
        status = first["status"]
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in first["headers"]]
        start_response(f"{status} {_phrase(status)}", headers)
        return _pieces(came, answering)

    async def _answered(
        self,
        scope: MutableMapping[str, Any],
        body: Any,
        length: int,
        came: SimpleQueue[MutableMapping[str, Any] | BaseException],
    ) -> None:
        left = length

        async def receive() -> MutableMapping[str, Any]:
            nonlocal left
            piece = await asyncio.to_thread(body.read, min(left, _PIECE)) if left else b""
            left = left - len(piece) if piece else 0
            return {"type": "http.request", "body": piece, "more_body": left > 0}

        async def send(message: MutableMapping[str, Any]) -> None:
            came.put(message)

        try:
            await self.vestibule(scope, receive, send)
        except BaseException as fault:
            came.put(fault)


def _pieces(came: SimpleQueue[MutableMapping[str, Any] | BaseException], answering: Any) -> Iterable[bytes]:
    try:
        while True:
            message = came.get()
            if isinstance(message, BaseException):
                raise message
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body"):
                return
    finally:
        answering.cancel()


def _scope(environ: Mapping[str, Any]) -> MutableMapping[str, Any]:
    root = environ.get("SCRIPT_NAME", "").encode("latin-1").decode("utf-8", "replace")
    path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
    headers = [
        (name[5:].replace("_", "-").lower().encode(), value.encode("latin-1"))
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers.append((name.replace("_", "-").lower().encode(), environ[name].encode("latin-1")))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": environ.get("SERVER_PROTOCOL", "HTTP/1.1").partition("/")[2],
        "method": environ["REQUEST_METHOD"],
        "scheme": environ.get("wsgi.url_scheme", "http"),
        "path": root + path,
        "raw_path": (root + path).encode(),
        "root_path": root,
        "query_string": environ.get("QUERY_STRING", "").encode("latin-1"),
        "headers": headers,
        "client": (environ.get("REMOTE_ADDR", ""), int(environ.get("REMOTE_PORT") or 0)),
        "server": (environ.get("SERVER_NAME", ""), int(environ.get("SERVER_PORT") or 0)),
    }


def _length(environ: Mapping[str, Any]) -> int:
    try:
        return max(0, int(environ.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Answer"
