"""Seals stored secrets: AES-256-GCM with a ring of keys, bound to the place where they are kept.

The first key seals, all of them open, so that keys can be changed while secrets stay.
A sealed value that is moved to another row or column does not open.

The library comes with the first ring: 10 MB that a server without secrets does without.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from vestibule.refused import Refused

_KEY_BYTES = 32
_NONCE_BYTES = 12
_NAME_BYTES = 4
_FORMAT = b"\x01"


class KeyRingRefused(Refused):
    """A key is malformed, or none of the ring opens what was sealed."""


class KeyRing:
    """``seal`` and ``open``. Keys are 32 bytes, in base64; their names are made of their hashes."""

    def __init__(self, keys: list[bytes]) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        if not keys:
            raise KeyRingRefused("The key ring is empty.")
        if any(len(key) != _KEY_BYTES for key in keys):
            raise KeyRingRefused("VESTIBULE_KEYS: every key is 32 bytes in base64, separated by commas.")
        self._ciphers = {_name(key): AESGCM(key) for key in keys}
        self._newest = _name(keys[0])

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the keys, newest first: what is told of a key, and tells nothing of it."""
        return tuple(name.hex() for name in self._ciphers)

    @classmethod
    def from_text(cls, text: str) -> KeyRing:
        """The keys of VESTIBULE_KEYS, newest first, separated by commas. Raises KeyRingRefused."""
        try:
            keys = [base64.b64decode(part.strip(), validate=True) for part in text.split(",") if part.strip()]
        except binascii.Error:
            raise KeyRingRefused(
                "VESTIBULE_KEYS: every key is 32 bytes in base64, separated by commas."
            ) from None
        return cls(keys)

    @classmethod
    def from_file(cls, path: Path) -> KeyRing:
        """The keys of a file, which only its owner may read; made with one new key if there is none."""
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls.from_text(path.read_text("ascii").replace("\n", ","))
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(new_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        return cls.from_text(path.read_text("ascii"))

    def seal(self, text: str, *place: str) -> bytes:
        """The sealed text, bound to ``place``: table, tenant, row, column."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._ciphers[self._newest].encrypt(nonce, text.encode(), _bound_to(place))
        return _FORMAT + self._newest + nonce + sealed

    def open(self, sealed: bytes, *place: str) -> str:
        """The text that was sealed for this place. Raises KeyRingRefused."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415

        name = sealed[1 : 1 + _NAME_BYTES]
        cipher = self._ciphers.get(name)
        if sealed[:1] != _FORMAT or cipher is None:
            raise KeyRingRefused(
                "A stored secret was sealed with a key that is not in VESTIBULE_KEYS. Add that key after the "
                "newest one, or enter the secret again."
            )
        start = 1 + _NAME_BYTES
        nonce, body = sealed[start : start + _NONCE_BYTES], sealed[start + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, _bound_to(place)).decode()
        except InvalidTag:
            raise KeyRingRefused("A stored secret was altered or moved. Enter it again.") from None


def write_keys(path: Path, keys: Sequence[str]) -> None:
    """The keys of a file, newest first, whole or not at all, for its owner's eyes only."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    with os.fdopen(
        os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii"
    ) as file:
        file.write("".join(f"{key}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def keys_in(text: str) -> tuple[str, ...]:
    """The keys of a text, as ``KeyRing.from_text`` takes it, or of a file."""
    return tuple(part.strip() for part in text.replace("\n", ",").split(",") if part.strip())


def key_name(sealed: bytes) -> str:
    """The name of the key that sealed it; "" for what is not sealed in this way."""
    return sealed[1 : 1 + _NAME_BYTES].hex() if sealed[:1] == _FORMAT else ""


def new_key() -> str:
    """A fresh key, as VESTIBULE_KEYS takes it."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")


def _name(key: bytes) -> bytes:
    return hashlib.sha256(b"vestibule key name" + key).digest()[:_NAME_BYTES]


def _bound_to(place: tuple[str, ...]) -> bytes:
    return "\x1f".join(place).encode()


async def ring_for(use: str, given: str, kept_key: Callable[[str, str], Awaitable[str]]) -> KeyRing:
    """The keys for one use: those given (VESTIBULE_KEYS), else the key that the database keeps under that name."""
    return KeyRing.from_text(given or await kept_key(use, new_key()))
