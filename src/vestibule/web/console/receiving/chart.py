"""Charts as SVG, made here: no script draws anything."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from vestibule.directory.overview import Hour

_WIDTH, _HEIGHT, _GAP = 480, 56, 3


def sparkline(hours: Sequence[Hour], title: str) -> Markup:
    """A bar for each hour, what was refused in another colour; ``title`` says it to whoever does not see it."""
    most = max([hour.requests for hour in hours] + [1])
    step = _WIDTH / max(1, len(hours))
    bars = []
    for at, hour in enumerate(hours):
        x, width = at * step + _GAP / 2, step - _GAP
        told = f"{hour.at[11:16]} UTC: {hour.requests} ({hour.failed})"
        for kind, many in (("all", hour.requests), ("failed", hour.failed)):
            if many:
                height = max(2.0, many / most * (_HEIGHT - 4))
                bars.append(
                    f'<rect class="{kind}" x="{x:.1f}" y="{_HEIGHT - height:.1f}" width="{width:.1f}" '
                    f'height="{height:.1f}" rx="1"><title>{escape(told)}</title></rect>'
                )
    return Markup(
        f'<svg class="spark" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(title)}"><line class="base" x1="0" x2="{_WIDTH}" y1="{_HEIGHT - 0.5}" '
        f'y2="{_HEIGHT - 0.5}"/>{"".join(bars)}</svg>'
    )
