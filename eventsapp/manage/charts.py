"""Where the lines and bars of a chart lie, for pages that draw them beside a table. Pure.

`templates/macros/chart.html` draws what is worked out here, in a box of 100 by 100 that the page
stretches; words and numbers stand around it as text, so that they never shrink.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

BOX = 100.0
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_WANTED = 4  # steps of the scale, about


@dataclass(frozen=True, slots=True)
class LineChart:
    """A line through values over time: paths for SVG, and what its two scales say.

    `levels` are the values of the scale from the top down to 0; `days` stand at equal distances
    from the left edge to the right.
    """

    line: str
    area: str
    last: str
    grid: str
    levels: tuple[float, ...]
    days: tuple[date, ...]


def line_chart(points: Sequence[tuple[date, float]], *, most: float | None = None) -> LineChart:
    """Draw values of days as a line over time; points are sorted by day and at least one.

    The scale begins at 0 and ends above the greatest value, at `most` where that is less.
    """
    first, last = points[0][0], points[-1][0]
    days = (last - first).days
    levels = scale(max(value for _, value in points), most)
    top = levels[0]
    places = [
        (
            BOX * (day - first).days / days if days else BOX,
            BOX - BOX * min(max(value, 0.0), top) / top,
        )
        for day, value in points
    ]
    line = "M" + " L".join(f"{x:.2f} {y:.2f}" for x, y in places)
    rows = [BOX * index / (len(levels) - 1) for index in range(len(levels))]
    return LineChart(
        line=line,
        area=f"{line} L{places[-1][0]:.2f} {BOX:.0f} L{places[0][0]:.2f} {BOX:.0f} Z",
        # A line of no length with round ends is a dot that stays round when the box is stretched.
        last=f"M{places[-1][0]:.2f} {places[-1][1]:.2f} h0",
        grid=" ".join(f"M0 {row:.2f} H{BOX:.0f}" for row in rows),
        levels=levels,
        days=_spread(first, last),
    )


def scale(greatest: float, most: float | None = None) -> tuple[float, ...]:
    """Choose round levels from above the greatest value down to 0."""
    greatest = max(greatest, 0.0)
    if greatest == 0.0:
        return (most or 1.0, 0.0)
    size = 1.0
    while size * 10 <= greatest / _WANTED:
        size *= 10
    while size > greatest / _WANTED:
        size /= 10
    step = next(size * each for each in _STEPS if size * each * _WANTED >= greatest)
    count = 1
    while step * count < greatest:
        count += 1
    top = step * count
    if most is not None and top > most:
        return scale_to(most, step)
    return tuple(round(step * index, 10) for index in range(count, -1, -1))


def scale_to(most: float, step: float) -> tuple[float, ...]:
    """Give levels that end exactly at `most`, about a step apart."""
    count = max(round(most / step), 1)
    return tuple(round(most * index / count, 10) for index in range(count, -1, -1))


def bars(values: Sequence[float]) -> list[float]:
    """Give how long the bar of each value is, the longest 100."""
    greatest = max(values, default=0)
    if greatest <= 0:
        return [0.0 for _ in values]
    return [round(BOX * max(value, 0) / greatest, 2) for value in values]


def _spread(first: date, last: date) -> tuple[date, ...]:
    """Choose the days that are written below the line: the ends, and the middle if it is far."""
    days = (last - first).days
    if days == 0:
        return (last,)
    if days < 4 * 31:
        return (first, last)
    return (first, first + timedelta(days=days // 2), last)
