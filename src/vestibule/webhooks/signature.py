"""Signing as Standard Webhooks has it: HMAC-SHA256 over id, timestamp and body."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence

from vestibule.webhooks.errors import BadSecret

PREFIX = "whsec_"
_BYTES = 32
_LEAST, _MOST = 24, 64


def new_secret(random: Callable[[int], bytes]) -> str:
    """A fresh secret, as it is shown to whoever verifies."""
    return PREFIX + base64.b64encode(random(_BYTES)).decode("ascii")


def key_of(secret: str) -> bytes:
    """The bytes of a secret. ``BadSecret`` where the standard does not allow it."""
    if not secret.startswith(PREFIX):
        raise BadSecret(f"does not begin with {PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise BadSecret("is no base64") from None
    if not _LEAST <= len(key) <= _MOST:
        raise BadSecret(f"has {len(key)} bytes")
    return key


def signatures(keys: Sequence[bytes], id: str, timestamp: int, body: bytes) -> str:
    """The ``webhook-signature`` header: one signature for each key, the newest first."""
    signed = f"{id}.{timestamp}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode("ascii") for key in keys
    )
