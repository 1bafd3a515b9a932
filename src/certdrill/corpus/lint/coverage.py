"""How a deck covers its blueprint: objective by kind and level, domains against their weights, levels against aims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from certdrill.corpus.lint.cues import Cues
from certdrill.model import Card, Exam

RECALL_LEAST, CHOICE_LEAST = 4, 2
SHARE_POINTS = 3.0
REMEMBER_MOST, APPLIED_LEAST, APPLIED_CHOICE_LEAST = 0.30, 0.40, 0.70
APPLIED = ("apply", "analyze")


class Cell(NamedTuple):
    """What covers an objective: cards by kind and level."""

    objective: str
    domain: str
    cards: Counter[tuple[str, str]]

    @property
    def recall(self) -> int:
        """The number of recall cards."""
        return sum(number for (kind, _), number in self.cards.items() if kind != "choice")

    @property
    def choice(self) -> int:
        """The number of choice items."""
        return sum(number for (kind, _), number in self.cards.items() if kind == "choice")

    @property
    def is_covered(self) -> bool:
        """Whether both reach their minimum."""
        return self.recall >= RECALL_LEAST and self.choice >= CHOICE_LEAST


class DomainShare(NamedTuple):
    """A domain's part of the deck and of the exam, in per cent."""

    domain: str
    recall: int
    choice: int
    share: float
    weight: float

    @property
    def is_fair(self) -> bool:
        """Whether both are within three points."""
        return abs(self.share - self.weight) <= SHARE_POINTS


class LevelShare(NamedTuple):
    """A part of the deck that asks for a level, as a fraction with its bound."""

    name: str
    share: float
    least: float | None
    most: float | None

    @property
    def is_fair(self) -> bool:
        """Whether the bound holds."""
        return (self.least is None or self.share >= self.least) and (self.most is None or self.share <= self.most)


class Coverage(NamedTuple):
    """The whole matrix; of a blueprint without objectives `cells` is empty, of a deck without levels `levels`."""

    cells: tuple[Cell, ...]
    domains: tuple[DomainShare, ...]
    levels: tuple[LevelShare, ...]


class Gap(NamedTuple):
    """One reason why a corpus is not complete."""

    kind: str  # objective, share, level or cue
    name: str
    message: str


def cover(exam: Exam, cards: Iterable[Card]) -> Coverage:
    """Count the cards that are drilled: items of mock forms are not."""
    drilled = [card for card in cards if not card.form]
    found = {objective.id: Cell(objective.id, objective.domain, Counter()) for objective in exam.objectives}
    for card in drilled:
        if card.objective in found:
            found[card.objective].cards[card.kind, card.level] += 1
    return Coverage(tuple(found.values()), _domains(exam, drilled), _levels(drilled))


def cover_domain(exam: Exam, cards: Iterable[Card], domain: str) -> Coverage:
    """Return one domain's part of the coverage: its objectives, its share of the whole deck, its own levels."""
    every = list(cards)
    whole = cover(exam, every)
    return Coverage(
        tuple(cell for cell in whole.cells if cell.domain == domain),
        tuple(share for share in whole.domains if share.domain == domain),
        cover(exam, [card for card in every if card.domain == domain]).levels,
    )


def _domains(exam: Exam, cards: Sequence[Card]) -> tuple[DomainShare, ...]:
    number = Counter((card.domain, card.kind == "choice") for card in cards)
    weights = exam.weights()
    whole = sum(weights.values())
    return tuple(
        DomainShare(
            domain,
            number[domain, False],
            number[domain, True],
            100 * (number[domain, False] + number[domain, True]) / max(1, len(cards)),
            100 * weight / whole,
        )
        for domain, weight in weights.items()
    )


def _levels(cards: Sequence[Card]) -> tuple[LevelShare, ...]:
    levelled = [card for card in cards if card.level]
    choice = [card for card in levelled if card.kind == "choice"]
    shares = []
    if levelled:
        remember = sum(card.level == "remember" for card in levelled) / len(levelled)
        shares.append(LevelShare("remember", remember, None, REMEMBER_MOST))
        shares.append(LevelShare("apply and analyze", _applied(levelled), APPLIED_LEAST, None))
    if choice:
        shares.append(LevelShare("apply and analyze in choice items", _applied(choice), APPLIED_CHOICE_LEAST, None))
    return tuple(shares)


def _applied(cards: Sequence[Card]) -> float:
    return sum(card.level in APPLIED for card in cards) / len(cards)


def gaps(coverage: Coverage, cues: Cues) -> list[Gap]:
    """Return every reason why a corpus is not complete; an empty list is what `check --complete` wants."""
    found = [
        Gap(
            "objective",
            cell.objective,
            f"objective {cell.objective} has {cell.recall} of {RECALL_LEAST} recall cards "
            f"and {cell.choice} of {CHOICE_LEAST} choice items",
        )
        for cell in coverage.cells
        if not cell.is_covered
    ]
    found += [
        Gap("share", one.domain, f"{one.domain} is {one.share:.1f} % of the deck and {one.weight:.1f} % of the exam")
        for one in coverage.domains
        if not one.is_fair
    ]
    found += [
        Gap("level", level.name, f"{level.share:.0%} {level.name}, {_bound(level.least, level.most)}")
        for level in coverage.levels
        if not level.is_fair
    ]
    found += [
        Gap("cue", cue.name, f"{cue.name} {cue.value:.2f}, {_bound(cue.least, cue.most, 2)}")
        for cue in cues.cues
        if not cue.is_inside
    ]
    return found


def _bound(least: float | None, most: float | None, digits: int = 0) -> str:
    def told(value: float) -> str:
        return f"{value:.{digits}f}" if digits else f"{value:.0%}"

    if least is not None and most is not None:
        return f"outside {told(least)} to {told(most)}"
    return f"below {told(least)}" if least is not None else f"above {told(most or 0)}"
