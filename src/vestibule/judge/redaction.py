"""Keeps the token out of everything that is shown: reports, messages, the terminal."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from urllib.parse import quote

_HIDDEN = "[redacted]"
#: A shorter text would be found in innocent words.
_SHORTEST = 4


def authorization_of(token: str) -> str:
    """The Authorization header for a token: with its own scheme where it has one, else Bearer."""
    return token if " " in token.strip() else f"Bearer {token}"


def redactor(token: str) -> Callable[[str], str]:
    """A function that hides the token in a text, in every spelling in which a server may echo it."""
    spellings = sorted(_spellings(token.strip()), key=len, reverse=True)

    def redacted(text: str) -> str:
        for spelling in spellings:
            text = text.replace(spelling, _HIDDEN)
        return text

    return redacted


def _spellings(token: str) -> set[str]:
    scheme, _, value = token.rpartition(" ")
    secrets = {token, value}
    if scheme.strip().lower() == "basic":
        try:
            plain = base64.b64decode(value, validate=True).decode()
            secrets |= {plain, plain.partition(":")[2]}
        except (binascii.Error, UnicodeDecodeError):
            pass
    secrets |= {quote(secret, safe="") for secret in secrets}
    return {secret for secret in secrets if len(secret) >= _SHORTEST}
