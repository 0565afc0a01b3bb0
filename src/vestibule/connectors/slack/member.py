"""A user object of Slack's → a ``Member`` (S12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.linking.linked_account import Member
from vestibule.scim.fold import fold

#: It is no person, and not flagged as a bot either (S12).
_SLACKBOT = "USLACKBOT"


def is_person(user: Mapping[str, Any]) -> bool:
    """Not for bots, apps, Slackbot, and people of other workspaces (S27)."""
    return bool(user.get("id")) and not (
        user.get("is_bot") or user.get("is_app_user") or user.get("is_stranger") or user["id"] == _SLACKBOT
    )


def member_of(user: Mapping[str, Any]) -> Member:
    """The member; values not given can be absent, null or "" (S12)."""
    profile = user.get("profile") or {}
    email = str(profile.get("email") or "")
    name = str(profile.get("real_name") or profile.get("display_name") or user.get("name") or "")
    keys = (f"id:{user['id']}", *([fold(email)] if email else []))
    return Member(
        str(user["id"]),
        name,
        email,
        keys,
        "deactivated" if user.get("deleted") else "",
        bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
    )
