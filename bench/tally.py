"""What a burst of requests took: counts, rates, percentiles, and answers that were wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from statistics import median


@dataclass(slots=True)
class Tally:
    """Times in seconds by kind of call, in the order in which the answers came."""

    seconds: float = 0.0
    times: dict[str, list[float]] = field(default_factory=dict)
    wrong: int = 0
    first_wrong: str = ""
    #: Processor seconds the server used meanwhile, where the machine tells.
    server_cpu: float | None = None

    @property
    def count(self) -> int:
        """Answers of all kinds."""
        return sum(len(times) for times in self.times.values())

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.count / self.seconds if self.seconds else 0.0

    @property
    def cpu_microseconds(self) -> float | None:
        """The server's processor time for one request."""
        if self.server_cpu is None or not self.count:
            return None
        return self.server_cpu / self.count * 1e6

    def all_times(self) -> list[float]:
        """The times of every kind in one list."""
        return list(chain.from_iterable(self.times.values()))

    def of(self, kind: str) -> list[float]:
        """The times of one kind."""
        return self.times.get(kind, [])


def together(tallies: Iterable[Tally]) -> Tally:
    """Several bursts as one."""
    total = Tally()
    for tally in tallies:
        total.seconds += tally.seconds
        total.wrong += tally.wrong
        total.first_wrong = total.first_wrong or tally.first_wrong
        if tally.server_cpu is not None:
            total.server_cpu = (total.server_cpu or 0.0) + tally.server_cpu
        for kind, times in tally.times.items():
            total.times.setdefault(kind, []).extend(times)
    return total


def milliseconds(times: Sequence[float], share: float = 0.5) -> float:
    """The percentile ``share`` (nearest rank) in milliseconds; not a number where there is none."""
    if not times:
        return float("nan")
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def paired_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the ratios of what was measured in the same round."""
    ratios = [a / b for a, b in zip(above, below, strict=True) if b]
    return median(ratios) if ratios else float("nan")
