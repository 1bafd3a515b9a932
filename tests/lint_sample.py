"""Sound cards of every kind, and a way to lint variations of them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from certdrill.corpus.files import Files
from certdrill.corpus.lint.rules import lint
from certdrill.corpus.read import Library, read_library
from certdrill.corpus.rules import check
from certdrill.model import ERROR, Problem

TODAY = date(2026, 11, 22)
EXAM = """\
id: bar-exam
title: Bar Exam
strict: true
domains:
  - {id: law, title: Law of Contracts, weight: 60}
  - {id: ethics, title: Ethics, weight: 40}
objectives:
  - {id: "1.1", domain: law, text: Know the law}
  - {id: "1.2", domain: law, text: Apply the law}
  - {id: "2.1", domain: ethics, text: Know what is right}
"""
NAMES = """\
names:
  - exam: Contract Search
    current: Deal Finder
    old: [Treaty Search, Search]
    source: https://docs.example.org/names
"""
HEAD: dict[str, Any] = {
    "objective": "1.1",
    "level": "apply",
    "sources": [{"url": "https://docs.example.org/contracts"}],
}
BASIC: dict[str, Any] = {
    "id": "offer-needs-acceptance",
    "kind": "basic",
    **HEAD,
    "front": "Which declaration turns an offer into a contract?",
    "back": "An acceptance",
}
REVERSED: dict[str, Any] = {
    "id": "promise-to-stand-in",
    "kind": "reversed",
    **HEAD,
    "front": "Promise to pay the debt of another person if he does not",
    "back": "Surety",
}
TYPED: dict[str, Any] = {
    "id": "duty-to-undo",
    "kind": "typed",
    **HEAD,
    "front": "Which remedy puts both parties back where they stood before?",
    "answer": "rescission",
}
CLOZE: dict[str, Any] = {
    "id": "revocation-before-receipt",
    "kind": "cloze",
    **HEAD,
    "text": "A declaration sent by letter is void if its {{c1::revocation}} reaches the recipient earlier or with it.",
}
ORDER: dict[str, Any] = {
    "id": "road-to-a-judgment",
    "kind": "order",
    **HEAD,
    "stem": "In which order do the stages of a civil case follow each other?",
    "steps": ["The claim is filed", "The parties plead", "The court takes evidence", "The judge decides"],
}
CHOICE: dict[str, Any] = {
    "id": "buyer-finds-a-defect",
    "kind": "choice",
    **HEAD,
    "stem": "A shop delivers a cracked vase and has a sound one in stock. What may the buyer claim first?",
    "options": [
        {
            "text": "A second vase in place of the first",
            "correct": True,
            "why": "Cure comes before every other remedy, and it is possible here.",
        },
        {
            "text": "A lower price for the damaged piece",
            "why": "A reduction is open only after a cure has failed or was refused.",
        },
        {
            "text": "Damages for the trouble with the shop",
            "why": "Trouble is no loss that the law counts in this case.",
        },
        {
            "text": "A refund at the return of the goods",
            "why": "Withdrawal needs a deadline that passed without a cure.",
        },
    ],
}
GOOD = (BASIC, REVERSED, TYPED, CLOZE, ORDER, CHOICE)


def varied(card: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a card with some fields replaced; a field that is None is left out."""
    return {key: value for key, value in {**card, **fields}.items() if value is not None}


def options(*texts: str, key: int = 0, **fields: Any) -> dict[str, Any]:
    """Return the choice item with these options, the right one at `key`, each with a reason of its own."""
    reasons = [f"The reason why {text} is right or wrong." for text in texts]
    listed: list[dict[str, Any]] = [{"text": text, "why": why} for text, why in zip(texts, reasons, strict=True)]
    listed[key]["correct"] = True
    return varied(CHOICE, options=listed, **fields)


def card_file(*cards: dict[str, Any], domain: str = "law") -> str:
    """Return a card file; every text stands in double quotes on the line of its key."""
    lines = [f"domain: {domain}", "cards:"]
    for card in cards:
        begin = "  - "
        for key, value in card.items():
            lines += _field(begin, key, value)
            begin = "    "
    return "\n".join(lines) + "\n"


def _field(begin: str, key: str, value: Any) -> list[str]:
    if not (isinstance(value, list) and value and isinstance(value[0], dict)):
        return [f"{begin}{key}: {json.dumps(value, ensure_ascii=False)}"]
    lines = [f"{begin}{key}:"]
    for item in value:
        first = "      - "
        for name, inner in item.items():
            lines.append(f"{first}{name}: {json.dumps(inner, ensure_ascii=False)}")
            first = "        "
    return lines


def library(*cards: dict[str, Any], exam: str = EXAM, **files: str) -> Library:
    """Read and check a corpus with these cards of the domain law and further files."""
    raw: Files = {"exam.yaml": exam.encode(), "names.yaml": NAMES.encode()}
    raw["law.yaml"] = card_file(*cards).encode()
    raw.update({f"{name}.yaml": text.encode() for name, text in files.items()})
    read = read_library(raw)
    check(read)
    return read


def findings(*cards: dict[str, Any], today: date = TODAY, **more: Any) -> list[Problem]:
    """Lint cards of the domain law; they must be structurally sound."""
    read = library(*cards, **more)
    assert [str(problem) for problem in read.problems if problem.severity == ERROR] == []
    return lint(read, today)
