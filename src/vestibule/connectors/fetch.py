"""Small documents from addresses that an administrator named: metadata, keys, tokens for codes.

Rare, so each has a connection and a thread of its own; to the very address that the guard looked at,
without redirects, within a limit of time and size.
"""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from urllib.parse import urlencode

from vestibule.connectors.address_guard import AddressGuard, Place, place_of
from vestibule.refused import Refused

_SECONDS = 10.0
_LARGEST = 1 << 20
_PIECE = 1 << 16


class NotFetched(Refused):
    """The address gave no answer that is of use; the message says why, in words."""


class Fetch:
    """``get`` and ``post``. AddressRefused where the address is not allowed, NotFetched where nothing came."""

    def __init__(
        self, guard: AddressGuard, *, seconds: float = _SECONDS, context: ssl.SSLContext | None = None
    ) -> None:
        self._guard = guard
        self._seconds = seconds
        self._context = context

    async def get(self, url: str) -> bytes:
        """The body of a 200; any other status is refused. Redirects are not followed."""
        status, body = await self._ask("GET", url, b"", {})
        if status != 200:
            more = " Redirects are not followed: give the address it leads to." if 300 <= status < 400 else ""
            raise NotFetched(
                f"{place_of(url).host} answered with status {status} instead of the document.{more}"
            )
        return body

    async def post(self, url: str, form: Mapping[str, str], authorization: str) -> tuple[int, bytes]:
        """Status and body of the answer to a form."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if authorization:
            headers["Authorization"] = authorization
        return await self._ask("POST", url, urlencode(form).encode(), headers)

    async def _ask(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        place = place_of(url)
        addresses = await self._guard.addresses(place)
        return await asyncio.to_thread(self._asked, method, place, addresses[0], body, headers)

    def _asked(
        self, method: str, place: Place, address: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        connection = self._connection(place, address)
        try:
            connection.request(
                method, place.target, body or None, {"Accept": "*/*", "User-Agent": "vestibule", **headers}
            )
            response = connection.getresponse()
            return response.status, _read(response, time.monotonic() + self._seconds, place.host)
        except ssl.SSLCertVerificationError as fault:
            raise NotFetched(
                f"The certificate of {place.host} was not accepted: {fault.verify_message}."
            ) from None
        except TimeoutError:
            raise NotFetched(f"{place.host} did not answer within {self._seconds:.0f} seconds.") from None
        except (OSError, http.client.HTTPException) as fault:
            raise NotFetched(f"No answer from {place.host}: {fault or type(fault).__name__}.") from None
        finally:
            connection.close()

    def _connection(self, place: Place, address: str) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection
        if place.secure:
            context = self._context or ssl.create_default_context()
            connection = http.client.HTTPSConnection(
                place.host, place.port, timeout=self._seconds, context=context
            )
        else:
            connection = http.client.HTTPConnection(place.host, place.port, timeout=self._seconds)
        where = (address, place.port)
        # The name stays for TLS and the Host header; the connection goes where the guard looked.
        connection._create_connection = (  # type: ignore[attr-defined]
            lambda _named, timeout, source: socket.create_connection(where, timeout, source)
        )
        return connection


def _read(response: http.client.HTTPResponse, deadline: float, host: str) -> bytes:
    received = bytearray()
    while piece := response.read(_PIECE):
        received += piece
        if len(received) > _LARGEST:
            raise NotFetched(f"The answer of {host} is longer than {_LARGEST >> 20} MiB.")
        if time.monotonic() > deadline:
            raise NotFetched(f"The answer of {host} does not end.")
    return bytes(received)
