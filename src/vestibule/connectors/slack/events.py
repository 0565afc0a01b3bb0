"""Slack's events: is the signature good, and what do they ask of us (S14–S17)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.scim.fold import fold

#: A timestamp further away than this is somebody's replay (S16).
_WINDOW_SECONDS = 300


@dataclass(frozen=True, slots=True)
class SlackEvent:
    """``look_at`` are keys of accounts to look at again; ``broken`` is why the workspace is lost, "" else."""

    workspace: str
    look_at: tuple[str, ...] = ()
    broken: str = ""


def is_signed(secret: str, timestamp: str, signature: str, body: bytes, now: float) -> bool:
    """Whether Slack sent this, within five minutes."""
    if not secret or not timestamp.isdigit() or abs(now - int(timestamp)) > _WINDOW_SECONDS:
        return False
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return hmac.compare_digest(f"v0={digest.hexdigest()}", signature)


def event_of(envelope: Mapping[str, Any]) -> SlackEvent | None:
    """What an envelope asks; None for what does not concern us."""
    team, event = str(envelope.get("team_id") or ""), envelope.get("event") or {}
    kind = event.get("type")
    if not team or envelope.get("type") != "event_callback":
        return None
    if kind in ("team_join", "user_change"):
        user = event.get("user") or {}
        email = str((user.get("profile") or {}).get("email") or "")
        keys = [f"id:{user['id']}"] if user.get("id") else []
        return SlackEvent(team, (*keys, *([fold(email)] if email else [])))
    if kind == "app_uninstalled":
        return SlackEvent(team, broken="The Slack app was removed from the workspace. Connect Slack again.")
    if kind == "tokens_revoked" and (event.get("tokens") or {}).get("bot"):
        return SlackEvent(team, broken="The Slack app's token was revoked. Connect Slack again.")
    return None
