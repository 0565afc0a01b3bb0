"""Node, for services that are written in it: the machine's, or what ``scripts/node`` brought; and a script that it runs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_VENV = Path(__file__).parents[1] / ".venv"


def node() -> str | None:
    """Its path, None where there is none."""
    own = _VENV / "bin" / "node"
    return shutil.which("node") or (str(own) if own.exists() else None)


def package(name: str) -> Path | None:
    """The folder in which the script of that name installed npm's package, None where it could not."""
    folder = _VENV / name
    return folder if (folder / "node_modules" / name).is_dir() else None


@contextmanager
def talking(name: str, script: Path, *arguments: str) -> Iterator[Any]:
    """A script beside that package; what it prints first, as JSON, once it is ready. Skipped where it is not there."""
    found, folder = node(), package(name)
    if found is None or folder is None:
        pytest.skip(f"machine: npm's {name} (scripts/{name} brings it)")
    copied = folder / script.name
    copied.write_text(script.read_text("utf-8"), "utf-8")
    with tempfile.TemporaryFile() as log:
        running = subprocess.Popen(
            [found, str(copied), *arguments], stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
        assert running.stdout is not None
        try:
            first = next((line for line in running.stdout if line.startswith(b"{")), b"")
            log.seek(0)
            assert first, log.read().decode("utf-8", "replace")
            yield json.loads(first)
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGTERM)
            running.communicate()
