"""What the writing rules look at: a card as a reader sees it, the whole deck, and the shape of a rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cached_property
from inspect import cleandoc
from typing import Any, NamedTuple

from certdrill import cloze
from certdrill.corpus.lint.words import content, phrase, prose, question, sentences, shown
from certdrill.corpus.read import Draft, Library
from certdrill.corpus.yaml_events import Items, Keys
from certdrill.markup import plain
from certdrill.model import KINDS, Card, Place

QUESTION_FIELD = {"cloze": "text", "choice": "stem", "order": "stem"}  # of other kinds it is `front`
ANSWER_FIELD = {"cloze": "text", "choice": "options", "order": "steps", "typed": "answer"}  # else `back`


class Finding(NamedTuple):
    """One breach of a rule; without a severity or remedy of its own it has the rule's."""

    card: str
    place: Place
    message: str
    severity: str = ""
    remedy: str = ""


class OptionSheet(NamedTuple):
    """An option as a reader sees it, and where its text and its reason stand."""

    text: str
    raw: str
    correct: bool
    why: str
    place: Place
    why_place: Place


class Sheet:
    """One card as a reader sees it: visible text instead of markup, places instead of nodes."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.card: Card = draft.card
        self.record: dict[str, Any] = draft.record

    @property
    def question_field(self) -> str:
        """The field that holds what is asked."""
        return QUESTION_FIELD.get(self.card.kind, "front")

    @property
    def answer_field(self) -> str:
        """The field that holds what has to be answered."""
        return ANSWER_FIELD.get(self.card.kind, "back")

    @cached_property
    def prompt(self) -> str:
        """What is asked, code blocks left out; of a cloze the text with every deletion hidden."""
        raw: str = self.record[self.question_field]
        if self.card.kind == "cloze":
            raw = "".join(piece.hint or "..." if piece.number else piece.text for piece in cloze.pieces(raw))
        return prose(raw)

    @cached_property
    def question(self) -> str:
        """The sentence of the prompt that asks."""
        return question(self.prompt)

    @cached_property
    def sentences(self) -> list[str]:
        """The sentences of the prompt."""
        return sentences(self.prompt)

    @cached_property
    def answers(self) -> tuple[str, ...]:
        """What has to be answered: the right options, the deletions, the steps, or the one answer."""
        if self.card.kind == "choice":
            return tuple(option.text for option in self.keys)
        if self.card.kind == "cloze":
            return tuple(prose(piece.text) for piece in self.deletions)
        if self.card.kind == "order":
            return tuple(map(shown, self.record["steps"]))
        raw = self.record[self.answer_field]
        return (raw if self.card.kind == "typed" else shown(raw),)

    @cached_property
    def deletions(self) -> list[cloze.Piece]:
        """The deletions of a cloze text, in reading order."""
        return [piece for piece in cloze.pieces(self.record["text"]) if piece.number]

    @cached_property
    def options(self) -> list[OptionSheet]:
        """The options in the order written."""
        items = self.draft.node.values["options"]
        assert isinstance(items, Items)  # noqa: S101 - the loader read options from a list
        return [
            OptionSheet(
                shown(option["text"]),
                option["text"],
                option.get("correct", False),
                prose(option.get("why", "")),
                _place(item, "text"),
                _place(item, "why"),
            )
            for option, item in zip(self.record["options"], items.values, strict=True)
        ]

    @cached_property
    def keys(self) -> list[OptionSheet]:
        """The right options."""
        return [option for option in self.options if option.correct]

    @cached_property
    def distractors(self) -> list[OptionSheet]:
        """The wrong options."""
        return [option for option in self.options if not option.correct]

    @cached_property
    def prompt_words(self) -> frozenset[str]:
        """The content words of what is asked."""
        return content(self.prompt)

    @cached_property
    def asked_words(self) -> frozenset[str]:
        """The content words of what is asked, those of code blocks included: what duplicates are compared by."""
        raw = self.record[self.question_field]
        return self.prompt_words | content(plain(raw)) if "\n" in raw else self.prompt_words

    @cached_property
    def answer_words(self) -> frozenset[str]:
        """The content words of what has to be answered."""
        return content(" ".join(self.answers))

    @cached_property
    def prompt_phrase(self) -> tuple[str, ...]:
        """The words of what is asked, in order."""
        return phrase(self.prompt)

    def texts(self, *, with_reasons: bool) -> Iterator[tuple[str, Place]]:
        """Yield every visible text of the card and where it stands, the explanations last."""
        if self.card.kind == "cloze":
            yield prose("".join(piece.text for piece in cloze.pieces(self.record["text"]))), self.place("text")
        else:
            yield self.prompt, self.place(self.question_field)
        if self.card.kind == "choice":
            yield from ((option.text, option.place) for option in self.options)
        elif self.card.kind != "cloze":
            yield " / ".join(self.answers), self.place(self.answer_field)
        if with_reasons:
            if self.card.kind == "choice":
                yield from ((option.why, option.why_place) for option in self.options if option.why)
            if "why" in self.record:
                yield prose(self.record["why"]), self.place("why")

    def place(self, key: str) -> Place:
        """Return where a field stands, or the card itself."""
        return self.draft.place(key)

    def item_place(self, key: str, number: int, field: str = "") -> Place:
        """Return where the `number`th item of a list stands, or a field of it."""
        items = self.draft.node.values.get(key)
        if not isinstance(items, Items) or number >= len(items.values):
            return self.place(key)
        item = items.values[number]
        return _place(item, field) if isinstance(item, Keys) and field else item.place

    def found(self, where: str | Place, message: str, severity: str = "", remedy: str = "") -> Finding:
        """Compose a finding of this card at one of its fields or at a place."""
        place = self.place(where) if isinstance(where, str) else where
        return Finding(self.card.id, place, message, severity, remedy)


def _place(item: Any, key: str) -> Place:
    found = item.values.get(key)
    place: Place = found.place if found else item.place
    return place


class Deck:
    """All sound cards of a library on the day they are looked at, and what was found so far.

    `rules` are the ids of all writing rules. `kept` are the findings no waiver takes back, each with its rule's id and
    own severity; `used` are the waivers, card and rule, that took one back.
    """

    def __init__(self, library: Library, today: date, rules: Sequence[str]) -> None:
        self.library, self.today, self.rules = library, today, rules
        self.sheets = [Sheet(draft) for draft in library.sound()]
        self.kept: list[tuple[str, str, Finding]] = []
        self.used: set[tuple[str, str]] = set()

    @cached_property
    def urls(self) -> Counter[str]:
        """How many cards cite each page."""
        return Counter(url for sheet in self.sheets for url in {page(one["url"]) for one in sources(sheet)})

    @cached_property
    def names(self) -> tuple[list[str], dict[str, str]]:
        """The product names in use, and each old name with the exam's name for it."""
        entries = self.library.names
        good = [name for entry in entries for name in (entry["exam"], entry["current"])]
        return good, {old: entry["exam"] for entry in entries for old in entry.get("old", ()) if old not in good}


def sources(sheet: Sheet) -> Sequence[dict[str, str]]:
    """Return the sources of a card."""
    found: Sequence[dict[str, str]] = sheet.record.get("sources", ())
    return found


def page(url: str) -> str:
    """Return the page of an address, without the place on it."""
    return url.split("#")[0].rstrip("/")


class CardRule(NamedTuple):
    """A rule that looks at one card at a time, of some kinds only; `severity` is the gravest it gives."""

    id: str
    severity: str
    find: Callable[[Sheet], Iterator[Finding]]
    kinds: tuple[str, ...] = KINDS


class DeckRule(NamedTuple):
    """A rule that looks at cards beside each other; `severity` is the gravest it gives."""

    id: str
    severity: str
    find: Callable[[Deck], Iterator[Finding]]


LintRule = CardRule | DeckRule


def explanation(rule: LintRule) -> str:
    """Return what a rule's docstring says: the rule, why, what to do, a bad and a good example."""
    return cleandoc(rule.find.__doc__ or rule.id)


def remedy(rule: LintRule) -> str:
    """Return what a rule's docstring says under `Do:`, on one line."""
    after = explanation(rule).partition("\nDo: ")[2]
    return " ".join(after.split("\nBad: ")[0].split()).rstrip(".")
