"""Who gets in, and what the others are told."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from vestibule.judge.bench import Bench
from vestibule.judge.check import EVERYBODY, NotOffered, Topic, check

TOPIC = Topic(20, "Access")


@check(
    "R78",
    roles=EVERYBODY,
    means="Anybody who knows the address can read and change the directory.",
)
async def nobody_gets_in_without_a_token(bench: Bench) -> None:
    """Without a token, and with a wrong one, people are not shown: 401."""
    _uses_a_token(bench)
    for authorization in ("", f"Bearer {bench.prefix}"):
        exchange = await bench.wire.send("GET", f"{bench.users}?count=1", authorization=authorization)
        if exchange.status != 401:
            bench.fault(exchange, "status 401")


@check(
    "R77",
    means="A client cannot tell which kind of credential is wanted.",
)
async def the_scheme_is_announced(bench: Bench) -> None:
    """A 401 names the schemes in WWW-Authenticate."""
    _uses_a_token(bench)
    exchange = await bench.wire.send("GET", f"{bench.users}?count=1", authorization="")
    bench.need(exchange, 401)
    bench.expect(bool(exchange.header("www-authenticate")), exchange, "a WWW-Authenticate header", "none")


@check(
    "R182",
    roles=EVERYBODY,
    means="The token and everybody's data travel in clear; Okta and Entra refuse such an address.",
)
async def the_way_is_encrypted(bench: Bench) -> None:
    """The service is reached over TLS."""
    parts = urlsplit(bench.wire.base_url)
    if parts.scheme == "http" and _is_loopback(parts.hostname or ""):
        raise NotOffered("plain HTTP on this machine: nothing to judge")
    bench.expect(parts.scheme == "https", bench.server.configuration, "an https address", parts.scheme)


def _uses_a_token(bench: Bench) -> None:
    if not bench.wire.authorization:
        raise NotOffered("no token is used at all")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
