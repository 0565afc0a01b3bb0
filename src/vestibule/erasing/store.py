"""What erasing asks of a store. Every key begins with the tenant; ``Unavailable`` as other stores raise it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class OpenErasure:
    """A person whose row is erased, while the rest of the log is still to be looked through."""

    tenant: int
    person: str
    values: tuple[str, ...]
    #: From where it goes on, "" from the beginning; how many rows were looked through, and of how many.
    place: str = ""
    looked: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Some rows were looked through: how many, and the place to go on from ("" at the end)."""

    place: str
    rows: int


#: Takes a kept text and gives it without the person; the very text where it does not speak of them.
Without = Callable[[str | None], str | None]
#: The same for bytes.
WithoutPacked = Callable[[bytes], bytes]


class ErasureStore(Protocol):
    """Counts what is kept about a person, and lets it go."""

    async def counts(self, tenant: int, person: str) -> Mapping[str, int]:
        """How many rows are kept of that person, by what they are: a word of ``erasure.GOES``."""
        ...

    async def known_as(self, tenant: int, person: str) -> Sequence[str]:
        """What connections and outside services call the person: externalIds, accounts with their names."""
        ...

    async def earlier(self, tenant: int, person: str) -> Sequence[str]:
        """Ids under which the person was here before and was deleted: tombstones with the same userName."""
        ...

    async def told_of(
        self, tenant: int, person: str, after: int, *, limit: int = 500
    ) -> Sequence[tuple[int, Mapping[str, Any]]]:
        """What events after that number say of the person, in their order, each with its number."""
        ...

    async def let_go(self, tenant: int, person: str, place: str = "", *, limit: int = 2000) -> str:
        """All that is kept under the person's id: payloads are emptied, rows about nothing else go.

        In steps of so many rows, each a transaction; the place to go on from, "" at the end. Of audit entries the
        salt goes with the payload, so that its hash tells nothing.
        """
        ...

    async def open(self) -> Sequence[OpenErasure]:
        """Those whose log is still to be looked through, oldest first."""
        ...

    async def by_name(self, erasure: OpenErasure) -> None:
        """What is found by a value itself goes: unresolved and staged members, sign-ins under way.

        The API's answers that are kept sealed for a day are emptied, as nothing can look into them.
        """
        ...

    async def look_through(
        self, erasure: OpenErasure, place: str, without: Without, *, limit: int = 200
    ) -> Step:
        """Take the person out of the next rows, at most ``limit``. ``place`` "" is the beginning."""
        ...

    async def to_look_through(self, tenant: int) -> int:
        """How many rows that is from beginning to end."""
        ...

    async def keep(self, erasure: OpenErasure) -> None:
        """How far it is: whoever goes on with it after a kill begins there."""
        ...

    async def close(self, erasure: OpenErasure) -> None:
        """The log was looked through: what was looked for is forgotten too."""
        ...

    async def overwrite(self) -> None:
        """Have what was let go not stand in the database's files either, where that is this program's to do."""
        ...
