"""Reads a text file whole, within a limit."""

from __future__ import annotations

from pathlib import Path

from vestibule.provisioning.reading import UnreadableSource

#: A million people are about 300 MB.
LARGEST = 1 << 30


def read_text(where: str) -> tuple[str, str]:
    """The file's name and its text. Raises UnreadableSource."""
    path = Path(where)
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise UnreadableSource(f"{path.name} has {size >> 20} MiB; {LARGEST >> 20} are read at most.")
        return path.name, path.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise UnreadableSource(f"{path.name} cannot be read: {fault.strerror} ({path})") from None
    except UnicodeDecodeError:
        raise UnreadableSource(f"{path.name} is no UTF-8 text: save it as UTF-8.") from None
