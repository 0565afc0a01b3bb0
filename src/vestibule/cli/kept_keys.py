"""Keys that the program keeps itself: in the receiving side's database, or in a file beside the sending side's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vestibule.cli.desk import operator
from vestibule.clock import utc_clock

if TYPE_CHECKING:
    from vestibule.rotating import StoredKeys
    from vestibule.tenancy.store import TenancyStore


@dataclass(frozen=True, slots=True)
class KeptInDatabase:
    """``KeptKeys`` under a name in the database; each change with its audit entry."""

    tenancy: TenancyStore
    sealed: StoredKeys
    use: str

    async def read(self) -> tuple[str, ...]:
        """As they are now; a first one is made where there is none."""
        from vestibule.key_ring import keys_in, new_key  # noqa: PLC0415

        return keys_in(await self.tenancy.kept_key(self.use, new_key()))

    async def write(self, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        """``KeysChanged`` where somebody else was there first."""
        from vestibule.directory.change import AuditEntry  # noqa: PLC0415

        entry = AuditEntry(operator(), "keys.rotated", "Installation", self.use, {"keys": len(after)})
        if before != after:
            await self.sealed.change_key(self.use, ",".join(before), ",".join(after), entry, utc_clock()())


@dataclass(frozen=True, slots=True)
class KeptInFile:
    """``KeptKeys`` in a file."""

    path: Path

    async def read(self) -> tuple[str, ...]:
        """As they are now."""
        from vestibule.key_ring import keys_in  # noqa: PLC0415

        return keys_in(self.path.read_text("ascii"))

    async def write(self, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        """``KeysChanged`` where somebody else was there first."""
        from vestibule.key_ring import write_keys  # noqa: PLC0415
        from vestibule.rotating import KeysChanged  # noqa: PLC0415

        if await self.read() != before:
            raise KeysChanged()
        write_keys(self.path, after)
