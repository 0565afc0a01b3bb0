"""A process killed in mid-run: the same end state, and nothing sent again that was recorded as done."""

from __future__ import annotations

import asyncio
import re
import signal
import sqlite3
import sys
from pathlib import Path

from tests.provisioning.company import company

_RUN = """
import asyncio, sys
from vestibule.connectors.scim import ScimConnector
from vestibule.provisioning.worker import Worker
from vestibule.stores.sqlite.provisioning import SqliteProvisioningStore

async def main():
    store = SqliteProvisioningStore(sys.argv[1])
    await store.start()
    application = await store.application("app")
    connector = ScimConnector(application)
    await Worker(store, application, connector).apply()
    await connector.close()
    await store.stop()

asyncio.run(main())
"""


async def test_kill_minus_nine(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/directory.db"
    async with company(120, url=url) as firm:
        firm.server.delay = 0.005
        await firm.assign_all()
        await firm.push("Everyone")
        done: set[str] = set()
        kills = 0
        for enough in (20, 60, 100):
            running = await asyncio.create_subprocess_exec(sys.executable, "-c", _RUN, url)
            while len(firm.server.users) < enough and running.returncode is None:
                await asyncio.sleep(0.005)
            running.send_signal(signal.SIGKILL)
            await running.wait()
            kills += 1
            recorded = _recorded_as_done(tmp_path / "directory.db")
            assert done <= recorded
            done = recorded
            firm.server.forget_requests()
        report = await firm.apply()
        assert report.failures == 0
        created_again = {
            request.body["userName"] for request in firm.server.requests if request.method == "POST"
            and request.path == "/Users"
        }  # fmt: skip
        asked_again = {
            match[1] for request in firm.server.requests
            if (match := re.search("%22(.+)%22", request.query)) and request.path == "/Users"
        }  # fmt: skip
        assert kills == 3
        assert not done & {name.replace("%40", "@") for name in asked_again | created_again}
        assert len(firm.server.users) == 120
        assert len(firm.server.member_names("Everyone")) == 120
        firm.server.forget_requests()
        await firm.apply()
        assert firm.server.requests == []


def _recorded_as_done(path: Path) -> set[str]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT user_name FROM app_user WHERE state = 'active'").fetchall()
    return {name for (name,) in rows}
