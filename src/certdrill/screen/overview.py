"""The numbers of `certdrill stats` as the panels of one screen, side by side where there is room; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certdrill.markup import Span
from certdrill.model import Exam
from certdrill.screen.charts import MARGIN, bars, legend, pad, side_by_side, year
from certdrill.screen.lines import Paint, cut, wrap
from certdrill.study.stats import FORECAST_DAYS, MATURE_DAYS, TOO_FEW, WEEKS, Share, Stats

NARROW = 78  # columns below which panels stand below one another
WIDEST = 112  # columns beyond which a number is far from its name
GAP = 2
_SMALL = 40  # columns below which lines may have to be cut, and so are not styled
_THIRD = 42  # columns of a panel where three stand side by side
_LOW, _HIGH = 2, 4  # lines of bars
Panel = list[str]


def overview(title: str, exam: Exam, stats: Stats, columns: int, rows: int, paint: Paint) -> list[str]:
    """Return the lines of the screen, none wider than `columns`; with many rows there is more air between them."""
    width = max(1, min(columns, WIDEST))
    if width < _SMALL:
        paint = Paint(symbols=paint.symbols)
    head = [paint(cut(title, width), "dim"), *_today(stats, width, paint)]
    bands = list(_bands(exam, stats, width, _HIGH, paint))
    if width < NARROW or _height([head, *bands]) < rows:
        return [cut(line, width) if width < _SMALL else line for band in [head, *bands] for line in ["", *band]][1:]
    bands = list(_bands(exam, stats, width, _LOW, paint))
    spare = max(1, rows - 1 - sum(map(len, [head, *bands])))
    return [*head, *(line for number, band in enumerate(bands) for line in [*[""] * (number < spare), *band])]


def _height(bands: Sequence[Panel]) -> int:
    """Return the number of lines with one between two panels."""
    return sum(map(len, bands)) + len(bands) - 1


def _bands(exam: Exam, stats: Stats, width: int, height: int, paint: Paint) -> Iterator[Panel]:
    """Yield the panels from top to bottom, two or three side by side where they have room."""
    if width < NARROW:
        yield _retention(exam, stats, width, paint)
        yield _weak(exam, stats, width, paint)
        yield _forecast(stats, width, _LOW, paint)
        yield _answers(stats, width, _LOW, paint)
        yield _units(stats, min(width, 24), paint)
        yield [
            *year(stats.year_begins, stats.year, width, paint),
            " " * MARGIN + legend(stats.year, width - MARGIN, paint),
        ]
        return
    left = width * 9 // 20
    yield _beside(_retention(exam, stats, left, paint), _weak(exam, stats, width - GAP - left, paint), left)
    if width < WIDEST:
        answers = _answers(stats, width - GAP - left, height, paint)
        yield _beside(_forecast(stats, left, height, paint), answers, left)
        calendar = WEEKS + MARGIN
        beside = min(24, width - GAP - calendar)
        units = [*_units(stats, beside, paint), "", legend(stats.year, beside, paint)]
        yield _beside(year(stats.year_begins, stats.year, calendar, paint), units, calendar)
        return
    units = _units(stats, WIDEST - 2 * (_THIRD + GAP), paint)
    answers = _beside(_answers(stats, _THIRD, height, paint), units, _THIRD)
    yield _beside(_forecast(stats, _THIRD, height, paint), answers, _THIRD)
    yield [*year(stats.year_begins, stats.year, width, paint), " " * MARGIN + legend(stats.year, width - MARGIN, paint)]


def _beside(left: Panel, right: Panel, width: int) -> Panel:
    return side_by_side(left, right, width, GAP)


def _today(stats: Stats, width: int, paint: Paint) -> Panel:
    share = f", {stats.today.value:.0%} remembered" if stats.today.value is not None else ""
    done = f"{stats.today.number} rated in {_spell(stats.today_duration)}{share}" if share else "nothing rated yet"
    streak = f"{_days(stats.streak)}, the longest {stats.longest_streak}"
    spans = [Span("Today", "strong"), Span(f" {done}   "), Span("Streak", "strong"), Span(f" {streak}")]
    return wrap(spans, width, paint)


def _retention(exam: Exam, stats: Stats, width: int, paint: Paint) -> Panel:
    """One domain a line: share and number of reviews, `low` where the share misses the target by more than chance."""
    titles = exam.titles()
    rows = [(titles[domain], share) for domain, share in stats.retention.items()]
    if len(rows) > 1:
        rows.append(("all", stats.retained))
    room = max(len(_share(share)) for _, share in rows)
    lines = [_head("True retention", f"{_days(stats.window)}, aim {stats.target:.0%}", width, paint)]
    for name, share in rows:
        mark = paint("low", "strong") if share.is_low(stats.target) else ""
        lines.append(f"{pad(name, max(0, width - room - 5))} {_share(share):{room}} {mark}".rstrip())
    return lines


def _weak(exam: Exam, stats: Stats, width: int, paint: Paint) -> Panel:
    """One objective a line: mean predicted recall today, and how much of the exam is at stake."""
    texts = {objective.id: objective.text for objective in exam.objectives}
    room = max(0, width - 16)
    lines = [paint(pad("Weak objectives" if texts else "Weak domains", room), "strong") + " recall at stake"]
    for weak in stats.weak:
        name = f"{weak.objective:5}{texts[weak.objective]}" if weak.objective in texts else exam.titles()[weak.domain]
        lines.append(f"{pad(name, room)} {weak.recall:>6.0%} {weak.at_stake:>8.1%}")
    note = "recall today as predicted, 0 for unseen; at stake: what that costs of the exam"
    return [*lines, *wrap([Span(note, "dim")], width, paint)]


def _forecast(stats: Stats, width: int, height: int, paint: Paint) -> Panel:
    cell = max(1, (width - 6) // FORECAST_DAYS)
    values = stats.forecast[:width]
    drawn = bars(values, height, cell, paint)
    most = str(max(values))
    if len(values) * cell + len(most) < width and any(values):
        drawn[0] = f"{drawn[0]:{len(values) * cell}} {most}"
    axis = "".join(f"{mark:{10 * cell}}" for mark in ("today", "+10", "+20"))
    text = f"{stats.forecast[0]} today, then {sum(stats.forecast[1:])} in {FORECAST_DAYS - 1} days"
    return [_head("Due", text, width, paint), *drawn, paint(axis[:width].rstrip(), "dim")]


def _answers(stats: Stats, width: int, height: int, paint: Paint) -> Panel:
    whole = stats.answered or 1
    cells = [
        f"{rating.name.capitalize():5} {number:>6} {number / whole:>4.0%}" for rating, number in stats.answers.items()
    ]
    lines = cells if height > _LOW else [f"{cells[0]}   {cells[1]}", f"{cells[2]}   {cells[3]}"]
    mean = stats.duration / max(1, stats.days_studied)
    text = f"{_spell(mean)} a day studied, {stats.duration / whole / 1000:.1f} s an answer"
    head = _head("Answers", f"{stats.answered} in {_days(stats.window)}, {_spell(stats.duration)}", width, paint)
    return [head, *lines, *wrap([Span(text)], width, paint)]


def _units(stats: Stats, width: int, paint: Paint) -> Panel:
    """Where units stand: young ones have intervals under MATURE_DAYS days."""
    whole = sum(stats.maturity.values())
    room = len(str(whole))
    lines = [_head("Units", str(whole), width, paint)]
    for name, number in stats.maturity.items():
        label = f"{name} <{MATURE_DAYS}d" if name == "young" else name
        lines.append(f"{pad(label, max(0, width - room - 6))} {number:>{room}} {number / whole:>4.0%}")
    return lines


def _head(name: str, text: str, width: int, paint: Paint) -> str:
    return paint(name, "strong") + " " + cut(text, max(0, width - len(name) - 1))


def _share(share: Share) -> str:
    if share.value is None or share.number < TOO_FEW:
        return f"too few: {share.number}"
    return f"{share.value:>4.0%} of {share.number}"


def _days(number: int) -> str:
    return f"{number} day{'s' * (number != 1)}"


def _spell(duration: float) -> str:
    """Return a duration given in milliseconds as people say it."""
    seconds = round(duration / 1000)
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
