"""Where running imports are, so that the next page goes on where the one before it ended."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

#: Places that are remembered.
_MOST_PLACES = 4096


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the last row's ``seq``, and the counter of shifts at that time."""

    seq: int
    shifts: int


class Places:
    """Start of the next page → place. While nothing shifted it holds exactly."""

    def __init__(self) -> None:
        self._places: OrderedDict[tuple[int, str, int], Place] = OrderedDict()

    def at(self, tenant: int, type: str, start: int) -> Place | None:
        """Where the page before ``start`` ended; None where that is not known."""
        return self._places.get((tenant, type, start))

    def keep(self, tenant: int, type: str, start: int, place: Place) -> None:
        """Remember it, forgetting the oldest."""
        self._places[tenant, type, start] = place
        self._places.move_to_end((tenant, type, start))
        if len(self._places) > _MOST_PLACES:
            self._places.popitem(last=False)
