"""What it is worth to study a unit now, what a domain would lose of the exam, and which units are most forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from certdrill.model import Card, Unit
from certdrill.scheduling import NEW, Memory, Rating, Settings, advance, recall
from certdrill.study.queue import States

HORIZON_DAYS = 30  # how far ahead recall counts
# The defaults of open-spaced-repetition's simulator: seconds for a review passed and failed, and how passes are rated.
SECONDS_PASSED, SECONDS_FAILED = 8, 20
PASSES = {Rating.HARD: 0.224, Rating.GOOD: 0.631, Rating.EASY: 0.145}


def value(memory: Memory, share: float, day: int, settings: Settings, horizon: int = HORIZON_DAYS) -> float:
    """Return the part of the exam that a second spent on a review unit on study day `day` is expected to win.

        value = w (p E_g[R(H; S_g)] + (1 - p) R(H; S_1) - R(e + H; S)) / (8 p + 20 (1 - p))

    `w` (`share`) is the unit's part of the exam: its domain's weight over the domain's units. `e` are the days since
    its last review, p = R(e; S) the recall predicted now, S_g the stability FSRS gives after rating g, and the
    expectation is over Hard, Good and Easy of a pass. What counts is recall H (`horizon`) days from now, against
    leaving the unit alone until then.

    Source: the gain of a practice now in the expected score on a later day, for the time it takes, as in Pavlik and
    Anderson 2008 (Using a model to compute the optimal schedule of practice), with the memory of FSRS-6.
    """
    today = max(day, memory.last_day)
    passed = recall(memory, today, settings)

    def later(rating: Rating) -> float:
        stability, difficulty = advance(memory, rating, today, settings)
        after = memory._replace(stability=stability, difficulty=difficulty, last_day=today)
        return recall(after, today + horizon, settings)

    studied = passed * sum(part * later(rating) for rating, part in PASSES.items())
    studied += (1 - passed) * later(Rating.AGAIN)
    seconds = SECONDS_PASSED * passed + SECONDS_FAILED * (1 - passed)
    return share * (studied - recall(memory, today + horizon, settings)) / seconds


def unit_shares(cards: Iterable[Card], weights: Mapping[str, int]) -> dict[str, float]:
    """Return for each domain the part of the exam, 0 to 1, that one of its units stands for."""
    units = dict.fromkeys(weights, 0)
    for card in cards:
        if not card.form:
            units[card.domain] += len(card.units)
    whole = sum(weights.values())
    return {domain: weights[domain] / whole / max(1, number) for domain, number in units.items()}


def predicted_loss(
    cards: Iterable[Card], weights: Mapping[str, int], states: States, day: int, settings: Settings
) -> dict[str, float]:
    """Return the part of the exam, 0 to 1, each domain would lose today, the worst first.

    It is the domain's weight times what is missing of its mean predicted recall; units never rated count as
    forgotten, suspended ones not at all.
    """
    recalls: dict[str, list[float]] = {domain: [] for domain in weights}
    for card in cards:
        for part in () if card.form else card.units:
            state = states.get(Unit(card.id, part), NEW)
            if not state.suspended:
                recalls[card.domain].append(recall(state.memory, day, settings) if state.memory else 0.0)
    whole = sum(weights.values())
    loss = {
        domain: weights[domain] / whole * (1 - sum(known) / len(known)) for domain, known in recalls.items() if known
    }
    return dict(sorted(loss.items(), key=lambda entry: -entry[1]))


def most_forgotten(units: Iterable[Unit], states: States, day: int, settings: Settings) -> list[Unit]:
    """Return the units by predicted recall today, the least first; those never rated come last, in their order."""

    def order(unit: Unit) -> float:
        memory = states.get(unit, NEW).memory
        return recall(memory, day, settings) if memory else 2.0

    return sorted(units, key=order)
