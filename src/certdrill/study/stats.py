"""How study has gone and what is coming: every number of the stats screen, pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from math import sqrt
from typing import NamedTuple

from certdrill.model import Card, Exam, Unit
from certdrill.scheduling import NEW, Phase, Rating, Settings, UnitState, recall
from certdrill.study.queue import States, status

WINDOW_DAYS = 30
FORECAST_DAYS = 30
WEEKS = 53
MATURE_DAYS = 21
TOO_FEW = 10  # reviews below which a share says nothing
WEAKEST = 5


class Answer(NamedTuple):
    """One rating that counts; the columns of `History.counted`, in order.

    `duration` is in milliseconds, `before` the unit's phase before the rating (0: new or reset), `retention` the
    desired retention at the time.
    """

    card: str
    part: str
    day: int
    rating: int
    duration: int
    before: int
    retention: float


class Share(NamedTuple):
    """How many of a number of ratings were not Again."""

    remembered: int = 0
    number: int = 0

    @property
    def value(self) -> float | None:
        """The share from 0 to 1; None of nothing."""
        return self.remembered / self.number if self.number else None

    def is_low(self, target: float) -> bool:
        """Tell whether the share is below the target by more than chance: two standard errors."""
        error = sqrt(target * (1 - target) / self.number) if self.number else 0.0
        return self.number >= TOO_FEW and self.remembered / self.number < target - 2 * error


class Weak(NamedTuple):
    """An objective (or a domain without objectives) and what of the exam is not remembered there.

    `share` is its part of the exam, 0 to 1; `recall` the mean predicted recall today over its units that are not
    suspended, those never rated (`units - seen`) counting as 0.
    """

    domain: str
    objective: str
    share: float
    recall: float
    units: int
    seen: int

    @property
    def at_stake(self) -> float:
        """The part of the exam that would not be recalled today, 0 to 1."""
        return self.share * (1 - self.recall)


class Stats(NamedTuple):
    """All numbers of one day; durations are in milliseconds, days are study days.

    `answers`, `duration` and `days_studied` are those of the last `window` days, `retention` likewise by domain.
    `forecast` begins with today, which holds what is overdue. `year` holds the ratings of every day from Monday
    `year_begins` to today.
    """

    day: int
    window: int
    ever: int
    today: Share
    today_duration: int
    streak: int
    longest_streak: int
    target: float
    retention: dict[str, Share]
    answers: dict[Rating, int]
    duration: int
    days_studied: int
    forecast: tuple[int, ...]
    maturity: dict[str, int]
    weak: tuple[Weak, ...]
    year_begins: int
    year: tuple[int, ...]

    @property
    def retained(self) -> Share:
        """The true retention of all domains together."""
        return Share(*map(sum, zip(*self.retention.values(), strict=True)))

    @property
    def answered(self) -> int:
        """The number of ratings in the window."""
        return sum(self.answers.values())


def compute(
    exam: Exam,
    units: Mapping[Unit, Card],
    states: States,
    answers: Iterable[Answer],
    *,
    day: int,
    settings: Settings,
    window: int = WINDOW_DAYS,
) -> Stats:
    """Return the numbers of study day `day` for `units` and their cards; `answers` come oldest first.

    Answers of other units, and those dated after `day`, are left out. True retention counts the first rating of a
    unit on a day if the unit was in review before it: whether it was not Again. Its target is the desired retention
    of the last answer.
    """
    own = [answer for answer in answers if answer.day <= day and Unit(answer.card, answer.part) in units]
    recent = [answer for answer in own if answer.day > day - window]
    now = [answer for answer in recent if answer.day == day]
    by_day = Counter(answer.day for answer in own)
    runs = _runs(by_day)
    ratings = Counter(answer.rating for answer in recent)
    year_begins = _monday(day) - 7 * (WEEKS - 1)
    return Stats(
        day=day,
        window=window,
        ever=len(own),
        today=Share(sum(answer.rating > Rating.AGAIN for answer in now), len(now)),
        today_duration=sum(answer.duration for answer in now),
        streak=next((length for last, length in runs if last >= day - 1), 0),
        longest_streak=max((length for _, length in runs), default=0),
        target=own[-1].retention if own else settings.retention,
        retention=_retention(exam, units, recent),
        answers={rating: ratings[rating] for rating in Rating},
        duration=sum(answer.duration for answer in recent),
        days_studied=len({answer.day for answer in recent}),
        forecast=_forecast(units, states, day),
        maturity=_maturity(units, states),
        weak=_weak(exam, units, states, day, settings),
        year_begins=year_begins,
        year=tuple(by_day[one] for one in range(year_begins, day + 1)),
    )


def due_on(card: Card, state: UnitState, day: int) -> int | None:
    """Return the first study day from `day` on that a unit rated before is due; None for one new or suspended."""
    if state.suspended or state.memory is None:
        return None
    is_other_now = state.memory.phase is Phase.REVIEW and card.rev > state.rev
    due = day if is_other_now else max(day, state.memory.due_day)
    return max(due, state.buried_day + 1)


def _monday(day: int) -> int:
    """Return the Monday of a day's week; day 0, 1970-01-01, was a Thursday."""
    return day - (day + 3) % 7


def _runs(days: Iterable[int]) -> list[tuple[int, int]]:
    """Return last day and length of every run of days without a gap, in order."""
    runs = (list(run) for _, run in groupby(enumerate(sorted(days)), lambda pair: pair[1] - pair[0]))
    return [(run[-1][1], len(run)) for run in runs]


def _retention(exam: Exam, units: Mapping[Unit, Card], recent: Iterable[Answer]) -> dict[str, Share]:
    domains = {card.domain for card in units.values()}
    counts = {domain: [0, 0] for domain in exam.titles() if domain in domains}
    met: set[tuple[str, str, int]] = set()
    for answer in recent:
        if answer[:3] in met:
            continue
        met.add(answer[:3])
        if answer.before == Phase.REVIEW:
            count = counts[units[Unit(answer.card, answer.part)].domain]
            count[0] += answer.rating > Rating.AGAIN
            count[1] += 1
    return {domain: Share(*count) for domain, count in counts.items()}


def _forecast(units: Mapping[Unit, Card], states: States, day: int) -> tuple[int, ...]:
    due = Counter(due_on(card, states.get(unit, NEW), day) for unit, card in units.items())
    return tuple(due[ahead] for ahead in range(day, day + FORECAST_DAYS))


def _maturity(units: Mapping[Unit, Card], states: States) -> dict[str, int]:
    """Count units by where they stand; those in review are young up to MATURE_DAYS of interval, then mature."""
    counts = dict.fromkeys(("new", "learning", "young", "mature", "suspended"), 0)
    for unit in units:
        state = states.get(unit, NEW)
        name = status(state)
        if name == "review" and state.memory:
            name = "young" if state.memory.interval < MATURE_DAYS else "mature"
        counts[name] += 1
    return counts


def _weak(exam: Exam, units: Mapping[Unit, Card], states: States, day: int, settings: Settings) -> tuple[Weak, ...]:
    """Return the objectives with most at stake, the worst first; a domain's share is split evenly over its own."""
    whole = sum(domain.weight for domain in exam.domains)
    number = Counter(objective.domain for objective in exam.objectives)
    shares = {domain.id: domain.weight / whole / max(1, number[domain.id]) for domain in exam.domains}
    recalls: dict[tuple[str, str], list[float | None]] = {}
    for unit, card in units.items():
        state = states.get(unit, NEW)
        if not state.suspended:
            known = recall(state.memory, day, settings) if state.memory else None
            recalls.setdefault((card.domain, card.objective), []).append(known)
    found = [
        Weak(domain, objective, shares[domain], sum(filter(None, known)) / len(known), len(known), _seen(known))
        for (domain, objective), known in recalls.items()
    ]
    return tuple(sorted(found, key=lambda weak: -weak.at_stake)[:WEAKEST])


def _seen(recalls: Iterable[float | None]) -> int:
    return sum(known is not None for known in recalls)
