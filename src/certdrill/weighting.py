"""Exam weights as whole cards: shares by largest remainder, order by smooth weighted round robin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def shares(weights: Mapping[str, int], total: int) -> dict[str, int]:
    """Split `total` cards over the domains by largest remainder (Hamilton's method).

    Every domain gets the floor of its exact quota; the cards left over go to the largest remainders,
    ties to the domain named first. The parts sum to `total`, each within one card of its quota.

    Raises ValueError when `total` is negative or no weight is positive.
    """
    whole = sum(weights.values())
    if total < 0 or whole <= 0 or min(weights.values()) < 0:
        raise ValueError("shares need a total of at least 0 and positive weights")
    parts = {domain: total * weight // whole for domain, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda domain: -(total * weights[domain] % whole))
    for domain in by_remainder[: total - sum(parts.values())]:
        parts[domain] += 1
    return parts


def interleave(
    lists: Mapping[str, Sequence[T]],
    weights: Mapping[str, int],
    owed: Mapping[str, int] | None = None,
) -> Iterator[T]:
    """Yield every element of `lists` in smooth weighted round robin order of their domains.

    At each step every domain that still has cards earns its weight's part of a card, and the domain that is
    owed most gives the next one (ties: the domain named first in `weights`). A domain that runs out leaves its
    share to the others. `owed` starts the domains off with what `carried` says of earlier days. A domain of weight 0
    comes last. The order within a list is kept.

    Source: the scheduling of upstream servers in nginx ("smooth weighted round-robin").
    """
    scale = sum(weights.values()) if owed else 1
    pace = {domain: weights[domain] * scale for domain in weights if lists.get(domain)}
    whole = sum(pace.values())
    credit = {domain: (owed or {}).get(domain, 0) * whole // scale for domain in pace}
    taken = dict.fromkeys(pace, 0)
    while pace:
        for domain, weight in pace.items():
            credit[domain] += weight
        best = max(pace, key=lambda domain: (pace[domain] > 0, credit[domain]))
        credit[best] -= whole
        yield lists[best][taken[best]]
        taken[best] += 1
        if taken[best] == len(lists[best]):
            whole -= pace.pop(best)


def carried(days: Sequence[Mapping[str, int]], weights: Mapping[str, int]) -> dict[str, int]:
    """Return what each domain is owed after `days` of introduced cards, oldest first.

    One card is as many units as the weights' sum, so that every fraction is a whole number.

    Each day's number of new cards is split exactly by weight; what a domain got too little or too much is
    carried to the next day, at most one card either way, so that days off and filtered days leave no debt
    beyond a fraction.
    """
    owed = dict.fromkeys(weights, 0)
    whole = sum(weights.values())
    for day in days:
        number = sum(day.get(domain, 0) for domain in weights)
        for domain, weight in weights.items():
            due = owed[domain] + number * weight - day.get(domain, 0) * whole
            owed[domain] = max(-whole, min(whole, due))
    return owed
