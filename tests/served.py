"""A real server in a process of its own, and hands that speak HTTP to it: for races, batteries and bad input."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from typer.testing import CliRunner

from bench.servers import Vestibule
from tests.database import new_database
from vestibule.cli.main import app
from vestibule.directory.story import LoggedEvent
from vestibule.stores.receiving import ReceivingStore, open_receiving_store

T = TypeVar("T")

HOST = "127.0.0.1"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)

    @property
    def detail(self) -> str:
        """The sentence of a SCIM error, without the link to its story."""
        sentence, _, _link = str(self.json["detail"]).rpartition(" http")
        return sentence


@dataclass(frozen=True, slots=True)
class Hand:
    """A client with the token of one tenant."""

    port: int
    token: str
    slug: str = ""
    base: str = "/scim/v2"
    headers: Mapping[str, str] = field(default_factory=dict)

    def wire(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """A request as bytes; ``body`` is sent as it is where it is bytes, else as JSON."""
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {
            "Host": f"{HOST}:{self.port}",
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/scim+json",
            **({"Content-Type": "application/scim+json", "Content-Length": str(len(raw))} if raw else {}),
            **self.headers,
            **(headers or {}),
        }
        lines = [
            f"{method} {self.base}{path} HTTP/1.1",
            *(f"{key}: {value}" for key, value in sent.items() if value),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + raw

    def __call__(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own."""
        return at_once(self.port, [self.wire(method, path, body, headers)])[0]

    def create(self, user_name: str, **attributes: Any) -> str:
        """A new person; their id."""
        answer = self("POST", "/Users", person(user_name, **attributes))
        assert answer.status == 201, answer
        return str(answer.json["id"])

    def create_group(self, name: str, members: Sequence[str] = ()) -> str:
        """A new group; its id."""
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": value} for value in members]}
        answer = self("POST", "/Groups", body)
        assert answer.status == 201, answer
        return str(answer.json["id"])

    def member_ids(self, group_id: str) -> list[str]:
        """Who is in a group."""
        return [member["value"] for member in self("GET", f"/Groups/{group_id}").json.get("members", [])]


class Conversation:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self._sock = socket.create_connection((HOST, port), timeout=_PATIENCE)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._method = ""

    def say(self, wire: bytes) -> None:
        """Send a whole request."""
        self._method = wire.split(b" ", 1)[0].decode()
        self._sock.sendall(wire)

    def go_on(self, data: bytes) -> None:
        """Send more of the same request."""
        self._sock.sendall(data)

    def hear(self) -> Answer:
        """The answer to it. ConnectionError where the server went away."""
        response = http.client.HTTPResponse(self._sock, method=self._method)
        try:
            response.begin()
            body = response.read()
        except (http.client.HTTPException, OSError) as fault:
            raise ConnectionError(str(fault)) from fault
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, body)

    def ask(self, wire: bytes) -> Answer:
        """Send and wait."""
        self.say(wire)
        return self.hear()

    def close(self) -> None:
        """Hang up."""
        self._sock.close()


def at_once(port: int, wires: Sequence[bytes]) -> list[Answer]:
    """The answers to requests that are all under way together, each on a connection of its own."""
    conversations = [Conversation(port) for _ in wires]
    try:
        for conversation, wire in zip(conversations, wires, strict=True):
            conversation.say(wire)
        return [conversation.hear() for conversation in conversations]
    finally:
        for conversation in conversations:
            conversation.close()


def side_by_side(port: int, scripts: Sequence[Sequence[bytes]]) -> list[list[Answer]]:
    """Each script on a connection of its own, one request after another; all connections together."""
    conversations = [Conversation(port) for _ in scripts]
    answers: list[list[Answer]] = [[] for _ in scripts]
    try:
        for step in range(max(len(script) for script in scripts)):
            playing = [at for at, script in enumerate(scripts) if step < len(script)]
            for at in playing:
                conversations[at].say(scripts[at][step])
            for at in playing:
                answers[at].append(conversations[at].hear())
        return answers
    finally:
        for conversation in conversations:
            conversation.close()


@contextmanager
def serving(folder: Path, store: str = "") -> Iterator[Vestibule]:
    """A running server on a new database of that store, else of the chosen one; its files are in ``folder``."""
    server = Vestibule(folder, place=new_database(folder, store).environment)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def hand_of(server: Vestibule, slug: str, *options: str) -> Hand:
    """A new tenant and a hand with its token."""
    return Hand(server.port, _new_tenant(server, slug, *options), slug)


def _new_tenant(server: Vestibule, slug: str, *options: str) -> str:
    """Its token, by the commands; run in this process, as two of their own take longer than most tests."""

    def said(*words: str) -> str:
        result = CliRunner().invoke(app, list(words), env=dict(server.place))
        assert result.exit_code == 0, (words, result.output, result.exception)
        return str(result.stdout.strip())

    # Whoever asks may be on a loop, and a command starts one.
    with ThreadPoolExecutor(1) as apart:
        apart.submit(said, "tenant", "create", slug, *options).result()
        return apart.submit(said, "token", "issue", slug).result()


def read_store(server: Vestibule, look: Callable[[ReceivingStore], Awaitable[T]]) -> T:
    """What ``look`` finds in the server's database, read by this process."""

    async def read() -> T:
        place = server.place
        store = open_receiving_store(
            place["VESTIBULE_DATABASE"], schema=place.get("VESTIBULE_SCHEMA", ""), migrates=False
        )
        await store.start()
        try:
            return await look(store)
        finally:
            await store.stop()

    return asyncio.run(read())


def events_of(server: Vestibule, subject_id: str) -> list[LoggedEvent]:
    """The events of a person or group in order."""

    async def look(store: ReceivingStore) -> list[LoggedEvent]:
        found: list[LoggedEvent] = []
        while some := await store.log.events(after=found[-1].seq if found else 0):
            found += some
        return [event for event in found if event.subject_id == subject_id]

    return read_store(server, look)


def person(user_name: str, **attributes: Any) -> dict[str, Any]:
    """The body of a POST; attributes given as None are left out."""
    body = {
        "schemas": [USER],
        "userName": user_name,
        "name": {"givenName": "Robin", "familyName": "Vale"},
        "emails": [{"value": user_name, "type": "work", "primary": True}],
        "active": True,
        **attributes,
    }
    return {key: value for key, value in body.items() if value is not None}


def patch(*operations: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a PATCH."""
    return {"schemas": [PATCH_OP], "Operations": list(operations)}
