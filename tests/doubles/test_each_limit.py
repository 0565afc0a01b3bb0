"""Each limit that the catalogue declares is broken once, by itself: the receiving end's double refuses just that."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import pytest

from tests.connectors.scim_server import CORE_USER, TOKEN, Recorded, ScimServer
from tests.doubles.receiving_ends import ENTERPRISE, Atlassian, AwsIdentityCenter, GitHub, Slack
from vestibule.provisioning.service_limits import ServiceLimits
from vestibule.sending import catalogue

CATALOGUE = catalogue()
AWS, GITHUB, SLACK, ATLASSIAN = "aws-iam-identity-center", "github", "slack", "atlassian"
DOUBLES: Mapping[str, Callable[[], ScimServer]] = {
    AWS: AwsIdentityCenter, GITHUB: GitHub, SLACK: Slack, ATLASSIAN: Atlassian,
}  # fmt: skip
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
#: A user whom every double takes.
USER: Mapping[str, Any] = {
    "schemas": [CORE_USER],
    "userName": "mika@corp.test",
    "externalId": "m-1",
    "displayName": "Mika Laine",
    "name": {"givenName": "Mika", "familyName": "Laine"},
    "emails": [{"value": "mika@corp.test", "primary": True}],
}


def asked(method: str, path: str, body: Any = None, query: str = "") -> Recorded:
    headers = {"authorization": f"Bearer {TOKEN}", "user-agent": "test"}
    return Recorded(method, path, query, headers, body)


def user(**changes: Any) -> Recorded:
    return asked("POST", "/Users", {**copy.deepcopy(dict(USER)), **changes})


def without(path: str) -> Recorded:
    """The user lacks one attribute; ``emails.value`` is all e-mail addresses."""
    body = copy.deepcopy(dict(USER))
    name, _, leaf = path.partition(".")
    if leaf and isinstance(body[name], dict):
        del body[name][leaf]
    else:
        del body[name]
    return asked("POST", "/Users", body)


def members(count: int, op: str = "add") -> Recorded:
    values = [{"value": f"user-{number}"} for number in range(count)]
    return asked("PATCH", "/Groups/group-1", {"schemas": [PATCH], "Operations": [
        {"op": op, "path": "members", "value": values},
    ]})  # fmt: skip


def looked_up(by: str) -> Recorded:
    return asked("GET", "/Users", query=f"filter={by}%20eq%20%22x%22&startIndex=1&count=10")


def page(count: int) -> Recorded:
    return asked("GET", "/Users", query=f"startIndex=1&count={count}")


def suppressed(path: str) -> Recorded:
    name, _, leaf = path.partition(".")
    if name == "manager":
        return user(**{ENTERPRISE: {"manager": {leaf: "The Boss"}}})
    if leaf:
        return user(**{name: [{**USER[name][0], leaf: "Work"}]})
    return user(**{name: "x" if name == "password" else [{"value": "x"}]})


def two_of(name: str) -> Recorded:
    kept = USER.get(name, [{"value": "1", "primary": True}])
    return user(**{name: [*kept, {"value": "second"}]})


@dataclass(frozen=True)
class Break:
    """A limit of an entry, the request that is over it, and what is answered."""

    entry: str
    limit: str
    request: Recorded
    status: int
    said: str
    #: So many times the request is within the limit.
    times: int = 0


def breaks() -> list[Break]:
    found = [
        Break(AWS, "members_per_patch", members(101), 400, "at most 100 membership changes"),
        Break(AWS, "group_put", asked("PUT", "/Groups/group-1", {"displayName": "x"}), 405, "no PUT"),
        Break(AWS, "replaces_members", members(1, "replace"), 400, "replace is not supported"),
        Break(GITHUB, "members_per_patch", members(1_001), 429, "too many members"),
        Break(GITHUB, "writes_per_hour", user(), 429, "1,000 users an hour", times=1_000),
        Break(SLACK, "writes_per_minute", user(), 429, "ratelimited", times=20),
        Break(SLACK, "write_burst", asked("PATCH", "/Users/x", {}), 429, "ratelimited", times=20),
        Break(SLACK, "reads_per_minute", page(1), 429, "ratelimited", times=20),
        Break(
            ATLASSIAN, "group_put", asked("PUT", "/Groups/group-1", {"members": []}), 400, "displayName alone"
        ),
    ]
    for entry in (AWS, GITHUB, ATLASSIAN):
        found.append(Break(entry, "user_filters", looked_up("emails.value"), 400, "is not supported"))
        for path in CATALOGUE.limits(entry).suppressed:
            said = path.partition(".")[0]
            found.append(Break(entry, f"suppressed:{path}", suppressed(path), 400, said))
    for name in CATALOGUE.limits(AWS).single_valued:
        found.append(Break(AWS, f"single_valued:{name}", two_of(name), 400, f"{name}: one value only"))
    for entry in DOUBLES:
        for path in CATALOGUE.limits(entry).required:
            said = "required"
            found.append(Break(entry, f"required:{path}", without(path), 400, said))
    return found


#: No double enforces it: GitHub's is our own prudence within its hour, and pages have a test of their own.
BESIDE = {(GITHUB, "write_burst"), (AWS, "page_size"), (SLACK, "page_size")}


@pytest.mark.parametrize("broken", breaks(), ids=lambda one: f"{one.entry} {one.limit}")
def test_it_is_refused(broken: Break) -> None:
    server = DOUBLES[broken.entry]()
    for _ in range(broken.times):
        answer = server.refuse(broken.request)
        assert answer is None, answer
    answer = server.refuse(broken.request)
    assert answer is not None
    status, _, body = answer
    assert (status, broken.said in body["detail"]) == (broken.status, True), body


@pytest.mark.parametrize("entry", DOUBLES)
def test_what_keeps_to_them_passes(entry: str) -> None:
    server = DOUBLES[entry]()
    for request in (user(), looked_up("userName"), members(100), page(50)):
        assert server.refuse(request) is None


def test_every_declared_limit_is_broken() -> None:
    usual = ServiceLimits()
    declared = set()
    for entry in DOUBLES:
        limits = CATALOGUE.limits(entry)
        for one in fields(ServiceLimits):
            value = getattr(limits, one.name)
            if value == getattr(usual, one.name):
                continue
            is_list = one.name in ("suppressed", "single_valued", "required")
            declared |= {(entry, f"{one.name}:{item}") for item in value} if is_list else {(entry, one.name)}
    assert declared == {(broken.entry, broken.limit) for broken in breaks()} | BESIDE


@pytest.mark.parametrize(("entry", "most"), [(AWS, 50), (SLACK, 1_000)])
def test_a_page_is_cut_without_a_word(entry: str, most: int) -> None:
    server = DOUBLES[entry]()
    assert CATALOGUE.limits(entry).page_size == most
    for number in range(most + 5):
        server.users[f"user-{number}"] = {"id": f"user-{number}", "userName": f"p{number}@corp.test"}
    for count, came in ((most, most), (most + 3, most)):
        _, _, document = server.answer(page(count))
        assert (document["itemsPerPage"], document["totalResults"]) == (came, most + 5)


def test_aws_takes_a_hundred_members_in_a_new_group() -> None:
    """W134: of a POST as well; the engine's groups are made empty."""
    server = AwsIdentityCenter()
    for count, said in ((100, ""), (101, "at most 100 members")):
        values = [{"value": f"user-{number}"} for number in range(count)]
        body = {"schemas": [GROUP], "displayName": "x", "members": values}
        answer = server.refuse(asked("POST", "/Groups", body))
        assert (answer[2]["detail"] if answer else "") == said
    answer = server.refuse(asked("POST", "/Groups", {"displayName": "x", "roles": []}))
    assert answer is not None
    assert "roles is not supported" in answer[2]["detail"]
