"""What a token says: a table of events and the claims they make, held against golden files, and rules over all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reference.effort import examples
from vestibule.directory.events import EVENTS
from vestibule.scim.path import parse_path
from vestibule.security_events.claims import MOST_BYTES, Subject, claims_of, event_of, jti_of
from vestibule.security_events.event_types import EVENT_URIS, NOT_TOLD, TOLD_AS, URN, Content, types_told

GOLDEN = Path(__file__).parent / "golden"
STREAM = "st_0a1b2c"
ADA = Subject("/Users/2819c223", "00u1", 'W/"4"')
SALES = Subject("/Groups/9f1e", None, 'W/"7"')
CREATED = {
    "userName": [None, "ada@example.com"],
    "name.givenName": [None, "Ada"],
    "name.familyName": [None, "Lovelace"],
    "emails": [None, [{"value": "ada@example.com", "type": "work", "primary": True}]],
    "active": [None, True],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": [None, "Engines"],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value": [None, "26118915"],
    "role": [None, "member"],
}
CHANGED = {
    "displayName": ["Ada L.", "Ada Lovelace"],
    "nickName": ["Countess", None],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": ["Engines", "Analysis"],
}


def told(type: str, payload: Any = None, data: Any = None, **more: Any) -> dict[str, Any]:
    """An event as the feed tells it."""
    about = next(event.about for event in EVENTS if event.type == type)
    return {
        "seq": 12,
        "tenant": "corp",
        "at": "2026-11-02T10:00:00.250Z",
        "type": type,
        "subjectType": about,
        "subjectId": "2819c223",
        "request": "r-1",
        "data": data or {},
        "payload": payload,
        **more,
    }


def claims(event: dict[str, Any], subject: Subject = ADA, *, full: bool = False) -> dict[str, Any]:
    return claims_of(
        event,
        subject,
        issuer="https://vestibule.test/t/corp/scim/v2",
        audience="https://audit.example.com/events",
        jti=jti_of(STREAM, event["seq"]),
        full=full,
    )


MEMBER = {"memberId": "2819c223", "memberType": "User"}
KINDS: dict[str, dict[str, Any]] = {
    "create-notice": claims(told("user.created", CREATED)),
    "create-full": claims(told("user.created", CREATED), full=True),
    "patch-notice": claims(told("user.updated", CHANGED)),
    "patch-full": claims(told("user.updated", CHANGED), full=True),
    "member-added-notice": claims(told("team.member_added", data=MEMBER), SALES),
    "member-added-full": claims(told("team.member_added", data=MEMBER), SALES, full=True),
    "member-removed-full": claims(told("team.member_removed", data=MEMBER), SALES, full=True),
    "delete": claims(told("user.deleted", {"userName": ["ada@example.com", None]}), full=True),
    "activate": claims(told("access.granted"), full=True),
    "deactivate": claims(told("access.ended")),
    "feed-add": claims(told("user.linked", CREATED), full=True),
}


@pytest.mark.requirement("S1", "S2", "S6", "S7", "S8", "S9", "S10")
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_token_is_as_its_golden_file(kind: str) -> None:
    assert KINDS[kind] == json.loads((GOLDEN / f"{kind}.json").read_text("utf-8"))


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == KINDS.keys()


def test_every_event_of_the_catalogue_is_told_or_has_its_reason() -> None:
    types = {event.type for event in EVENTS}
    assert TOLD_AS.keys() | NOT_TOLD.keys() == types
    assert not TOLD_AS.keys() & NOT_TOLD.keys()
    assert all(
        text.endswith(".") for text in (*NOT_TOLD.values(), *(one.meaning for one in TOLD_AS.values()))
    )
    assert types_told() == tuple(TOLD_AS)


_VALUES = st.none() | st.booleans() | st.text(max_size=20) | st.lists(st.text(max_size=5), max_size=3)
_PATHS = st.sampled_from([*CREATED, *CHANGED, "externalId", "phoneNumbers"])
_PAYLOADS = st.none() | st.dictionaries(_PATHS, st.tuples(_VALUES, _VALUES).map(list), max_size=5)


@pytest.mark.requirement("S1", "S3", "S5", "S6", "S8")
@examples(200)
@given(type=st.sampled_from(list(TOLD_AS)), payload=_PAYLOADS, full=st.booleans(), version=st.booleans())
def test_whatever_happened_a_token_is_well_formed(type: str, payload: Any, full: bool, version: bool) -> None:
    subject = Subject("/Users/2819c223", None, 'W/"4"' if version else None)
    made = claims(told(type, payload, MEMBER), subject, full=full)
    assert "sub" not in made
    assert made["sub_id"] == {"format": "scim", "uri": "/Users/2819c223"}
    [(uri, event)] = made["events"].items()
    assert uri in EVENT_URIS
    assert "sub_id" not in event
    if TOLD_AS[type].content is Content.NOTHING:
        assert uri.removeprefix(URN).count(":") == 1
        assert event.keys() <= {"version"}
        return
    assert ("data" in event) is uri.endswith(":full")
    assert ("attributes" in event) is uri.endswith(":notice")
    assert "role" not in event.get("attributes", ())
    for path in event.get("attributes", ()):
        parse_path(path)


@pytest.mark.requirement("S17")
def test_what_is_large_is_told_by_its_names_alone() -> None:
    large = {"displayName": [None, "Everybody"], "description": [None, "x" * MOST_BYTES]}
    made = claims(told("team.created", large), SALES, full=True)
    assert made["events"] == {
        f"{URN}prov:create:notice": {"version": 'W/"7"', "attributes": ["displayName", "description"]}
    }


@pytest.mark.requirement("S17")
def test_a_member_is_told_in_as_many_bytes_however_large_the_group_is() -> None:
    event = told("team.member_added", data=MEMBER)
    assert len(json.dumps(claims(event, SALES, full=True))) < 1000


def test_what_was_forgotten_is_told_without_values() -> None:
    made = claims(told("user.updated", None), full=True)
    assert made["events"] == {f"{URN}prov:patch:notice": {"version": 'W/"4"', "attributes": []}}


def test_what_no_request_made_has_a_transaction_of_its_own() -> None:
    assert claims(told("access.ended", request=None))["txn"] == "evt_12"


@pytest.mark.parametrize(
    "jti",
    [
        "",
        "st_other.12",
        "st_0a1b2c",
        "st_0a1b2c.",
        "st_0a1b2c.x",
        "st_0a1b2c.-1",
        "st_0a1b2c.1.2",
        f"{STREAM}.{9**30}",
    ],
)
def test_what_names_no_token_of_the_stream(jti: str) -> None:
    assert event_of(STREAM, jti) is None
    assert event_of(STREAM, jti_of(STREAM, 12)) == 12
