"""What a request to an outside service comes to: an answer, or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson


class NoAnswer(Exception):
    """The request got no answer; the message says why, in words, without anything secret."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Headers are found by their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> Any:
        """The body as JSON, or None where it is empty or something else."""
        try:
            return orjson.loads(self.body) if self.body else None
        except orjson.JSONDecodeError:
            return None
