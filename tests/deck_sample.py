"""A made-up exam with cards of all kinds, and its deck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from certdrill.anki.deck import Deck, build
from certdrill.corpus.lock import Lock, updated
from certdrill.corpus.records import content_of
from certdrill.model import Card, Domain, Exam, Objective

NOW_MS = 1_795_000_000_000
WEIGHTS = {"design": 14, "data": 14, "apps": 30, "deploy": 22, "govern": 8, "monitor": 12}
EXAM = Exam(
    id="made-up-exam",
    title="Made-Up Exam",
    domains=tuple(Domain(name, f"The {name} domain", weight) for name, weight in WEIGHTS.items()),
    objectives=tuple(Objective(f"{number}.1", name, f"Do {name} well") for number, name in enumerate(WEIGHTS, 1)),
)
# 330 cards, far from the weights, with the heaviest domain in the middle.
SIZES = {"design": 90, "data": 30, "apps": 60, "deploy": 45, "govern": 70, "monitor": 35}
Cards = list[tuple[Card, dict[str, Any]]]


def option(text: str, *, correct: bool = False) -> dict[str, Any]:
    return {"text": text, "correct": correct, "why": f"Because `{text}` is {correct}."}


def fields(kind: str, name: str) -> dict[str, Any]:
    """Return the fields of a card of `kind` whose texts carry `name`."""
    return {
        "basic": {"front": f"What is **{name}**?", "back": f"The answer to {name}"},
        "reversed": {"front": f"Meaning of {name}", "back": f"Name of {name}"},
        "cloze": {"text": f"In {name}, {{{{c1::`std::a`::type}}}} comes before {{{{c2::b}}}}."},
        "typed": {"front": f"Which word is {name}?", "answer": name, "accept": [f"the {name}"]},
        "choice": {
            "stem": f"Which of these is {name}?",
            "options": [option(f"{name} right", correct=True), *(option(f"{name} {no}") for no in ("x", "y", "z"))],
        },
        "order": {"stem": f"How does {name} go?", "steps": ["first", "second", "third", "fourth"]},
    }[kind]


UNITS = {"reversed": ("f", "r"), "cloze": ("c1", "c2")}
KINDS = ("basic", "reversed", "cloze", "typed", "choice", "order")


def card(kind: str, name: str, domain: str = "apps", **more: Any) -> tuple[Card, dict[str, Any]]:
    """Return one card and its record; `more` replaces parts of its head or fields of its record."""
    head = {key: more.pop(key) for key in ("form", "objective", "level", "tags") if key in more}
    record = {"id": name, "kind": kind, **fields(kind, name), "why": f"Why {name}.", **more}
    return Card(id=name, kind=kind, domain=domain, units=UNITS.get(kind, ("",)), **head), record


def sample(sizes: Mapping[str, int] = SIZES) -> Cards:
    """Return cards of all kinds in turn, `sizes` of them in each domain."""
    numbers = {name: f"{at}.1" for at, name in enumerate(WEIGHTS, 1)}
    return [
        card(
            KINDS[number % 6],
            f"{domain}-card-{number}",
            domain,
            objective=numbers[domain],
            level="apply",
            sources=[{"url": f"https://docs.example.org/{domain}", "section": "Ends & means"}],
        )
        for domain, size in sizes.items()
        for number in range(size)
    ]


def locked(cards: Cards, before: Lock | None = None, now_ms: int = NOW_MS) -> Lock:
    """Return the lock after `cards` were seen."""
    return updated(before or Lock(), EXAM, cards, now_ms, accept=False)


def deck(cards: Cards, lock: Lock | None = None, exam: Exam = EXAM, **more: Any) -> Deck:
    """Build the deck of `cards` with the exam's own weights; `more` are further arguments of `build`."""
    entries = (lock or locked(cards)).cards
    records = {head.id: record for head, record in cards}
    heads = [head for head, _ in cards]
    return build(exam, heads, lambda name: content_of(records[name]), entries, WEIGHTS, **more)
