"""Vestibule: user provisioning with SCIM 2.0. Nothing but the names below is promised.

They are handed on lazily (PEP 562), so that ``import vestibule.scim`` imports nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vestibule.app import Vestibule
    from vestibule.feed.doorkeeper import Asked
    from vestibule.feed.happened import Happened
    from vestibule.feed.wanted_state import WantedState
    from vestibule.settings import Settings, read_settings

__all__ = ["Asked", "Happened", "Settings", "Vestibule", "WantedState", "read_settings"]

_HOMES = {
    "Vestibule": "vestibule.app",
    "Asked": "vestibule.feed.doorkeeper",
    "Happened": "vestibule.feed.happened",
    "WantedState": "vestibule.feed.wanted_state",
    "Settings": "vestibule.settings",
    "read_settings": "vestibule.settings",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'vestibule' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
