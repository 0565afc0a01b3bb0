"""Random pipelines in random pieces over a socket: every request has its own answer, in its turn.

By hand, for as long as wanted: ``python -m tests.web.pipelines 300`` (seconds), with a seed behind
it to see one again.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.served import HOST, USER, Answer, Hand, hand_of, serving

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it is sent, and what its answer, and no other, says."""

    wire: bytes
    status: int
    says: bytes
    method: str = "GET"


class Pipelines:
    """Makes them from a seed; ``hands`` belong to different tenants, each with ``<slug>@known.example``."""

    def __init__(self, hands: Sequence[Hand], seed: int) -> None:
        self._hands = hands
        self._random = random.Random(seed)
        self._seed = seed
        self._made = 0

    def one(self) -> list[Asked]:
        """Some requests of any tenants; a name that is created is looked up behind that."""
        asked: list[Asked] = []
        for _ in range(self._random.choice((1, 2, 5, 12, 40))):
            hand = self._random.choice(self._hands)
            asked += self._random.choice(_KINDS)(self, hand)
        return asked

    def pieces(self, wire: bytes) -> list[bytes]:
        """The bytes in one piece, in some, or one by one at some place."""
        match self._random.randrange(4):
            case 0:
                return [wire]
            case 1:
                cuts = sorted(self._random.sample(range(len(wire)), min(len(wire), 8)))
            case 2:
                start = self._random.randrange(len(wire))
                cuts = list(range(start, min(len(wire), start + 60)))
            case _:
                cuts = list(range(0, len(wire), self._random.choice((7, 97, 1460, 16_384))))[:400]
        ends = [*cuts, len(wire)]
        return [wire[a:b] for a, b in zip([0, *cuts], ends, strict=True) if a < b]

    def pause(self) -> float:
        """Seconds between two pieces: mostly none, so that some arrive together."""
        return self._random.choice((0.0, 0.0, 0.0, 0.002))

    def chance(self, share: float) -> bool:
        """True that often."""
        return self._random.random() < share

    def number_below(self, end: int) -> int:
        """Any of them."""
        return self._random.randrange(end)

    def _name(self, hand: Hand) -> str:
        self._made += 1
        return f"p{self._seed}-{self._made}@{hand.slug}.example"

    def _known(self, hand: Hand) -> list[Asked]:
        return [_look_up(hand, f"{hand.slug}@known.example")]

    def _scan(self, hand: Hand) -> list[Asked]:
        path = "/Users?filter=" + quote(f'title co "known at {hand.slug}"')
        return [Asked(hand.wire("GET", path), 200, f'"known at {hand.slug}"'.encode())]

    def _unknown(self, hand: Hand) -> list[Asked]:
        id = self._name(hand)
        method = self._random.choice(("GET", "DELETE"))
        return [Asked(hand.wire(method, f"/Users/{quote(id)}"), 404, id.encode(), method)]

    def _with_a_body_nobody_reads(self, hand: Hand) -> list[Asked]:
        id = self._name(hand)
        body = {"GET": "/scim/v2/Users HTTP/1.1", "padding": "x" * self._random.choice((1, 40_000, 200_000))}
        method = self._random.choice(("GET", "DELETE"))
        return [Asked(hand.wire(method, f"/Users/{id}", body), 404, id.encode(), method)]

    def _head(self, hand: Hand) -> list[Asked]:
        return [Asked(hand.wire("HEAD", f"/Users/{self._name(hand)}"), 405, b"", "HEAD")]

    def _refused(self, hand: Hand) -> list[Asked]:
        slug = f"no-{self._name(hand).partition('@')[0]}"
        wire = hand.wire("POST", "/Users", {"x": "y" * 50}).replace(
            b"POST /scim", f"POST /t/{slug}/scim".encode()
        )
        return [Asked(wire, 401, b"this Tenant URL", "POST")]

    def _search(self, hand: Hand) -> list[Asked]:
        body = {"schemas": [SEARCH], "filter": f'userName eq "{hand.slug}@known.example"'}
        return [Asked(hand.wire("POST", "/Users/.search", body), 200, body["filter"][13:-1].encode(), "POST")]  # type: ignore[index]

    def _create(self, hand: Hand) -> list[Asked]:
        name = self._name(hand)
        padding = self._random.choice(("", "", "x" * 900, "x" * 40_000))
        body = json.dumps({"schemas": [USER], "userName": name, "nickName": padding}).encode()
        headers: dict[str, str] = {}
        match self._random.randrange(4):
            case 0:
                headers = {"Transfer-Encoding": "chunked", "Content-Length": ""}
                body = _chunked(body, self._random.choice((1 << 20, 50)))
            case 1:
                headers = {"Connection": "Upgrade", "Upgrade": "h2c"}
        wire = hand.wire("POST", "/Users", body, headers)
        if "Upgrade" in headers:
            wire = wire.replace(b"Content-Length", b"content-length")
        return [Asked(wire, 201, name.encode(), "POST"), _look_up(hand, name)]

    def _twice(self, hand: Hand) -> list[Asked]:
        name = f"{hand.slug}@known.example"
        wire = hand.wire("POST", "/Users", {"schemas": [USER], "userName": name})
        return [Asked(wire, 409, name.encode(), "POST")]


_KINDS = (
    Pipelines._known,
    Pipelines._known,
    Pipelines._scan,
    Pipelines._unknown,
    Pipelines._with_a_body_nobody_reads,
    Pipelines._head,
    Pipelines._refused,
    Pipelines._search,
    Pipelines._create,
    Pipelines._create,
    Pipelines._twice,
)


def _look_up(hand: Hand, name: str) -> Asked:
    return Asked(hand.wire("GET", "/Users?filter=" + quote(f'userName eq "{name}"')), 200, name.encode())


def _chunked(body: bytes, size: int) -> bytes:
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\nX-Trailer: 1\r\n\r\n"


def prepare(hand: Hand) -> Hand:
    """The one person that every pipeline of this tenant may ask for."""
    hand.create(f"{hand.slug}@known.example", title=f"known at {hand.slug}")
    return hand


async def hold(hands: Sequence[Hand], seed: int) -> int:
    """One pipeline on one connection. AssertionError with the seed where an answer is wrong; the number of answers."""
    making = Pipelines(hands, seed)
    asked = making.one()
    wire = b"".join(one.wire for one in asked)
    ending = making.number_below(4)
    if ending == 0:
        wire += b"\0"  # is no request
    elif ending == 1:
        wire = wire[: 1 + making.number_below(len(wire))]
    reading, writing = await asyncio.open_connection(HOST, hands[0].port, limit=1 << 24)
    sending = asyncio.create_task(_send(writing, making, wire))
    heard = 0
    try:
        async with asyncio.timeout(_PATIENCE):
            if ending == 1:
                await sending
                return 0  # gone in the middle, perhaps of an answer
            for one in asked:
                answer = await hear(reading, one.method)
                _hold_against(one, answer, [hand.slug for hand in hands])
                heard += 1
            if ending == 0:
                # What is no request is answered where nothing was due before it; then the end.
                rest = await reading.read()
                assert rest == b"" or rest.startswith(b"HTTP/1.1 400 "), rest[:200]
        return heard
    except (AssertionError, TimeoutError, OSError, ValueError, asyncio.IncompleteReadError) as fault:
        raise AssertionError(f"seed {seed}, answer {heard + 1} of {len(asked)}: {fault!r}") from fault
    finally:
        sending.cancel()
        writing.close()


async def hear(reading: asyncio.StreamReader, method: str) -> Answer:
    """One answer. IncompleteReadError where the connection ends before."""
    while True:
        head = (await reading.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        version, status, _ = first.split(" ", 2)
        assert version == "HTTP/1.1", head[:300]
        if status != "100":
            break
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    length = 0 if method == "HEAD" else int(headers.get("content-length", "0"))
    return Answer(int(status), headers, await reading.readexactly(length))


def _hold_against(asked: Asked, answer: Answer, slugs: Sequence[str]) -> None:
    shown = f"asked {asked.wire[:200]!r}, answered {answer.status} {answer.body[:400]!r}"
    assert answer.status == asked.status, shown
    assert asked.says in answer.body, shown
    for slug in slugs:
        assert slug.encode() in asked.says or f"@{slug}.example".encode() not in answer.body, shown


async def _send(writing: asyncio.StreamWriter, making: Pipelines, wire: bytes) -> None:
    for piece in making.pieces(wire):
        writing.write(piece)
        await writing.drain()
        await asyncio.sleep(making.pause())


async def hold_many(hands: Sequence[Hand], seeds: Sequence[int], at_once: int = 4) -> int:
    """So many side by side; the number of answers."""
    waiting = list(reversed(seeds))

    async def work() -> int:
        heard = 0
        while waiting:
            heard += await hold(hands, waiting.pop())
        return heard

    return sum(await asyncio.gather(*(work() for _ in range(at_once))))


def complaints(log: Path) -> list[str]:
    """What the server said that it does not say of requests."""
    bad = ("Traceback", "never retrieved", "unforeseen", "Exception", "Fatal", "socket.send()")
    return [line for line in log.read_text("utf-8").splitlines() if any(word in line for word in bad)]


def _by_hand(seconds: float, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as running:
        hands = [prepare(hand_of(running, slug)) for slug in ("acme", "beta")]
        ends, answers = time.monotonic() + seconds, 0
        while time.monotonic() < ends:
            answers += asyncio.run(hold_many(hands, range(seed, seed + 100)))
            seed += 100
        print(f"{answers} answers, next seed {seed}; the server complained of: {complaints(running.log)}")


if __name__ == "__main__":
    _by_hand(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
