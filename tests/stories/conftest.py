"""One server for all stories; a directory database for each."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from bench.servers import Vestibule
from tests.database import postgresql_server
from tests.served import serving
from tests.stories.stage import EXAMPLE, Commands, Stage
from vestibule.key_ring import new_key

#: Tenants of one server differ by it, however alike the names of their stories are.
_numbers = count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vestibule]:
    with serving(tmp_path_factory.mktemp("product")) as running:
        yield running


@pytest.fixture
def stage(
    server: Vestibule, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Stage:
    monkeypatch.chdir(tmp_path)
    environment = {
        **server.place,
        **_directory(getattr(request, "param", "sqlite"), server, tmp_path),
        "VESTIBULE_PUBLIC_URL": f"http://127.0.0.1:{server.port}",
    }
    words = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())
    name = f"{next(_numbers)}-{words[:40].strip('-')}"
    return Stage(server, Commands(environment), name, shutil.copytree(EXAMPLE, tmp_path / "company"))


def _directory(store: str, server: Vestibule, folder: Path) -> dict[str, str]:
    """Where the sending side keeps everything.

    One setting names the schema of both sides: where the receiving side is on PostgreSQL already, the
    directory stays in a file.
    """
    if store == "postgresql" and server.place["VESTIBULE_DATABASE"].startswith("sqlite"):
        place = postgresql_server().place()
        return {
            "VESTIBULE_DIRECTORY_DATABASE": place.url,
            "VESTIBULE_SCHEMA": place.schema,
            "VESTIBULE_KEYS": new_key(),
        }
    return {"VESTIBULE_DIRECTORY_DATABASE": f"sqlite:///{folder / 'directory.db'}"}
