"""A page of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Its items, and the cursor of the next one; None on the last."""

    items: list[T]
    next: str | None


def page_of(item: Any) -> Any:
    """The type of a page of such items, as ``decode`` takes it."""
    return Page[item]
