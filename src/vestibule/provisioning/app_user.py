"""An app user: our person and the counterpart in an application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class AppUserState(StrEnum):
    """What the counterpart is, as last recorded. ``absent``: tried, and never got there."""

    ABSENT = "absent"
    ACTIVE = "active"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class AppUser:
    """``external_id`` is the id there (W20), ``sent_hash`` tells what was sent last.

    ``sent_variables`` are the attributes that had a value then: only those are taken away
    when their value goes, never what the application holds of its own. ``sent_values`` are these
    attributes with the values, so that a plan can show what changes.

    ``fault`` is why the last attempt failed for good, and ``fault_hash`` what it wanted to
    send: the same is not sent again until an administrator retries (W100).
    """

    person_id: str
    state: AppUserState = AppUserState.ABSENT
    external_id: str = ""
    user_name: str = ""
    sent_hash: str = ""
    sent_variables: frozenset[str] = frozenset()
    fault: str = ""
    fault_hash: str = ""
    sent_values: Mapping[str, Any] = field(default_factory=dict)
    #: When the engine made them inactive; "" where it did not, or they are active.
    inactive_since: str = ""
