"""A key that opens nothing of what is stored: told at the start of a server, by ``doctor``, and in the log."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.servers import Vestibule
from tests.cli.conftest import CommandLine
from tests.database import STORES, new_database
from tests.served import serving
from vestibule.key_ring import new_key
from vestibule.provisioning.setting_up import Wanted
from vestibule.sending import Sending
from vestibule.settings import Settings

TOLD = "Stored secrets that the keys here do not open: 1 of 1."
_PATIENCE = 60.0


@pytest.fixture(params=STORES)
def server(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Vestibule]:
    """With one webhook, whose secret a given key sealed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VESTIBULE_ALLOWED_NETWORKS", "127.0.0.0/8")
    with serving(tmp_path, request.param) as running:
        use(running, new_key(), monkeypatch)
        added = CommandLine(running.place["VESTIBULE_DATABASE"])("webhook", "add", "http://127.0.0.1:9/hook")
        assert added.code == 0, added.err
        yield running


def use(server: Vestibule, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From its next start on, and by the commands at once."""
    server.place = {**server.place, "VESTIBULE_KEYS": key}
    for name, value in server.place.items():
        monkeypatch.setenv(name, value)


def test_serve_and_doctor_tell_it(server: Vestibule, monkeypatch: pytest.MonkeyPatch) -> None:
    cli = CommandLine(server.place["VESTIBULE_DATABASE"])
    here = f"http://127.0.0.1:{server.port}"
    server.stop()
    server.start()
    assert "Warning" not in server.log.read_text()
    assert "keys" not in {one["about"] for one in cli("doctor", "--url", here, "--json").json["findings"]}
    server.stop()
    use(server, new_key(), monkeypatch)
    server.start()
    said = server.log.read_text()
    assert f"Warning: {TOLD}" in said
    assert "`vestibule keys list` shows which" in said
    told = cli("doctor", "--url", here, "--json").json["findings"]
    [(level, sentence)] = [(one["level"], one["sentence"]) for one in told if one["about"] == "keys"]
    assert level == "warning"
    assert sentence.startswith(TOLD)


@pytest.mark.parametrize("store", STORES)
async def test_directory_serve_tells_it_and_why_nothing_is_sent(store: str, tmp_path: Path) -> None:
    place = new_database(tmp_path, store)
    given = Settings(directory_database=place.url, schema=place.schema, keys=new_key())  # type: ignore[call-arg, arg-type]
    sending = Sending(given)
    await sending.start()
    desk = sending.desk("operator:test")
    await desk.add(Wanted("Files", url="http://127.0.0.1:9/scim", token="a-secret-token"))
    await sending.stop()

    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("VESTIBULE_")},
        "VESTIBULE_DIRECTORY_DATABASE": place.url,
        "VESTIBULE_SCHEMA": place.schema,
        "VESTIBULE_KEYS": new_key(),
        "PYTHONUNBUFFERED": "1",
    }
    log = tmp_path / "said"
    words = [sys.executable, "-m", "vestibule.cli.main", "directory", "serve", "--port", "0"]
    with log.open("wb") as out:
        running = subprocess.Popen(words, env=environment, cwd=tmp_path, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + _PATIENCE
        while any(told not in log.read_text() for told in ("not kept in step", "shows which")):
            assert running.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
    finally:
        running.terminate()
        running.wait(_PATIENCE)
    said = log.read_text()
    assert f"Warning: {TOLD}" in said
    assert "`vestibule keys list --directory` shows which" in said
    assert "A stored secret was sealed with a key that is not in VESTIBULE_KEYS" in said
