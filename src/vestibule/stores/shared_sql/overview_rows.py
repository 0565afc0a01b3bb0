"""What both stores make of the rows of an overview."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from vestibule.directory.overview import Hour, Picked, id_at
from vestibule.directory.store import Recorded


def hour_bounds(hours: Sequence[str]) -> list[tuple[str, str, str, str]]:
    """For each hour: its first and last id, its first and last moment; the lasts are not in it."""
    bounds = []
    for begins in hours:
        start = datetime.fromisoformat(begins)
        end = start + timedelta(hours=1)
        ids = [id_at(int(moment.timestamp() * 1000)) for moment in (start, end)]
        bounds.append((ids[0], ids[1], begins, end.isoformat(timespec="milliseconds").replace("+00:00", "Z")))
    return bounds


def counted_hours(hours: Sequence[str], counts: Sequence[tuple[int, int, int]]) -> list[Hour]:
    """From (rows, requests in batches, failed) of each hour."""
    return [
        Hour(at, rows + batched, failed) for at, (rows, batched, failed) in zip(hours, counts, strict=True)
    ]


def fits(picked: Picked, request: Recorded) -> bool:
    """Whether a brief, which is a successful read, is asked for."""
    return (picked.before is None or request.id < picked.before) and (
        picked.since is None or request.id >= picked.since
    )
