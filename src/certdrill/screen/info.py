"""All that is known of one unit, as lines: where its card stands, its memory, its forgetting curve, its history."""

from __future__ import annotations

from collections.abc import Sequence
from time import gmtime, strftime

from certdrill.history.replay import Event, Review
from certdrill.markup import Span, visible
from certdrill.model import Card, Unit
from certdrill.scheduling import Memory, Phase, Rating, Settings, UnitState, recall
from certdrill.screen.charts import bars
from certdrill.screen.lines import Paint, wrap

CURVE_HEIGHT = 4


def info_lines(
    card: Card,
    unit: Unit,
    place: str,
    state: UnitState,
    events: Sequence[Event],
    day: int,
    settings: Settings,
    width: int,
    paint: Paint,
) -> list[str]:
    """Return the lines about a unit on study day `day`; `place` is the card's file and line, `events` its log."""
    tags = f"; {', '.join(card.tags)}" if card.tags else ""
    about = f"{unit} ({card.kind}, {card.level or 'no level'}{tags})"
    lines = [*_wrapped(about, width, paint, "strong"), *_wrapped(place, width, paint, "dim"), ""]
    if state.memory is None:
        lines.append("Never rated.")
    else:
        lines += [
            *_memory(state.memory, day, settings, width, paint),
            *curve(state.memory, day, settings, width, paint),
        ]
    if state.suspended:
        lines.append("Suspended.")
    if events:
        lines += ["", paint("History, the newest first", "strong")]
        lines += [event_line(event) for event in reversed(events)]
    return lines


def curve(memory: Memory, day: int, settings: Settings, width: int, paint: Paint) -> list[str]:
    """Return the predicted recall from the last rating to well behind the due day, as bars with an axis."""
    span = max(14, 2 * (memory.due_day - memory.last_day), day - memory.last_day + 7)
    columns = max(10, min(60, width - 8))
    days = [memory.last_day + column * span // columns for column in range(columns)]
    values = [round(100 * recall(memory, one, settings)) for one in days]
    floor = max(0, min(values) // 10 * 10 - 10)
    rows = bars([*(value - floor for value in values), 100 - floor], CURVE_HEIGHT, 1, paint)
    labels = ["100 %", *[""] * (CURVE_HEIGHT - 2), f"{floor} %"]
    drawn = [f"{label:>5}  {row[:columns]}".rstrip() for label, row in zip(labels, rows, strict=True)]
    marks = [" "] * columns
    for mark, at in (("D", memory.due_day), ("T", day)):
        column = (at - memory.last_day) * columns // span
        if 0 <= column < columns:
            marks[column] = mark
    axis = f"{'':7}{''.join(marks)}".rstrip()
    return ["", *drawn, axis, paint(f"{'':7}T today, D due; {span} days from the last rating", "dim")]


def event_line(event: Event) -> str:
    """Return one event of a log on one line, in the local time it happened."""
    at = event.reviewed_at if isinstance(event, Review) else event.acted_at
    when = strftime("%Y-%m-%d %H:%M", gmtime(at / 1000 + event.utc_offset * 60))
    if not isinstance(event, Review):
        return f"{when}  {event.action}"
    length = f"{event.interval} d" if event.interval else "learning"
    where = "" if event.source == "drill" else f"  ({event.source})"
    return f"{when}  {Rating(event.rating).name.capitalize():6} then {length:9} {event.duration / 1000:.0f} s{where}"


def _memory(memory: Memory, day: int, settings: Settings, width: int, paint: Paint) -> list[str]:
    phase = {Phase.LEARNING: "learning", Phase.REVIEW: "in review", Phase.RELEARNING: "being relearnt"}[memory.phase]
    due = strftime("%Y-%m-%d", gmtime(memory.due_day * 86_400))
    chance = recall(memory, day, settings)
    text = (
        f"{phase}, due {due}{' (now)' if memory.due_day <= day else ''}. Recall today {chance:.0%}; "
        f"stability {memory.stability:.1f} days, difficulty {memory.difficulty:.1f} of 10, "
        f"rated {memory.reps} times, forgotten {memory.lapses} times."
    )
    return _wrapped(text[0].upper() + text[1:], width, paint, "plain")


def _wrapped(text: str, width: int, paint: Paint, style: str) -> list[str]:
    return wrap([Span(visible(text), style)], width, paint)
