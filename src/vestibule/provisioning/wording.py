"""Numbers of things in sentences."""

from __future__ import annotations


def number_of(count: int, one: str, many: str = "") -> str:
    """``1 group``, ``2 groups``; ``many`` where that is not ``one`` and an s."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"
