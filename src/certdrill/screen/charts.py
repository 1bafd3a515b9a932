"""Numbers drawn with letters: bars over days, a year of days, panels side by side; pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from time import gmtime

from certdrill.screen.lines import Paint, cut, width_of

MARGIN = 4  # columns of the weekdays' names beside a year
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "", "Wed", "", "Fri", "", "Sun")
_BARS = ("▁▂▃▄▅▆▇█", ".:#")
_SHADES = ("·░▒▓█", " .:+#")
_DAY_SECONDS = 86_400


def bars(values: Sequence[int], height: int, cell: int, paint: Paint) -> list[str]:
    """Return `height` lines with a bar in `cell` columns for each value; only 0 has none, the greatest fills all."""
    steps = _BARS[0 if paint.symbols else 1]
    whole = height * len(steps)
    peak = max(*values, 1)
    levels = [-(-value * whole // peak) for value in values]
    lines = []
    for row in reversed(range(height)):
        filled = [max(0, min(len(steps), level - row * len(steps))) for level in levels]
        line = "".join((f" {steps}"[level] * max(1, cell - 1)).ljust(cell) for level in filled)
        lines.append(line.rstrip())
    return lines


def bounds(counts: Sequence[int]) -> tuple[int, ...]:
    """Return the least count of each of the four shades: quarters of a busy day, the busiest tenth set aside."""
    active = sorted(count for count in counts if count) or [0]
    busy = active[(len(active) - 1) * 9 // 10]
    return (1, *(max(quarter + 1, -(-busy * quarter // 4)) for quarter in (1, 2, 3)))


def year(begins: int, counts: Sequence[int], width: int, paint: Paint) -> list[str]:
    """Return a line of months and seven of days, a column a week, for daily counts from the Monday `begins` on.

    Days count from 1970-01-01. Only the last weeks are shown where not all have room; a week is two columns wide where
    all have that.
    """
    weeks = -(-len(counts) // 7)
    cell = 2 if width - MARGIN >= 2 * weeks else 1
    starts = range(begins, begins + len(counts), 7)[-max(1, width - MARGIN) :]
    limits = bounds(counts)
    lines = [" " * MARGIN + _months(starts, cell)]
    for weekday, name in enumerate(_WEEKDAYS):
        days = [start + weekday - begins for start in starts]
        cells = [_shade(counts[day], cell, limits, paint) for day in days if day < len(counts)]
        lines.append(f"{name:{MARGIN}}" + "".join(cells).rstrip())
    return lines


def legend(counts: Sequence[int], width: int, paint: Paint) -> str:
    """Return the shades of a year with the least count of each; nothing where that has no room."""
    limits = bounds(counts)
    line = " ".join(f"{_shade(least, 1, limits, paint)}{least}+" for least in limits)
    return line if width_of(line) <= width else ""


def side_by_side(left: Sequence[str], right: Sequence[str], width: int, gap: int = 2) -> list[str]:
    """Return two panels as one, the left one `width` columns wide."""
    return [(pad(one, width) + " " * gap + other).rstrip() for one, other in zip_longest(left, right, fillvalue="")]


def pad(text: str, width: int) -> str:
    """Return a text cut or filled to exactly `width` columns; a styled text must fit."""
    if width_of(text) > width:
        text = cut(text, width)
    return text + " " * (width - width_of(text))


def _shade(count: int, cell: int, limits: Sequence[int], paint: Paint) -> str:
    level = sum(count >= least for least in limits)
    mark = _SHADES[0 if paint.symbols else 1][level]
    return paint(mark * cell if level else mark.ljust(cell), "right" if level else "dim")


def _months(starts: Sequence[int], cell: int) -> str:
    """Return the name of each month above the week in which it begins, as far as there is room."""
    ends = [gmtime((start + 6) * _DAY_SECONDS) for start in starts]
    begun = [(column * cell, end.tm_mon) for column, end in enumerate(ends) if end.tm_mday <= 7]
    if not begun or begun[0][0] > len(_MONTHS[0]):
        begun.insert(0, (0, gmtime(starts[0] * _DAY_SECONDS).tm_mon))
    line = ""
    for column, month in begun:
        if column + len(_MONTHS[0]) <= len(starts) * cell:
            line = line.ljust(column) + _MONTHS[month - 1]
    return line
