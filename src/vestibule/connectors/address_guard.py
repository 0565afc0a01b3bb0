"""Where an address that somebody typed may lead: never to this machine, a private network or a cloud's metadata.

Asked when the address is saved, and again whenever a connection is made, with what its name means
then: the connection goes to the very address that was looked at (a name may mean another one a
second later).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from vestibule.refused import Refused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
#: The addresses that a name and port mean now; OSError where there are none.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_LONGEST_URL = 2000
_RESOLVE_SECONDS = 5.0
#: A name server that does not answer holds one of these threads, and nobody else's.
_RESOLVERS = 8
#: What not every Python's table of special addresses has, and 168.63.129.16, which is public by the registry but
#: Azure's own channel into each of its machines (https://www.iana.org/assignments/iana-ipv4-special-registry,
#: -ipv6-special-registry).
_SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b:1::/48",
        "2001::/23",
        "5f00::/16",
    )
)
#: RFC 6052: the last 32 bits are an IPv4 address, which a translator sends on.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: Older forms that carry an IPv4 address, compatible (RFC 4291 §2.5.5.1) and translated (RFC 2765).
_CARRIES_IPV4 = (ipaddress.ip_network("::/96"), ipaddress.ip_network("::ffff:0:0:0/96"))


class AddressRefused(Refused):
    """The address leads where nothing is sent, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Place:
    """What of an address a connection needs. ``target`` is path and query as they stand in a request line."""

    secure: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


class AddressGuard:
    """Looks at addresses. ``allowed`` are the networks that may be reached although they are not public.

    Only there is plain HTTP spoken.
    """

    def __init__(self, allowed: Sequence[Network] = (), resolve: Resolve | None = None) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve or _SystemResolver()

    async def check(self, url: str) -> None:
        """Refuse an address that is about to be saved. ``AddressRefused`` says why, and what to do."""
        place = place_of(url)
        await self.addresses(place)

    async def addresses(self, place: Place) -> Sequence[str]:
        """What to connect to, now. ``AddressRefused`` where the name means nothing, or any forbidden address."""
        try:
            async with asyncio.timeout(_RESOLVE_SECONDS):
                found = await self._resolve(place.host, place.port)
        except TimeoutError:
            raise AddressRefused(f"The name {place.host} was not resolved within 5 seconds.") from None
        except (OSError, UnicodeError):
            found = ()
        if not found:
            raise AddressRefused(f"The name {place.host} means no address: is it spelt right?")
        for text in found:
            self._look_at(place, ipaddress.ip_address(text.partition("%")[0]))
        return found

    def _look_at(self, place: Place, address: Address) -> None:
        if any(address in network for network in self._allowed):
            return
        if not _is_public(address):
            means = "" if place.host == str(address) else f"{address}, which is "
            raise AddressRefused(
                f"{place.host} is {means}not on the public Internet (this machine, a private network or "
                "a cloud's metadata): nothing is sent there. If it is meant, add its network to "
                "VESTIBULE_ALLOWED_NETWORKS."
            )
        if not place.secure:
            raise AddressRefused(
                f"http://{place.authority} would send people's data in clear over the Internet. Use https://"
            )


def place_of(url: str) -> Place:
    """The parts of an address. ``AddressRefused`` where it is none that a request may go to."""
    shown = url if len(url) <= 200 else f"{url[:200]}…"
    if len(url) > _LONGEST_URL:
        raise AddressRefused(f"The URL has {len(url)} characters; {_LONGEST_URL} are the most.")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise AddressRefused(f"{shown!r} has spaces, or signs that a URL has not. Write them as %xx.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused(f"{shown!r} cannot be read as a URL.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise AddressRefused(f"{shown!r} is no address: it starts with https:// and a host name.")
    if "@" in parts.netloc:
        raise AddressRefused(
            "The URL holds a user name or password, which every log on the way would show. Leave it out: "
            "the signature proves who sends."
        )
    secure = parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(secure, parts.hostname, port or (443 if secure else 80), target)


def networks_of(text: str) -> tuple[Network, ...]:
    """``127.0.0.0/8, ::1`` as networks. ValueError naming the one that is none."""
    found = []
    for part in text.replace(",", " ").split():
        try:
            found.append(ipaddress.ip_network(part, strict=False))
        except ValueError:
            raise ValueError(f"{part!r} is no network: write 127.0.0.0/8, 10.1.0.0/16 or ::1") from None
    return tuple(found)


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and (address in _NAT64 or any(address in network for network in _CARRIES_IPV4)):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo is not None:
            inner = address.teredo[1]
        if inner is not None:
            return _is_public(inner)
    return (
        address.is_global and not address.is_multicast and not any(address in network for network in _SPECIAL)
    )


class _SystemResolver:
    """The system's own way, in threads of its own: a dead name server must not hold up anything else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolver")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _look_up, host, port)
        return list(dict.fromkeys(found))


def _look_up(host: str, port: int) -> list[str]:
    return [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
