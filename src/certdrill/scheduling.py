"""A pure face on FSRS-6: memories, ratings, intervals in study days; alone imports fsrs."""

from __future__ import annotations

import hashlib
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple

from certdrill.errors import BadRetentionError, TimeWentBackError

MODEL = "FSRS-6"
MINUTE_MS = 60_000
DAY_MINUTES = 24 * 60
CUTOFF_HOUR = 4
MAXIMUM_INTERVAL = 36_500
NEVER = -1_000_000  # a study day before all others


class Rating(IntEnum):
    """How well an answer came, as Anki and FSRS number it."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


class Phase(IntEnum):
    """Where a unit stands; the numbers are py-fsrs's, 0 is a unit never rated."""

    NEW = 0
    LEARNING = 1
    REVIEW = 2
    RELEARNING = 3


class Moment(NamedTuple):
    """A point in time: UTC milliseconds since 1970 and the local offset from UTC in minutes."""

    ms: int
    offset: int = 0


class Memory(NamedTuple):
    """What is known about one unit's memory after its last rating.

    `stability` is in days, `difficulty` from 1 to 10. `interval` is the chosen interval in days, 0 while learning.
    A learning or relearning unit is due at `due_at` (UTC ms), a review unit on study day `due_day`. `last_day` and
    `first_day` are study days. `reps` counts ratings, `lapses` failed reviews.
    """

    phase: Phase
    step: int | None
    stability: float
    difficulty: float
    interval: int
    due_day: int
    due_at: int
    first_day: int
    last_day: int
    reps: int
    lapses: int


class UnitState(NamedTuple):
    """Where a unit stands: its memory (None when never rated), and whether it is set aside.

    `buried_day` is the last study day on which it is hidden. `last_event` is the id of its last event of any kind,
    `rev` the card's rev at its last rating.
    """

    memory: Memory | None = None
    rev: int = 1
    suspended: bool = False
    buried_day: int = NEVER
    last_event: str = ""


NEW = UnitState()


class Plan(NamedTuple):
    """What a rating would lead to: phase, step, interval in days (0 while learning), due study day and UTC ms."""

    phase: Phase
    step: int | None
    interval: int
    due_day: int
    due_at: int


class Settings(NamedTuple):
    """FSRS parameters (none: the defaults of FSRS-6), desired retention and steps in minutes."""

    parameters: tuple[float, ...] = ()
    retention: float = 0.9
    learning_steps: tuple[int, ...] = (1, 10)
    relearning_steps: tuple[int, ...] = (10,)
    maximum_interval: int = MAXIMUM_INTERVAL

    @property
    def hash(self) -> str:
        """Name the parameters in eight characters, or `default`."""
        if not self.parameters:
            return "default"
        return hashlib.sha256(repr(self.parameters).encode()).hexdigest()[:8]


def checked(settings: Settings) -> Settings:
    """Return the settings if FSRS schedules sensibly under them; raise BadRetentionError otherwise."""
    if not 0.70 <= settings.retention <= 0.99:
        raise BadRetentionError(settings.retention)
    return settings


def study_day(moment: Moment, cutoff_hour: int = CUTOFF_HOUR) -> int:
    """Return the study day of a moment: days since 1970-01-01 local time, turning over at `cutoff_hour`."""
    return (moment.ms // MINUTE_MS + moment.offset - cutoff_hour * 60) // DAY_MINUTES


def advance(memory: Memory | None, rating: Rating, day: int, settings: Settings) -> tuple[float, float]:
    """Return stability (days) and difficulty (1 to 10) after a rating on study day `day`.

    Elapsed time is counted in study days, as Anki counts it. Raises TimeWentBackError for a day before the last.
    """
    card = _fsrs_card(memory, day)
    after, _ = _engine(settings).review_card(card, _fsrs().Rating(int(rating)), _noon(day))
    return float(after.stability), float(after.difficulty)


def plans(
    memory: Memory | None, now: Moment, day: int, settings: Settings, unit: str = "", *, fuzz: bool = True
) -> dict[Rating, Plan]:
    """Return what each of the four ratings would lead to, ordered hard < good < easy as Anki orders them.

    Fuzz is drawn once for the unit and its number of ratings, inside Anki's published ranges, so that a preview
    shows what the rating will do.
    """
    share = _fuzz_share(unit, memory.reps if memory else 0) if fuzz else None
    phases = {rating: _phase_after(memory, rating, day, settings) for rating in Rating}
    days = {
        rating: interval(advance(memory, rating, day, settings)[0], settings)
        for rating in Rating
        if phases[rating][0] is Phase.REVIEW
    }
    before = memory.interval if memory and memory.phase is Phase.REVIEW else 0
    chosen = _ordered(days, before, settings.maximum_interval, share)
    result = {}
    for rating, (phase, step, wait) in phases.items():
        length = chosen.get(rating, 0)
        due_at = now.ms + wait * MINUTE_MS // 2 if phase is not Phase.REVIEW else 0
        due_day = day + length if phase is Phase.REVIEW else study_day(Moment(due_at, now.offset))
        result[rating] = Plan(phase, step, length, due_day, due_at)
    return result


def rated(memory: Memory | None, rating: Rating, day: int, plan: Plan, settings: Settings) -> Memory:
    """Return the memory after a rating whose `plan` was chosen; the one step that replay repeats."""
    stability, difficulty = advance(memory, rating, day, settings)
    lapsed = memory is not None and memory.phase is Phase.REVIEW and rating is Rating.AGAIN
    return Memory(
        phase=Phase(plan.phase),
        step=plan.step,
        stability=stability,
        difficulty=difficulty,
        interval=plan.interval,
        due_day=plan.due_day,
        due_at=plan.due_at,
        first_day=memory.first_day if memory else day,
        last_day=day,
        reps=(memory.reps if memory else 0) + 1,
        lapses=(memory.lapses if memory else 0) + lapsed,
    )


def recall(memory: Memory, day: int, settings: Settings) -> float:
    """Return the probability that the unit is recalled on study day `day`.

    R(t, S) = (1 + f t / S)^-w20 with f = 0.9^(-1/w20) - 1, t in study days. Source: the FSRS-6 algorithm page of
    open-spaced-repetition.
    """
    elapsed = max(0, day - memory.last_day)
    power = -decay(settings)
    factor = 0.9 ** (1 / power) - 1
    return float((1 + factor * elapsed / memory.stability) ** power)


def decay(settings: Settings) -> float:
    """Return w20, the parameter that says how fast recall falls with time."""
    return float(_engine(settings).parameters[20])


def interval(stability: float, settings: Settings) -> float:
    """Return the days after which recall falls to the desired retention: S / f (r^(-1/w20) - 1), not rounded."""
    power = -decay(settings)
    factor = 0.9 ** (1 / power) - 1
    return float(stability / factor * (settings.retention ** (1 / power) - 1))


def _ordered(days: dict[Rating, float], before: int, maximum: int, share: float | None) -> dict[Rating, int]:
    """Round intervals as Anki does: each longer than the one before it, and growing where FSRS says so."""
    chosen: dict[Rating, int] = {}
    least = 0
    for rating in sorted(days):
        floor = least
        if before and rating is not Rating.AGAIN and _round(days[rating]) > before:
            floor = max(floor, before + 1)
        chosen[rating] = _with_fuzz(days[rating], max(1, min(floor, maximum)), maximum, share)
        if rating is not Rating.AGAIN:
            least = chosen[rating] + 1
    return chosen


def _with_fuzz(days: float, least: int, most: int, share: float | None) -> int:
    bounded = max(float(least), min(days, float(most)))
    if share is None:
        return max(least, min(_round(bounded), most))
    lower, upper = fuzz_range(bounded, least, most)
    return int(lower + share * (1 + upper - lower))


def fuzz_range(days: float, least: int, most: int) -> tuple[int, int]:
    """Return the shortest and longest interval that fuzz may make of `days`; both within `least` and `most`.

    The spread is one day plus 15 % of days 2.5 to 7, 10 % of days 7 to 20 and 5 % beyond; none below 2.5 days.
    Source: the fuzz ranges of Anki's scheduler, also published with py-fsrs.
    """
    spread = 0.0
    if days >= 2.5:
        spread = 1 + 0.15 * (min(days, 7) - 2.5) + 0.1 * max(0, min(days, 20) - 7) + 0.05 * max(0, days - 20)
    lower = max(least, min(_round(days - spread), most))
    upper = max(least, min(_round(days + spread), most))
    if upper == lower and 2 < upper < most:
        upper = lower + 1
    return lower, upper


def _round(days: float) -> int:
    """Round half up, as Anki's Rust does for positive numbers."""
    return int(days + 0.5)


def _fuzz_share(unit: str, reps: int) -> float:
    """Return a number from 0 up to 1 that depends on the unit and its number of ratings only."""
    return int.from_bytes(hashlib.sha256(f"{unit}/{reps}".encode()).digest()[:6]) / 2**48


def _phase_after(memory: Memory | None, rating: Rating, day: int, settings: Settings) -> tuple[Phase, int | None, int]:
    """Return phase, step and the wait in half minutes (Hard between two steps is their mean)."""
    after, _ = _engine(settings).review_card(_fsrs_card(memory, day), _fsrs().Rating(int(rating)), _noon(day))
    wait = after.due - _noon(day)
    return Phase(int(after.state)), after.step, int(wait.total_seconds() // 30)


def _fsrs_card(memory: Memory | None, day: int) -> Any:
    fsrs = _fsrs()
    if memory is None:
        return fsrs.Card(card_id=1, due=_noon(day))
    if day < memory.last_day:
        raise TimeWentBackError(day, memory.last_day)
    return fsrs.Card(
        card_id=1,
        state=fsrs.State(int(memory.phase)),
        step=memory.step,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=_noon(day),
        last_review=_noon(memory.last_day),
    )


@cache
def _engine(settings: Settings) -> Any:
    from datetime import timedelta

    fsrs = _fsrs()
    return fsrs.Scheduler(
        settings.parameters or fsrs.scheduler.DEFAULT_PARAMETERS,
        desired_retention=checked(settings).retention,
        learning_steps=[timedelta(minutes=minutes) for minutes in settings.learning_steps],
        relearning_steps=[timedelta(minutes=minutes) for minutes in settings.relearning_steps],
        maximum_interval=settings.maximum_interval,
        enable_fuzzing=False,
    )


@cache
def _fsrs() -> Any:
    import fsrs

    return fsrs


@cache
def _noon(day: int) -> Any:
    """Return one fixed UTC instant for each study day, so that py-fsrs counts study days and not 24-hour periods."""
    from datetime import datetime, timedelta, timezone

    return datetime(1970, 1, 1, 12, tzinfo=timezone.utc) + timedelta(days=day)  # noqa: UP017 - fsrs wants this one
