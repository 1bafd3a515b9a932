"""A session as a pure value: which unit is next, and what is left after each answer."""

from __future__ import annotations

from typing import NamedTuple

from certdrill.model import Unit
from certdrill.scheduling import Memory, Phase
from certdrill.study.queue import Queue

LEARN_AHEAD_MINUTES = 20


class Session(NamedTuple):
    """What is left to study: `waiting` in order, `learning` by the time it is due (UTC ms).

    `last` is the unit shown last, which is not shown twice in a row while there is another.
    """

    waiting: tuple[Unit, ...]
    learning: tuple[tuple[int, Unit], ...]
    last: Unit | None = None

    @property
    def left(self) -> int:
        """The number of units still to be shown at least once more."""
        return len(self.waiting) + len(self.learning)


def start(queue: Queue) -> Session:
    """Return the session of a queue."""
    return Session(queue.main, queue.learning)


def next_unit(session: Session, now_ms: int, ahead_ms: int) -> Unit | None:
    """Return the unit to show now, or None when there is none to show yet.

    Learning units that are due come first, then the waiting ones; when nothing else is left, learning units due
    within `ahead_ms` are shown early.
    """
    ripe = [unit for due_at, unit in session.learning if due_at <= now_ms]
    early = [unit for due_at, unit in session.learning if due_at <= now_ms + ahead_ms]
    candidates = [*ripe, *session.waiting[:1]] or early
    others = [unit for unit in candidates if unit != session.last]
    return next(iter(others or candidates), None)


def next_due(session: Session) -> int | None:
    """Return when the earliest learning unit is due (UTC ms), or None."""
    return min((due_at for due_at, _ in session.learning), default=None)


def without(session: Session, unit: Unit) -> Session:
    """Return the session with a unit taken out: suspended, buried or done."""
    return Session(
        tuple(other for other in session.waiting if other != unit),
        tuple(entry for entry in session.learning if entry[1] != unit),
        unit,
    )


def after_rating(session: Session, unit: Unit, memory: Memory, day: int) -> Session:
    """Return the session after a rating: a unit still learning today comes again when its step is over."""
    rest = without(session, unit)
    if memory.phase is Phase.REVIEW or memory.due_day > day:
        return rest
    return rest._replace(learning=tuple(sorted([*rest.learning, (memory.due_at, unit)])))
