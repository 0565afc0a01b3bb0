"""Our own server, served as it ships: clean as Okta and Entra, as the RFC where it is pinned ``strict``."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.process import python
from bench.servers import Vestibule
from tests.served import serving
from vestibule.judge.check import Role
from vestibule.judge.redaction import authorization_of
from vestibule.judge.report import Outcome, Report
from vestibule.judge.run import Assignment, judge

BEGAN = "2026-01-02T03:04:05Z"
#: Part 4 of the requirements: what ``generic`` lets pass and the RFC, or the interoperability draft, does not.
TOLERANCES = {
    "no_target_is_an_error": "R159",
    "remove_passes_its_value_over": "R153",
    "text_is_no_boolean": "R4",
    "unknown_attributes_are_refused": "K44",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vestibule]:
    """``vestibule serve`` on a database of its own."""
    with serving(tmp_path_factory.mktemp("judged")) as running:
        yield running


async def judged(server: Vestibule, token: str, role: Role) -> Report:
    """A run in one role, at the address that every tenant shares."""
    base_url = f"http://127.0.0.1:{server.port}/scim/v2"
    return await judge(Assignment(base_url, authorization_of(token), (role,)), began=BEGAN)


def findings(report: Report) -> dict[str, str]:
    """The row that each failed or warned check names."""
    return {
        result.check.name: result.faults[0].row or result.check.rows[0]
        for result in report.of(Outcome.FAILED, Outcome.WARNED)
    }


async def test_generic_is_clean_as_okta_and_entra_and_lists_its_tolerances_as_the_rfc(
    server: Vestibule,
) -> None:
    token = server.new_tenant("generic")
    for role, expected in ((Role.RFC, TOLERANCES), (Role.OKTA, {}), (Role.ENTRA, {})):
        report = await judged(server, token, role)
        assert findings(report) == expected, role
        assert report.left == []
        assert not report.stopped
        untried = {result.check.name for result in report.of(Outcome.UNTRIED)}
        assert untried <= {"retry_after_in_seconds"}
    assert json.loads(server.command("user", "list", "generic", "--json")) == []
    assert json.loads(server.command("group", "list", "generic", "--json")) == []


async def test_strict_is_clean_as_the_rfc(server: Vestibule) -> None:
    token = server.new_tenant("strict")
    server.command("connection", "dialect", "strict", "strict")
    report = await judged(server, token, Role.RFC)
    assert findings(report) == {}
    assert report.exit_status == 0
    assert len(report.of(Outcome.PASSED)) > 140


def test_the_command_writes_a_report_and_ends_with_its_status(server: Vestibule, tmp_path: Path) -> None:
    token, page = server.new_tenant("command"), tmp_path / "report.html"
    base_url = f"http://127.0.0.1:{server.port}/t/command/scim/v2"
    command = python(
        "-m", "vestibule.cli.main", "check", base_url, "--as", "okta", "--json", "--report", str(page)
    )
    environment = {**os.environ, "VESTIBULE_CHECK_TOKEN": token}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["summary"]["failed"] == 0
    assert told["as"] == ["okta"]
    assert told["left"] == []
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert token not in done.stdout + done.stderr + page.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("http://scim.example.com/scim/v2",), 1, "The token would travel in clear"),
        (("ftp://scim.example.com",), 1, "no SCIM base URL"),
        (("https://scim.example.com", "--as", "nobody"), 2, "nobody"),
        ((), 2, "URL"),
    ],
)
def test_bad_arguments_are_refused_in_words(arguments: tuple[str, ...], status: int, sentence: str) -> None:
    command = python("-m", "vestibule.cli.main", "check", *arguments, "--token", "x")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == status
    assert sentence.lower() in done.stderr.lower()


def test_a_wrong_token_is_said_to_be_one(server: Vestibule) -> None:
    command = python(
        "-m",
        "vestibule.cli.main",
        "check",
        f"http://127.0.0.1:{server.port}/scim/v2",
        "--token",
        "wrong-token",
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "The token is not accepted" in done.stderr
    assert "wrong-token" not in done.stderr
