"""Rows of the derivation table, and what both stores ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from vestibule.directory.derivation import Collision, Progress

PROGRESS = (
    "SELECT target, after, looked, renewed, started_at, ended_at, collisions FROM derivation WHERE tenant = "
)
_COLUMNS = ("tenant", "target", "after", "looked", "renewed", "started_at", "ended_at", "collisions")


def keep_progress(placeholders: Sequence[str]) -> str:
    """The statement that keeps a tenant's progress, whose parameters are ``progress_columns``."""
    others = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])
    return (
        f"INSERT INTO derivation ({', '.join(_COLUMNS)}) VALUES ({', '.join(placeholders)}) "
        f"ON CONFLICT (tenant) DO UPDATE SET {others}"
    )


def progress_columns(tenant: int, progress: Progress) -> tuple[Any, ...]:
    """The tenant and its progress."""
    collisions = [[one.id, one.user_name] for one in progress.collisions]
    return (
        tenant,
        progress.target,
        progress.after,
        progress.looked,
        progress.renewed,
        progress.started_at,
        progress.ended_at,
        orjson.dumps(collisions).decode(),
    )


def as_progress(row: Sequence[Any]) -> Progress:
    """From ``PROGRESS``."""
    collisions = tuple(Collision(id, user_name) for id, user_name in orjson.loads(row[6]))
    return Progress(row[0], row[1], row[2], row[3], row[4], row[5], collisions)
