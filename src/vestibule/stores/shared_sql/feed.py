"""What both stores say of the feed: the statements that read events on their way out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vestibule.stores.shared_sql.log_rows import EVENT

#: One look goes through so many numbers at most: a reader of a rare type holds nobody up.
WINDOW = 100_000
#: ``setting`` has the number up to which events were forgotten under this name.
FORGOTTEN = "events_forgotten"


class Committed:
    """Who wants to know that events were committed: ``ring`` does nothing until somebody does."""

    def __init__(self) -> None:
        self.ring: Callable[[], None] = _nobody


def _nobody() -> None:
    return None


def events_sql(place: Callable[[int], str], tenant: bool, types: int) -> str:
    """Events after number 1 up to number 2, at most 3; then the tenant, if asked for, and so many types."""
    at = 4
    conditions = [f"seq > {place(1)}", f"seq <= {place(2)}"]
    if tenant:
        conditions.append(f"tenant = {place(at)}")
        at += 1
    if types:
        conditions.append(f"type IN ({', '.join(place(at + n) for n in range(types))})")
    return f"{EVENT} WHERE {' AND '.join(conditions)} ORDER BY seq LIMIT {place(3)}"


def events_parameters(
    after: int, upto: int, limit: int, tenant: int | None, types: Sequence[str]
) -> tuple[Any, ...]:
    """The values of ``events_sql``."""
    return (after, upto, limit, *(() if tenant is None else (tenant,)), *types)
