"""A real history file with made-up events, written as the drill writes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from certdrill.history.store import History, open_history
from certdrill.model import Unit
from certdrill.scheduling import Moment, Rating, Settings, plans, study_day

SETTINGS = Settings()
DAY_MS = 86_400_000
START = 20_000  # the study day on which these histories begin: 2024-10-04
NOON_MS = 43_200_000


@contextmanager
def opened(path: Path) -> Iterator[History]:
    """Open a history of the made-up bar exam for writing."""
    with open_history(str(path), "bar-exam", SETTINGS, write=True, device="test") as history:
        yield history


def at(day: int, minutes: int = 0) -> Moment:
    """Return noon of a study day, UTC, and some minutes."""
    return Moment(day * DAY_MS + NOON_MS + minutes * 60_000)


def now(day: int) -> str:
    """Return noon of a study day for --now."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at(day).ms / 1000, UTC).isoformat()


def rate(history: History, name: str, rating: Rating, day: int, minutes: int = 0) -> None:
    """Rate a unit, named as in `card#part`, on a study day."""
    unit, moment = Unit(*name.split("#")), at(day, minutes)
    state = history.state(unit)
    plan = plans(state.memory, moment, day, SETTINGS, str(unit))[rating]
    history.rate(unit, rating, plan, moment, study_day(moment), seen=state)


def learn(history: History, name: str, day: int = START) -> int:
    """Rate a new unit Easy, which makes it a review unit at once; return the study day it is due on."""
    rate(history, name, Rating.EASY, day)
    return due_day(history, name)


def lapse(history: History, name: str, times: int, day: int = START) -> int:
    """Learn a unit and forget it `times` times; return the study day it is due on next."""
    due = learn(history, name, day)
    for _ in range(times):
        rate(history, name, Rating.AGAIN, due)
        rate(history, name, Rating.EASY, due, 20)
        due = due_day(history, name)
    return due


def due_day(history: History, name: str) -> int:
    """Return the study day a unit is due on."""
    memory = history.state(Unit(*name.split("#"))).memory
    assert memory is not None
    return memory.due_day
