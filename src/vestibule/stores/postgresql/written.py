"""What of a Change's statement is named by the parts that come after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Written:
    """The parts that write rows of ``resource``; ``ids`` are the resources that the Change writes.

    ``rows`` give ``id``, ``seq``, ``type`` and ``state`` of them; ``all`` are those and the groups
    touched: who has them holds the rows, and may number their events.
    """

    tenant: str
    ids: Sequence[str]
    gate: str | None = None
    rows: list[str] = field(default_factory=list)
    all: list[str] = field(default_factory=list)

    @property
    def first(self) -> str:
        """What a part begins its FROM with, so that it comes after locks and the look at the keys."""
        return f"{self.gate}, " if self.gate else ""

    @property
    def after(self) -> str:
        """A condition that holds once all these rows are written, and not before."""
        parts = [f"(SELECT count(*) FROM {part}) >= 0" for part in self.all]
        if not parts and self.gate:
            parts = [f"(SELECT count(*) FROM {self.gate}) >= 0"]
        return " AND ".join(parts) or "TRUE"

    def found(self, id: str, ids: str | None, alias: str) -> str:
        """What stands after LATERAL to have ``seq``, ``type``, ``state`` of the resource ``id``, as it is afterwards.

        ``ids`` is the placeholder of those written, None where no written one can be meant.
        """
        there = f"SELECT seq, type, state FROM resource WHERE tenant = {self.tenant} AND id = {id}"
        if ids is None:
            return f"LATERAL ({there} OFFSET 0) AS {alias}"
        new = " UNION ALL ".join(f"SELECT seq, type, state FROM {part} WHERE id = {id}" for part in self.rows)
        return f"LATERAL ({new} UNION ALL ({there} AND id <> ALL ({ids}) OFFSET 0) OFFSET 0) AS {alias}"
