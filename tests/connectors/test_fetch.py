"""Documents from addresses that an administrator named: only from where it is allowed, and only so much."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from vestibule.connectors.address_guard import AddressGuard, AddressRefused, networks_of
from vestibule.connectors.fetch import Fetch, NotFetched


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/")
            self.end_headers()
            return
        body = b"x" * (2 << 20) if self.path == "/large" else self.headers["Host"].encode()
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            return

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(400)
        self.end_headers()
        self.wfile.write(body + b" " + self.headers.get("Authorization", "").encode())

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetch() -> Fetch:
    return Fetch(AddressGuard(networks_of("127.0.0.0/8")))


async def test_a_document_and_a_form(base: str, fetch: Fetch) -> None:
    assert await fetch.get(f"{base}/x") == base.removeprefix("http://").encode()
    assert await fetch.post(f"{base}/x", {"a": "b c"}, "Basic x") == (400, b"a=b+c Basic x")


@pytest.mark.parametrize(
    ("path", "said"),
    [("/missing", "status 404"), ("/moved", "Redirects are not followed"), ("/large", "longer than 1 MiB")],
)
async def test_what_is_no_document(base: str, fetch: Fetch, path: str, said: str) -> None:
    with pytest.raises(NotFetched, match=said):
        await fetch.get(f"{base}{path}")


async def test_nobody_there(fetch: Fetch) -> None:
    with pytest.raises(NotFetched, match=r"No answer from 127\.0\.0\.1"):
        await fetch.get("http://127.0.0.1:9/")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "https://169.254.169.254/latest", "https://[::1]/", "ftp://x.test/"]
)
async def test_addresses_that_are_not_public(url: str) -> None:
    with pytest.raises(AddressRefused):
        await Fetch(AddressGuard()).get(url)
