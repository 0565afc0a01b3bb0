"""A job of the receiving side in the hands of a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job and the right to do it until the lease ends; ``attempts`` counts this one."""

    seq: int
    tenant: int
    kind: str
    payload: Mapping[str, Any]
    attempts: int
