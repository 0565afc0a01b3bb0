"""Tables and lines of Markdown from declarations and docstrings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table."""
    cells = [headings, ["---"] * len(headings), *rows]
    return ["| " + " | ".join(prose(cell).replace("|", "\\|") for cell in row) + " |" for row in cells]


def prose(text: str | None) -> str:
    """A docstring as one line of Markdown."""
    return " ".join((text or "").replace("``", "`").split())
