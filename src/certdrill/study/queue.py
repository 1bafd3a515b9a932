"""What to study now: learning units first, then due reviews and new cards, domains interleaved by the blueprint."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple, TypeVar

from certdrill.model import Card, Unit
from certdrill.scheduling import NEW, Phase, UnitState
from certdrill.weighting import carried, interleave

T = TypeVar("T")
DAILY_NEW = 20
LEECH_LAPSES = 6  # a unit forgotten this often is a leech
LEECH_AGAIN = 3  # and once more after as many further lapses
States = Mapping[Unit, UnitState]


class Queue(NamedTuple):
    """The units of a session: `learning` with the time each is due (UTC ms), `due` and `fresh` in order.

    `main` mixes due and fresh units in the order they are shown.
    """

    learning: tuple[tuple[int, Unit], ...]
    due: tuple[Unit, ...]
    fresh: tuple[Unit, ...]
    main: tuple[Unit, ...]


class Wishes(NamedTuple):
    """What a session of the learner's own asks for, beyond the day's.

    `only` says which units may come. Reviews that come due within `ahead` days are due now. Of the units `reviews`
    are studied on one day at most, due ones before new ones. `worth` of a unit decides when not all fit: the most
    valuable come first. `contrast` names the cards a card is easily mistaken for; `together` puts those that are due
    one right after the other. `domains` are studied one after the other in this order, not in turn.
    """

    only: Callable[[Card, Unit], bool] | None = None
    ahead: int = 0
    reviews: int | None = None
    worth: Callable[[Unit], float] | None = None
    contrast: Callable[[str], Iterable[str]] | None = None
    together: bool = True
    domains: tuple[str, ...] = ()


ORDINARY = Wishes()


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


def is_due(card: Card, state: UnitState, day: int, ahead: int = 0) -> bool:
    """Tell whether a unit that was rated before is to be studied on study day `day`.

    Reviews are taken up to `ahead` days before they are due. A raised `rev` makes a review due at once: its answer
    means something else now.
    """
    if state.suspended or state.memory is None or state.buried_day >= day:
        return False
    if state.memory.phase is not Phase.REVIEW:
        return state.memory.due_day <= day
    return state.memory.due_day <= day + ahead or card.rev > state.rev


def is_open(card: Card, state: UnitState, day: int, ahead: int = 0) -> bool:
    """Tell whether a unit may be shown on study day `day`: new or due (within `ahead` days), and not set aside."""
    if state.suspended or state.buried_day >= day:
        return False
    return state.memory is None or is_due(card, state, day, ahead)


def is_leech_now(lapses: int, threshold: int = LEECH_LAPSES) -> bool:
    """Tell whether this lapse makes a unit a leech, for the first time or again; a threshold of 0 makes none."""
    return bool(threshold) and lapses >= threshold and (lapses - threshold) % LEECH_AGAIN == 0


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
    wishes: Wishes = ORDINARY,
) -> Queue:
    """Return the queue of study day `day` for `cards` (already filtered), at most `limit` units long.

    `everything` are all cards of the corpus: what was introduced from them before decides what each domain is owed
    and how many new cards the day has left. At most one unit of a card is chosen, and none beside one that was
    rated today. `wanted` names states the units must be in. Of cards that contrast one is introduced a day, and they
    are reviewed one right after the other.
    """
    only = wishes.only
    touched = {unit.card for unit in states}
    learning: list[tuple[int, Unit]] = []
    due: dict[str, list[tuple[int, Unit]]] = {domain: [] for domain in weights}
    fresh: dict[str, list[tuple[int, Unit]]] = {domain: [] for domain in weights}
    for card in cards:
        if card.id not in touched and not wanted and not only:  # most of a large corpus: nothing to weigh up
            order, part = min(zip(card.order, card.units, strict=True))
            fresh[card.domain].append((order, Unit(card.id, part)))
            continue
        for order, unit in _eligible(card, states, day, rated_today, wanted, wishes):
            memory = states.get(unit, NEW).memory
            if memory is None:
                fresh[card.domain].append((order, unit))
            elif memory.phase is Phase.REVIEW:
                due[card.domain].append((memory.due_day, unit))
            else:
                learning.append((memory.due_at, unit))
    learning.sort()
    reviews = list(_reviews(due, seed))
    new = _new(fresh, everything, states, day, weights, daily_new, wishes)
    room = None
    if wishes.reviews is not None:
        room = max(0, wishes.reviews - _studied(learning, states, day))
        new = new[: max(0, room - len(reviews))]
    too_many = limit is not None and len(learning) + len(reviews) + len(new) > limit
    if wishes.worth and (too_many or (room is not None and len(reviews) > room)):
        reviews.sort(key=wishes.worth, reverse=True)
    reviews = reviews[:room]
    mixed = tuple(_arranged(reviews, new, due, fresh, wishes))
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
    card: Card, states: States, day: int, rated_today: set[str], wanted: Sequence[str], wishes: Wishes
) -> Iterator[tuple[int, Unit]]:
    """Yield at most one unit of a card that may be shown today, with its place in the domain's list."""
    orders = dict(zip(card.units, card.order, strict=True))
    candidates = []
    for unit in units_in_state(card, states, wanted, day):
        state = states.get(unit, NEW)
        if not is_open(card, state, day, wishes.ahead) or (wishes.only and not wishes.only(card, unit)):
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
    wishes: Wishes,
) -> list[Unit]:
    """Return the new units of what is left of the day, each domain by its weight and what it is owed.

    A card that is easily mistaken for one introduced today waits for another day; the next of its domain comes.
    """
    days = introduced(everything, states)
    room = max(0, daily_new - sum(days.get(day, Counter()).values()))
    lists = {domain: [unit for _, unit in sorted(units)] for domain, units in fresh.items()}
    owed = carried(list(days.values()), weights)
    today = {unit.card for unit, state in states.items() if state.memory and state.memory.first_day == day}
    while True:
        one_by_one = chain.from_iterable(lists.get(domain, ()) for domain in wishes.domains)
        order = one_by_one if wishes.domains else interleave(lists, weights, owed)
        chosen, clash = _kept_apart(islice(order, room), today, wishes.contrast)
        if clash is None:
            return chosen
        lists = {domain: [unit for unit in units if unit != clash] for domain, units in lists.items()}


def _kept_apart(
    order: Iterable[Unit], introduced_today: set[str], contrast: Callable[[str], Iterable[str]] | None
) -> tuple[list[Unit], Unit | None]:
    """Return the units up to the first that contrasts with one before it or of today, and that one if there is."""
    if contrast is None:
        return list(order), None
    taken = set(introduced_today)
    named = {other for card in taken for other in contrast(card)}
    chosen: list[Unit] = []
    for unit in order:
        others = set(contrast(unit.card))
        if unit.card in named or not taken.isdisjoint(others):
            return chosen, unit
        chosen.append(unit)
        taken.add(unit.card)
        named |= others
    return chosen, None


def _studied(learning: Iterable[tuple[int, Unit]], states: States, day: int) -> int:
    """Return how many units of the day's budget are spent: those rated today, and steps left from earlier days."""
    today = sum(state.memory is not None and state.memory.last_day == day for state in states.values())
    left = [states[unit].memory for _, unit in learning]
    return today + sum(memory is not None and memory.last_day < day for memory in left)


def _arranged(
    reviews: Sequence[Unit],
    new: Sequence[Unit],
    due: Mapping[str, list[tuple[int, Unit]]],
    fresh: Mapping[str, list[tuple[int, Unit]]],
    wishes: Wishes,
) -> Iterator[Unit]:
    """Yield reviews with new units spread among them, all domains together or one after the other."""
    groups: list[tuple[Unit, ...]] = [(unit,) for unit in reviews]
    if wishes.contrast and wishes.together:
        groups = list(_together(reviews, wishes.contrast))
    singles: list[tuple[Unit, ...]] = [(unit,) for unit in new]
    if not wishes.domains:
        yield from chain.from_iterable(mix(groups, singles))
    for domain in wishes.domains:
        own = {unit for lists in (due, fresh) for _, unit in lists.get(domain, ())}
        of_domain = mix([group for group in groups if group[0] in own], [one for one in singles if one[0] in own])
        yield from chain.from_iterable(of_domain)


def _together(reviews: Sequence[Unit], contrast: Callable[[str], Iterable[str]]) -> Iterator[tuple[Unit, ...]]:
    """Yield the units in order, each followed by the due ones it is easily mistaken for, and by theirs."""
    due = {unit.card: unit for unit in reviews}
    partners: dict[str, list[str]] = {card: [] for card in due}
    for card in due:
        for other in contrast(card):
            if other in due and other != card:
                partners[card].append(other)
                partners[other].append(card)
    for unit in reviews:
        if unit.card not in partners:
            continue
        group, waiting = [], [unit.card]
        while waiting:
            card = waiting.pop(0)
            if card in partners:
                group.append(due[card])
                waiting += partners.pop(card)
        yield tuple(group)
