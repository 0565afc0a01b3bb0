"""A session: what a browser shows instead of a password. Opaque outside, a hash in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

#: Whoever does nothing for so long signs in again …
IDLE = timedelta(hours=2)
#: … and everybody does after so long.
LONGEST = timedelta(hours=24)
#: That somebody is still there is noted at most so often.
SEEN_EVERY = timedelta(minutes=1)
SECRET_BYTES = 32
_USER_AGENT_CAP = 200


@dataclass(frozen=True, slots=True)
class Session:
    """One browser of one administrator. ``viewing`` is the tenant whose screens an operator looks at."""

    id: str
    administrator: int
    created_at: str
    seen_at: str
    ends_at: str
    user_agent: str = ""
    viewing: int | None = None

    def is_over(self, now: str) -> bool:
        """Whether it ended by itself: nothing was done for too long, or it has lasted its time."""
        return now >= self.ends_at or now >= later(self.seen_at, IDLE)

    def is_worth_noting(self, now: str) -> bool:
        """Whether ``seen_at`` is old enough to be written anew."""
        return now >= later(self.seen_at, SEEN_EVERY)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session about to be kept, and the hash by which it will be found."""

    record: Session
    hash: bytes


def secret_hash(secret: str) -> bytes:
    """What is stored of the secret of a session or a link."""
    return sha256(secret.encode()).digest()


def shortened(user_agent: str) -> str:
    """What is kept of the browser's name."""
    return user_agent[:_USER_AGENT_CAP]


def later(moment: str, by: timedelta) -> str:
    """A moment so much later, both as UTC text with milliseconds."""
    then = datetime.fromisoformat(moment) + by
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")
