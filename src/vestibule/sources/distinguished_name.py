"""Distinguished names as keys: letter case and blanks around the signs tell nothing (RFC 4514)."""

from __future__ import annotations

import re

_ESCAPED = re.compile(r"\\([0-9A-Fa-f]{2}|.)", re.DOTALL)
_BLANKS = re.compile(r"\s*(?<!\\)([,;=+])\s*")
_INNER = re.compile(r"\s+")


def folded(dn: str) -> str:
    """The name by which two spellings of one entry are equal."""
    tidy = _BLANKS.sub(lambda match: "," if match[1] == ";" else match[1], dn.strip())
    return _INNER.sub(" ", _ESCAPED.sub(_plain, tidy)).casefold()


def _plain(match: re.Match[str]) -> str:
    """An escape of a separator stays one; any other, as a hexadecimal letter, is the sign itself."""
    sign = match[1] if len(match[1]) == 1 else f"\\{match[1].lower()}"
    if sign in ',;=+"\\<>#':
        return f"\\{ord(sign):02x}"
    if len(match[1]) == 2 and int(match[1], 16) < 128:
        plain = chr(int(match[1], 16))
        return f"\\{ord(plain):02x}" if plain in ',;=+"\\<>#' else plain
    return sign
