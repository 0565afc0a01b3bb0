"""The admission hook over HTTP: signed, answered within its time, and whatever else comes is no answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from standardwebhooks.webhooks import Webhook

from tests.cast import hanako, patch, zoe
from tests.installation import Tenant, installation
from vestibule.feed import doorkeeper

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="
NO_ANSWER = "The product could not be asked whether it admits this person."
LEAVES = patch({"op": "replace", "path": "active", "value": False})
COMES_BACK = patch({"op": "replace", "path": "active", "value": True})


@dataclass
class Product:
    """A product that listens on loopback: ``says`` is what it answers, byte for byte, and ``came`` what it was asked."""

    says: Callable[[], bytes] = lambda: answer(204)
    hangs: bool = False
    url: str = ""
    came: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, any number of questions."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")
                headers = {
                    n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:] if line)
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.came.append((headers, body))
                if self.hangs:
                    await self.ended.wait()
                writer.write(self.says())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@asynccontextmanager
async def asked_of(product: Product, **settings: str) -> AsyncIterator[Tenant]:
    server = await asyncio.start_server(product.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    product.url = f"http://127.0.0.1:{port}/may-come-in"
    try:
        async with installation(admission_url=product.url, admission_secret=SECRET, **settings) as site:
            yield await site.tenant("generic", "corp")
    finally:
        product.ended.set()
        server.close()


async def test_the_question_is_signed_and_tells_who_would_come_in() -> None:
    product = Product()
    async with asked_of(product) as tenant:
        id = (await tenant.post("/Users", hanako())).json["id"]
        await tenant.patch(f"/Users/{id}", LEAVES)
        await tenant.patch(f"/Users/{id}", patch({"op": "replace", "path": "title", "value": "x"}))
        assert (await tenant.patch(f"/Users/{id}", COMES_BACK)).status == 200
    told = [Webhook(SECRET).verify(body, dict(headers)) for headers, body in product.came]
    assert [(one["type"], one["tenant"], one["id"]) for one in told] == [
        ("user.created", "corp", id),
        ("user.reactivated", "corp", id),
    ]
    assert told[0]["identity"]["userName"] == hanako()["userName"]
    assert len({headers["webhook-id"] for headers, _ in product.came}) == 2
    with pytest.raises(Exception, match="signature"):
        Webhook(SECRET).verify(product.came[0][1] + b" ", dict(product.came[0][0]))


@pytest.mark.parametrize("status", [403, 409, 422])
async def test_its_reason_becomes_the_scim_error(status: int) -> None:
    reason = "All 50 seats are taken: ask Mia for more."
    product = Product(lambda: answer(status, json.dumps({"reason": reason}).encode()))
    async with asked_of(product, admission_without="admit") as tenant:
        refused = await tenant.post("/Users", hanako())
        assert refused.status == 403
        assert refused.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert refused.json["detail"].startswith(reason)
        assert (await tenant.get("/Users")).json["totalResults"] == 0


async def test_a_reason_as_long_as_a_book_is_cut() -> None:
    product = Product(lambda: answer(403, json.dumps({"reason": "no " * 10_000}).encode()))
    async with asked_of(product) as tenant:
        refused = await tenant.post("/Users", hanako())
        assert refused.status == 403
        assert len(refused.json["detail"]) < 700


NO_ANSWERS = {
    "an error of its own": lambda: answer(500),
    "a redirect": lambda: answer(302, b"", "location: http://127.0.0.1:1/elsewhere"),
    "a refusal without a reason": lambda: answer(403, b"{}"),
    "a refusal that is no JSON": lambda: answer(403, b"<html>"),
    "a refusal of another shape": lambda: answer(403, b'["no"]'),
    "a reason that is no text": lambda: answer(403, b'{"reason": {"a": 1}}'),
    "a gigabyte": lambda: b"HTTP/1.1 403 X\r\ncontent-length: 1073741824\r\n\r\n" + b"x" * 200_000,
    "no HTTP": lambda: b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "half an answer": lambda: b"HTTP/1.1 204",
}


@pytest.mark.parametrize("admits", [False, True], ids=["refuse", "admit"])
@pytest.mark.parametrize("kind", NO_ANSWERS)
async def test_what_is_no_answer_leaves_it_to_the_setting(
    kind: str, admits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorkeeper, "LIMIT_SECONDS", 0.5)
    product = Product(NO_ANSWERS[kind])
    async with asked_of(product, admission_without="admit" if admits else "refuse") as tenant:
        came = await tenant.post("/Users", hanako())
        assert came.status == (201 if admits else 403)
        if not admits:
            assert came.json["detail"].startswith(NO_ANSWER)
    assert len(product.came) == 1


@pytest.mark.parametrize("admits", [False, True], ids=["refuse", "admit"])
async def test_nobody_waits_for_one_that_hangs_and_leaving_never_asks(admits: bool) -> None:
    product = Product()
    async with asked_of(product, admission_without="admit" if admits else "refuse") as tenant:
        id = (await tenant.post("/Users", hanako())).json["id"]
        product.hangs = True
        began = time.monotonic()
        slow = asyncio.create_task(tenant.post("/Users", zoe()))
        while len(product.came) < 2:
            await asyncio.sleep(0.005)
        assert (await tenant.patch(f"/Users/{id}", LEAVES)).status == 200
        assert not slow.done()
        assert (await slow).status == (201 if admits else 403)
        assert time.monotonic() - began >= doorkeeper.LIMIT_SECONDS
    assert doorkeeper.LIMIT_SECONDS == 2.0


@pytest.mark.parametrize("admits", [False, True], ids=["refuse", "admit"])
async def test_one_that_is_gone_leaves_it_to_the_setting(admits: bool) -> None:
    async with installation(
        admission_url="http://127.0.0.1:9/gone",
        admission_secret=SECRET,
        admission_without="admit" if admits else "refuse",
    ) as site:
        tenant = await site.tenant()
        assert (await tenant.post("/Users", hanako())).status == (201 if admits else 403)
