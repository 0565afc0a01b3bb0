"""The profiles that come with this installation: the files of this folder, and third parties'."""

from __future__ import annotations

from vestibule.profiles.load import load_profile
from vestibule.profiles.profile import ApplicationProfile
from vestibule.registry import files

#: What a tenant takes where nobody ever chose.
DEFAULT = "generic"


def builtin_texts() -> dict[str, str]:
    """The TOML text of each built-in profile by name; ours win over third parties' of one name."""
    texts: dict[str, str] = {}
    for name, text in files("vestibule.profiles", ".toml"):
        texts.setdefault(name, text)
    return texts


def builtin_profile(name: str) -> ApplicationProfile | None:
    """The built-in profile of that name, freshly compiled; None where there is none."""
    text = builtin_texts().get(name)
    return load_profile(text, f"{name}.toml") if text is not None else None
