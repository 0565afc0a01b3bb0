"""``vestibule connection``: the dialect of a tenant's connection, and the tolerances it needed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import cast
from tests.cli.conftest import CommandLine
from tests.cli.provider import provider_of

NAMELESS = {"User-Agent": ""}
TEXT_FOR_TRUE = "/Users?filter=active%20eq%20%22True%22"


def test_nothing_was_used_and_nobody_recognised(cli: CommandLine) -> None:
    assert cli("tenant", "create", "corp").code == 0
    shown = cli("connection", "show", "corp")
    assert "generic" in shown.out
    assert "nobody was recognised" in shown.out
    assert "used 0 tolerances in 7 days." in shown.out
    [listed] = cli("connection", "list", "corp", "--json").json
    assert (listed["connection"], listed["dialect"], listed["used"]) == ("default", "generic", 0)


@pytest.mark.requirement("K18")
def test_tolerances_of_writes_and_reads_are_shown_with_fact_count_and_time(cli: CommandLine) -> None:
    generic = replace(provider_of(cli), headers=NAMELESS)
    assert generic("POST", "/Users", {**cast.hanako(), "active": "True", "shoeSize": 39}).status == 201
    for _ in range(2):
        found = generic("GET", TEXT_FOR_TRUE)
        assert (found.status, found.json["totalResults"]) == (200, 1)
    assert generic("GET", TEXT_FOR_TRUE + "%20and").status == 400
    shown = cli("connection", "show", "corp")
    assert "used 3 tolerances in 7 days:" in shown.out
    told = {one["name"]: one for one in cli("connection", "show", "corp", "--json").json["tolerances"]}
    assert {name: one["count"] for name, one in told.items()} == {
        "quoted_booleans": 2,
        "text_booleans": 1,
        "unknown_attributes": 1,
    }
    assert told["quoted_booleans"]["facts"] == ["W112"]
    assert {"W108", "K18"} <= set(told["text_booleans"]["facts"])
    assert all(one["told"] and one["lastAt"].endswith("Z") for one in told.values())
    for word in ("quoted_booleans", "W112", told["quoted_booleans"]["lastAt"]):
        assert word in shown.out


def test_a_body_that_is_repaired_and_then_refused_is_counted_too(cli: CommandLine) -> None:
    generic = replace(provider_of(cli), headers=NAMELESS)
    id = generic("POST", "/Users", cast.hanako()).json["id"]
    operations = [{"op": "Remove", "path": "roles", "value": [{"value": "x"}]}, {"op": "jump"}]
    refused = generic("PATCH", f"/Users/{id}", {"schemas": [cast.PATCH_OP], "Operations": operations})
    assert refused.status == 400
    [used] = cli("connection", "show", "corp", "--json").json["tolerances"]
    assert (used["name"], used["count"]) == ("remove_with_value", 1)


def test_a_read_tells_what_was_repaired_in_it(cli: CommandLine) -> None:
    generic = replace(provider_of(cli), headers=NAMELESS)
    read = generic("GET", TEXT_FOR_TRUE)
    assert "read as that" in cli("explain", read.request).out


def test_a_dialect_is_pinned_from_the_next_request_on(cli: CommandLine) -> None:
    okta = provider_of(cli)
    sent = {**cast.hanako(), "active": "True"}
    pinned = cli("connection", "dialect", "corp", "strict")
    assert (pinned.code, "pinned to the dialect strict" in pinned.out) == (0, True)
    refused = okta("POST", "/Users", sent)
    assert (refused.status, refused.json["scimType"]) == (400, "invalidValue")
    assert cli("connection", "dialect", "corp", "auto", "--connection", "default").code == 0
    assert okta("POST", "/Users", sent).status == 201
    told = cli("connection", "show", "corp", "--json").json
    assert (told["dialect"], told["pinned"]) == ("okta", False)
    assert told["because"].endswith('it calls itself "Okta SCIM Client 1.0.0" in User-Agent')
    assert cli("connection", "dialect", "corp", "generic").code == 0
    assert "it would be okta" in cli("connection", "show", "corp", "--json").json["because"]


def test_what_does_not_exist_is_refused_with_what_does(cli: CommandLine) -> None:
    assert cli("tenant", "create", "corp").code == 0
    for words, said in (
        (("dialect", "corp", "klingon"), "entra, generic, okta, strict"),
        (("dialect", "corp", "okta", "--connection", "other"), "its connections are default"),
        (("show", "corp", "--connection", "other"), "its connections are default"),
        (("show", "nowhere"), "nowhere"),
    ):
        refused = cli("connection", *words)
        assert (refused.code, refused.out) == (1, "")
        assert said in refused.err
