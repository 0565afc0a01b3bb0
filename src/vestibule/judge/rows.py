"""The requirement rows: what the RFCs and the field demand, each with its number, level and weight."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources


class Level(StrEnum):
    """How binding a row is (BCP 14); a MUST NOT is a MUST, a SHOULD NOT a SHOULD."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``weight``: 3 = an identity provider in the field breaks or data is lost; 2, 1 = less."""

    number: str
    source: str
    #: As the source has it, with its NOT.
    keyword: str
    weight: int
    text: str

    @property
    def level(self) -> Level:
        """The keyword without its NOT."""
        return Level(self.keyword.removesuffix(" NOT"))


def load_rows() -> Mapping[str, Row]:
    """Every row by its number, from ``rows.toml`` beside this module, in the file's order."""
    text = resources.files("vestibule.judge").joinpath("rows.toml").read_text("utf-8")
    return {
        number: Row(number, row["source"], row["level"], row["weight"], row["text"])
        for number, row in tomllib.loads(text).items()
    }
