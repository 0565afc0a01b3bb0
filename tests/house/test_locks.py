"""The lock files install anywhere: exact versions, hashes, no index, no link, no path."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+?)(?: ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def pins(name: str) -> dict[str, str]:
    """Each package of a lock file and its version."""
    matches = (PIN.match(line) for line in (ROOT / name).read_text("utf-8").splitlines())
    return {match[1]: match[2] for match in matches if match}


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_is_a_pin_a_hash_or_a_remark(name: str) -> None:
    for line in (ROOT / name).read_text("utf-8").splitlines():
        assert not line or line.lstrip().startswith("#") or PIN.match(line) or HASH.match(line), line
        assert "://" not in line, line
        assert not re.search(r"(^|\s)(-i|-f|-e|--\w*index\w*|--find-links|--trusted-host)\b", line), line


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_its_hashes(name: str) -> None:
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins(name)) > 20
    assert all("--hash=sha256:" in block for block in blocks)


def test_both_lock_files_name_the_same_versions() -> None:
    runtime, development = (pins(name) for name in LOCKS)
    assert {name: development.get(name) for name in runtime} == runtime


def test_what_pyproject_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for lock, wanted in (
        ("requirements.lock", project["dependencies"]),
        ("requirements-dev.lock", project["optional-dependencies"]["dev"]),
    ):
        for requirement in wanted:
            name = re.split(r"[\[<>=;! ]", requirement)[0]
            assert name in pins(lock), f"{lock} does not name {name}: make lock"
            exact = re.search(r"==(\S+)", requirement)
            assert not exact or pins(lock)[name] == exact[1]
