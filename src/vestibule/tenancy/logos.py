"""The products' logos: the profile's own, unless an operator put another in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from vestibule.directory.change import AuditEntry
from vestibule.profiles.logo import logo_bytes
from vestibule.profiles.profile import ApplicationProfile
from vestibule.refused import Refused
from vestibule.tenancy.desk import Desk

#: Okta takes logos up to 1 MB (W70); ours are smaller.
LARGEST = 256 * 1024
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


class BadLogo(Refused):
    """It is no picture that identity providers take, or too large."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture and its media type."""

    media_type: str
    content: bytes

    @property
    def suffix(self) -> str:
        """How its file name ends."""
        return {"image/png": "png", "image/jpeg": "jpg"}.get(self.media_type, "svg")


class LogoStore(Protocol):
    """Logos that were put in the place of the profiles' own, by the profile's name."""

    async def logo(self, profile: str) -> Logo | None:
        """The one kept for that profile."""
        ...

    async def put_logo(self, profile: str, logo: Logo | None, audit: AuditEntry, at: str) -> None:
        """Keep it; None has the profile's own again."""
        ...


async def logo_of(store: LogoStore, profile: ApplicationProfile) -> Logo | None:
    """The product's logo, None where it has none."""
    kept = await store.logo(profile.name)
    if kept is not None:
        return kept
    content = logo_bytes(profile.product.logo) if profile.product.logo else None
    return Logo("image/svg+xml", content) if content is not None else None


async def replace_logo(desk: Desk, store: LogoStore, profile: ApplicationProfile, content: bytes) -> Logo:
    """Put this picture in the place of the product's logo. ``BadLogo``."""
    if len(content) > LARGEST:
        raise BadLogo(f"The picture has {len(content) // 1024} KB; {LARGEST // 1024} KB is the most.")
    logo = Logo(_media_type(content), content)
    entry = desk.entry("profile.logo_replaced", "Profile", profile.name, {"media_type": logo.media_type})
    await store.put_logo(profile.name, logo, entry, desk.clock())
    return logo


async def restore_logo(desk: Desk, store: LogoStore, profile: ApplicationProfile) -> None:
    """Have the profile's own logo again."""
    entry = desk.entry("profile.logo_restored", "Profile", profile.name)
    await store.put_logo(profile.name, None, entry, desk.clock())


def _media_type(content: bytes) -> str:
    if content.startswith(_PNG):
        return "image/png"
    if content.startswith(_JPEG):
        return "image/jpeg"
    raise BadLogo("Identity providers take a PNG or JPEG picture. This file is neither.")
