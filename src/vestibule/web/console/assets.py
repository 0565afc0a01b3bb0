"""What pages load: style, script, and the vendored files with their hashes.

An address has the hash of its content, so that a browser keeps it for good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources

#: Vendored from the npm registry's packages of that name and version, with the hash of the file.
VENDORED = {
    "htmx-2.0.11.min.js": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
    "htmx-ext-sse-2.2.4.min.js": "98a46496de0c3605fbffdce9167ba427bdd9553184f83f149c261891a92c0136",
}
_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_HASH_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Asset:
    """One file. ``address`` is its path below the console's root."""

    name: str
    address: str
    content: bytes
    media_type: str


@cache
def assets() -> Mapping[str, Asset]:
    """All files of the folder ``assets``, by name; read once in a process."""
    found = {}
    for file in (resources.files("vestibule.web.console") / "assets").iterdir():
        media_type = _KINDS.get(file.name.rpartition(".")[2])
        if media_type:
            content = file.read_bytes()
            mark = sha256(content).hexdigest()[:_HASH_LENGTH]
            found[file.name] = Asset(file.name, f"/assets/{mark}/{file.name}", content, media_type)
    return found
