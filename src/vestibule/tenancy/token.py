"""Access tokens: how one is made, how one that was sent is read, and what is kept of it.

``vst_scim_`` + 43 characters base62 (256 random bits) + 6 characters base62 (CRC-32 of all
before). The checksum tells a mistyped token from an unknown one without a look in the
database; only SHA-256 of the whole is stored.
"""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from zlib import crc32

from vestibule.scim.frozen import frozen

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_BYTES = 32
_RANDOM_LENGTH = 43
_CHECKSUM_LENGTH = 6
_ID_LENGTH = 8

DEFAULT_LIFETIME = timedelta(days=365)


class TokenKind(StrEnum):
    """What a token opens: the SCIM API, or the management API."""

    SCIM = "scim"
    API = "api"

    @property
    def prefix(self) -> str:
        """How its tokens begin."""
        return f"vst_{self.value}_"


class TokenFault(StrEnum):
    """Why what was sent cannot be a token, whatever the database holds."""

    MISSING = "missing"
    MALFORMED = "malformed"
    CUT = "cut"
    MISTYPED = "mistyped"


@frozen
class Presented:
    """What came in the Authorization header.

    ``hash`` is what the store knows tokens by, b"" where there is a ``fault``. ``id`` is in
    clear what a token is called by: eight characters, where so many arrived.
    """

    id: str = ""
    hash: bytes = b""
    fault: TokenFault | None = None
    #: How many characters of how many arrived, for the sentence about a cut one.
    length: int = 0


@frozen
class Token:
    """What is kept of an access token. ``id`` is its first eight characters after the prefix."""

    id: str
    tenant: int
    connection: int
    name: str
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None
    last_used_at: str | None = None

    def state(self, now: str) -> str:
        """``live``, ``revoked`` or ``expired``."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "live"


@frozen
class NewToken:
    """A token about to be kept: the record, and the hash by which it will be found."""

    record: Token
    hash: bytes


@frozen
class TokenRequest:
    """A customer asks for a token; an operator answers. ``token`` is the answer's id, None while open."""

    id: int
    tenant: int
    tenant_slug: str
    asked_at: str
    asked_by: str
    note: str
    token: str | None = None
    answered_at: str | None = None


def make_token(random: bytes, kind: TokenKind = TokenKind.SCIM) -> str:
    """The token for 32 random bytes."""
    if len(random) != _RANDOM_BYTES:
        raise ValueError(f"a token takes {_RANDOM_BYTES} random bytes, not {len(random)}")
    text = kind.prefix + _base62(int.from_bytes(random), _RANDOM_LENGTH)
    return text + _checksum(text)


def token_id(token: str, kind: TokenKind = TokenKind.SCIM) -> str:
    """The eight characters in clear by which a token is called."""
    return token[len(kind.prefix) :][:_ID_LENGTH]


def token_hash(token: str) -> bytes:
    """What is stored of it."""
    return sha256(token.encode()).digest()


def token_length(kind: TokenKind = TokenKind.SCIM) -> int:
    """How many characters a whole token has."""
    return len(kind.prefix) + _RANDOM_LENGTH + _CHECKSUM_LENGTH


_SHAPES = {kind: re.compile(f"{kind.prefix}([0-9A-Za-z]*)", re.ASCII) for kind in TokenKind}


def read_authorization(header: str | None, kind: TokenKind = TokenKind.SCIM) -> Presented:
    """What an Authorization header presents, with or without the word Bearer (W8). Never raises."""
    text = (header or "").strip()
    if text[:6].lower() == "bearer" and text[6:7] in ("", " ", "\t"):
        text = text[6:].strip()
    if not text:
        return Presented(fault=TokenFault.MISSING)
    shape = _SHAPES[kind].fullmatch(text)
    length = token_length(kind)
    if shape is None or len(text) > length:
        return Presented(fault=TokenFault.MALFORMED, length=len(text))
    id = shape[1][:_ID_LENGTH] if len(shape[1]) >= _ID_LENGTH else ""
    if len(text) < length:
        return Presented(id, fault=TokenFault.CUT, length=len(text))
    if _checksum(text[:-_CHECKSUM_LENGTH]) != text[-_CHECKSUM_LENGTH:]:
        return Presented(id, fault=TokenFault.MISTYPED, length=len(text))
    return Presented(id, token_hash(text), length=len(text))


def _checksum(text: str) -> str:
    return _base62(crc32(text.encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
