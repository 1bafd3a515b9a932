"""A small corpus with one card of every kind, and steps of a session made from its cards."""

from __future__ import annotations

from typing import Any

from certdrill.model import Card, Content, Option, Source, Unit
from certdrill.scheduling import Moment, Plan, Rating, Settings, plans
from certdrill.screen.view import View
from certdrill.study.prompt import Prompt, is_right

NOW = "2026-11-22T09:00+00:00"
KINDS = {
    "law": """\
domain: law
cards:
  - id: offer-meaning
    kind: basic
    front: What is an **offer**?
    back: A promise to be bound if `accepted`.
    why: Without it nothing can be accepted.
    sources: [{url: "https://example.org/offer", section: Basics}]
  - id: latin-word
    kind: reversed
    front: consensus
    back: agreement
  - id: contract-parts
    kind: cloze
    text: "A contract needs {{c1::offer::first}} and {{c2::acceptance}}."
""",
    "ethics": """\
domain: ethics
cards:
  - id: judge-word
    kind: typed
    front: Who decides a case?
    answer: Judge
    accept: [the court]
    match: nocase
  - id: best-reply
    kind: choice
    stem: A client asks you to lie. What do you do?
    options:
      - {text: Refuse and say why, correct: true, why: A lawyer owes the court the truth.}
      - {text: Do it, why: It is an offence.}
      - {text: Say nothing at all, why: Silence can mislead too.}
  - id: both-duties
    kind: choice
    select: 2
    stem: Which two are duties?
    options:
      - {text: Loyalty, correct: true, why: The client comes first.}
      - {text: Secrecy, correct: true, why: What is told stays.}
      - {text: Flattery, why: Nobody asks for it.}
      - {text: Speed, why: Care comes before it.}
  - id: trial-steps
    kind: order
    stem: Put a trial in order.
    steps: [Claim, Evidence, Judgment]
""",
}
OFFER = Content(
    front="What is an **offer**?",
    back="A promise to be bound if `accepted`.",
    why="Without it nothing can be accepted.",
    sources=(Source("https://example.org/offer", "Basics"),),
)
JUDGE = Content(front="Who decides?", answer="Judge", accept=("the court",), match="nocase")
PARTS = Content(text="A contract needs {{c1::offer::first}} and {{c2::acceptance}}.")
REPLY = Content(
    stem="A client asks you to lie. What do you do?",
    options=(
        Option("Refuse", True, "A lawyer owes the court the truth."),
        Option("Do it", False, "It is an offence."),
        Option("Say nothing", False, "Silence can mislead."),
    ),
)
DUTIES = Content(
    stem="Which two are duties?",
    select=2,
    options=(Option("Loyalty", True), Option("Secrecy", True), Option("Flattery"), Option("Speed")),
)
TRIAL = Content(stem="Put a trial in order.", steps=("Claim", "Evidence", "Judgment"))


def step(kind: str, content: Content, part: str = "", order: tuple[int, ...] = (), **more: Any) -> View:
    """Return the showing of a card whose options stand as `order` says (as written when it is not given)."""
    number = len(content.options) or len(content.steps)
    card = Card("a-card", kind, "law", objective="1.2")
    prompt = Prompt(card, Unit("a-card", part), content, order or tuple(range(number)))
    return View(prompt, "Law of Contracts", left=12, done=3, state="new", **more)


def answered(view: View, answer: str, **more: Any) -> View:
    """Return the step after an answer, graded where the program grades, with the plans of a new unit."""
    right = is_right(view.prompt, answer) if view.prompt.is_graded else None
    allowed = list(Rating) if right is None else [Rating.HARD, Rating.GOOD] if right else [Rating.AGAIN]
    known: dict[Rating, Plan] = plans(None, Moment(0), 0, Settings(), fuzz=False)
    values = {name: getattr(view, name) for name in ("prompt", "domain", "left", "done", "state")}
    return View(**values, answer=answer, right=right, plans={rating: known[rating] for rating in allowed}, **more)
