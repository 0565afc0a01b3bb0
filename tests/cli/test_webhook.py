"""``vestibule webhook``: the words for what the room does; deliveries themselves are tried in ``tests/webhooks``."""

from __future__ import annotations

import pytest
from standardwebhooks import Webhook

from tests.cli.conftest import CommandLine, Said
from vestibule.webhooks.signature import key_of

NOBODY = "http://127.0.0.1:9/hook"


@pytest.fixture(autouse=True)
def on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VESTIBULE_ALLOWED_NETWORKS", "127.0.0.0/8")


def added(cli: CommandLine, *words: str) -> Said:
    said = cli("webhook", "add", NOBODY, "--json", *words)
    assert said.code == 0, said.err
    return said


def test_add_prints_the_id_and_the_secret_alone(cli: CommandLine) -> None:
    said = cli("webhook", "add", NOBODY, "--description", "Production")
    id, secret = said.out.split()
    assert id.startswith("we_")
    assert key_of(secret)
    assert Webhook(secret)
    assert "Give the signing secret to whoever verifies." in said.err
    shown = cli("webhook", "show", id)
    assert "Production" in shown.out
    assert secret not in shown.out + cli("webhook", "list").out


def test_a_tenants_endpoint_stands_in_its_list(cli: CommandLine) -> None:
    cli("tenant", "create", "Corp")
    cli("tenant", "create", "Other")
    id = added(cli, "--tenant", "corp", "--type", "user.*", "--type", "team.created").json["id"]
    added(cli)
    [listed] = cli("webhook", "list", "--tenant", "corp", "--json").json
    assert (listed["id"], listed["tenant"], listed["types"]) == (id, "corp", ["user.*", "team.created"])
    assert cli("webhook", "list", "--tenant", "other", "--json").json == []
    assert len(cli("webhook", "list", "--json").json) == 2


@pytest.mark.parametrize(
    ("words", "why"),
    [
        pytest.param(["http://10.1.2.3/"], "VESTIBULE_ALLOWED_NETWORKS", id="a private network"),
        pytest.param(["http://169.254.169.254/latest"], "not on the public Internet", id="metadata"),
        pytest.param(["ftp://127.0.0.1/"], "https://", id="no HTTP"),
        pytest.param([NOBODY, "--type", "user.flown"], "user.created", id="an unknown type"),
        pytest.param([NOBODY, "--secret", "geheim"], "whsec_", id="a secret that is none"),
        pytest.param([NOBODY, "--tenant", "nobody"], "nobody", id="an unknown tenant"),
        pytest.param([NOBODY, "--description", "x" * 201], "201", id="a long description"),
    ],
)
def test_what_cannot_be_added_is_refused_in_words(cli: CommandLine, words: list[str], why: str) -> None:
    said = cli("webhook", "add", *words)
    assert said.code == 1
    assert why in said.err
    assert cli("webhook", "list", "--json").json == []


def test_a_life(cli: CommandLine) -> None:
    id = added(cli).json["id"]
    assert "is changed" in cli("webhook", "change", id, "--type", "team.*").out
    assert cli("webhook", "show", id, "--json").json["types"] == ["team.*"]
    assert cli("webhook", "change", id, "--all-types").code == 0
    assert cli("webhook", "show", id, "--json").json["types"] == []
    assert "is paused" in cli("webhook", "pause", id).out
    assert cli("webhook", "pause", id).code == 1
    assert cli("webhook", "show", id, "--json").json["state"] == "paused"
    assert "goes on" in cli("webhook", "resume", id, "--from-now").out
    rolled = cli("webhook", "roll", id, "--overlap", "2", "--json")
    assert key_of(rolled.json["secret"])
    assert cli("webhook", "show", id, "--json").json["oldSecretUntil"]
    assert cli("webhook", "reveal", id, "--json").json["secret"] == rolled.json["secret"]
    assert cli("webhook", "roll", id, "--overlap", "90").code == 1
    assert "is removed" in cli("webhook", "remove", id).out
    assert cli("webhook", "show", id).code == 1
    assert cli("webhook", "list", "--json").json == []


def test_a_test_that_is_not_taken_ends_with_1_and_is_kept(cli: CommandLine) -> None:
    id = added(cli).json["id"]
    said = cli("webhook", "test", id)
    assert said.code == 1
    assert "Not taken. No connection to 127.0.0.1" in said.out
    [kept] = cli("webhook", "deliveries", id, "--json").json
    assert (kept["type"], kept["taken"], kept["status"]) == ("webhook.test", False, None)


def test_sending_again_wants_one_thing_said(cli: CommandLine) -> None:
    id = added(cli).json["id"]
    assert cli("webhook", "resend", id).code == 2
    assert cli("webhook", "resend", id, "--dead", "--event", "1").code == 2
    assert cli("webhook", "resend", id, "--since", "yesterday").code == 2
    assert "0 dead letters" in cli("webhook", "resend", id, "--dead").out
    assert "not in the log" in cli("webhook", "resend", id, "--event", "7").err
    assert cli("webhook", "deliveries", id, "--dead", "--json").json == []
