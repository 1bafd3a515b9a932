"""Cue bots: how often one wins single-answer items by looking at anything but the question's sense."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import log, sqrt
from statistics import mean
from typing import NamedTuple

from certdrill.corpus.lint.sheet import Sheet
from certdrill.corpus.lint.words import content, tokens
from certdrill.shuffle import shuffled

MOST_FOLDS = 5
SPREAD = 1.96 * sqrt(0.1875)  # of one item with four options, 95 % to either side
LEAST_MARGIN = 0.06
OVERLAP_MOST, BAYES_MOST = 0.33, 0.40
RATIO = (0.90, 1.10)


class Item(NamedTuple):
    """A single-answer item as a bot sees it: `key` is the index of the right option."""

    card: str
    objective: str
    stem: frozenset[str]
    options: tuple[str, ...]
    key: int
    raw: tuple[str, ...] = ()


class Cue(NamedTuple):
    """What a bot scores and between which bounds it should; `value` is None where nothing can be measured.

    A bound that is None does not hold; without both the figure is only shown.
    """

    name: str
    value: float | None
    least: float | None
    most: float | None

    @property
    def is_inside(self) -> bool:
        """Whether the score is within its bounds."""
        if self.value is None:
            return True
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)


class Cues(NamedTuple):
    """All bots over some items; `chance` is what guessing scores."""

    items: int
    chance: float
    cues: tuple[Cue, ...]


def items_of(sheets: Iterable[Sheet]) -> list[Item]:
    """Return the single-answer items that are drilled: those of mock forms are not."""
    return [
        Item(
            sheet.card.id,
            sheet.card.objective,
            sheet.prompt_words,
            tuple(option.text for option in sheet.options),
            next(number for number, option in enumerate(sheet.options) if option.correct),
            tuple(option.raw for option in sheet.options),
        )
        for sheet in sheets
        if sheet.card.kind == "choice" and not sheet.card.form and len(sheet.keys) == 1
    ]


def measure(items: Sequence[Item], objectives: Sequence[str] = ()) -> Cues:
    """Let every bot answer all items; `objectives` gives the order in which they are dealt to the folds.

    Bounds: chance within max(.06, 1.96 * sqrt(.1875 / N)) for the longest and the shortest option, the same above
    chance but at least .33 for overlap with the stem and .40 for naive Bayes, .90 to 1.10 for the ratio of lengths.
    """
    if not items:
        return Cues(0, 0.0, ())
    chance = mean(1 / len(item.options) for item in items)
    margin = SPREAD / sqrt(len(items))
    near = max(LEAST_MARGIN, margin)
    cues = (
        Cue("longest option", mean(map(longest, items)), chance - near, chance + near),
        Cue("shortest option", mean(map(shortest, items)), chance - near, chance + near),
        Cue("stem overlap", mean(map(overlap, items)), None, max(OVERLAP_MOST, chance + margin)),
        Cue("naive Bayes", bayes(items, objectives), None, max(BAYES_MOST, chance + margin)),
        Cue("best fixed letter", position(items), None, None),
        Cue("key to distractor length", length_ratio(items), *RATIO),
    )
    return Cues(len(items), chance, cues)


def longest(item: Item) -> float:
    """Return the chance of being right with the longest option; one of several longest is drawn."""
    return _picked(item, len)


def shortest(item: Item) -> float:
    """Return the chance of being right with the shortest option."""
    return _picked(item, lambda option: -len(option))


def overlap(item: Item) -> float:
    """Return the chance of being right with the option that shares most content words with the stem."""
    return _picked(item, lambda option: len(content(option) & item.stem))


def _picked(item: Item, score: Callable[[str], float]) -> float:
    scores = [score(option) for option in item.options]
    best = max(scores)
    return 1 / scores.count(best) if scores[item.key] == best else 0.0


def position(items: Sequence[Item]) -> float:
    """Return what the best fixed letter scores after the shuffle that exports use: by a hash of id and text."""
    places = Counter(_shuffled_place(item) for item in items)
    return max(places.values()) / len(items)


def _shuffled_place(item: Item) -> int:
    return shuffled(item.card, item.raw or item.options).index(item.key)


def length_ratio(items: Sequence[Item]) -> float:
    """Return the mean of: characters of the right option over the mean of the wrong ones."""
    return mean(
        len(item.options[item.key])
        / max(1.0, mean(len(option) for number, option in enumerate(item.options) if number != item.key))
        for item in items
    )


def bayes(items: Sequence[Item], objectives: Sequence[str] = ()) -> float | None:
    """Return what naive Bayes scores from the options' words alone, items of one objective never split.

    The objectives are dealt in turn to min(5, objectives) folds; each fold is answered by what the others teach
    (multinomial, add-one smoothing, words never seen left out). None when there is one objective only.
    """
    order = {name: number for number, name in enumerate(objectives)}
    groups = sorted({item.objective for item in items}, key=lambda name: (order.get(name, len(order)), name))
    if len(groups) < 2:
        return None
    folds = min(MOST_FOLDS, len(groups))
    fold_of = {name: number % folds for number, name in enumerate(groups)}
    hits = 0.0
    for fold in range(folds):
        model = _Model([item for item in items if fold_of[item.objective] != fold])
        hits += sum(_picked(item, model.score) for item in items if fold_of[item.objective] == fold)
    return hits / len(items)


class _Model:
    """Word counts of right and wrong options, and the log odds of a text being right."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._right: Counter[str] = Counter()
        self._wrong: Counter[str] = Counter()
        for item in items:
            for number, option in enumerate(item.options):
                (self._right if number == item.key else self._wrong).update(tokens(option))
        words = len(self._right.keys() | self._wrong.keys())
        self._bias = log(self._wrong.total() + words or 1) - log(self._right.total() + words or 1)

    def score(self, option: str) -> float:
        """Return the log odds, without the prior, which is the same for all options of an item."""
        known = (word for word in tokens(option) if word in self._right or word in self._wrong)
        odds = sum(log(self._right[word] + 1) - log(self._wrong[word] + 1) + self._bias for word in known)
        return round(odds, 9)
