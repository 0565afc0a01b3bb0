"""Listening: a socket of ours under uvicorn, so that the address is known before the first request."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from vestibule.refused import Refused
from vestibule.web.at_once import AtOnceProtocol


class ListeningRefused(Refused):
    """The address cannot be listened on, or must not be in this way."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how to listen."""

    host: str
    port: int
    tls_cert: str | None = None
    tls_key: str | None = None
    #: Addresses of the proxy that ends TLS in front of us.
    behind_proxy: str | None = None

    @property
    def scheme(self) -> str:
        """https where we end TLS ourselves."""
        return "https" if self.tls_cert else "http"


def open_socket(listening: Listening) -> socket.socket:
    """A bound socket. Refuses plain HTTP on an address that is not loopback, unless behind a declared proxy (R182)."""
    if bool(listening.tls_cert) != bool(listening.tls_key):
        raise ListeningRefused("TLS needs both --tls-cert and --tls-key; only one of them was given.")
    if not listening.tls_cert and not listening.behind_proxy and not _is_loopback(listening.host):
        raise ListeningRefused(
            f"{listening.host} can be reached from outside, and this server would speak plain HTTP there: access "
            "tokens would travel in clear. Give --tls-cert and --tls-key, or --behind-proxy CIDR where a proxy in "
            "front ends TLS, or listen on 127.0.0.1."
        )
    if listening.behind_proxy:
        for network in listening.behind_proxy.split(","):
            try:
                ipaddress.ip_network(network.strip(), strict=False)
            except ValueError:
                raise ListeningRefused(
                    f"--behind-proxy is {network.strip()!r}, which is no network. Give one such as 10.0.0.0/8."
                ) from None
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((listening.host, listening.port))
    except OSError as fault:
        bound.close()
        raise ListeningRefused(
            f"Cannot listen on {listening.host}:{listening.port}: {fault.strerror}. Is another server running "
            "there? Choose another with --port."
        ) from None
    bound.listen(2048)
    bound.setblocking(False)
    return bound


def address_of(listening: Listening, bound: socket.socket) -> str:
    """The URL of a bound socket."""
    port = bound.getsockname()[1]
    host = f"[{listening.host}]" if ":" in listening.host else listening.host
    return f"{listening.scheme}://{host}:{port}"


def server(
    application: Callable[..., Any],
    listening: Listening,
    *,
    on_ready: Callable[[], None] | None = None,
    signals: bool = True,
) -> uvicorn.Server:
    """A uvicorn server for the application; ``await serve(sockets=[…])`` runs it until it is told to end.

    Without ``signals`` Ctrl-C and SIGTERM are left to whoever else serves in this process.
    """
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http=AtOnceProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=75,
        proxy_headers=bool(listening.behind_proxy),
        forwarded_allow_ips=listening.behind_proxy or "127.0.0.1",
        ssl_certfile=listening.tls_cert,
        ssl_keyfile=listening.tls_key,
    )
    return _Server(config, on_ready, signals)


class _Server(uvicorn.Server):
    """Says when it is ready: after start-up, before the first request."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None] | None, signals: bool) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._signals = signals

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM end the serving well, and the process with 0: they are not raised again after."""
        if not self._signals:
            yield
            return
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self._on_ready is not None and not self.should_exit:
            self._on_ready()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
