"""What to study now: learning units first, then due reviews and new cards, domains interleaved by the blueprint."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from certdrill.model import Card, Unit
from certdrill.scheduling import NEW, Phase, UnitState
from certdrill.weighting import carried, interleave

T = TypeVar("T")
DAILY_NEW = 20
States = Mapping[Unit, UnitState]


class Queue(NamedTuple):
    """The units of a session: `learning` with the time each is due (UTC ms), `due` and `fresh` in order.

    `main` mixes due and fresh units in the order they are shown.
    """

    learning: tuple[tuple[int, Unit], ...]
    due: tuple[Unit, ...]
    fresh: tuple[Unit, ...]
    main: tuple[Unit, ...]


def rated_on(states: States, day: int) -> set[str]:
    """Return the ids of cards with a rating on study day `day` that stands: neither undone nor reset."""
    return {unit.card for unit, state in states.items() if state.memory and state.memory.last_day == day}


def status(state: UnitState) -> str:
    """Name where a unit stands: suspended, new, learning or review."""
    if state.suspended:
        return "suspended"
    if state.memory is None:
        return "new"
    return "review" if state.memory.phase is Phase.REVIEW else "learning"


def is_due(card: Card, state: UnitState, day: int) -> bool:
    """Tell whether a unit that was rated before is to be studied on study day `day`.

    A raised `rev` makes a review due at once: its answer means something else now.
    """
    if state.suspended or state.memory is None or state.buried_day >= day:
        return False
    return state.memory.due_day <= day or (state.memory.phase is Phase.REVIEW and card.rev > state.rev)


def is_open(card: Card, state: UnitState, day: int) -> bool:
    """Tell whether a unit may be shown on study day `day`: new or due, and not set aside."""
    if state.suspended or state.buried_day >= day:
        return False
    return state.memory is None or is_due(card, state, day)


def units_in_state(card: Card, states: States, wanted: Sequence[str], day: int) -> list[Unit]:
    """Return the card's units that are in one of the wanted states (new, learning, review, suspended, due)."""
    units = [Unit(card.id, part) for part in card.units]
    if not wanted:
        return units
    found = []
    for unit in units:
        state = states.get(unit, NEW)
        if status(state) in wanted or ("due" in wanted and is_due(card, state, day)):
            found.append(unit)
    return found


def build(
    cards: Iterable[Card],
    everything: Iterable[Card],
    states: States,
    *,
    day: int,
    weights: Mapping[str, int],
    rated_today: set[str],
    daily_new: int = DAILY_NEW,
    limit: int | None = None,
    seed: int = 0,
    wanted: Sequence[str] = (),
) -> Queue:
    """Return the queue of study day `day` for `cards` (already filtered), at most `limit` units long.

    `everything` are all cards of the corpus: what was introduced from them before decides what each domain is owed
    and how many new cards the day has left. At most one unit of a card is chosen, and none beside one that was
    rated today. `wanted` names states the units must be in.
    """
    touched = {unit.card for unit in states}
    learning: list[tuple[int, Unit]] = []
    due: dict[str, list[tuple[int, Unit]]] = {domain: [] for domain in weights}
    fresh: dict[str, list[tuple[int, Unit]]] = {domain: [] for domain in weights}
    for card in cards:
        if card.id not in touched and not wanted:  # most of a large corpus: nothing to weigh up
            order, part = min(zip(card.order, card.units, strict=True))
            fresh[card.domain].append((order, Unit(card.id, part)))
            continue
        for order, unit in _eligible(card, states, day, rated_today, wanted):
            memory = states.get(unit, NEW).memory
            if memory is None:
                fresh[card.domain].append((order, unit))
            elif memory.phase is Phase.REVIEW:
                due[card.domain].append((memory.due_day, unit))
            else:
                learning.append((memory.due_at, unit))
    learning.sort()
    reviews = list(_reviews(due, seed))
    new = _new(fresh, everything, states, day, weights, daily_new)
    mixed = tuple(mix(reviews, new))
    if limit is not None:
        learning = learning[:limit]
        mixed = mixed[: limit - len(learning)]
    shown = set(mixed)
    return Queue(
        tuple(learning),
        tuple(unit for unit in reviews if unit in shown),
        tuple(unit for unit in new if unit in shown),
        mixed,
    )


def introduced(everything: Iterable[Card], states: States) -> dict[int, Counter[str]]:
    """Return by study day how many units of each domain were rated for the first time, oldest day first."""
    domains = {card.id: card.domain for card in everything if not card.form}
    days: dict[int, Counter[str]] = {}
    for unit, state in states.items():
        if state.memory is not None and unit.card in domains:
            days.setdefault(state.memory.first_day, Counter())[domains[unit.card]] += 1
    return dict(sorted(days.items()))


def mix(reviews: Sequence[T], new: Sequence[T]) -> Iterator[T]:
    """Spread `new` evenly among `reviews`, keeping the order within each."""
    done = 0
    for number, unit in enumerate(reviews, 1):
        yield unit
        upto = number * len(new) // len(reviews)
        yield from new[done:upto]
        done = upto
    yield from new[done:]


def _eligible(
    card: Card, states: States, day: int, rated_today: set[str], wanted: Sequence[str]
) -> Iterator[tuple[int, Unit]]:
    """Yield at most one unit of a card that may be shown today, with its place in the domain's list."""
    orders = dict(zip(card.units, card.order, strict=True))
    candidates = []
    for unit in units_in_state(card, states, wanted, day):
        state = states.get(unit, NEW)
        if not is_open(card, state, day):
            continue
        is_learning = state.memory is not None and state.memory.phase is not Phase.REVIEW
        if is_learning or card.id not in rated_today:
            rank = 0 if is_learning else 1 if state.memory else 2
            candidates.append((rank, orders[unit.part], unit))
    if candidates:
        _, order, unit = min(candidates)
        yield order, unit


def _reviews(due: Mapping[str, list[tuple[int, Unit]]], seed: int) -> Iterator[Unit]:
    """Yield due units, the longest due first within a domain, the seed's order among equals, domains in proportion."""

    def chance(unit: Unit) -> bytes:
        return hashlib.sha256(f"{seed}/{unit}".encode()).digest()

    lists = {
        domain: [unit for _, _, unit in sorted((day, chance(unit), unit) for day, unit in units)]
        for domain, units in due.items()
    }
    return interleave(lists, {domain: len(units) for domain, units in lists.items()})


def _new(
    fresh: Mapping[str, list[tuple[int, Unit]]],
    everything: Iterable[Card],
    states: States,
    day: int,
    weights: Mapping[str, int],
    daily_new: int,
) -> list[Unit]:
    """Return the new units of what is left of the day, each domain by its weight and what it is owed."""
    days = introduced(everything, states)
    room = max(0, daily_new - sum(days.get(day, Counter()).values()))
    lists = {domain: [unit for _, unit in sorted(units)] for domain, units in fresh.items()}
    order = interleave(lists, weights, carried(list(days.values()), weights))
    return [unit for unit, _ in zip(order, range(room), strict=False)]
