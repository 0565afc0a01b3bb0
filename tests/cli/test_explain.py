"""``vestibule explain``, ``request`` and ``events``: the story of what came."""

from __future__ import annotations

import json

from tests import cast
from tests.cli.conftest import CommandLine
from tests.cli.provider import Provider, provider_of


def test_a_request_tells_sender_rule_role_and_change(cli: CommandLine) -> None:
    okta = provider_of(cli, profile="getaccept")
    sent = cast.hanako(userType="Manager", roles=[{"value": "User", "primary": True}], password="s3cret-word")
    made = okta("POST", "/Users", sent)
    assert made.status == 201
    said = cli("explain", made.request)
    assert said.code == 0
    for words in ("POST /scim/v2/Users → 201 Created", "Okta SCIM Client", "read as okta", "user.created"):
        assert words in said.out
    assert "Rule: userType decides" in said.out
    assert "Ignored: roles" in said.out
    assert "s3cret-word" not in said.out
    told = cli("explain", made.request, "--json").json
    assert told["tenant"] == "corp"
    assert told["role"]["role"] == "Manager"
    assert told["body"]["userName"] == "hanako.sato@corp.test"
    assert told["body"]["password"] == "[redacted]"
    assert {"path": "userName", "before": None, "after": "hanako.sato@corp.test"} in told["events"][0][
        "changes"
    ]
    shown = cli("user", "show", "corp", "HANAKO.sato@corp.test", "--json").json
    assert shown["role"] == "Manager"
    assert shown["roleExplanation"]["rule"] == "userType decides"
    assert shown["roleExplanation"]["request"] == made.request
    assert "Rule: userType decides" in cli("user", "show", "corp", "hanako.sato@corp.test").out


def test_a_refusal_tells_why(cli: CommandLine) -> None:
    okta = provider_of(cli, profile="getaccept")
    refused = okta("POST", "/Users", cast.hanako(userType="King"))
    assert refused.status == 400
    link = refused.json["detail"].rpartition(" ")[2]
    told = cli("explain", link, "--json").json
    assert (told["request"], told["rule"], told["events"]) == (refused.request, "role.unknown", [])
    said = cli("explain", link).out
    assert "it was refused" in said
    assert "is no role here" in said


def test_a_person_has_a_timeline(cli: CommandLine) -> None:
    okta = provider_of(cli)
    made = okta("POST", "/Users", cast.hanako())
    okta("GET", f"/Users/{made.json['id']}")
    patch = {"schemas": [cast.PATCH_OP], "Operations": [{"op": "replace", "value": {"active": False}}]}
    okta("PATCH", f"/Users/{made.json['id']}", patch)
    story = cli("explain", "hanako.sato@corp.test", "--json").json
    assert (story["id"], story["active"], story["access"]) == (made.json["id"], False, "ended")
    assert [(entry["method"], entry["status"]) for entry in story["timeline"]] == [
        ("POST", 201),
        ("GET", 200),
        ("PATCH", 200),
    ]
    types = [event["type"] for event in story["timeline"][2]["events"]]
    assert types == ["user.deactivated", "access.ended"]
    said = cli("explain", made.json["id"])
    assert "active: true → false" in said.out


def test_who_was_deleted_still_has_a_story(cli: CommandLine) -> None:
    okta = provider_of(cli)
    made = okta("POST", "/Users", cast.hanako())
    okta("DELETE", f"/Users/{made.json['id']}")
    story = cli("explain", "hanako.sato@corp.test", "--json").json
    assert story["state"] == "tombstone"
    assert [entry["method"] for entry in story["timeline"]] == ["POST", "DELETE"]


def test_a_name_in_two_tenants_lists_both(cli: CommandLine) -> None:
    provider_of(cli, cast.CORP)("POST", "/Users", cast.hanako())
    provider_of(cli, cast.STRANGERS)("POST", "/Users", cast.hanako())
    said = cli("explain", "hanako.sato@corp.test")
    assert said.code == 1
    assert "--tenant corp" in said.err
    assert "--tenant strangers" in said.err
    assert cli("explain", "hanako.sato@corp.test", "--tenant", "corp", "--json").json["tenant"] == "corp"


def test_whom_nobody_let_in_can_be_explained_too(cli: CommandLine) -> None:
    provider_of(cli)
    refused = Provider(cli, "vst_scim_nonsense")("POST", "/Users", cast.hanako())
    assert refused.status == 401
    told = cli("explain", refused.request, "--json").json
    assert (told["status"], told["tenant"]) == (401, None)
    assert told["reason"]
    assert "let in by no token" in cli("explain", refused.request).out
    [listed] = cli("request", "list", "--json").json
    assert listed["request"] == refused.request


def test_an_unknown_request_says_what_to_do(cli: CommandLine) -> None:
    provider_of(cli)
    said = cli("explain", "0" * 24)
    assert (said.code, said.out) == (1, "")
    assert "within a second" in said.err
    assert cli("request", "show", "0" * 24).code == 1
    assert "vestibule user list" in cli("explain", "nobody@corp.test").err


def test_requests_are_listed_newest_first(cli: CommandLine) -> None:
    okta = provider_of(cli)
    made = okta("POST", "/Users", cast.hanako())
    refused = okta("POST", "/Users", cast.hanako())
    read = okta("GET", "/Users?filter=userName%20eq%20%22x%22")
    listed = cli("request", "list", "corp", "--json").json
    assert [row["request"] for row in listed] == [read.request, refused.request, made.request]
    assert {row["path"] for row in listed} == {"/scim/v2/Users"}
    [failed] = cli("request", "list", "corp", "--failed", "--json").json
    assert (failed["status"], failed["rule"]) == (409, "unique.user_name")
    assert len(cli("request", "list", "corp", "--limit", "1", "--json").json) == 1
    shown = cli("request", "show", refused.request, "--json").json
    assert shown["body"]["userName"] == "hanako.sato@corp.test"


def test_events_come_in_order_one_to_a_line(cli: CommandLine) -> None:
    okta = provider_of(cli)
    made = okta("POST", "/Users", cast.hanako())
    okta("DELETE", f"/Users/{made.json['id']}")
    lines = [json.loads(line) for line in cli("events", "tail", "--json").out.splitlines()]
    assert [event["type"] for event in lines] == ["user.created", "user.deleted", "access.ended"]
    assert [event["seq"] for event in lines] == sorted(event["seq"] for event in lines)
    assert lines[0]["tenant"] == "corp"
    assert lines[0]["request"] == made.request
    rest = cli(
        "events", "tail", "--after", str(lines[0]["seq"]), "--tenant", "corp", "--json"
    ).out.splitlines()
    assert [json.loads(line) for line in rest] == lines[1:]
    assert "user.created" in cli("events", "tail").out
