"""``vestibule stream``: the words for what the room does; deliveries themselves are tried in ``tests/security_events``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import CommandLine

NOBODY = "http://127.0.0.1:9/events"


@pytest.fixture(autouse=True)
def switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VESTIBULE_ALLOWED_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("VESTIBULE_SECURITY_EVENTS", "true")


def test_a_life(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp")
    said = cli("stream", "add", "corp", "--push", NOBODY, "--full", "--authorization", "Bearer opensesame")
    assert said.code == 0, said.err
    assert NOBODY in said.out
    assert "/security-events/jwks.json" in said.out
    [listed] = cli("stream", "list", "--json").json
    id = listed["id"]
    assert (listed["tenant"], listed["delivery"], listed["full"]) == ("corp", "push", True)
    shown = cli("stream", "show", id).out
    assert "prov" not in shown
    assert "/t/corp/scim/v2" in shown
    assert "opensesame" not in shown
    assert cli("webhook", "list", "--json").json == []
    assert cli("webhook", "show", id).code == 1
    tried = cli("stream", "test", id)
    assert tried.code == 1
    assert "Not taken" in tried.out
    assert "verification" in cli("stream", "deliveries", id).out
    for word, what in (("pause", "paused"), ("resume", "goes on"), ("remove", "removed")):
        assert what in cli("stream", word, id).out
    assert cli("stream", "list", "--json").json == []


def test_a_polled_stream_says_how_it_is_polled(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp")
    said = cli("stream", "add", "corp")
    assert "/poll" in said.out
    assert "events:write" in said.err
    id = cli("stream", "list", "--json").json[0]["id"]
    assert "no ranges" in cli("stream", "resend", id, "--from", "1").err


def test_keys_are_listed_and_changed(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp")
    cli("stream", "add", "corp")
    said = cli("stream", "rotate-key", "--lead", "2h", "--json")
    assert said.code == 0, said.err
    keys = cli("stream", "keys", "--json").json
    assert [key["id"] for key in keys][1] == said.json["id"]
    assert keys[0]["publishedUntil"] > keys[1]["signsFrom"]
    assert cli("stream", "rotate-key", "--lead", "never").code == 2


@pytest.mark.parametrize(
    ("words", "why"),
    [
        pytest.param(["add", "nobody"], "nobody", id="an unknown tenant"),
        pytest.param(
            ["add", "corp", "--push", "http://10.1.2.3/"], "VESTIBULE_ALLOWED_NETWORKS", id="private"
        ),
        pytest.param(["add", "corp", "--type", "user.flown"], "user.created", id="an unknown type"),
        pytest.param(["show", "st_00"], "vestibule stream list", id="an unknown stream"),
        pytest.param(["pause", "we_00"], "no stream", id="a webhook"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(cli: CommandLine, words: list[str], why: str) -> None:
    cli("tenant", "create", "Corp")
    said = cli("stream", *words)
    assert said.code == 1
    assert why in said.err


def test_nothing_is_set_up_where_the_preview_is_off(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VESTIBULE_SECURITY_EVENTS")
    cli("tenant", "create", "Corp")
    for words in (["add", "corp"], ["rotate-key"]):
        said = cli("stream", *words)
        assert said.code == 1
        assert "VESTIBULE_SECURITY_EVENTS" in said.err


def test_while_the_preview_is_off_streams_are_said_to_wait(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("tenant", "create", "Corp")
    id = cli("stream", "add", "corp", "--json").json["id"]
    said = cli("stream", "list")
    assert (cli("stream", "show", id, "--json").json["state"], said.err) == ("on", "")
    monkeypatch.delenv("VESTIBULE_SECURITY_EVENTS")
    assert cli("stream", "list", "--json").json[0]["state"] == "off"
    for words in (["list"], ["show", id]):
        assert "until VESTIBULE_SECURITY_EVENTS=true is set" in cli("stream", *words).err
    cli("stream", "pause", id)
    assert cli("stream", "show", id, "--json").json["state"] == "paused"
    resumed = cli("stream", "resume", id)
    assert "goes on" not in resumed.out
    assert f"{id} is resumed." in resumed.out
    assert "until VESTIBULE_SECURITY_EVENTS=true is set" in resumed.err
