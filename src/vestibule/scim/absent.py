"""The difference between a value that is null and one that was not given."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Absent(Enum):
    """Type of ``ABSENT``, so that ``value is ABSENT`` narrows."""

    ABSENT = "absent"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "ABSENT"


#: Nothing was given, not even null.
ABSENT: Final = Absent.ABSENT
