"""Where ids come from: unique, never re-used, ascending in time (R25, R26, W100c)."""

from __future__ import annotations

import os
import time


def new_resource_id() -> str:
    """A version 7 UUID (RFC 9562): globally unique, and near its neighbours in an index."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = (milliseconds << 80) | random
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def new_request_id() -> str:
    """24 hex digits, the first eleven of which are the time in milliseconds."""
    return f"{time.time_ns() // 1_000_000:011x}{os.urandom(7).hex()[:13]}"
