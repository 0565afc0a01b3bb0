"""Where the links of commands lead: the setting, else where the server listens or last did, else the default."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.servers import Vestibule
from tests.cli.conftest import CommandLine
from tests.database import STORES
from tests.served import serving


@pytest.fixture(params=STORES)
def server(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Vestibule]:
    """On a free port, which no command is told."""
    monkeypatch.chdir(tmp_path)
    with serving(tmp_path, request.param) as running:
        for name, value in running.place.items():
            monkeypatch.setenv(name, value)
        yield running


def links_of(cli: CommandLine, name: str) -> dict[str, str]:
    """Each kind of address that commands give, for a new tenant of that name."""
    assert cli("tenant", "create", name, "--profile", "generic").code == 0
    stream = cli("stream", "add", name, "--json")
    return {
        "operator": cli("operator", "add", f"{name}@ops.test").out.strip(),
        "administrator": cli("administrator", "add", name, f"{name}@corp.test").out.strip(),
        "set-up link": cli("setup-link", "issue", name).out.strip(),
        "single sign-on": cli("sso", "show", name, "--json").json["acsUrl"],
        "stream": stream.json["url"],
        "audience": stream.json["audience"],
        "issuer": stream.json["issuer"],
    }


def test_links_lead_to_the_server_that_runs_or_ran_last(
    server: Vestibule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VESTIBULE_SECURITY_EVENTS", "true")
    cli = CommandLine(server.place["VESTIBULE_DATABASE"])
    here = f"http://127.0.0.1:{server.port}/"
    found = links_of(cli, "corp")
    assert {what for what, link in found.items() if not link.startswith(here)} == set(), found
    server.stop()
    assert cli("operator", "link", "corp@ops.test").out.startswith(f"{here}welcome/")
    server.port = 0
    server.start()
    there = f"http://127.0.0.1:{server.port}/"
    assert there != here
    assert cli("operator", "link", "corp@ops.test").out.startswith(f"{there}welcome/")

    monkeypatch.setenv("VESTIBULE_PUBLIC_URL", "https://scim.example.com")
    found = links_of(cli, "works")
    assert {what for what, link in found.items() if not link.startswith("https://scim.example.com/")} == set()


def test_without_a_server_ever_they_lead_where_it_would_listen(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("operator", "add", "ana@ops.test").out.startswith("http://127.0.0.1:8000/welcome/")
    monkeypatch.setenv("VESTIBULE_PORT", "8005")
    assert cli("operator", "link", "ana@ops.test").out.startswith("http://127.0.0.1:8005/welcome/")
