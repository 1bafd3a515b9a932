"""What a learner knows, as Anki stores it: a card's state and its review log; and the way back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from certdrill.history.replay import Action, Event, Review, steps
from certdrill.model import Unit
from certdrill.scheduling import (
    CUTOFF_HOUR,
    DAY_MINUTES,
    Memory,
    Moment,
    Phase,
    Settings,
    UnitState,
    decay,
    study_day,
)

FIRST_DAY = (
    20_454  # 2026-01-01: a package's collection was made at 4:00 local time of this study day, or an earlier one
)
NEW_TYPE, LEARNING_TYPE, REVIEW_TYPE, RELEARNING_TYPE = range(4)
MANUAL = 4  # the kind of a log row that is no review
USER_BURIED, SUSPENDED, NEW_QUEUE, LEARNING_QUEUE, REVIEW_QUEUE = -3, -1, 0, 1, 2
_TYPES = {Phase.LEARNING: LEARNING_TYPE, Phase.REVIEW: REVIEW_TYPE, Phase.RELEARNING: RELEARNING_TYPE}
_FACTOR = 2500
_MOST_MS = 60_000  # Anki's default cap of the time of one answer


class Origin(NamedTuple):
    """When a package's collection was made (seconds UTC, 4:00 local time) and where (minutes east of UTC)."""

    created: int
    offset: int = 0

    @classmethod
    def of_day(cls, day: int, offset: int) -> Origin:
        """Return the origin at the turn of study day `day`."""
        return cls((day * DAY_MINUTES + CUTOFF_HOUR * 60 - offset) * 60, offset)

    @property
    def day(self) -> int:
        """The study day from which Anki counts the due days of this collection."""
        return study_day(Moment(self.created * 1000, self.offset))


FIXED = Origin.of_day(FIRST_DAY, 0)


class LogRow(NamedTuple):
    """One row of Anki's review log but for its card; `id` is in ms UTC, `time` in ms, intervals in days or -seconds."""

    id: int
    ease: int
    interval: int
    last_interval: int
    factor: int
    time: int
    type: int


class Study(NamedTuple):
    """The scheduling columns of one Anki card, in Anki's own codes; `due` is None while the position stands for it."""

    type: int = NEW_TYPE
    queue: int = NEW_QUEUE
    due: int | None = None
    interval: int = 0
    factor: int = 0
    reps: int = 0
    lapses: int = 0
    left: int = 0
    fsrs: tuple[tuple[str, float | int], ...] = ()
    log: tuple[LogRow, ...] = ()

    def data(self, position: int) -> str:
        """Return the card's `data`: its place among new cards, and what FSRS knows."""
        if not self.fsrs:
            return ""
        return json.dumps({"pos": position, **dict(self.fsrs)}, separators=(",", ":"))


NONE = Study()


def studies(
    states: Mapping[Unit, UnitState], events: Iterable[Event], now: Moment, settings: Settings
) -> tuple[dict[Unit, Study], Origin]:
    """Return what goes to Anki for every unit that was rated or set aside, and the origin of its due days.

    Undone ratings stay out; a reset is a row that makes Anki's own replay start anew. A unit buried today is buried
    there.
    """
    log = [event for event in events if not _is_undo(event)]
    undone = {event.target for event in events if isinstance(event, Action) and event.action == "undo"}
    ids = log_ids(log)
    by_unit: dict[Unit, list[Event]] = {}
    for event in log:
        if event.id not in undone:
            by_unit.setdefault(Unit(event.card, event.part), []).append(event)
    today = study_day(now)
    first = min((state.memory.due_day for state in states.values() if state.memory), default=FIRST_DAY)
    origin = Origin.of_day(min(FIRST_DAY, first), now.offset)
    found = {}
    for unit, state in states.items():
        rows = _log(by_unit.get(unit, ()), ids, settings)
        study = _study(state, rows, today, origin, settings)
        if study != NONE:
            found[unit] = study
    return found, origin


def log_ids(events: Iterable[Event]) -> dict[str, int]:
    """Return by event id the number (ms UTC) under which a rating or reset stands in Anki's log, each another one.

    It is the event's `ordered_at`; where two machines rated in one millisecond, the later id moves on.
    """
    taken: set[int] = set()
    found = {}
    for event in sorted(events, key=lambda event: (event.ordered_at, event.id)):
        number = event.ordered_at
        while number in taken:
            number += 1
        taken.add(number)
        found[event.id] = number
    return found


def _is_undo(event: Event) -> bool:
    return isinstance(event, Action) and event.action == "undo"


def _study(state: UnitState, log: Sequence[LogRow], today: int, origin: Origin, settings: Settings) -> Study:
    memory = state.memory
    aside = SUSPENDED if state.suspended else USER_BURIED if state.buried_day >= today else None
    if memory is None:
        return Study(queue=NEW_QUEUE if aside is None else aside, log=tuple(log))
    learns = memory.phase is not Phase.REVIEW
    queue = LEARNING_QUEUE if learns else REVIEW_QUEUE
    return Study(
        type=_TYPES[memory.phase],
        queue=queue if aside is None else aside,
        due=memory.due_at // 1000 if learns else memory.due_day - origin.day,
        interval=memory.interval or (1 if memory.phase is Phase.RELEARNING else 0),
        factor=_FACTOR,
        reps=memory.reps,
        lapses=memory.lapses,
        left=_left(memory, settings) if learns else 0,
        fsrs=(
            ("s", round(memory.stability, 4)),
            ("d", round(memory.difficulty, 3)),
            ("dr", round(settings.retention, 2)),
            ("decay", round(decay(settings), 3)),
            ("lrt", next((row.id // 1000 for row in reversed(log) if row.ease), 0)),
        ),
        log=tuple(log),
    )


def _left(memory: Memory, settings: Settings) -> int:
    steps = settings.relearning_steps if memory.phase is Phase.RELEARNING else settings.learning_steps
    left = max(1, len(steps) - (memory.step or 0))
    return left * 1000 + left


def _log(events: Iterable[Event], ids: Mapping[str, int], settings: Settings) -> list[LogRow]:
    """Return one unit's log rows, oldest first."""
    rows = []
    before: Memory | None = None
    last_interval = 0
    for event, state in steps(events, settings):
        after = state.memory
        if isinstance(event, Review) and after is not None:
            interval = event.interval or -max(1, (event.due_at - event.reviewed_at) // 1000)
            kind = _TYPES[before.phase] - 1 if before and before.phase is not Phase.LEARNING else 0
            factor = round(((after.difficulty - 1) / 9 + 0.1) * 1000)
            time = min(event.duration, _MOST_MS)
            rows.append(LogRow(ids[event.id], event.rating, interval, last_interval, factor, time, kind))
            last_interval = interval
        elif before is not None and after is None:
            rows.append(LogRow(ids[event.id], 0, 0, last_interval, 0, 0, MANUAL))
            last_interval = 0
        before = after
    return rows
