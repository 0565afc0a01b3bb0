"""A real server goes on beside a move: reads are answered, writes are refused at once, and after it they stay refused."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.process import ChildFailed, python
from bench.servers import Vestibule
from tests.postgresql import Place
from tests.served import Answer, hand_of, patch, person
from vestibule.stores.move import Moved, Progress, move_installation


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Vestibule]:
    running = Vestibule(tmp_path)
    running.start()
    yield running
    running.stop()


def on_postgresql(folder: Path, place: Place) -> Vestibule:
    return Vestibule(folder, "moved", place.environment)


async def moved(server: Vestibule, place: Place, tell: Callable[[Progress], None]) -> Moved:
    return await move_installation(
        f"sqlite:///{server.database}", place.url, schema=place.schema, progress=tell
    )


def refused(answer: Answer, *words: str) -> None:
    assert answer.status == 503, answer
    assert int(answer.headers["retry-after"]) > 0
    assert all(word in answer.detail for word in words), answer.detail


async def test_reads_go_on_and_writes_are_refused_at_once(
    server: Vestibule, postgresql: Place, tmp_path: Path
) -> None:
    hand = hand_of(server, "corp")
    ids = [hand.create(f"p{number}@corp.test") for number in range(5)]
    group = hand.create_group("Everybody", ids)
    stages: set[str] = set()

    def look(progress: Progress) -> None:
        """In the middle of the move, which waits for us meanwhile."""
        if progress.stage in stages:
            return
        stages.add(progress.stage)
        assert hand("GET", f"/Users/{ids[0]}").status == 200
        assert hand("GET", "/Users").json["totalResults"] == 5
        assert hand.member_ids(group) == ids
        body = patch({"op": "replace", "path": "active", "value": False})
        words = (
            ("is being moved", "Reads go on") if progress.stage != "marked" else ("was moved to PostgreSQL",)
        )
        started = time.monotonic()
        for method, path, data in (
            ("POST", "/Users", person("late@corp.test")),
            ("PATCH", f"/Users/{ids[0]}", body),
            ("PUT", f"/Users/{ids[1]}", person("p1@corp.test", title="new")),
            ("DELETE", f"/Users/{ids[2]}", None),
            ("PATCH", f"/Groups/{group}", patch({"op": "remove", "path": f'members[value eq "{ids[3]}"]'})),
            (
                "PATCH",
                f"/Groups/{group}",
                patch({"op": "add", "path": "members", "value": [{"value": group}]}),
            ),
            ("DELETE", f"/Groups/{group}", None),
        ):
            answer = hand(method, path, data)
            if answer.status != 400:  # a group in itself is refused before anything is written
                refused(answer, *words)
        assert time.monotonic() - started < 20, "nobody waits for the move to end"
        with pytest.raises(ChildFailed, match=words[0]):
            server.command("tenant", "create", "late")

    await moved(server, postgresql, look)
    assert stages == {"copying", "comparing", "copied", "marked"}

    refused(hand("POST", "/Users", person("later@corp.test")), "was moved to PostgreSQL")
    assert hand("GET", f"/Users/{ids[0]}").status == 200
    server.stop()
    with pytest.raises(ChildFailed, match=r"was moved to PostgreSQL at .+ --reopen"):
        server.start()

    new = on_postgresql(tmp_path, postgresql)
    new.start()
    try:
        there = replace(hand, port=new.port)
        assert there.member_ids(group) == ids
        assert there("GET", "/Users").json["totalResults"] == 5
        assert there("POST", "/Users", person("late@corp.test")).status == 201
    finally:
        new.stop()


async def test_a_moved_file_can_be_used_again(server: Vestibule, postgresql: Place) -> None:
    hand = hand_of(server, "corp")
    await moved(server, postgresql, lambda _: None)
    refused(hand("POST", "/Users", person("late@corp.test")), "was moved")
    assert "may be served again" in server.command("migrate", "--reopen")
    assert hand("POST", "/Users", person("late@corp.test")).status == 201
    with pytest.raises(ChildFailed, match="nothing to take back"):
        server.command("migrate", "--reopen")


def test_under_traffic(server: Vestibule, postgresql: Place, tmp_path: Path) -> None:
    """Eight clients write and read all the while: whatever was acknowledged is there afterwards, no more, no less."""
    hand = hand_of(server, "corp")
    acknowledged: list[str] = []
    wrong: list[Answer] = []
    saw_refusal = threading.Event()
    ends = threading.Event()

    def client(lane: int) -> None:
        number = 0
        while not ends.is_set():
            number += 1
            answer = hand("POST", "/Users", person(f"lane{lane}.{number}@corp.test"))
            if answer.status == 201:
                acknowledged.append(str(answer.json["id"]))
            elif answer.status == 503 and int(answer.headers["retry-after"]) > 0:
                saw_refusal.set()
            else:
                wrong.append(answer)
            read = hand("GET", "/Users?count=1")
            if read.status != 200:
                wrong.append(read)

    lanes = [threading.Thread(target=client, args=(lane,)) for lane in range(8)]
    for lane in lanes:
        lane.start()
    deadline = time.monotonic() + 60
    while len(acknowledged) < 100 and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        said = server.command("migrate", "--to", postgresql.url, "--schema", postgresql.schema, "--json")
        assert saw_refusal.wait(30)
    finally:
        ends.set()
        for lane in lanes:
            lane.join()
    assert not wrong, wrong[0]
    tables = {row["table"]: row for row in json.loads(said)["tables"]}
    assert tables["resource"]["rows"] == len(acknowledged)
    new = on_postgresql(tmp_path, postgresql)
    new.start()
    try:
        there = replace(hand, port=new.port)
        assert there("GET", "/Users?count=1").json["totalResults"] == len(acknowledged)
        for user_id in acknowledged[::10]:
            assert there("GET", f"/Users/{user_id}").status == 200
    finally:
        new.stop()


def test_the_command_says_what_it_did(server: Vestibule, postgresql: Place) -> None:
    hand = hand_of(server, "corp")
    hand.create("p@corp.test")
    (server.folder / "directory.db").touch()
    command = python("-m", "vestibule.cli.main", "migrate", "--to", postgresql.url)
    environment = {**server.place, "VESTIBULE_SCHEMA": postgresql.schema}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    assert "the same on both sides" in done.stdout
    [line] = [line.split() for line in done.stdout.splitlines() if line.startswith("resource ")]
    assert line[1] == "1"
    assert line[2] == line[3]
    assert f"VESTIBULE_SCHEMA={postgresql.schema}" in done.stderr
    assert f"VESTIBULE_DIRECTORY_DATABASE=sqlite:///{server.folder / 'directory.db'}" in done.stderr
