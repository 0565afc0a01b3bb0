"""Two tenants: every path and verb of one, tried with the other's token and ids.

Nothing leaks, by status, headers or wording; and what is asked of the database does not differ.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.served import GROUP, Answer, Hand, patch, person

_UNKNOWN = "0b5e0000-0000-4000-8000-00000000beef"


@dataclass(frozen=True, slots=True)
class House:
    """A tenant with somebody in it."""

    hand: Hand
    user_id: str
    group_id: str
    user_name: str


@pytest.fixture
def owner(new_hand: Callable[..., Hand]) -> House:
    """The tenant whose secrets are at stake."""
    return _settle(new_hand(), "owner@people.example", "Secret project")


@pytest.fixture
def stranger(new_hand: Callable[..., Hand]) -> House:
    """The tenant whose token is shown."""
    return _settle(new_hand(), "stranger@people.example", "Other team")


def _settle(hand: Hand, user_name: str, group: str) -> House:
    user_id = hand.create(user_name, externalId=f"external-{user_name}", title="Confidential")
    return House(hand, user_id, hand.create_group(group, [user_id]), user_name)


def _requests(user_id: str, group_id: str) -> list[tuple[str, str, Any]]:
    """Every verb on every path that names a resource, or none."""
    update = patch({"op": "replace", "path": "displayName", "value": "Taken over"})
    found: list[tuple[str, str, Any]] = []
    for path in (f"/Users/{user_id}", f"/Groups/{group_id}"):
        body = (
            person("taken@people.example")
            if path.startswith("/U")
            else {"schemas": [GROUP], "displayName": "T"}
        )
        found += [("GET", path, None), ("PUT", path, body), ("PATCH", path, update), ("DELETE", path, None)]
        found += [("HEAD", path, None), ("POST", path, body)]
    return found


_COLLECTIONS: list[tuple[str, str, Any]] = [
    ("GET", "/Users", None),
    ("GET", "/Users?filter=userName%20eq%20%22owner@people.example%22", None),
    ("POST", "/Users", person("new@people.example")),
    ("POST", "/Users/.search", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}),
    ("GET", "/Groups", None),
    ("POST", "/Groups", {"schemas": [GROUP], "displayName": "New"}),
    ("GET", "/Me", None),
    ("POST", "/Bulk", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": []}),
    ("GET", "/Schemas", None),
    ("GET", "/ResourceTypes", None),
    ("GET", "/NoSuchThing", None),
]


@pytest.mark.requirement("R78", "R180")
def test_anothers_tenant_url_and_an_unknown_one_answer_alike(owner: House, stranger: House) -> None:
    at_owners = replace(stranger.hand, base=f"/t/{owner.hand.slug}/scim/v2")
    at_nobodys = replace(stranger.hand, base="/t/nobody-at-all/scim/v2")
    for method, path, body in [*_requests(owner.user_id, owner.group_id), *_COLLECTIONS]:
        refused, unknown = at_owners(method, path, body), at_nobodys(method, path, body)
        assert refused.status == 401, (method, path, refused)
        assert _public(refused) == _public(unknown), (method, path)
        if method != "HEAD":
            assert "this token is not for this Tenant URL" in refused.json["detail"]
            assert owner.hand.slug not in refused.json["detail"]


@pytest.mark.requirement("R78", "R181")
def test_anothers_ids_and_unknown_ones_answer_alike(owner: House, stranger: House) -> None:
    theirs = _requests(owner.user_id, owner.group_id)
    nobodys = _requests(_UNKNOWN, _UNKNOWN)
    for (method, path, body), (_, unknown_path, _) in zip(theirs, nobodys, strict=True):
        refused, unknown = stranger.hand(method, path, body), stranger.hand(method, unknown_path, body)
        assert refused.status in (404, 405), (method, path, refused)
        assert _public(refused, owner) == _public(unknown, owner), (method, path)


@pytest.mark.requirement("R31", "R78", "R181")
def test_anothers_ids_find_nothing_in_filters(owner: House, stranger: House) -> None:
    for endpoint, text in [
        ("Users", f'id eq "{owner.user_id}"'),
        ("Users", f'userName eq "{owner.user_name}"'),
        ("Users", f'externalId eq "external-{owner.user_name}"'),
        ("Users", f'groups.value eq "{owner.group_id}"'),
        ("Users", 'title eq "Confidential" and userName sw "owner"'),
        ("Groups", f'id eq "{owner.group_id}"'),
        ("Groups", 'displayName eq "Secret project"'),
        ("Groups", f'members.value eq "{owner.user_id}"'),
    ]:
        answer = stranger.hand("GET", f"/{endpoint}?filter={_quoted(text)}")
        assert answer.status == 200, (text, answer)
        assert answer.json["totalResults"] == 0, text


@pytest.mark.requirement("R78")
def test_lists_hold_ones_own_alone(owner: House, stranger: House) -> None:
    for endpoint, own in (("Users", stranger.user_id), ("Groups", stranger.group_id)):
        listed = stranger.hand("GET", f"/{endpoint}").json
        assert [resource["id"] for resource in listed["Resources"]] == [own]
        assert listed["totalResults"] == 1
        assert owner.user_id not in json.dumps(listed)


@pytest.mark.requirement("R31", "R38")
def test_anothers_names_are_free(owner: House, stranger: House) -> None:
    taken = person(owner.user_name, externalId=f"external-{owner.user_name}")
    assert stranger.hand("POST", "/Users", taken).status == 201
    assert (
        stranger.hand("POST", "/Groups", {"schemas": [GROUP], "displayName": "Secret project"}).status == 201
    )


@pytest.mark.requirement("R181")
def test_anothers_person_as_a_member_is_as_unknown_as_any(owner: House, stranger: House) -> None:
    add = patch({"op": "add", "path": "members", "value": [{"value": owner.user_id}]})
    unknown = patch({"op": "add", "path": "members", "value": [{"value": _UNKNOWN}]})
    group = f"/Groups/{stranger.group_id}"
    assert _public(stranger.hand("PATCH", group, add)) == _public(stranger.hand("PATCH", group, unknown))
    assert stranger.hand.member_ids(stranger.group_id) == [stranger.user_id]
    remove = patch({"op": "remove", "path": f'members[value eq "{owner.user_id}"]'})
    assert stranger.hand("PATCH", group, remove).status == 204
    assert owner.hand.member_ids(owner.group_id) == [owner.user_id]


@pytest.mark.requirement("R78")
def test_nothing_of_the_owner_has_changed(owner: House, stranger: House) -> None:
    def state() -> list[Any]:
        paths = (f"/Users/{owner.user_id}", f"/Groups/{owner.group_id}", "/Users", "/Groups")
        return [owner.hand("GET", path).json for path in paths]

    before = state()
    for method, path, body in [*_requests(owner.user_id, owner.group_id), *_COLLECTIONS]:
        stranger.hand(method, path, body)
        replace(stranger.hand, base=f"/t/{owner.hand.slug}/scim/v2")(method, path, body)
    assert state() == before


def _quoted(text: str) -> str:
    return text.replace(" ", "%20").replace('"', "%22")


def _public(answer: Answer, owner: House | None = None) -> tuple[int, dict[str, str], str]:
    """What a client sees, less what is of its own making: the request's id, and the id it asked for."""
    headers = {k: v for k, v in answer.headers.items() if k not in ("x-request-id", "date", "content-length")}
    text = answer.body.decode()
    if request_id := answer.headers.get("x-request-id"):
        text = text.replace(request_id, "…")
    if owner is not None:
        text = text.replace(owner.user_id, _UNKNOWN).replace(owner.group_id, _UNKNOWN)
    return answer.status, headers, text
