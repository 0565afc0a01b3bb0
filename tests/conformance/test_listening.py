"""The socket: plain HTTP stays at home, and what is no request gets a SCIM error too (RFC 7644 §7.2, §3.12)."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.conformance.people import ERROR
from tests.installation import Site
from vestibule.web.request_limits import HEAD_LIMIT
from vestibule.web.server import Listening, ListeningRefused, open_socket, server

HOST = "127.0.0.1"


@asynccontextmanager
async def listening(site: Site, where: Listening) -> AsyncIterator[int]:
    """The installation behind a socket; its port."""
    bound, ready = open_socket(where), asyncio.Event()
    uvicorn = server(site.application, where, on_ready=ready.set)
    uvicorn.config.lifespan = "off"  # the installation is started already
    serving = asyncio.create_task(uvicorn.serve(sockets=[bound]))
    await ready.wait()
    try:
        yield bound.getsockname()[1]
    finally:
        uvicorn.should_exit = True
        await serving


async def said(
    port: int, wire: bytes, tls: ssl.SSLContext | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of what comes back until the server hangs up."""
    reading, writing = await asyncio.open_connection(HOST, port, ssl=tls)
    writing.write(wire)
    head = (await asyncio.wait_for(reading.readuntil(b"\r\n\r\n"), 30)).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await asyncio.wait_for(reading.readexactly(int(headers["content-length"])), 30)
    writing.close()
    return int(head[0].split(" ")[1]), headers, body


@pytest.mark.requirement("R182", "K13")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "scim.example.com"])
def test_plain_http_is_not_offered_beyond_this_machine(host: str) -> None:
    with pytest.raises(ListeningRefused, match="--tls-cert and --tls-key, or --behind-proxy"):
        open_socket(Listening(host, 0))


@pytest.mark.requirement("R182")
def test_a_proxy_must_be_declared_by_its_network() -> None:
    with pytest.raises(ListeningRefused, match="no network"):
        open_socket(Listening("0.0.0.0", 0, behind_proxy="everything"))
    open_socket(Listening("0.0.0.0", 0, behind_proxy="10.0.0.0/8, 192.0.2.1")).close()


@pytest.mark.requirement("R182", "K13", "K44")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_tls_is_spoken_where_it_ends_here(site: Site, tmp_path: Path, version: ssl.TLSVersion) -> None:
    certificate, key = _self_signed(tmp_path)
    tenant = await site.tenant()
    client = ssl.create_default_context(cafile=str(certificate))
    client.minimum_version = client.maximum_version = version
    async with listening(site, Listening(HOST, 0, str(certificate), str(key))) as port:
        wire = f"GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {tenant.token}\r\n\r\n"
        status, _, body = await said(port, wire.encode(), client)
        assert (status, json.loads(body)["totalResults"]) == (200, 0)


MALFORMED = {
    "no HTTP": b"hello\r\n\r\n",
    "TLS to a plain socket": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64) + b"\r\n\r\n",
    "an unknown method": b"BREW /scim/v2/Users HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
    "two lengths": b"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a length that is none": b"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n{}",
}


@pytest.mark.requirement("R83", "R84")
@pytest.mark.parametrize("wire", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_is_no_request_gets_a_scim_error(site: Site, wire: bytes) -> None:
    async with listening(site, Listening(HOST, 0)) as port:
        _is_error(await said(port, wire), 400, "address")


@pytest.mark.requirement("R83", "R84")
async def test_a_head_without_end_gets_a_scim_error(site: Site) -> None:
    async with listening(site, Listening(HOST, 0)) as port:
        wire = b"GET /scim/v2/Users HTTP/1.1\r\nX-Long: " + b"x" * (HEAD_LIMIT + 1)
        _is_error(await said(port, wire), 431, "128 KiB")


def _is_error(answer: tuple[int, dict[str, str], bytes], status: int, word: str) -> None:
    found, headers, body = answer
    assert found == status
    assert headers["content-type"] == "application/scim+json"
    assert len(headers["x-request-id"]) == 24
    document = json.loads(body)
    assert (document["schemas"], document["status"]) == ([ERROR], str(status))
    assert word in document["detail"]


def _self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return chain, private
