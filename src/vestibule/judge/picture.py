"""The summary as a picture: a ring of all outcomes, and a bar for each topic. SVG, coloured by the page's CSS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from vestibule.judge.report import Outcome, Report

#: Outcomes as the style sheet calls them, in the order of the ring.
CLASSES: Mapping[Outcome, str] = {
    Outcome.FAILED: "failed",
    Outcome.WARNED: "warned",
    Outcome.UNTRIED: "untried",
    Outcome.NOT_OFFERED: "idle",
    Outcome.PASSED: "passed",
}
_RING = 100.0
_ROW, _LABEL, _BAR, _COUNT = 22, 170, 360, 60


def ring(report: Report) -> str:
    """All outcomes as a ring, the share that passed in its middle."""
    counts = [(outcome, len(report.of(outcome))) for outcome in CLASSES]
    judged = sum(count for outcome, count in counts if outcome not in (Outcome.NOT_OFFERED, Outcome.UNTRIED))
    passed = len(report.of(Outcome.PASSED))
    title = ", ".join(f"{count} {outcome}" for outcome, count in counts if count)
    return "".join(
        (
            f'<svg viewBox="0 0 120 120" role="img" aria-label="{escape(title)}">',
            *_slices(counts),
            f'<text x="60" y="63" text-anchor="middle" font-size="24" font-weight="700">{_share(passed, judged)}</text>',
            f'<text class="quiet" x="60" y="76" text-anchor="middle" font-size="7.5">{passed} of {judged} passed</text>',
            "</svg>",
        )
    )


def legend(report: Report) -> str:
    """What the colours mean, each with its number."""
    rows = (
        f'<li class="{name}"><b>{len(report.of(outcome))}</b> {escape(outcome)}</li>'
        for outcome, name in CLASSES.items()
    )
    return f'<ul class="legend">{"".join(rows)}</ul>'


def bars(report: Report) -> str:
    """A bar for each topic, as long as it has checks."""
    topics = list(dict.fromkeys(result.topic for result in report.results))
    counted = [
        (
            topic.title,
            [(o, sum(r.topic is topic and r.outcome is o for r in report.results)) for o in CLASSES],
        )
        for topic in topics
    ]
    longest = max((sum(count for _, count in counts) for _, counts in counted), default=1)
    height = _ROW * len(counted) + 2
    rows = (_bar(at, title, counts, longest) for at, (title, counts) in enumerate(counted))
    width = _LABEL + _BAR + _COUNT
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="Checks by topic">{"".join(rows)}</svg>'
    )


def _slices(counts: Sequence[tuple[Outcome, int]]) -> Iterator[str]:
    total, at = sum(count for _, count in counts) or 1, 25.0
    for outcome, count in counts:
        if count:
            share = count * _RING / total
            # A gap of half a point parts the slices; a whole ring needs none.
            shown = share - 0.5 if share > 1 and count != total else share
            yield (
                f'<circle class="slice {CLASSES[outcome]}" cx="60" cy="60" r="50" stroke-width="13" pathLength="100" '
                f'stroke-dasharray="{shown:.2f} {_RING - shown:.2f}" stroke-dashoffset="{at:.2f}">'
                f"<title>{count} {escape(outcome)}</title></circle>"
            )
            at -= share


def _bar(at: int, title: str, counts: Sequence[tuple[Outcome, int]], longest: int) -> str:
    top, left, parts = at * _ROW, float(_LABEL), []
    total = sum(count for _, count in counts)
    for outcome, count in reversed(counts):
        if count:
            width = count * _BAR / longest
            parts.append(
                f'<rect class="{CLASSES[outcome]}" x="{left:.1f}" y="{top + 5}" width="{max(width - 1.5, 1):.1f}" '
                f'height="12" rx="2"><title>{escape(title)}: {count} {escape(outcome)}</title></rect>'
            )
            left += width
    return (
        f'<text x="{_LABEL - 12}" y="{top + 15}" text-anchor="end" font-size="11.5">{escape(title)}</text>'
        f'{"".join(parts)}<text class="quiet" x="{left + 6:.1f}" y="{top + 15}" font-size="11">{total}</text>'
    )


def _share(passed: int, judged: int) -> str:
    if not judged:
        return "–"
    # Never rounded up to a hundred while something failed.
    return f"{passed * 100 // judged} %"
