"""Plays a recording against any SCIM server and looks at what the server holds afterwards.

The network is an argument: ``send`` carries one request to a base URL, an ASGI application or
whatever else answers, so that the same recording runs in a test and from the command line.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from vestibule.recordings.captured import filled_in, merged, pointed_at
from vestibule.recordings.format import ABSENT, Directory, Known, Recording, RecordingFault, Step
from vestibule.recordings.pattern import differences

#: What a sender adds that says nothing of its own (W2).
DEFAULT_HEADERS: Mapping[str, str] = {
    "Accept": "application/scim+json",
    "Content-Type": "application/scim+json; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``path`` goes below the SCIM base URL and carries the query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. Header names are compared without regard to letter case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Send = Callable[[Request], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Played:
    """One step as it went: the request, the reply, and what of the reply was not as expected."""

    name: str
    request: Request
    reply: Reply
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A replay, whole. After a step with a fault no further one is played."""

    recording: str
    steps: tuple[Played, ...]
    directory_faults: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every answer and the directory afterwards were as expected."""
        return not self.faults

    @property
    def faults(self) -> tuple[str, ...]:
        """Every fault in one list, each naming its step."""
        of_steps = [f"{step.name}: {fault}" for step in self.steps for fault in step.faults]
        return (*of_steps, *(f"directory afterwards: {fault}" for fault in self.directory_faults))


async def replay(recording: Recording, send: Send, token: str) -> Report:
    """Create what ``setup`` names, play the steps, then compare the directory.

    ``setup.existing`` and ``setup.domains`` must hold already; they cannot be had over SCIM.
    RecordingFault where the set-up is refused or a name was never captured.
    """
    player = _Player(recording, send, {"token": token})
    await player.set_up()
    for number, step in enumerate(recording.steps, 1):
        if await player.play(step, number):
            return Report(recording.name, tuple(player.played))
    return Report(recording.name, tuple(player.played), tuple(await player.look(recording.directory)))


@dataclass(slots=True)
class _Player:
    recording: Recording
    send: Send
    captured: dict[str, Any]
    played: list[Played] = field(default_factory=list)

    async def set_up(self) -> None:
        setup = self.recording.setup
        for endpoint, resources in (("/Users", setup.users), ("/Groups", setup.groups)):
            for known in resources:
                await self._create(endpoint, known)

    async def _create(self, endpoint: str, known: Known) -> None:
        reply = await self._exchange("POST", endpoint, {}, filled_in(known.resource, self.captured))
        answer = _json(reply)
        if reply.status != 201 or not isinstance(answer, dict):
            raise RecordingFault(f"set-up: POST {endpoint} of {known.as_ or 'a resource'}: {_said(reply)}")
        if known.as_:
            self.captured[known.as_] = answer["id"]

    async def play(self, step: Step, number: int) -> bool:
        """Whether it had a fault."""
        body = filled_in(step.body, self.captured)
        if step.base is not None:
            if step.base not in self.captured:
                raise RecordingFault(f"step {number}: base {step.base!r} was never captured")
            body = merged(self.captured[step.base], {} if body is ABSENT else body)
        request = self._request(step.method, filled_in(step.path, self.captured), step.headers, body)
        reply = await self.send(request)
        answer = _json(reply)
        expected = filled_in({"headers": dict(step.expect.headers), "body": step.expect.body}, self.captured)
        faults: list[str] = []
        if reply.status != step.expect.status:
            faults.append(f"{_said(reply)}, {step.expect.status} expected")
        else:
            lowered = {name.lower(): value for name, value in reply.headers.items()}
            for name, pattern in expected["headers"].items():
                faults += differences(pattern, lowered.get(name.lower(), ABSENT), f"header {name}")
            if expected["body"] is not ABSENT:
                faults += differences(expected["body"], answer)
            faults += self._capture(step, answer)
        title = f"step {number}, {step.name or f'{step.method} {step.path}'}"
        self.played.append(Played(title, request, reply, tuple(faults)))
        return bool(faults)

    def _capture(self, step: Step, answer: Any) -> list[str]:
        faults = []
        for name, pointer in step.capture.items():
            value = pointed_at(answer, pointer)
            if value is ABSENT:
                faults.append(f"nothing at {pointer or 'the top'} to capture as {name}")
            self.captured[name] = value
        return faults

    async def look(self, directory: Directory) -> list[str]:
        """What of the directory is not as expected, asked over SCIM."""
        faults: list[str] = []
        for endpoint, name, patterns, absent, count in (
            ("/Users", "userName", directory.users, directory.absent_users, directory.user_count),
            ("/Groups", "displayName", directory.groups, directory.absent_groups, directory.group_count),
        ):
            for pattern in patterns:
                wanted = filled_in(pattern, self.captured)
                faults += await self._compare(endpoint, name, wanted)
            for value in absent:
                found = await self._find(endpoint, name, filled_in(value, self.captured))
                if found:
                    faults.append(f"{endpoint} {value} is there, and must not be")
            if count is not None:
                listed = _json(await self._exchange("GET", f"{endpoint}?startIndex=1&count=1", {}, ABSENT))
                faults += differences({"totalResults": count}, listed, endpoint)
        return faults

    async def _compare(self, endpoint: str, name: str, wanted: Mapping[str, Any]) -> list[str]:
        found = await self._find(endpoint, name, wanted[name])
        if len(found) != 1:
            return [f"{endpoint} {wanted[name]}: found {len(found)} times, once expected"]
        return differences(wanted, found[0], f"{endpoint} {wanted[name]}")

    async def _find(self, endpoint: str, name: str, value: str) -> list[Any]:
        expression = quote(f"{name} eq {json.dumps(value, ensure_ascii=False)}", safe="")
        listed = _json(await self._exchange("GET", f"{endpoint}?filter={expression}", {}, ABSENT))
        resources = listed.get("Resources", []) if isinstance(listed, dict) else []
        return list(resources)

    async def _exchange(self, method: str, path: str, headers: Mapping[str, str | None], body: Any) -> Reply:
        return await self.send(self._request(method, path, headers, body))

    def _request(self, method: str, path: str, headers: Mapping[str, str | None], body: Any) -> Request:
        asked: dict[str, str | None] = {
            **DEFAULT_HEADERS,
            "Authorization": "Bearer ${token}",
            **self.recording.headers,
            **headers,
        }
        sent = {
            name: str(filled_in(value, self.captured)) for name, value in asked.items() if value is not None
        }
        raw = b"" if body is ABSENT else json.dumps(body, ensure_ascii=False).encode()
        return Request(method, path, sent, raw)


def _json(reply: Reply) -> Any:
    """The body as JSON; ABSENT where there is none or it is none."""
    try:
        return json.loads(reply.body) if reply.body else ABSENT
    except ValueError:
        return ABSENT


def _said(reply: Reply) -> str:
    """Status and, where there is one, the error's sentence."""
    answer = _json(reply)
    detail = answer.get("detail") if isinstance(answer, dict) else None
    return f"status {reply.status}" + (f" ({detail})" if detail else "")
