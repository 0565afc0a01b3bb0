"""What a person is known by, and taking just that out of what was kept about others."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from vestibule.erasing.traces import ERASED, Known, Traces, documents_of_event, telling_values

ID = "00000000-0000-7000-8000-000000000001"
PERSON: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "id": ID,
    "userName": "ada.quill@corp.test",
    "name": {"givenName": "Ada", "familyName": "Quill"},
    "displayName": "Adé Quill",
    "title": "Engineer",
    "emails": [{"value": "ada@home.test", "type": "home"}],
    "phoneNumbers": [{"value": "+81 3 5550 0199"}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "employeeNumber": "E-4711",
        "department": "Tools",
    },
}
VALUES = telling_values([PERSON], ["00uADA"])


def test_what_many_people_share_is_not_looked_for() -> None:
    assert {
        "ada.quill@corp.test",
        "Adé Quill",
        "ada@home.test",
        "+81 3 5550 0199",
        "E-4711",
        "00uADA",
    } <= set(VALUES)
    assert {"Ada Quill", "Quill Ada"} <= set(VALUES)
    assert not {"Ada", "Quill", "Engineer", "Tools", ID} & set(VALUES)


def test_an_event_tells_what_somebody_was_called_before() -> None:
    payload = {
        "userName": ["old@corp.test", "new@corp.test"],
        "name.formatted": ["Old Name", None],
        "rule": "x",
    }
    assert {"old@corp.test", "new@corp.test", "Old Name"} == set(telling_values(documents_of_event(payload)))


@pytest.mark.parametrize(
    ("kept", "left"),
    [
        ("No word of anybody.", "No word of anybody."),
        ("Asked for ADA.QUILL@corp.test twice", f"Asked for {ERASED} twice"),
        ("xada@home.testing", "xada@home.testing"),
        (f"/Users/{ID}", f"/Users/{ID}"),
        ('userName eq "ada%2Equill%40corp.test"'.replace("%2E", "."), ERASED),
        ("filter=displayName+eq+%22Ad%C3%A9+Quill%22", ERASED),
    ],
)
def test_a_text_loses_what_tells_who_is_meant(kept: str, left: str) -> None:
    assert Traces(ID, VALUES).without(kept) == left


def test_a_body_inside_a_payload_is_read_whatever_its_spelling() -> None:
    body = json.dumps({"Operations": [{"op": "add", "value": [{"value": "x", "display": "Adé Quill"}]}]})
    assert "\\u00e9" in body
    kept = json.dumps({"query": "", "request": body})
    clean = Traces(ID, VALUES).without(kept)
    assert clean is not None
    assert json.loads(json.loads(clean)["request"])["Operations"][0]["value"][0]["display"] == ERASED


def test_an_object_about_the_person_keeps_nothing_of_them() -> None:
    bulk = {
        "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "q", "data": PERSON},
            {"method": "PATCH", "path": f"/Users/{ID}", "data": {"nickName": "Addie"}},
            {"method": "POST", "path": "/Users", "data": {"userName": "bo@corp.test", "title": "Engineer"}},
        ]
    }
    clean = Traces(ID, VALUES).without_in(bulk)
    first, second, third = clean["Operations"]
    assert first["data"]["title"] == first["data"]["name"] == first["data"]["userName"] == ERASED
    assert first["data"]["id"] == ID
    assert second["data"] == ERASED
    assert third == bulk["Operations"][2]


def test_nothing_to_look_for_finds_the_id_alone() -> None:
    traces = Traces(ID, ())
    assert traces.without_in({"id": ID, "userName": "x"}) == {"id": ID, "userName": ERASED}
    assert traces.without("ada.quill@corp.test") == "ada.quill@corp.test"


def test_a_whole_name_is_known_by_what_earlier_events_said_of_its_halves() -> None:
    known = Known()
    known.event({"name.givenName": [None, "Ada"], "name.familyName": [None, "Quill"]})
    known.event({"name.familyName": ["Quill", "Plume"]})
    assert {"Ada Quill", "Ada Plume"} <= set(known.values())


def test_the_quick_look_finds_whatever_the_slow_one_would() -> None:
    """Letters that a regular expression takes for one another whatever their case."""
    for code in range(0x30000):
        letter = chr(code)
        if letter.isalpha():
            for alike in {letter, letter.lower(), letter.upper(), letter.swapcase()}:
                value, text = f"..{letter}", f"__..{alike}__"
                if len(alike) == 1 and re.search(re.escape(value), text, re.I):
                    assert Traces(ID, [value]).speak_in(text), (letter, alike)
    assert Traces(ID, ["istanbul"]).speak_in("İSTANBUL")
