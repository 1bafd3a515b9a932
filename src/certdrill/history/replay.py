"""What a log means: the state of a unit as the fold of its events, pure and the same on every machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from certdrill import scheduling
from certdrill.scheduling import NEW, Phase, Plan, Rating, Settings, UnitState


class Review(NamedTuple):
    """One rating as logged; the columns of the table `reviews`, in order (see migrations for units)."""

    id: str
    ordered_at: int
    exam: str
    card: str
    part: str
    rev: int
    rating: int
    reviewed_at: int
    utc_offset: int
    day: int
    duration: int
    source: str
    device: str
    model: str
    parameters: str
    retention: float
    phase: int
    step: int | None
    interval: int
    due_day: int
    due_at: int


class Action(NamedTuple):
    """Anything else that changes a unit; the columns of the table `actions`, in order."""

    id: str
    ordered_at: int
    exam: str
    card: str
    part: str
    action: str
    target: str | None
    acted_at: int
    utc_offset: int
    day: int
    device: str


Event = Review | Action


def replay(events: Iterable[Event], settings: Settings) -> UnitState:
    """Fold one unit's events, in any order, into its state.

    An undone event is passed over as if it had never been. Stability and difficulty are computed again under
    `settings`; phase, interval and due are what the event chose. A review dated before the one it follows counts as
    made on the same day.
    """
    last = deque(steps(events, settings), maxlen=1)
    return last[0][1] if last else NEW


def steps(events: Iterable[Event], settings: Settings) -> Iterator[tuple[Event, UnitState]]:
    """Yield one unit's events, oldest first, each with the state it leads to."""
    log = sorted(events, key=lambda event: (event.ordered_at, event.id))
    undone = {event.target for event in log if isinstance(event, Action) and event.action == "undo"}
    state = NEW
    for event in log:
        if event.id not in undone:
            state = _after(state, event, settings)
        state = state._replace(last_event=event.id)
        yield event, state


def _after(state: UnitState, event: Event, settings: Settings) -> UnitState:
    if isinstance(event, Review):
        day = max(event.day, state.memory.last_day) if state.memory else event.day
        plan = Plan(Phase(event.phase), event.step, event.interval, event.due_day, event.due_at)
        memory = scheduling.rated(state.memory, Rating(event.rating), day, plan, settings)
        return state._replace(memory=memory, rev=event.rev)
    if event.action == "reset":
        return state._replace(memory=None)
    if event.action == "bury":
        return state._replace(buried_day=event.day)
    if event.action in ("suspend", "unsuspend"):
        return state._replace(suspended=event.action == "suspend")
    return state
