"""A user object of the Directory API → a ``Member`` (G10, G11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.linking.linked_account import Member
from vestibule.scim.fold import fold


def member_of(user: Mapping[str, Any]) -> Member:
    """Found by primary address and by every alias; suspended and archived ones are not usable."""
    primary = str(user.get("primaryEmail") or "")
    addresses = [primary, *(user.get("aliases") or []), *(user.get("nonEditableAliases") or [])]
    keys = tuple(dict.fromkeys(fold(str(address)) for address in addresses if address))
    ended = ""
    if user.get("suspended"):
        why = user.get("suspensionReason")
        ended = f"suspended ({why})" if why else "suspended"
    elif user.get("archived"):
        ended = "archived"
    name = str((user.get("name") or {}).get("fullName") or primary)
    return Member(str(user["id"]), name, primary, keys, ended, bool(user.get("isGuestUser")))
