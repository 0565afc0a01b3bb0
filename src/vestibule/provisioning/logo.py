"""The logo of an application: the catalogue's, unless another was uploaded under *General*."""

from __future__ import annotations

from dataclasses import dataclass

from vestibule.refused import Refused

#: Okta takes logos up to 1 MB (W70); half of that is more than any screen shows.
LARGEST_LOGO = 500 * 1024
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


class BadLogo(Refused):
    """It is no picture, or too large."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture and its media type."""

    media_type: str
    content: bytes


def checked_logo(content: bytes) -> Logo:
    """The picture. ``BadLogo``."""
    if len(content) > LARGEST_LOGO:
        raise BadLogo(f"The picture has {len(content) // 1024} KB; {LARGEST_LOGO // 1024} KB is the most.")
    if content.startswith(_PNG):
        return Logo("image/png", content)
    if content.startswith(_JPEG):
        return Logo("image/jpeg", content)
    if content.lstrip().startswith((b"<svg", b"<?xml")) and b"<svg" in content[:4096]:
        return Logo("image/svg+xml", content)
    raise BadLogo("A logo is a PNG, JPEG or SVG picture. This file is none of them.")
