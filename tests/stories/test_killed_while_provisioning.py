"""The sending process is killed in mid-run: run again, it ends in the same state, and sends nothing that was done."""

from __future__ import annotations

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from typing import Any

from tests.served import read_store
from tests.stories.stage import EXAMPLE, Application, Stage, Tenant
from vestibule.directory.store import Recorded
from vestibule.stores.receiving import ReceivingStore

TEAMS = ("aldermoor-sales-emea", "aldermoor-legal", "aldermoor-finance", "aldermoor-bid-team")
ASSIGNED = ("getaccept-users", "getaccept-managers", "getaccept-administrators")


def test_kill_minus_nine_against_the_real_product(stage: Stage) -> None:
    """P6 and G, interrupted three times: while users go out, and once more."""
    tenant, application = stage.both("getaccept")
    for group in ASSIGNED:
        application.assign(groups=(group,), userType="User")
    application.push(*TEAMS)
    everybody = members(*ASSIGNED)

    done: dict[str, str] = {}
    for enough in (25, 70, 120):
        killed_after(stage, application, enough)
        now_done = recorded_as_done(stage)
        assert done.items() <= now_done.items()
        assert enough <= len(now_done) < len(everybody)
        done = now_done
    heard = len(log(stage, tenant))

    report = application.apply()
    assert report["creates"] + report["links"] == len(everybody) - len(done)
    assert report["links"] <= 3 * 8
    assert report["failures"] == report["waiting"] == 0

    again = [row for row in log(stage, tenant)[heard:] if "/Users" in row["path"]]
    said_again = json.dumps(again, ensure_ascii=False).replace("%22", '"').replace("%40", "@")
    assert all(user["userName"] in said_again for user in tenant.people() if user["userName"] not in done)
    for user_name, id in done.items():
        assert user_name not in said_again
        assert f"/Users/{id}" not in said_again
    created = Counter(row["path"] for row in log(stage, tenant) if row["created_user"])
    assert created.total() == len(everybody) == len(tenant.people("active eq true"))
    teams = tenant.teams()
    assert {name: len(team) for name, team in teams.items()} == {
        team_name(group): len(members(group) & everybody) for group in TEAMS
    }

    writes = len(tenant.writes())
    application.counts()
    assert len(tenant.writes()) == writes


def killed_after(stage: Stage, application: Application, enough: int) -> None:
    """``vestibule app apply``, killed as soon as so many users are recorded as done."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("VESTIBULE_")}
    running = subprocess.Popen(
        [sys.executable, "-m", "vestibule.cli.main", "app", "apply", application.name],
        env={**inherited, **stage.commands.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while len(recorded_as_done(stage)) < enough and time.monotonic() < deadline:
        assert running.poll() is None, "it ended before it was killed"
        time.sleep(0.002)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL


def recorded_as_done(stage: Stage) -> dict[str, str]:
    """userName → id of those whom the sending side has recorded.

    By a connection that may write: killed while a commit was flushed, the log holds it, and only who may write reads
    the log anew (https://sqlite.org/wal.html#recovery).
    """
    path = stage.commands.environment["VESTIBULE_DIRECTORY_DATABASE"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        return dict(
            connection.execute(
                "SELECT user_name, external_id FROM app_user WHERE state = 'active'"
            ).fetchall()
        )


def log(stage: Stage, tenant: Tenant) -> list[dict[str, Any]]:
    """What the product heard from this tenant, in order; reads are in the log within a second."""
    time.sleep(1.2)

    async def look(store: ReceivingStore) -> list[Recorded]:
        (found,) = await store.tenancy.tenants_named(tenant.slug)
        return list(await store.log.requests(found.id, limit=10_000))

    return [
        {
            "path": f"{request.method} {request.path}",
            "query": (request.payload or {}).get("query"),
            "request": (request.payload or {}).get("request"),
            "created_user": request.method == "POST"
            and request.path.endswith("/Users")
            and request.status == 201,
        }
        for request in reversed(read_store(stage.server, look))
    ]


def members(*groups: str) -> set[str]:
    with (EXAMPLE / "memberships.csv").open(encoding="utf-8") as file:
        return {row["login"] for row in csv.DictReader(file) if row["group"] in groups}


def team_name(group: str) -> str:
    with (EXAMPLE / "groups.csv").open(encoding="utf-8") as file:
        return next(row["name"] for row in csv.DictReader(file) if row["id"] == group)
