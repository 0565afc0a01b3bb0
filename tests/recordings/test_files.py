"""The recordings as files: each reads, and says what it is about."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from vestibule.recordings.format import Directory, RecordingFault
from vestibule.recordings.reading import read_recording
from vestibule.recordings.writing import write_recording
from vestibule.registry import members

FOLDER = Path(__file__).parent
DIALECTS = members("vestibule.scim.dialects", "DIALECT", third_parties=False)
FILES = sorted(FOLDER.glob("*/*.json"))


def shown(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_a_file_is_a_recording_of_its_own_name(path: Path) -> None:
    recording = read_recording(path.read_bytes(), path.name)
    assert recording.name == path.stem
    assert recording.about.endswith(".")
    assert recording.facts
    assert all(re.fullmatch(r"[WRKS]\d+[a-h]?", fact) for fact in recording.facts)
    client = path.parent.name
    assert recording.dialect == (client if client in DIALECTS else "generic")


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_a_write_has_its_effect_looked_at(path: Path) -> None:
    recording = read_recording(path.read_bytes(), path.name)
    writes = any(step.method != "GET" and step.expect.status < 300 for step in recording.steps)
    assert not writes or recording.directory != Directory()


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_what_is_read_is_written_as_it_was(path: Path) -> None:
    text = path.read_text("utf-8")
    recording = read_recording(text, path.name)
    assert json.loads(write_recording(recording)) == json.loads(text)
    assert read_recording(write_recording(recording)) == recording


def minimal(**changes: object) -> str:
    step = {"method": "GET", "path": "/Users", "expect": {"status": 200}}
    recording = {"format": "vestibule-recording", "version": 1, "name": "least", "steps": [step]}
    return json.dumps({**recording, **changes})


def test_the_least_recording_reads() -> None:
    recording = read_recording(minimal())
    assert recording.profile == "generic"
    assert recording.steps[0].expect.status == 200


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "least.json: not JSON"),
        ("[]", "least.json: must be an object, not a list"),
        (minimal(format="har"), "least.json: format: must be 'vestibule-recording'"),
        (minimal(version=2), "least.json: version: this Vestibule reads version 1"),
        (minimal(version=True), "least.json: version: must be a whole number, not a boolean"),
        (minimal(steps=[]), "least.json: steps: must name at least one request"),
        (minimal(colour="red"), "least.json: colour: unknown key; allowed are format, version"),
        (minimal(steps=[{"method": "GET"}]), "least.json: steps[0]: path: is missing"),
        (
            minimal(steps=[{"method": "FETCH", "path": "/Users", "expect": {"status": 200}}]),
            "least.json: steps[0]: method: must be one of GET, POST, PUT, PATCH, DELETE",
        ),
        (
            minimal(steps=[{"method": "GET", "path": "Users", "expect": {"status": 200}}]),
            "least.json: steps[0]: path: must begin with /",
        ),
        (
            minimal(steps=[{"method": "GET", "path": "/Users", "expect": {"status": 9}}]),
            "least.json: steps[0]: expect: status: must be an HTTP status",
        ),
        (minimal(headers={"Accept": 1}), "least.json: headers.Accept: must be text, or null"),
        (minimal(facts=[1]), "least.json: facts[0]: must be text, not a whole number"),
        (
            minimal(directory={"users": [{"active": True}]}),
            "least.json: directory: users[0]: must hold userName",
        ),
    ],
)
def test_a_fault_names_file_place_and_what_is_allowed(text: str, fault: str) -> None:
    with pytest.raises(RecordingFault) as raised:
        read_recording(text, "least.json")
    assert str(raised.value).startswith(fault)
