"""A copy of the receiving side's SQLite file, made beside a running server, and put back in its place.

PostgreSQL has tools of its own, which do it better; ``NotHere`` names them.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from vestibule.refused import Refused
from vestibule.stores.url import SqliteUrl, parse_database_url

#: So many pages are copied at a time: a write beside waits no longer than for these.
_PAGES = 1000
_PAUSE_SECONDS = 0.01


class BackupRefused(Refused):
    """Nothing was copied, or nothing put back; what is there stays as it is."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds."""

    path: Path
    size: int
    #: The number of the last migration step in it.
    version: int
    tenants: int


def back_up(url: str, to: Path, progress: Callable[[int, int], None] | None = None) -> Copied:
    """A copy of one moment, checked, under a name that was free, for its owner's eyes only. ``BackupRefused``.

    ``progress`` is told pages left and pages in all.
    """
    source = _file_of(url)
    if not source.is_file():
        raise BackupRefused(f"There is no database at {source} yet, so there is nothing to copy.")
    if to.exists():
        raise BackupRefused(f"{to} exists already, and a backup overwrites nothing. Give another name.")
    unfinished = to.with_name(f"{to.name}.unfinished")
    try:
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        _copy(source, unfinished, progress)
        checked = _checked(unfinished)
        _sync(unfinished)
        os.link(unfinished, to)
        _sync(to.parent)
    except FileExistsError:
        raise BackupRefused(f"{to} came to be meanwhile, and a backup overwrites nothing.") from None
    except OSError as fault:
        raise BackupRefused(f"{to} cannot be written: {fault.strerror}.") from None
    finally:
        _remove(unfinished)
    return Copied(to, to.stat().st_size, *checked)


def restore(url: str, backup: Path, *, replaces: bool = False, now: str = "") -> tuple[Copied, Path | None]:
    """Put a copy in the place of the database; what was there is kept beside it, under the name given back.

    ``BackupRefused`` where the copy is none, where a database is there and ``replaces`` is not said, and while
    anybody has that database open.
    """
    target = _file_of(url)
    if not backup.is_file():
        raise BackupRefused(f"There is no file {backup}.")
    checked = _checked(backup)
    if target.exists() and not replaces:
        raise BackupRefused(
            f"There is a database at {target} already. With --replace the backup takes its place, and what is there is "
            "kept under another name."
        )
    incoming = target.with_name(f"{target.name}.restoring")
    before: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        _copy(backup, incoming, None)
        _sync(incoming)
        if target.exists():
            _settle(target)
            before = _free_name(target, now)
            os.replace(target, before)
        os.replace(incoming, target)
        _sync(target.parent)
    except OSError as fault:
        raise BackupRefused(f"{target} cannot be written: {fault.strerror}.") from None
    finally:
        _remove(incoming)
    return Copied(target, target.stat().st_size, *checked), before


def _file_of(url: str) -> Path:
    named = parse_database_url(url)
    if not isinstance(named, SqliteUrl):
        raise BackupRefused(
            "On PostgreSQL a backup is PostgreSQL's own affair: pg_dump --schema=vestibule and pg_restore, or a base "
            "backup with its log (docs/how-to/postgresql.md)."
        )
    if named.path is None:
        raise BackupRefused("A database in memory ends with its process; there is nothing to copy.")
    return named.path


def _copy(source: Path, to: Path, progress: Callable[[int, int], None] | None) -> None:
    def told(_status: int, left: int, total: int) -> None:
        if progress is not None:
            progress(left, total)

    with closing(_opened(source)) as read, closing(sqlite3.connect(to)) as written:
        try:
            # What is read stays of one moment: else SQLite begins anew after each step in which somebody wrote.
            read.execute("BEGIN")
            read.execute("SELECT count(*) FROM sqlite_master").fetchone()
            read.backup(written, pages=_PAGES, progress=told, sleep=_PAUSE_SECONDS)
        except sqlite3.Error as fault:
            raise BackupRefused(f"{source} cannot be copied: {fault}.") from None
        written.execute("PRAGMA journal_mode = DELETE")


def _checked(path: Path) -> tuple[int, int]:
    """(version, tenants) of a copy that is whole. ``BackupRefused``."""
    try:
        with closing(_opened(path)) as connection:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                raise BackupRefused(f"{path} is damaged: {found}.")
            (version,) = connection.execute("SELECT max(number) FROM migration").fetchone()
            (tenants,) = connection.execute("SELECT count(*) FROM tenant").fetchone()
    except sqlite3.Error:
        raise BackupRefused(f"{path} is no database of Vestibule's receiving side.") from None
    return version or 0, tenants


def _settle(target: Path) -> None:
    """Bring its log into the file, and be its only user. ``BackupRefused`` where somebody else has it open."""
    with closing(sqlite3.connect(target, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError:
            raise BackupRefused(
                f"Somebody has {target} open: stop the server (and every command) that uses it, then restore again."
            ) from None
        except sqlite3.DatabaseError:
            return  # it is damaged, which may be why it is replaced


def _free_name(target: Path, now: str) -> Path:
    stamp = now.replace(":", "").replace("-", "")[:15] or "before"
    for number in range(1000):
        name = target.with_name(f"{target.name}.{stamp}{f'-{number}' if number else ''}")
        if not name.exists():
            return name
    raise BackupRefused(f"A thousand databases are kept beside {target} already.")


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    for name in (path, *(path.with_name(f"{path.name}{suffix}") for suffix in ("-journal", "-wal", "-shm"))):
        name.unlink(missing_ok=True)
