"""The replayer itself, against a server of a few lines."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

from vestibule.recordings.format import RecordingFault
from vestibule.recordings.reading import read_recording
from vestibule.recordings.replay import Reply, Report, Request, replay


class Shelf:
    """Keeps people by id; knows POST, GET by id, PUT, and a list that ignores its filter."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Reply:
        self.requests.append(request)
        endpoint, _, query = request.path.partition("?")
        key = endpoint.removeprefix("/Users").strip("/")
        if request.method == "POST":
            key = f"p{len(self.people) + 1}"
            self.people[key] = {**json.loads(request.body), "id": key}
            return self.reply(201, self.people[key])
        if request.method == "PUT":
            self.people[key] = json.loads(request.body)
        if key:
            return (
                self.reply(200, self.people[key])
                if key in self.people
                else self.reply(404, {"detail": "none"})
            )
        wanted = unquote(query.partition("eq%20%22")[2].removesuffix("%22"))
        found = [one for one in self.people.values() if not wanted or one["userName"] == wanted]
        return self.reply(200, {"totalResults": len(found), "Resources": found})

    def reply(self, status: int, document: Any) -> Reply:
        return Reply(status, {"Content-Type": "application/scim+json"}, json.dumps(document).encode())


async def play(shelf: Shelf, *steps: dict[str, Any], **more: Any) -> Report:
    recording = {"format": "vestibule-recording", "version": 1, "name": "shelf", "steps": steps, **more}
    return await replay(read_recording(json.dumps(recording)), shelf.send, "t0ken")


def step(method: str, path: str, status: int, **more: Any) -> dict[str, Any]:
    expect = {"status": status, **more.pop("expect", {})}
    return {"method": method, "path": path, "expect": expect, **more}


async def test_an_answer_is_captured_and_sent_back_with_values_over_it() -> None:
    shelf = Shelf()
    report = await play(
        shelf,
        step("POST", "/Users", 201, body={"userName": "ada", "title": "x"}, capture={"ada": "/id"}),
        step("GET", "/Users/${ada}", 200, capture={"got": ""}),
        step("PUT", "/Users/${ada}", 200, base="got", body={"title": None, "active": False}),
        directory={"users": [{"id": "${ada}", "userName": "ada", "active": False}], "counts": {"users": 1}},
    )
    assert report.faults == ()
    assert report.ok
    assert shelf.people == {"p1": {"userName": "ada", "id": "p1", "active": False}}


async def test_headers_go_with_every_step_and_one_can_be_left_out() -> None:
    shelf = Shelf()
    nameless = {"Authorization": None, "User-Agent": "me"}
    await play(
        shelf,
        step("GET", "/Users", 200),
        step("GET", "/Users", 200, headers=nameless),
        headers={"User-Agent": "Okta"},
    )
    first, second = (request.headers for request in shelf.requests)
    assert first["Authorization"] == "Bearer t0ken"
    assert first["User-Agent"] == "Okta"
    assert "Authorization" not in second
    assert second["User-Agent"] == "me"


async def test_the_first_fault_ends_the_replay_and_says_where() -> None:
    report = await play(
        Shelf(),
        step("GET", "/Users/nobody", 200, name="reads nobody"),
        step("GET", "/Users", 200),
    )
    assert report.faults == ("step 1, reads nobody: status 404 (none), 200 expected",)
    assert len(report.steps) == 1


async def test_the_directory_is_looked_at() -> None:
    report = await play(
        Shelf(),
        step("GET", "/Users", 200),
        setup={"users": [{"as": "ada", "resource": {"userName": "ada"}}]},
        directory={
            "users": [{"userName": "ada", "active": True}, {"userName": "bo"}],
            "absent": {"users": ["ada"]},
            "counts": {"users": 2},
        },
    )
    assert report.directory_faults == (
        "/Users ada/active: is missing, True expected",
        "/Users bo: found 0 times, once expected",
        "/Users ada is there, and must not be",
        "/Users/totalResults: 1 found, 2 expected",
    )


async def test_what_was_never_captured_is_a_fault_of_the_file() -> None:
    with pytest.raises(RecordingFault, match="ada"):
        await play(Shelf(), step("GET", "/Users/${ada}", 200))
