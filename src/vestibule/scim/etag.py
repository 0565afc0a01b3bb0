"""Entity tags (RFC 9110 §8.8.3): whether If-Match or If-None-Match names a version (RFC 7644 §3.14)."""

from __future__ import annotations

import re

_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def names_version(header: str, version: int) -> bool:
    """Whether ``*`` or one of the tags means that version, by weak comparison: ``W/"3"`` and ``"3"`` are alike.

    A tag without its quotes is read as if it had them; what is no tag names no version.
    """
    header = header.strip()
    if header == "*":
        return True
    bare = (word.strip().removeprefix("W/") for word in _TAG.sub("", header).split(","))
    return str(version) in (*_TAG.findall(header), *bare)
