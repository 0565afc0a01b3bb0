"""Passwords: argon2id, and what one must be."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from vestibule.sign_in.errors import WeakPassword

#: NIST SP 800-63B: length counts, rules about characters do not.
SHORTEST = 12
LONGEST = 256

#: OWASP's first choice for argon2id: 19 MiB, two passes.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def refuse_weak(password: str, email: str) -> None:
    """WeakPassword where it is too short, too long or the address itself."""
    if len(password) < SHORTEST:
        raise WeakPassword(f"Use at least {SHORTEST} characters; this has {len(password)}.")
    if len(password) > LONGEST:
        raise WeakPassword(f"Use at most {LONGEST} characters.")
    if password.casefold() == email.casefold() or len(set(password)) < 4:
        raise WeakPassword("This one is guessed at once. Use a few words that do not belong together.")


def kept_password(password: str) -> str:
    """What is stored of it. Takes some 30 ms of a thread."""
    return _HASHER.hash(password)


def is_password(password: str, kept: str) -> bool:
    """Whether it is the one; an empty ``kept`` costs the same time, and is none."""
    try:
        return _HASHER.verify(kept or _NOBODYS, password[:LONGEST]) and bool(kept)
    except (Argon2Error, InvalidHashError):
        return False


_NOBODYS = _HASHER.hash("nobody's")
