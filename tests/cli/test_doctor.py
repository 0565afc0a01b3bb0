"""``vestibule doctor`` and ``vestibule migrate``."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.cli.conftest import CommandLine
from tests.served import serving


def test_doctor_calls_a_server_as_okta_would(cli: CommandLine, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        said = cli("doctor", "--url", f"http://127.0.0.1:{server.port}", "--json")
    assert said.code == 0, said.out
    assert said.json["ok"] is True
    levels = {one["about"]: one["level"] for one in said.json["findings"]}
    assert levels == {"https": "warning", "health": "ok", "discovery": "ok", "token": "ok"}


def test_doctor_says_that_nobody_answers(cli: CommandLine) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = cli("doctor", "--url", f"http://127.0.0.1:{port}")
    assert said.code == 1
    assert "No connection to 127.0.0.1" in said.out
    assert ". Okta would say that the URL cannot be reached." in said.out
    assert "Okta would not get through" in said.out


def test_doctor_wants_an_address(cli: CommandLine) -> None:
    said = cli("doctor")
    assert (said.code, said.out) == (1, "")
    assert "VESTIBULE_PUBLIC_URL" in said.err


def test_migrate_says_from_which_version_to_which(cli: CommandLine) -> None:
    first = cli("migrate", "--json").json
    assert first["from"] == 0
    assert first["to"] > 0
    assert cli("migrate", "--json").json == {"from": first["to"], "to": first["to"]}
    assert "nothing was to be done" in cli("migrate").out


def test_doctor_names_the_public_url_in_a_scim_base_url_and_calls_nothing(cli: CommandLine) -> None:
    for url in ("https://scim.example.com/scim/v2", "https://scim.example.com/t/corp/scim/v2"):
        said = cli("doctor", "--url", url)
        assert said.code == 1
        assert "before /t/: https://scim.example.com\n" in said.out
        assert "VESTIBULE_PUBLIC_URL" not in said.out
