"""Small line and bar charts as SVG text, legible on light and on dark ground.

Colours are CSS classes that follow ``prefers-color-scheme``; every line carries its name at
its end, so that no legend has to be matched and colour is never the only sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

_STYLE = """
:root { color-scheme: light dark; }
.ground { fill: #ffffff; } .ink { fill: #1b2430; } .soft { fill: #5a6675; }
.axis { stroke: #8a94a3; } .grid { stroke: #e3e7ec; } .mark { stroke: #1b2430; }
.s0 { stroke: #1d5fc4; fill: #1d5fc4; } .s1 { stroke: #b4480b; fill: #b4480b; }
.s2 { stroke: #0b7a6b; fill: #0b7a6b; } .s3 { stroke: #7a3fb8; fill: #7a3fb8; }
.s4 { stroke: #96660a; fill: #96660a; }
@media (prefers-color-scheme: dark) {
  .ground { fill: #12171e; } .ink { fill: #e8ecf1; } .soft { fill: #a3aebc; }
  .axis { stroke: #6c7786; } .grid { stroke: #2a323d; } .mark { stroke: #e8ecf1; }
  .s0 { stroke: #7fb2ff; fill: #7fb2ff; } .s1 { stroke: #ff9d5c; fill: #ff9d5c; }
  .s2 { stroke: #4fd0bd; fill: #4fd0bd; } .s3 { stroke: #c9a2ff; fill: #c9a2ff; }
  .s4 { stroke: #e6c05a; fill: #e6c05a; }
}
text { font-family: system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; stroke: none !important; }
.title { font-size: 15px; font-weight: 600; } .note { font-size: 12px; } .tick { font-size: 11px; }
.label { font-size: 12px; font-weight: 500; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.gridline { stroke-width: 1; } .axisline { stroke-width: 1; }
""".strip()

#: Room around the plot of one panel: for the title above, the ticks, and the names right of the lines.
_ABOVE, _BELOW, _LEFT, _RIGHT = 52, 44, 48, 150
_LABEL_STEP = 15


@dataclass(frozen=True, slots=True)
class Line:
    """One curve; ``dotted`` draws its points alone."""

    name: str
    points: Sequence[tuple[float, float]]
    dotted: bool = False


@dataclass(frozen=True, slots=True)
class LineChart:
    """Curves over one x axis; the y axis begins at 0. ``log_x`` puts powers of ten at equal distances."""

    title: str
    note: str
    x_name: str
    lines: Sequence[Line]
    unit: str = "ms"
    log_x: bool = False

    def draw(self, x: float, y: float, width: float, height: float) -> str:
        """The panel with its upper left corner at (x, y)."""
        left, top = x + _LEFT, y + _ABOVE
        right, bottom = x + width - _RIGHT, y + height - _BELOW
        xs = sorted({px for line in self.lines for px, _ in line.points})
        step, highest = _steps(max((py for line in self.lines for _, py in line.points), default=1.0))
        low, high = (log10(xs[0]), log10(xs[-1])) if self.log_x else (xs[0], xs[-1])
        span = (high - low) or 1.0

        def at(px: float, py: float) -> tuple[float, float]:
            along = ((log10(px) if self.log_x else px) - low) / span
            return left + along * (right - left), bottom - py / highest * (bottom - top)

        parts = [_text(x + 4, y + 20, self.title, "title ink"), _text(x + 4, y + 38, self.note, "note soft")]
        for number in range(round(highest / step) + 1):
            value = number * step
            _, level = at(xs[0], value)
            shape = "axis axisline" if number == 0 else "grid gridline"
            parts.append(_rule(left, level, right, level, shape))
            parts.append(_text(left - 8, level + 4, _plain(value), "tick soft", "end"))
        for value in _ticks(xs, self.log_x):
            across, _ = at(value, 0)
            parts.append(_rule(across, bottom, across, bottom + 4, "axis axisline"))
            parts.append(_text(across, bottom + 18, _thousands(value), "tick soft", "middle"))
        parts.append(_text((left + right) / 2, bottom + 36, self.x_name, "tick soft", "middle"))
        ends = []
        for number, line in enumerate(self.lines):
            placed = [at(px, py) for px, py in line.points]
            parts.append(_curve(placed, f"s{number % 5}", line.dotted))
            ends.append((placed[-1][1], line, number))
        for level, (_, line, number) in zip(_apart([end[0] for end in ends], top, bottom), ends, strict=True):
            said = f"{line.name}: {_plain(line.points[-1][1])} {self.unit}"
            parts.append(_text(right + 10, level + 4, said, f"label s{number % 5}"))
        return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class BarRow:
    """One bar: its value, and the mark it has to reach or to stay under."""

    name: str
    value: float
    said: str
    mark: float
    mark_said: str
    #: Drawn in another colour, and said in words.
    missed: bool = False


@dataclass(frozen=True, slots=True)
class BarChart:
    """Horizontal bars, each with its own scale: the mark stands at the same place in every row."""

    title: str
    note: str
    rows: Sequence[BarRow]

    def draw(self, x: float, y: float, width: float, height: float) -> str:
        """The panel with its upper left corner at (x, y)."""
        parts = [_text(x + 4, y + 20, self.title, "title ink"), _text(x + 4, y + 38, self.note, "note soft")]
        left, right = x + 4, x + width - 20
        mark = left + (right - left) * 0.55
        step = (height - _ABOVE - 8) / max(1, len(self.rows))
        for number, row in enumerate(self.rows):
            level = y + _ABOVE + 14 + number * step
            length = min(right - left, max(1.0, row.value / row.mark * (mark - left)))
            shape = "s1" if row.missed else "s0"
            parts.append(_text(left, level, row.name, "tick ink"))
            parts.append(
                f'<rect x="{left:.1f}" y="{level + 5:.1f}" width="{length:.1f}" height="10" rx="2" class="{shape}"/>'
            )
            parts.append(_rule(mark, level + 2, mark, level + 18, "mark axisline"))
            parts.append(
                _text(
                    right,
                    level,
                    f"{row.said}, {'missed' if row.missed else 'bar'} {row.mark_said}",
                    "tick soft",
                    "end",
                )
            )
        return "\n".join(parts)


def picture(title: str, panels: Sequence[LineChart | BarChart], *, columns: int = 2) -> str:
    """A whole SVG document, the panels in rows from left to right."""
    width, height, margin = 520.0, 300.0, 16.0
    rows = ceil(len(panels) / columns)
    wide, high = columns * width + margin * 2, rows * height + margin * 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" role="img" '
        f'aria-label="{escape(title, quote=True)}">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{_STYLE}\n</style>",
        f'<rect class="ground" width="{wide:.0f}" height="{high:.0f}"/>',
    ]
    for number, panel in enumerate(panels):
        row, column = divmod(number, columns)
        parts.append(panel.draw(margin + column * width, margin + row * height, width - 12, height - 12))
    return "\n".join([*parts, "</svg>", ""])


def _steps(highest: float) -> tuple[float, float]:
    """(distance of grid lines, upper end of the axis): 1, 2 or 5 times a power of ten, four or five lines."""
    raw = max(highest, 1e-9) / 4
    power = 10.0 ** floor(log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    return step, step * ceil(highest / step * 0.999)


def _ticks(xs: Sequence[float], log_x: bool) -> list[float]:
    if log_x or len(xs) <= 6:
        return list(xs)
    step, _ = _steps(xs[-1])
    return [xs[0], *(step * number for number in range(1, int(xs[-1] / step) + 1))]


def _apart(levels: Sequence[float], top: float, bottom: float) -> list[float]:
    """The heights of labels, moved so that none covers another and none leaves the plot."""
    order = sorted(range(len(levels)), key=lambda at: levels[at])
    placed = [0.0] * len(levels)
    last = top - _LABEL_STEP
    for at in order:
        last = placed[at] = max(levels[at], last + _LABEL_STEP)
    last = bottom + _LABEL_STEP
    for at in reversed(order):
        last = placed[at] = min(placed[at], last - _LABEL_STEP)
    return placed


def _curve(points: Sequence[tuple[float, float]], shape: str, dotted: bool) -> str:
    dots = "".join(f'<circle class="{shape}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points)
    if dotted:
        return dots
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    line = f'<polyline class="{shape} line" style="fill:none" points="{path}"/>'
    return line + (dots if len(points) <= 12 else "")


def _rule(x1: float, y1: float, x2: float, y2: float, shape: str) -> str:
    return f'<line class="{shape}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, shape: str, anchor: str = "start") -> str:
    return f'<text class="{shape}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _plain(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")


def _thousands(value: float) -> str:
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"
