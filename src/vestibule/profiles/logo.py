"""The products' logos, which the set-up page offers for the identity provider's catalog entry."""

from __future__ import annotations

from importlib import resources


def logo_names() -> tuple[str, ...]:
    """The files in the folder ``logos``."""
    folder = resources.files("vestibule.profiles") / "logos"
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".svg")))


def logo_bytes(name: str) -> bytes | None:
    """The SVG of that name, None where there is none."""
    if name not in logo_names():
        return None
    return (resources.files("vestibule.profiles") / "logos" / name).read_bytes()
