"""Programs that pip does not bring: from Debian, where the tests may install; nothing is started by that.

What then runs is started by the tests themselves, on loopback and with their own configuration.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_POLICY = Path("/usr/sbin/policy-rc.d")
_PLACES = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
_PATIENCE = 300


def program(name: str, package: str) -> str:
    """The path of a program, its Debian package installed where it may be; else the test is skipped."""
    found = shutil.which(name, path=_PLACES)
    if found is None and _may_install():
        _install(package)
        found = shutil.which(name, path=_PLACES)
    if found is None:
        pytest.skip(f"machine: {name} (Debian: apt-get install {package})")
    return found


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(package: str) -> None:
    with _starts_nothing():
        if not _apt("install", package):
            _apt("update")
            _apt("install", package)


def _apt(*words: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-qq", "-y", "--no-install-recommends", *words]
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


@contextmanager
def _starts_nothing() -> Iterator[None]:
    """Debian's own way: a policy that answers 101, "not allowed", to every start of a service."""
    before = _POLICY.read_bytes() if _POLICY.exists() else None
    _POLICY.write_text("#!/bin/sh\nexit 101\n")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        if before is None:
            _POLICY.unlink()
        else:
            _POLICY.write_bytes(before)
