"""A logged request as a recording: nobody is named, and the same text stays the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cast import CORE_GROUP, CORE_USER, PATCH_OP
from vestibule.recordings.export import Before, Logged, NotExportable, exported, ids_named
from vestibule.recordings.reading import read_recording

MIKA = "01890000-0000-7000-8000-000000000001"
SALES = "01890000-0000-7000-8000-000000000002"
MIKA_BEFORE = Before(
    "User",
    {
        "schemas": [CORE_USER],
        "id": MIKA,
        "userName": "mika@corp.test",
        "emails": [{"value": "Mika@corp.test", "type": "work", "primary": True}],
        "roles": [{"value": "admin", "primary": True}],
        "displayName": "Mika Laine",
        "active": True,
    },
)


def logged(method: str, path: str, body: Any = None, query: str = "", status: int = 200) -> Logged:
    return Logged(
        "0" * 24, method, f"/scim/v2{path}", query, "Okta SCIM Client 1.0.0", status, body, "generic", "okta"
    )


def test_a_change_of_a_person_brings_the_person_along() -> None:
    operation = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "new@corp.test"}
    request = logged("PATCH", f"/Users/{MIKA}", {"schemas": [PATCH_OP], "Operations": [operation]})
    assert ids_named(request) == (MIKA,)
    document = exported(request, {MIKA: MIKA_BEFORE})
    text = json.dumps(document)
    assert "corp.test" not in text
    assert "Laine" not in text
    assert MIKA not in text
    recording = read_recording(text)
    [known] = recording.setup.users
    assert known.resource["userName"] == known.resource["emails"][0]["value"]
    assert known.resource["roles"] == [{"value": "admin", "primary": True}]
    assert "id" not in known.resource
    [step] = recording.steps
    assert (step.path, step.expect.status) == (f"/Users/${{{known.as_}}}", 200)
    assert step.body["Operations"][0]["path"] == 'emails[type eq "work"].value'
    assert recording.headers == {"User-Agent": "Okta SCIM Client 1.0.0"}


def test_a_role_in_a_patch_stays_as_it_was_sent() -> None:
    operation = {"op": "replace", "path": "userType", "value": "King"}
    request = logged(
        "PATCH", f"/Users/{MIKA}", {"schemas": [PATCH_OP], "Operations": [operation]}, status=400
    )
    assert exported(request, {MIKA: MIKA_BEFORE})["steps"][0]["body"]["Operations"] == [operation]


def test_a_look_up_finds_whom_it_found() -> None:
    body = {"schemas": [CORE_USER], "userName": "Mika@corp.test"}
    created = exported(logged("POST", "/Users", body, status=201), {})["steps"][0]
    query = "filter=userName%20eq%20%22mika%40corp.test%22&startIndex=1"
    found = exported(logged("GET", "/Users", query=query), {})["steps"][0]
    assert created["body"]["userName"] == "someone-1@example.test"
    assert found["path"] == "/Users?filter=userName%20eq%20%22someone-1%40example.test%22&startIndex=1"


def test_members_are_people_of_the_set_up() -> None:
    group = Before("Group", {"schemas": [CORE_GROUP], "id": SALES, "displayName": "Sales"})
    operation = {"op": "add", "path": "members", "value": [{"value": MIKA}, {"value": "later"}]}
    request = logged(
        "PATCH", f"/Groups/{SALES}", {"schemas": [PATCH_OP], "Operations": [operation]}, status=204
    )
    document = exported(request, {SALES: group, MIKA: MIKA_BEFORE})
    assert [known["as"] for known in document["setup"]["groups"]] == ["group1"]
    assert document["steps"][0]["path"] == "/Groups/${group1}"
    sent = document["steps"][0]["body"]["Operations"][0]["value"]
    assert sent[0] == {"value": "${user2}"}
    assert sent[1]["value"] != "later"


def test_too_many_ids_are_refused() -> None:
    members = [{"value": f"01890000-0000-7000-8000-{number:012x}"} for number in range(200)]
    with pytest.raises(NotExportable, match=r"199 people"):
        ids_named(logged("PUT", f"/Groups/{SALES}", {"members": members[:-1]}))
