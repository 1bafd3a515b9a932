"""The rules on cards that ask the same: found through an inverted index, not by comparing all pairs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from certdrill.corpus.lint.sheet import Deck, Finding, Sheet
from certdrill.corpus.lint.words import jaccard, tokens

SAME, LIKE, SAME_ANSWER = 0.80, 0.50, 0.60
SHARED = 3  # words two prompts must share to be alike below SAME: fewer meet by chance
LOOK_BACK = 200  # cards with a common word looked at per card; only decks of one pattern have more
GROUP = 5


class Pair(NamedTuple):
    """Two cards whose prompts share half their content words or more; `later` comes second in reading order."""

    earlier: Sheet
    later: Sheet
    prompts: float
    answers: float

    @property
    def is_repeat(self) -> bool:
        """Whether both ask the same."""
        return self.prompts >= SAME or self.answers >= SAME_ANSWER


def prompt_repeated(deck: Deck) -> Iterator[Finding]:
    """No prompt stands twice in a corpus.

    Why: two cards with one question have two answers, or are one card drilled twice. Case, punctuation and layout do
    not count, code does.
    Do: delete one of the two, or ask something else.
    Bad: the same front on two cards
    Good: one card
    """
    first: dict[tuple[str, ...], Sheet] = {}
    for sheet in deck.sheets:
        key = _asked(sheet)
        if key in first:
            yield sheet.found(sheet.question_field, f"the same prompt as {_named(first[key])}")
        elif key:
            first[key] = sheet


def near_duplicate(deck: Deck) -> Iterator[Finding]:
    """No two cards ask nearly the same.

    Why: a learner answers both from one memory, and the schedule of neither is true. Compared are the content words:
    prompts that share 80 % of theirs, or 50 % (three words at least) with answers that share 60 %.
    Do: delete one of the two, or ask for another side of the fact.
    Bad: What does chunk overlap prevent? / What do overlapping chunks prevent?
    Good: What does chunk overlap prevent? / What is the price of chunk overlap?
    """
    told: set[str] = set()
    for pair in _pairs(deck):
        if pair.is_repeat and pair.later.card.id not in told:
            told.add(pair.later.card.id)
            message = (
                f"nearly the same as {_named(pair.earlier)}: the prompts share {pair.prompts:.0%} of their words, "
                f"the answers {pair.answers:.0%}"
            )
            yield pair.later.found(pair.later.question_field, message)


def sibling_unmarked(deck: Deck) -> Iterator[Finding]:
    """Cards with like prompts and other answers name each other under `contrast`.

    Why: look-alikes are mixed up for ever unless their difference is drilled. Looked at are prompts that share 50 to
    80 % of their content words (three at least). More than five cards of one pattern are told once, at the first.
    Do: put the other id under `contrast`, and say in `why` what sets them apart.
    Bad: Which index follows a table by itself? / Which index is filled by your code?, without contrast
    Good: the same with `contrast: [index-written-by-own-upserts]`
    """
    nearest: dict[str, Pair] = {}
    for pair in _pairs(deck):
        known = nearest.get(pair.later.card.id)
        if not pair.is_repeat and not _linked(pair) and (known is None or pair.prompts > known.prompts):
            nearest[pair.later.card.id] = pair
    for group in _groups(nearest):
        if len(group) >= GROUP:
            first = group[0].earlier
            names = ", ".join(pair.later.card.id for pair in group[:3])
            message = f"{len(group) + 1} cards are worded alike with different answers, among them {names}"
            yield first.found(first.question_field, message, remedy="vary their prompts, or accept it here")
            continue
        for pair in group:
            message = f"worded like {_named(pair.earlier)} ({pair.prompts:.0%} of the words), with another answer"
            yield pair.later.found(pair.later.question_field, message)


def _groups(nearest: dict[str, Pair]) -> list[list[Pair]]:
    """Put the pairs together that hang together by a common card."""
    root: dict[str, str] = {}
    groups: dict[str, list[Pair]] = {}
    for later, pair in nearest.items():
        earlier = pair.earlier.card.id
        root[later] = root.get(earlier, earlier)
        groups.setdefault(root[later], []).append(pair)
    return list(groups.values())


def _pairs(deck: Deck) -> list[Pair]:
    """Return all pairs of cards with like prompts, exact repeats left out, in reading order of the later one.

    Two sets that share half of all their words share one of the rarest half of each: only those are indexed.
    """
    if "pairs" not in deck.__dict__:
        deck.__dict__["pairs"] = list(_like(deck.sheets))
    found: list[Pair] = deck.__dict__["pairs"]
    return found


def _like(sheets: list[Sheet]) -> Iterator[Pair]:
    cards_with = Counter(word for sheet in sheets for word in sheet.asked_words)
    index: dict[str, list[int]] = defaultdict(list)
    asked = [_asked(sheet) for sheet in sheets]
    for number, sheet in enumerate(sheets):
        words = sheet.asked_words
        rare = sorted(words, key=lambda word: (cards_with[word], word))[: len(words) - (len(words) + 1) // 2 + 1]
        candidates = {earlier for word in rare for earlier in index[word][-LOOK_BACK:]}
        for earlier in sorted(candidates):
            other = sheets[earlier]
            shared = len(words & other.asked_words)
            alike = shared / (len(words) + len(other.asked_words) - shared)
            is_like = alike >= SAME or (alike >= LIKE and shared >= SHARED)
            if is_like and asked[number] != asked[earlier]:
                yield Pair(other, sheet, alike, jaccard(sheet.answer_words, other.answer_words))
        for word in rare:
            index[word].append(number)


def _asked(sheet: Sheet) -> tuple[str, ...]:
    return tokens(sheet.record[sheet.question_field])


def _linked(pair: Pair) -> bool:
    return pair.later.card.id in pair.earlier.record.get("contrast", ()) or pair.earlier.card.id in (
        pair.later.record.get("contrast", ())
    )


def _named(sheet: Sheet) -> str:
    return f"{sheet.card.id} ({sheet.card.file}:{sheet.card.line})"
