"""People and groups from JSON and JSON lines: broken rows are told with their line, good ones are read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vestibule.provisioning.reading import UnreadableSource
from vestibule.provisioning.source import Reading, with_nested
from vestibule.sources.json import SOURCE as JSON
from vestibule.sources.jsonl import SOURCE as JSON_LINES

ANA = {"login": "ana", "email": "ana@x.test", "firstName": "Ana"}
MIKA = {"login": "mika", "email": "mika@x.test", "employeeNumber": 7, "manager": True, "roles": ["a", "b"]}
SALES = {"id": "s", "name": "Sales", "members": ["ANA"], "groups": ["e"]}
EMEA = {"id": "e", "name": "EMEA", "members": ["mika"]}


async def read(path: Path, text: str | bytes, suffix: str = ".json") -> tuple[Reading, list[str]]:
    file = path / f"company{suffix}"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    kind = JSON if suffix == ".json" else JSON_LINES
    reading, faults = await kind.opened({"file": str(file)}).read()
    return reading, [str(fault) for fault in faults]


async def test_a_document_of_people_and_nested_groups(tmp_path: Path) -> None:
    text = json.dumps({"people": [ANA, MIKA], "groups": [SALES, EMEA]})
    reading, faults = await read(tmp_path, text)
    assert not faults
    assert reading.people["mika"].attributes == {
        "login": "mika", "email": "mika@x.test", "employeeNumber": "7", "manager": "true", "roles": "a;b",
    }  # fmt: skip
    assert reading.nested == {("s", "e")}
    assert with_nested(reading.memberships, reading.nested) == {("s", "ana"), ("s", "mika"), ("e", "mika")}


async def test_a_list_is_people_alone_and_they_may_say_their_groups(tmp_path: Path) -> None:
    reading, faults = await read(tmp_path, json.dumps([ANA | {"groups": ["Sales"]}]))
    assert faults == ["company.json, line 1: group 'Sales' is not in company.json"]
    assert list(reading.people) == ["ana"]


async def test_lines_tell_the_same_as_a_document(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(told) for told in (ANA, MIKA, SALES, EMEA)) + "\n\n"
    document = json.dumps({"groups": [SALES, EMEA], "people": [ANA, MIKA]})
    assert (await read(tmp_path, lines, ".jsonl"))[0] == (await read(tmp_path, document))[0]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"email": "x@x.test"}, "login is empty"),
        (ANA | {"email": "none"}, "email 'none' is no e-mail address"),
        (ANA | {"status": "FIRED"}, "status 'FIRED' is not known"),
        (ANA | {"name": {"first": "A"}}, "name is no value"),
        (ANA | {"title": [["x"]]}, "title is no value"),
        (ANA | {"title": "x" * 5000}, "title is 5000 characters long"),
        (ANA | {"title": "a\u0000b"}, "title holds a control character"),
        (ANA | {"groups": "Sales"}, "groups is no list of texts"),
        (ANA | {f"a{n}": "x" for n in range(600)}, "values; 500 are allowed"),
        ("ana", "it is no object of names and values"),
        (None, "it is no object"),
        (MIKA, "login 'mika' is already on line 2"),
    ],
)
async def test_a_broken_person_is_told_with_the_line(tmp_path: Path, told: object, reason: str) -> None:
    document = f'{{"people": [\n{json.dumps(MIKA)},\n{json.dumps(told)}\n]}}'
    reading, faults = await read(tmp_path, document)
    assert len(faults) == 1
    assert faults[0].startswith("company.json, line 3: ")
    assert reason in faults[0]
    assert set(reading.people) == {"mika"}
    _, faults = await read(tmp_path, f"\n{json.dumps(MIKA)}\n{json.dumps(told)}", ".jsonl")
    assert [fault.startswith("company.jsonl, line 3: ") and reason in fault for fault in faults] == [True]


async def test_a_broken_line_costs_that_line_and_nobody_is_gone(tmp_path: Path) -> None:
    reading, faults = await read(tmp_path, f'{json.dumps(ANA)}\n{{"login": "mi\n', ".jsonl")
    assert faults[0].startswith("company.jsonl, line 2: this is no JSON: ")
    assert set(reading.people) == {"ana"}
    assert not reading.people_complete
    assert not reading.groups_complete
    assert not reading.memberships_complete


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"people": [', "line 1: this is no JSON"),
        ('{"people": [\n{"login": }]}', "line 2: this is no JSON"),
        ('{"people": []} x', "something follows the end"),
        ('{"users": []}', "'users' is not known"),
        ('{"people": {}}', "people is no list"),
        ('"people"', "begins with neither"),
        ("", "begins with neither"),
        ("[" + "[" * 200_000, "nested too deeply"),
        (b"\xff\xfe[\x00", "is no UTF-8 text"),
    ],
)
async def test_a_file_that_is_no_such_document(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(UnreadableSource, match=said):
        await read(tmp_path, text)


async def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="cannot be read"):
        await JSON.opened({"file": str(tmp_path / "nothing.json")}).read()
