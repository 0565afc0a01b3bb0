"""A word of a menu."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """``path`` is below what the menu is of; pages ``beside`` it belong to it as well."""

    word: str
    path: str
    beside: tuple[str, ...] = ()
    #: The product must have teams for it.
    needs_teams: bool = False

    def is_open(self, path: str) -> bool:
        """Whether a page at that path belongs to it."""
        return any(path == own or path.startswith(f"{own}/") for own in (self.path, *self.beside))
