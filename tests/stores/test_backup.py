"""A backup is of one moment and whole; a restore overwrites nothing, and waits for nobody to have the file open."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from tests.installation import installation
from tests.postgresql import Place
from vestibule.stores.backup import BackupRefused, back_up, restore
from vestibule.tenancy.tenants import create_tenant


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


async def with_tenants(path: Path, *names: str) -> None:
    async with installation(Place(url_of(path), "vestibule")) as site:
        for name in names:
            await create_tenant(site.desk, name)


async def names_in(path: Path) -> list[str]:
    async with installation(Place(url_of(path), "vestibule")) as site:
        return [tenant.slug for tenant in await site.desk.store.tenants()]


async def test_a_backup_beside_a_server_that_writes_is_of_one_moment(tmp_path: Path) -> None:
    database, copies = tmp_path / "vestibule.db", []
    async with installation(Place(url_of(database), "vestibule")) as site:
        await create_tenant(site.desk, "tenant 0")

        async def write() -> None:
            for number in range(1, 40):
                await create_tenant(site.desk, f"tenant {number}")

        writing = asyncio.create_task(write())
        while not writing.done():
            copy = tmp_path / f"copy{len(copies)}"
            copies.append(await asyncio.to_thread(back_up, url_of(database), copy))
        await writing
        copies.append(back_up(url_of(database), tmp_path / "last"))
    assert copies[-1].tenants == 40
    for copy in copies:
        with closing(sqlite3.connect(copy.path)) as connection:
            told = connection.execute(
                "SELECT count(*) FROM audit WHERE action = 'tenant.created'"
            ).fetchone()[0]
            assert told == connection.execute("SELECT count(*) FROM tenant").fetchone()[0]
    mode = os.stat(copies[0].path).st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert not list(tmp_path.glob("*.unfinished*"))


async def test_a_backup_ends_though_somebody_writes_all_the_time(tmp_path: Path) -> None:
    """As it was when it began, and in as many steps as if nobody had written."""
    database, steps = tmp_path / "vestibule.db", []
    await with_tenants(database, "one")
    with closing(sqlite3.connect(database, isolation_level=None)) as writing:
        writing.execute("CREATE TABLE more (what BLOB)")
        writing.execute("INSERT INTO more VALUES (zeroblob(20000000))")

        def write(left: int, total: int) -> None:
            steps.append(left)
            assert len(steps) < 50, "it begins anew again and again"
            writing.execute("INSERT INTO more VALUES (zeroblob(5000))")

        back_up(url_of(database), tmp_path / "copy", progress=write)
    assert len(steps) > 2
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("SELECT count(*) FROM more").fetchone() == (1,)


async def test_a_backup_overwrites_nothing(tmp_path: Path) -> None:
    database, copy = tmp_path / "vestibule.db", tmp_path / "copy"
    with pytest.raises(BackupRefused, match="no database"):
        back_up(url_of(database), copy)
    await with_tenants(database, "one")
    copy.write_text("mine")
    with pytest.raises(BackupRefused, match="exists already"):
        back_up(url_of(database), copy)
    assert copy.read_text() == "mine"
    with pytest.raises(BackupRefused, match="cannot be written"):
        back_up(url_of(database), tmp_path / "no such folder" / "copy")


async def test_a_restore_brings_back_the_moment_and_keeps_what_was_there(tmp_path: Path) -> None:
    database, copy = tmp_path / "vestibule.db", tmp_path / "copy"
    await with_tenants(database, "one")
    back_up(url_of(database), copy)
    await with_tenants(database, "two")
    with pytest.raises(BackupRefused, match="--replace"):
        restore(url_of(database), copy)
    restored, before = restore(url_of(database), copy, replaces=True, now="2026-01-02T03:04:05.678Z")
    assert restored.tenants == 1
    assert before == tmp_path / "vestibule.db.20260102T030405"
    assert await names_in(database) == ["one"]
    assert await names_in(before) == ["one", "two"]
    elsewhere = tmp_path / "new" / "vestibule.db"
    assert restore(url_of(elsewhere), copy)[1] is None
    assert await names_in(elsewhere) == ["one"]


async def test_a_restore_is_refused_while_a_server_runs(tmp_path: Path) -> None:
    database, copy = tmp_path / "vestibule.db", tmp_path / "copy"
    async with installation(Place(url_of(database), "vestibule")) as site:
        await create_tenant(site.desk, "one")
        back_up(url_of(database), copy)
        with pytest.raises(BackupRefused, match="stop the server"):
            restore(url_of(database), copy, replaces=True)
        await create_tenant(site.desk, "two")
    assert await names_in(database) == ["one", "two"]
    assert not list(tmp_path.glob("*.restoring*"))


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + b"\xff" * 5000])
async def test_what_is_no_backup_replaces_nothing(tmp_path: Path, content: bytes) -> None:
    database, copy = tmp_path / "vestibule.db", tmp_path / "copy"
    await with_tenants(database, "one")
    copy.write_bytes(content)
    with pytest.raises(BackupRefused):
        restore(url_of(database), copy, replaces=True)
    assert await names_in(database) == ["one"]


def test_other_stores_name_their_own_tools(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="pg_dump"):
        back_up("postgresql://localhost/x", tmp_path / "copy")
    with pytest.raises(BackupRefused, match="in memory"):
        back_up("sqlite://", tmp_path / "copy")
