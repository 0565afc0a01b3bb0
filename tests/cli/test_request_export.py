"""``vestibule request export`` and ``replay``: a request that went wrong, played again elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import cast
from tests.cli.conftest import CommandLine
from tests.cli.provider import Provider, provider_of
from tests.served import hand_of, serving
from vestibule.profiles.builtin import builtin_texts

RECORDINGS = Path(__file__).parents[1] / "recordings"


def test_an_exported_request_meets_the_same_situation_elsewhere(cli: CommandLine, tmp_path: Path) -> None:
    okta = provider_of(cli)
    hanako = okta("POST", "/Users", cast.hanako(title="Engineer")).json["id"]
    deactivation = {"schemas": [cast.PATCH_OP], "Operations": [{"op": "replace", "value": {"active": False}}]}
    deactivated = okta("PATCH", f"/Users/{hanako}", deactivation)
    okta("PATCH", f"/Users/{hanako}", {**deactivation, "Operations": [{"op": "remove", "path": "title"}]})
    taken = okta("POST", "/Users", cast.hanako())
    file, other = tmp_path / "deactivation.json", tmp_path / "taken.json"
    file.write_text(cli("request", "export", deactivated.request).out, "utf-8")
    other.write_text(cli("request", "export", taken.request).out, "utf-8")
    recording = json.loads(file.read_text("utf-8"))
    [known] = recording["setup"]["users"]
    assert known["resource"]["active"] is True
    assert "title" in known["resource"]
    assert "hanako" not in file.read_text("utf-8")
    with serving(tmp_path / "elsewhere") as server:
        for slug, recorded in (("first", file), ("second", other)):
            hand = hand_of(server, slug)
            to = ["--url", f"http://127.0.0.1:{server.port}/scim/v2", "--token", hand.token]
            played = cli("request", "replay", str(recorded), *to, "--json")
            assert (played.code, played.json["ok"]) == (0, True), played
        document = {**recording, "steps": [{**recording["steps"][0], "expect": {"status": 404}}], "setup": {}}
        document["steps"][0]["path"] = "/Users?count=0"
        document["steps"][0]["method"] = "GET"
        file.write_text(json.dumps(document), "utf-8")
        differs = cli("request", "replay", str(file), *to)
        assert differs.code == 1
        assert "status 200, 404 expected" in differs.err


def test_a_replay_is_a_dry_run_unless_a_server_is_named(cli: CommandLine, tmp_path: Path) -> None:
    okta = provider_of(cli)
    created = okta("POST", "/Users", cast.hanako(title="Engineer"))
    id = created.json["id"]
    renamed = okta("PATCH", f"/Users/{id}", patch({"op": "replace", "path": "title", "value": "Lead"}))
    group = okta("POST", "/Groups", {"schemas": [cast.CORE_GROUP], "displayName": "Sales", "members": []})
    joined = okta(
        "PATCH",
        f"/Groups/{group.json['id']}",
        patch({"op": "add", "path": "members", "value": [{"value": id}]}),
    )
    before = cli("user", "list", "corp", "--json").json
    for number, request in enumerate((created, renamed, joined, group)):
        file = tmp_path / f"{number}.json"
        file.write_text(cli("request", "export", request.request).out, "utf-8")
        assert json.loads(file.read_text("utf-8"))["directory"]
        for words in ((), ("--tenant", "corp")):
            played = cli("request", "replay", str(file), *words, "--json")
            assert (played.code, played.json["ok"]) == (0, True), played
    assert cli("user", "list", "corp", "--json").json == before
    [person] = json.loads((tmp_path / "1.json").read_text("utf-8"))["directory"]["users"]
    assert person["title"] != "Lead"
    [team] = json.loads((tmp_path / "2.json").read_text("utf-8"))["directory"]["groups"]
    assert team["members"] == {"$contains": [{"value": "${user2}"}]}


def test_what_the_directory_must_hold_afterwards_is_looked_at(cli: CommandLine, tmp_path: Path) -> None:
    created = provider_of(cli)("POST", "/Users", cast.hanako())
    file = tmp_path / "created.json"
    recording = cli("request", "export", created.request).json
    recording["directory"]["users"][0]["active"] = False
    file.write_text(json.dumps(recording), "utf-8")
    differs = cli("request", "replay", str(file))
    assert differs.code == 1
    assert "active: True found, False expected" in differs.err


def test_a_dry_run_knows_the_product_of_the_tenant(cli: CommandLine, tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    text = builtin_texts()["generic"].replace('name = "generic"', 'name = "mine"', 1)
    profile.write_text(text, "utf-8")
    created = provider_of(cli, "mine-corp", str(profile))("POST", "/Users", cast.hanako())
    file = tmp_path / "created.json"
    file.write_text(cli("request", "export", created.request).out, "utf-8")
    alone = cli("request", "replay", str(file))
    assert (alone.code, alone.out) == (1, "")
    assert "'mine', which is not built in" in alone.err
    assert cli("request", "replay", str(file), "--tenant", "mine-corp").code == 0
    both = cli("request", "replay", str(file), "--tenant", "mine-corp", "--url", "http://127.0.0.1:1/scim/v2")
    assert both.code == 2


@pytest.mark.parametrize("name", ["okta/existing-linked-by-post", "entra/manager", "onelogin/create"])
def test_the_recordings_of_the_suite_go_through_a_dry_run(cli: CommandLine, name: str) -> None:
    """People who existed before, proven domains and the dialect are brought along."""
    played = cli("request", "replay", str(RECORDINGS / f"{name}.json"))
    assert (played.code, "differs" in played.out) == (0, False), played


def test_a_deletion_is_exported_with_who_was_deleted(cli: CommandLine, tmp_path: Path) -> None:
    okta = provider_of(cli)
    id = okta("POST", "/Users", cast.hanako()).json["id"]
    deleted = okta("DELETE", f"/Users/{id}")
    file = tmp_path / "deleted.json"
    file.write_text(cli("request", "export", deleted.request).out, "utf-8")
    recording = json.loads(file.read_text("utf-8"))
    assert recording["directory"] == {
        "absent": {"users": [recording["setup"]["users"][0]["resource"]["userName"]]}
    }
    assert cli("request", "replay", str(file)).code == 0


def patch(*operations: object) -> dict[str, object]:
    return {"schemas": [cast.PATCH_OP], "Operations": list(operations)}


def test_whom_nobody_let_in_cannot_be_exported(cli: CommandLine) -> None:
    provider_of(cli)
    refused = Provider(cli, "vst_scim_nonsense")("POST", "/Users", cast.hanako())
    said = cli("request", "export", refused.request)
    assert (said.code, said.out) == (1, "")


def test_replay_refuses_what_is_no_recording(cli: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text("{}", "utf-8")
    said = cli("request", "replay", str(file), "--url", "http://127.0.0.1:1/scim/v2", "--token", "x")
    assert said.code == 1
    assert "x.json" in said.err
    assert cli("request", "replay", str(tmp_path / "y.json"), "--url", "http://127.0.0.1:1/scim/v2").code == 1
