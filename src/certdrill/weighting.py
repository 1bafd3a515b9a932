"""Exam weights as whole cards: shares by largest remainder, order by smooth weighted round robin."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
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
    quotas = {domain: Fraction(total * weight, whole) for domain, weight in weights.items()}
    parts = {domain: int(quota) for domain, quota in quotas.items()}
    by_remainder = sorted(quotas, key=lambda domain: parts[domain] - quotas[domain])
    for domain in by_remainder[: total - sum(parts.values())]:
        parts[domain] += 1
    return parts


def interleave(
    lists: Mapping[str, Sequence[T]],
    weights: Mapping[str, int],
    owed: Mapping[str, Fraction] | None = None,
) -> Iterator[T]:
    """Yield every element of `lists` in smooth weighted round robin order of their domains.

    At each step every domain that still has cards earns its weight's part of a card, and the domain that is
    owed most gives the next one (ties: the domain named first in `weights`). A domain that runs out leaves its
    share to the others. `owed` starts the domains off with fractions of a card from an earlier run. A domain of
    weight 0 comes last. The order within a list is kept.

    Source: the scheduling of upstream servers in nginx ("smooth weighted round-robin").
    """
    scale = math.lcm(*(part.denominator for part in (owed or {}).values()))
    pace = {domain: weights[domain] * scale for domain in weights if lists.get(domain)}
    whole = sum(pace.values())
    credit = {domain: int(whole * (owed or {}).get(domain, 0)) for domain in pace}
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


def carried(days: Sequence[Mapping[str, int]], weights: Mapping[str, int]) -> dict[str, Fraction]:
    """Return the fraction of a card each domain is owed after `days` of introduced cards, oldest first.

    Each day's number of new cards is split exactly by weight; what a domain got too little or too much is
    carried to the next day, at most one card either way, so that days off and filtered days leave no debt
    beyond a fraction.
    """
    owed = dict.fromkeys(weights, Fraction(0))
    whole = sum(weights.values())
    for day in days:
        number = sum(day.get(domain, 0) for domain in weights)
        for domain, weight in weights.items():
            due = owed[domain] + Fraction(number * weight, whole) - day.get(domain, 0)
            owed[domain] = max(Fraction(-1), min(Fraction(1), due))
    return owed
