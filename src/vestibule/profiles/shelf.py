"""The profiles an installation can use: those of the folder, and those copied into the database.

Compiled ones are kept by version (design: speed 6); which version a tenant's name means is read
from the database with every request. A profile in the database wins over a built-in one of its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vestibule.profiles.builtin import builtin_texts
from vestibule.profiles.load import load_profile
from vestibule.profiles.profile import ApplicationProfile
from vestibule.refused import Refused

#: What ``Admission.profile_version`` and ``compiled`` call the built-in profile of a name.
BUILT_IN = 0


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """An application profile copied into the database: its text, and the version made of it."""

    name: str
    version: int
    text: str
    stored_at: str


class ProfileStore(Protocol):
    """What the shelf asks of a store."""

    async def stored_profile(self, name: str, version: int | None = None) -> StoredProfile | None:
        """The profile kept under that name: that version, or the one that is current."""
        ...

    async def stored_profiles(self) -> Sequence[StoredProfile]:
        """The current version of every profile kept, by name."""
        ...


class UnknownProfile(Refused):
    """Neither built in nor kept in the database."""

    status = 404

    def __init__(self, name: str, allowed: Sequence[str]) -> None:
        super().__init__(
            f"There is no application profile {name!r}; there are {', '.join(allowed)}.",
            "A file is given by its path, ending in .toml.",
        )


class ProfileShelf:
    """Compiled profiles by name and version; ``BUILT_IN`` is the folder's of that name."""

    def __init__(self, store: ProfileStore) -> None:
        self._store = store
        self._texts = builtin_texts()
        self._compiled: dict[tuple[str, int], ApplicationProfile] = {}

    def compiled(self, name: str, version: int) -> ApplicationProfile | None:
        """The profile, where it was compiled before."""
        return self._compiled.get((name, version))

    async def compile(self, name: str, version: int) -> ApplicationProfile:
        """The profile, read and compiled unless it was. ``UnknownProfile`` where there is none."""
        known = self._compiled.get((name, version))
        if known is not None:
            return known
        if version == BUILT_IN:
            text = self._texts.get(name)
            file = f"{name}.toml"
        else:
            stored = await self._store.stored_profile(name, version)
            text = stored.text if stored else None
            file = f"{name} (in the database)"
        if text is None:
            raise UnknownProfile(name, await self.names())
        profile = load_profile(text, file)
        self._compiled[name, version] = profile
        return profile

    async def current(self, name: str) -> ApplicationProfile:
        """What the name means now. ``UnknownProfile`` where it means nothing."""
        stored = await self._store.stored_profile(name)
        return await self.compile(name, stored.version if stored else BUILT_IN)

    async def names(self) -> tuple[str, ...]:
        """Every name a tenant's profile can have."""
        kept = [profile.name for profile in await self._store.stored_profiles()]
        return tuple(sorted({*self._texts, *kept}))
