"""The audit trail's chain: each entry's seal covers all before it, so that nothing is changed or taken out unseen.

Entries are sealed in their order, behind the writes. What is personal (``payload``) is covered by a salted hash of
it: when a person is erased, payload and salt go, the hash stays, and the chain still holds. Pure: rows in, seals out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol

import orjson

from vestibule.scim.frozen import frozen

SALT_BYTES = 16
_BEGINNING = sha256(b"vestibule audit chain").digest()
#: So many faults are told one by one.
_MOST_TOLD = 50


@frozen
class ChainedEntry:
    """An audit entry as it is kept; ``chain`` is None until it is sealed. Tenant 0 is the installation."""

    seq: int
    tenant: int
    at: str
    actor: str
    action: str
    subject_type: str
    subject_id: str
    request_id: str | None
    payload: str | None
    salt: bytes | None = None
    payload_hash: bytes | None = None
    chain: bytes | None = None


@frozen
class Head:
    """How far the chain goes: the last entry that is sealed, its seal, and how many there are."""

    seq: int = 0
    chain: bytes = _BEGINNING
    count: int = 0

    def to_text(self) -> str:
        """As the store keeps it."""
        return json.dumps({"seq": self.seq, "chain": self.chain.hex(), "count": self.count})

    @classmethod
    def from_text(cls, text: str | None) -> Head:
        """As ``to_text`` wrote it; the beginning for None."""
        if text is None:
            return cls()
        told = json.loads(text)
        return cls(told["seq"], bytes.fromhex(told["chain"]), told["count"])


@frozen
class Seal:
    """What is written to an entry."""

    seq: int
    tenant: int
    salt: bytes | None
    payload_hash: bytes | None
    chain: bytes


class AuditChain(Protocol):
    """Keeps the chain. Any method may raise ``scim.errors.Unavailable``."""

    async def seal(self, random: Callable[[int], bytes], *, limit: int = 200) -> int:
        """Seal the next entries, at most ``limit``, in one transaction; how many. Two at once do not meet."""
        ...

    async def head(self) -> Head:
        """How far the chain goes."""
        ...

    async def chained(self, after: int, *, limit: int = 1000) -> Sequence[ChainedEntry]:
        """The entries whose seq is above ``after`` and at most ``after + limit``, in order: () may be a gap."""
        ...

    async def last_seq(self) -> int:
        """The highest seq there is; 0 for none."""
        ...


def seals(
    entries: Iterable[ChainedEntry], head: Head, random: Callable[[int], bytes]
) -> tuple[list[Seal], Head]:
    """The seals of the entries that follow ``head``, and the head after them."""
    listed = list(entries)
    # At once: each fetch of random bytes lets go of the interpreter's lock, for which the writer's thread may wait.
    salts = random(SALT_BYTES * len(listed))
    made, seq, chain = [], head.seq, head.chain
    for at, entry in enumerate(listed):
        salt = hashed = None
        if entry.payload is not None:
            salt = salts[at * SALT_BYTES : (at + 1) * SALT_BYTES]
            hashed = payload_hash(salt, entry.payload)
        seq, chain = entry.seq, link(chain, entry, hashed)
        made.append(Seal(seq, entry.tenant, salt, hashed, chain))
    return made, Head(seq, chain, head.count + len(made))


def payload_hash(salt: bytes, payload: str) -> bytes:
    """What the chain covers of a payload."""
    return sha256(salt + payload.encode("utf-8", "surrogatepass")).digest()


def link(before: bytes, entry: ChainedEntry, hashed: bytes | None) -> bytes:
    """The seal of an entry that follows the seal ``before``."""
    covered = [
        entry.seq,
        entry.tenant,
        entry.at,
        entry.actor,
        entry.action,
        entry.subject_type,
        entry.subject_id,
        entry.request_id,
        hashed.hex() if hashed else None,
    ]
    return sha256(before + _json(covered)).digest()


def _json(covered: list[Any]) -> bytes:
    """JSON without spaces, in ASCII. Of that both writers make the same, and orjson takes a tenth of the time."""
    try:
        text = orjson.dumps(covered)
    except orjson.JSONEncodeError:  # half of a surrogate pair
        text = b""
    if text and text.isascii() and b"\x7f" not in text:
        return text
    return json.dumps(covered, ensure_ascii=True, separators=(",", ":")).encode()


@dataclass(slots=True)
class Verification:
    """A walk along the chain: what it found so far."""

    head: Head = field(default_factory=Head)
    #: Entries whose personal values were erased; the chain holds over them.
    erased: int = 0
    #: Entries not sealed yet, at the end of the trail.
    waiting: int = 0
    broken: int = 0
    faults: list[str] = field(default_factory=list)

    def look(self, entry: ChainedEntry) -> None:
        """Hold the next entry, in order, to the chain."""
        if entry.chain is None:
            self.waiting += 1
            return
        if self.waiting:
            self._fault(
                entry, "is sealed although an entry before it is not: one was put in, or its seal taken off"
            )
            self.waiting = 0
        if entry.payload is not None:
            if entry.salt is None or entry.payload_hash != payload_hash(entry.salt, entry.payload):
                self._fault(entry, "has details that are not those it was sealed with")
        elif entry.payload_hash is not None:
            self.erased += 1
        if link(self.head.chain, entry, entry.payload_hash) != entry.chain:
            self._fault(
                entry, "does not follow the entry before it: it was changed, or one was taken out or put in"
            )
        self.head = Head(entry.seq, entry.chain, self.head.count + 1)

    def end(self, kept: Head) -> None:
        """Hold the end of the walk to the head that is kept apart."""
        if (kept.seq, kept.chain, kept.count) != (self.head.seq, self.head.chain, self.head.count):
            self.broken += 1
            self.faults.append(
                f"The chain ends at entry {self.head.seq} after {self.head.count:,}, and {kept.count:,} were sealed up "
                f"to entry {kept.seq}: entries were taken out."
            )

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return self.broken == 0

    def _fault(self, entry: ChainedEntry, what: str) -> None:
        self.broken += 1
        if len(self.faults) < _MOST_TOLD:
            self.faults.append(f"Entry {entry.seq} ({entry.at}, {entry.actor}, {entry.action}) {what}.")


async def verified(chain: AuditChain) -> Verification:
    """The whole chain walked from its beginning; whatever is written meanwhile is left for the next time."""
    head, last = await chain.head(), await chain.last_seq()
    walk, at, step = Verification(), 0, 1000
    while at < last:
        for entry in await chain.chained(at, limit=step):
            if entry.seq > head.seq and entry.chain is not None:
                break
            walk.look(entry)
        at += step
    walk.end(head)
    return walk
