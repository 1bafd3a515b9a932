"""A made-up history of study: events as the drill would have logged them, up to the present."""

from __future__ import annotations

import random
from collections.abc import Iterable

from certdrill.history.replay import Action, Event, Review, replay
from certdrill.model import Unit
from certdrill.scheduling import MODEL, Memory, Moment, Phase, Rating, Settings, UnitState, plans, rated, study_day

EXAM_ID = "made-up-exam"
MINUTE = 60_000


def review(unit: Unit, rating: Rating, now: Moment, memory: Memory | None, settings: Settings) -> tuple[Review, Memory]:
    """Return one rating as the drill logs it, and the memory it leads to."""
    day = study_day(now)
    plan = plans(memory, now, day, settings, str(unit))[rating]
    event = Review(
        f"{unit}-{now.ms}", now.ms, EXAM_ID, *unit, 1, int(rating), now.ms, now.offset, day, 7000, "drill", "here",
        MODEL, settings.hash, settings.retention, int(plan.phase), plan.step, plan.interval, plan.due_day, plan.due_at,
    )  # fmt: skip
    return event, rated(memory, rating, day, plan, settings)


def action(unit: Unit, name: str, now: Moment, target: str | None = None) -> Action:
    """Return a suspension, burial, reset or undo."""
    return Action(
        f"{unit}-{name}-{now.ms}", now.ms, EXAM_ID, *unit, name, target, now.ms, now.offset, study_day(now), ""
    )


def studied(units: Iterable[Unit], now: Moment, settings: Settings, seed: int = 0) -> list[Event]:
    """Return what a learner did in the last two months: learning, reviews, lapses, some cards rated a minute ago."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    events: list[Event] = []
    for number, unit in enumerate(units):
        memory: Memory | None = None
        at = now.ms - rng.randrange(2, 60) * 1440 * MINUTE - number * 977
        while at < now.ms - MINUTE:
            rating = rng.choices(list(Rating), [3, 2, 10, 3])[0]
            event, memory = review(unit, rating, Moment(at, now.offset), memory, settings)
            events.append(event)
            if memory.phase is not Phase.REVIEW:
                at = max(memory.due_at, at + 1) + number * 7
            else:
                late = rng.choice([0, 0, 0, 1, 5])
                at += (memory.interval + late) * 1440 * MINUTE + rng.randrange(-60, 60) * MINUTE
            if rng.random() < 0.05:
                break
    return events


def states_of(events: Iterable[Event], settings: Settings) -> dict[Unit, UnitState]:
    """Return the state of every unit of a log."""
    logs: dict[Unit, list[Event]] = {}
    for event in events:
        logs.setdefault(Unit(event.card, event.part), []).append(event)
    return {unit: replay(log, settings) for unit, log in logs.items()}
