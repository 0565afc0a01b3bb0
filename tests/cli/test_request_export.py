"""``vestibule request export`` and ``replay``: a request that went wrong, played again elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

from tests import cast
from tests.cli.conftest import CommandLine
from tests.cli.provider import Provider, provider_of
from tests.served import hand_of, serving


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
