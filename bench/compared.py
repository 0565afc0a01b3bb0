"""What a run with webhooks and without found out: each promise side by side, and how late the events were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import median, quantiles
from typing import Any

from bench.results import Bar

#: Rounds that differ by more than this hide any change that is looked for.
_MOST_SPREAD = 0.3


@dataclass(frozen=True, slots=True)
class Change:
    """The quotients of what was measured in the same rounds."""

    quotients: list[float]
    at_least: bool

    @property
    def median(self) -> float:
        """1.0 is no change."""
        return median(self.quotients)

    @property
    def spread(self) -> float:
        """How far their middle half reaches: what a round tells by chance."""
        low, _, high = quantiles(self.quotients, n=4, method="inclusive")
        return high - low

    @property
    def within_noise(self) -> bool | None:
        """Whether it is worse by no more than the spread, or not worse at all; None where the spread tells nothing."""
        if self.spread > _MOST_SPREAD:
            return None
        worse = 1 - self.median if self.at_least else self.median - 1
        return worse <= self.spread


@dataclass(frozen=True, slots=True)
class Compared:
    """One promise, measured in every round in three ways."""

    #: With webhooks, the median of the rounds.
    bar: Bar
    #: Nothing beside the measure.
    alone: list[float]
    #: Writes trickle beside it.
    writes: list[float]
    #: The same writes, with endpoints for their events and a reader of the feed.
    webhooks: list[float]

    @property
    def by_webhooks(self) -> Change:
        """What endpoints and the feed's reader change beside the same writes."""
        return self._change(self.writes)

    @property
    def by_all(self) -> Change:
        """What they and the writes change."""
        return self._change(self.alone)

    def _change(self, before: Sequence[float]) -> Change:
        quotients = [after / value for after, value in zip(self.webhooks, before, strict=True)]
        return Change(quotients, self.bar.at_least)


@dataclass(frozen=True, slots=True)
class Lag:
    """From the commit of a change to the answer of a living endpoint, in seconds."""

    deliveries: int
    #: The median, and the worst, of the turns.
    p50: float
    p99: float
    worst: float


@dataclass(frozen=True, slots=True)
class Sizes:
    """What was going on meanwhile."""

    rounds: int
    endpoints: int
    dead: int
    near: int
    writes_per_second: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of the serving process at the end, in MB."""

    users: int
    without: float
    beside: float


@dataclass(slots=True)
class WithWebhooks:
    """A whole run."""

    machine: dict[str, str]
    store: str
    sizes: Sizes
    ratios: list[Compared] = field(default_factory=list)
    memory: list[Memory] = field(default_factory=list)
    #: While the trickle wrote and nothing else did; while people were created and groups changed at full tilt.
    steady: Lag | None = None
    bursts: Lag | None = None
    writes: int = 0
    #: Events that living endpoints of the tenant did not get; that came after a later one of the same resource; twice.
    missing: int = 0
    out_of_order: int = 0
    again: int = 0
    events: int = 0
    read_from_feed: int = 0

    @property
    def bars(self) -> list[Bar]:
        """What is promised, as it is with webhooks."""
        late = self.steady.p99 if self.steady else float("nan")
        lag = Bar("delivery lag p99, steady writes", late, 2.0, at_least=False, unit="s")
        return [*(one.bar for one in self.ratios), lag]

    @property
    def complete(self) -> bool:
        """Whether every event reached every living endpoint in order, and the feed's readers."""
        return not self.missing and not self.out_of_order and self.read_from_feed >= self.events

    def to_document(self) -> dict[str, Any]:
        """Everything as JSON takes it."""
        document = asdict(self)
        for written, one in zip(document["ratios"], self.ratios, strict=True):
            for name, change in (("by_webhooks", one.by_webhooks), ("by_all", one.by_all)):
                written[name] = {
                    "median": change.median,
                    "spread": change.spread,
                    "within_noise": change.within_noise,
                }
        document["bars"] = [{**asdict(bar), "met": bar.met} for bar in self.bars]
        return document


def compared(
    alone: Sequence[Sequence[Bar]], writes: Sequence[Sequence[Bar]], webhooks: Sequence[Sequence[Bar]]
) -> list[Compared]:
    """The rounds' bars of each way, bar by bar."""
    found = []
    for number, bar in enumerate(webhooks[0]):
        assert {bars[number].name for bars in (*alone, *writes, *webhooks)} == {bar.name}
        ways = [[bars[number].value for bars in rounds] for rounds in (alone, writes, webhooks)]
        found.append(Compared(replace(bar, value=median(ways[2])), *ways))
    return found


def lag(parts: Sequence[dict[str, Any]]) -> Lag | None:
    """What the product told of several turns; None where nothing came."""
    if not parts:
        return None
    return Lag(
        sum(part["came"] for part in parts),
        median(part["lag_p50"] for part in parts),
        max(part["lag_p99"] for part in parts),
        max(part["lag_max"] for part in parts),
    )
