"""A change of the keys that seal stored secrets: whatever an older key sealed is sealed anew by the newest.

In small steps, each of its own: killed half-way, it is run again and goes on, since what was done bears the newest
key's name. Nobody has to stop for it: who seals meanwhile seals with the newest, and a value that was changed between
reading and writing is left as it is, to be looked at once more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from vestibule.directory.change import AuditEntry
from vestibule.key_ring import KeyRing, KeyRingRefused, key_name, new_key
from vestibule.refused import Refused

_STEP = 100


@dataclass(frozen=True, slots=True)
class SealedValue:
    """A sealed value, the row it stands in (the values of its key) and what it is bound to."""

    row: tuple[Any, ...]
    place: tuple[str, ...]
    sealed: bytes


class SealedValues(Protocol):
    """Every sealed value of one database, column by column. Any method may raise ``scim.errors.Unavailable``."""

    @property
    def columns(self) -> Sequence[str]:
        """Their names."""
        ...

    async def after(self, column: str, row: tuple[Any, ...] | None, limit: int) -> Sequence[SealedValue]:
        """The values whose rows come next; None is the beginning. Rows without one are left out."""
        ...

    async def put(self, column: str, value: SealedValue, sealed: bytes) -> bool:
        """``sealed`` in place of the value; False where that was changed meanwhile."""
        ...


class KeptKeys(Protocol):
    """Keys that the program keeps itself, newest first."""

    async def read(self) -> tuple[str, ...]:
        """As they are now."""
        ...

    async def write(self, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        """``after`` in place of ``before``. ``KeysChanged`` where somebody else was there first."""
        ...


class KeysChanged(Refused):
    """Two change the keys at once."""

    status = 409

    def __init__(self) -> None:
        super().__init__("The keys were changed by somebody else just now. Nothing is lost: run it again.")


class StoredKeys(Protocol):
    """Sealed values beside a key that the same database keeps."""

    async def change_key(self, use: str, before: str, after: str, audit: AuditEntry, at: str) -> None:
        """Keep ``after`` as the installation's key of that use in place of ``before``. ``KeysChanged``."""
        ...


class SealedStore(SealedValues, StoredKeys, Protocol):
    """The receiving side's."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What came of it: values sealed anew, and those that no key of the ring opens, by column."""

    renewed: int
    unopened: Mapping[str, int]
    #: Values that were changed while they were looked at.
    changed: int


async def counted(values: SealedValues) -> Mapping[tuple[str, str], int]:
    """How many values each key sealed, by its name and their column."""
    found: dict[tuple[str, str], int] = {}
    for column in values.columns:
        row: tuple[Any, ...] | None = None
        while some := await values.after(column, row, _STEP):
            for value in some:
                name = key_name(value.sealed)
                found[name, column] = found.get((name, column), 0) + 1
            row = some[-1].row
    return found


async def why_not_opened(
    values: SealedValues, ring: Callable[[], Awaitable[KeyRing]], at_command_line: str
) -> str:
    """How many stored secrets the keys here do not open, in a sentence that names the command; "" where all open.

    The ring is asked for only where something is sealed.
    """
    sealed = {key: many for key, many in (await counted(values)).items() if key[0]}
    if not sealed:
        return ""
    names = (await ring()).names
    unknown = sum(many for (name, _), many in sealed.items() if name not in names)
    if not unknown:
        return ""
    return (
        f"Stored secrets that the keys here do not open: {unknown} of {sum(sealed.values())}. Whatever needs one "
        f"fails. `{at_command_line}` shows which; add the key that sealed them to VESTIBULE_KEYS, after the newest one."
    )


async def rotate(
    values: SealedValues, ring: KeyRing, progress: Callable[[str, int], None] | None = None
) -> Rotation:
    """Have the ring's first key seal everything; ``progress`` is told column and how many were sealed anew so far."""
    newest = ring.names[0]
    renewed = changed = 0
    unopened: dict[str, int] = {}
    for column in values.columns:
        row: tuple[Any, ...] | None = None
        while some := await values.after(column, row, _STEP):
            for value in some:
                if key_name(value.sealed) == newest or not value.sealed:
                    continue
                try:
                    sealed = ring.seal(ring.open(value.sealed, *value.place), *value.place)
                except KeyRingRefused:
                    unopened[column] = unopened.get(column, 0) + 1
                    continue
                if await values.put(column, value, sealed):
                    renewed += 1
                else:
                    changed += 1
            row = some[-1].row
            if progress is not None:
                progress(column, renewed)
    return Rotation(renewed, unopened, changed)


async def rotate_all(
    values: SealedValues, ring: KeyRing, progress: Callable[[str, int], None] | None = None
) -> Rotation:
    """The same until nothing is left that somebody changed meanwhile."""
    renewed = 0
    while True:
        done = await rotate(values, ring, progress)
        renewed += done.renewed
        if not done.renewed and not done.changed:
            return Rotation(renewed, done.unopened, 0)


async def change_kept_keys(
    values: SealedValues, kept: KeptKeys, progress: Callable[[str, int], None] | None = None
) -> Rotation:
    """A new key, everything sealed anew by it, and the old ones gone; one that was left half-way is gone on with.

    Where a value is opened by no key the old ones stay.
    """
    keys = await kept.read()
    if len(keys) == 1:
        fresh = (new_key(), *keys)
        await kept.write(keys, fresh)
        keys = fresh
    done = await rotate_all(values, KeyRing.from_text(",".join(keys)), progress)
    if not done.unopened:
        await kept.write(keys, keys[:1])
    return done
