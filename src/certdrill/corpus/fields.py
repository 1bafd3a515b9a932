"""The fields of every file of a corpus, once: the loader reads by them and the JSON Schema is made from them."""

from __future__ import annotations

from typing import Any

from certdrill.corpus.shapes import Day, Field, Flag, ListOf, MapOf, OneOf, Prose, Record, TextOr, Whole, Word
from certdrill.model import KINDS, LEVELS

SLUG = Word(r"[a-z0-9]+(-[a-z0-9]+){1,7}", "chunk-overlap-purpose", 48)
NAME = Word(r"[a-z0-9]+(-[a-z0-9]+)*", "vector-search", 60)
URL = Word(r"https?://[^\s<>\"]+", "https://docs.example.org/page", 500)
EDITION = Word(r"20[0-9]{2}(-[0-9]{2})?", "2026-03")
OBJECTIVE_ID = Word(r"[0-9A-Za-z]+(\.[0-9A-Za-z]+)*", "3.11", 20)

_OPTION = Record(
    {
        "text": Field(Prose(), True, "what the learner reads"),
        "correct": Field(Flag(), False, "true on the right option; never by letter or position"),
        "why": Field(Prose(), False, "why this option is right or wrong here"),
    },
    "an option",
)
SOURCE = Record(
    {
        "url": Field(URL, True, "a public page on which the fact was read"),
        "section": Field(Prose(most=300), False, "the heading on that page"),
    },
    "a source",
)
_PATH = Prose("a path inside the corpus", 300)
MEDIUM = Record(
    {
        "file": Field(_PATH, True, "its path from the folder of exam.yaml, with `/`"),
        "alt": Field(Prose(most=500), False, "what it shows, in words"),
        "side": Field(OneOf(("question", "answer")), False, "where it is shown (default question)"),
    },
    "a picture or sound",
)

COMMON: dict[str, Field] = {
    "id": Field(SLUG, True, "a slug that names the fact; it never changes"),
    "kind": Field(OneOf(KINDS), True, "what kind of card this is"),
    "objective": Field(OBJECTIVE_ID, False, "an objective id of exam.yaml"),
    "level": Field(OneOf(LEVELS), False, "what the learner has to do with the fact"),
    "difficulty": Field(Whole(1, 5), False, "1 easy to 5 hard"),
    "tags": Field(ListOf(NAME, 0, 12), False, "a few topics"),
    "verified": Field(Day(), False, "the day the fact was last read on its page"),
    "volatile": Field(Flag(), False, "true when the fact is a quota, price, limit or preview status"),
    "rev": Field(Whole(1, 999), False, "raise it when the answer changes its meaning"),
    "since": Field(EDITION, False, "the exam edition that first asked for it"),
    "contrast": Field(ListOf(SLUG), False, "look-alike cards"),
    "requires": Field(ListOf(SLUG), False, "cards to learn first"),
    "lint_ok": Field(ListOf(NAME), False, "rules that this card knowingly breaks"),
    "why": Field(Prose(), False, "the reason or contrast, shown after the answer"),
    "media": Field(ListOf(TextOr(_PATH, MEDIUM), 1, 8), False, "pictures and sounds, as paths inside the corpus"),
    "sources": Field(ListOf(SOURCE, 1, 8), False, "where the fact can be read"),
}

BY_KIND: dict[str, dict[str, Field]] = {
    "basic": {
        "front": Field(Prose(), True, "the question"),
        "back": Field(Prose(), True, "the answer"),
    },
    "reversed": {
        "front": Field(Prose(), True, "one side"),
        "back": Field(Prose(), True, "the other side; both are asked"),
    },
    "cloze": {
        "text": Field(Prose(), True, "a sentence with {{c1::answer::hint}}"),
    },
    "typed": {
        "front": Field(Prose(), True, "the question"),
        "answer": Field(Prose(most=200), True, "what has to be typed"),
        "accept": Field(ListOf(Prose(most=200), 1, 20), False, "other answers that count"),
        "match": Field(OneOf(("exact", "trim", "nocase")), False, "how strictly to compare (default trim)"),
    },
    "choice": {
        "stem": Field(Prose(), True, "the question, answerable with the options covered"),
        "options": Field(ListOf(_OPTION, 2, 8), True, "the options, in any order"),
        "select": Field(Whole(1, 7), False, "how many options are right (default 1)"),
    },
    "order": {
        "stem": Field(Prose(), True, "what has to be put in order"),
        "steps": Field(ListOf(Prose(), 2, 9), True, "the steps in the right order"),
    },
}

STRICT_FIELDS = ("objective", "level", "sources")

_DEFAULTS = Record(
    {"verified": COMMON["verified"], "tags": COMMON["tags"], "since": COMMON["since"]},
    "the defaults",
)
CARD_FILE = Record(
    {
        "domain": Field(NAME, True, "a domain id of exam.yaml"),
        "exam_guide": Field(EDITION, False, "the edition of the exam guide these cards follow"),
        "defaults": Field(_DEFAULTS, False, "values for cards that do not set their own"),
    },
    "a card file",
)
MOCK_FILE = Record(
    {
        "form": Field(NAME, True, "the name of this mock form"),
        "title": Field(Prose(most=200), False, "what the learner sees"),
        "exam_guide": CARD_FILE.fields["exam_guide"],
        "defaults": CARD_FILE.fields["defaults"],
    },
    "a mock form",
)

_DOMAIN = Record(
    {
        "id": Field(NAME, True, "a slug"),
        "title": Field(Prose(most=120), True, "the name in the exam guide"),
        "weight": Field(Whole(1, 10_000), True, "its share of the exam, in any unit"),
    },
    "a domain",
)
_OBJECTIVE = Record(
    {
        "id": Field(OBJECTIVE_ID, True, "the id cards refer to, quoted"),
        "domain": Field(NAME, True, "a domain id"),
        "text": Field(Prose(most=500), True, "what a candidate must be able to do"),
        "since": Field(EDITION, False, "the exam edition that introduced it"),
    },
    "an objective",
)
EXAM = Record(
    {
        "id": Field(SLUG, True, "immutable: it is part of every history key and every Anki guid"),
        "title": Field(Prose(most=200), True, "the exam's name"),
        "guide": Field(EDITION, False, "the edition of the exam guide"),
        "url": Field(URL, False, "the exam's own page"),
        "items": Field(Whole(1, 1000), False, "scored questions"),
        "minutes": Field(Whole(1, 1000), False, "time allowed"),
        "facts": Field(MapOf(Prose(most=300), NAME), False, "what else a candidate should know, by name"),
        "strict": Field(Flag(), False, "true: every card needs objective, level and sources"),
        "domains": Field(ListOf(_DOMAIN, 1, 40), True, "the weighted parts of the exam"),
        "objectives": Field(ListOf(_OBJECTIVE, 1, 500), False, "what each domain asks for"),
        "profiles": Field(
            MapOf(MapOf(Whole(0, 10_000), NAME), NAME), False, "further weights for the domains, by name"
        ),
    },
    "an exam",
)
NAMES = Record(
    {
        "names": Field(
            ListOf(
                Record(
                    {
                        "exam": Field(Prose(most=120), True, "the name the exam guide uses"),
                        "current": Field(Prose(most=120), True, "the name in today's documentation"),
                        "old": Field(ListOf(Prose(most=120), 1, 20), False, "names that must not be used any more"),
                        "since": Field(Prose(most=40), False, "when the current name came"),
                        "source": Field(URL, True, "a page that shows the current name"),
                    },
                    "a product name",
                ),
                0,
                500,
            ),
            True,
            "product names",
        )
    },
    "names.yaml",
)
RETIRED = Record(
    {
        "retired": Field(
            ListOf(
                Record(
                    {
                        "id": Field(SLUG, True, "the id taken out of use, never used again"),
                        "date": Field(Day(), True, "the day it was retired"),
                        "reason": Field(Prose(most=500), True, "why"),
                        "replaced_by": Field(SLUG, False, "the card that took its place"),
                    },
                    "a retired card",
                ),
                0,
                10_000,
            ),
            True,
            "retired ids",
        )
    },
    "retired.yaml",
)


def card_record(kind: str) -> Record:
    """Return the record of a card of `kind`: the common fields and its own."""
    return Record({**COMMON, **BY_KIND[kind]}, f"a {kind} card")


def card_schema() -> dict[str, Any]:
    """Return the JSON Schema of one card: every field, and by kind which are needed and which do not belong."""
    own = {key: spec for fields in BY_KIND.values() for key, spec in fields.items()}
    schema = Record({**COMMON, **own}, "a card").schema()
    schema["required"] = ["id", "kind"]
    schema["allOf"] = [
        {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": {
                "required": [key for key, spec in fields.items() if spec.required],
                "properties": {key: False for key in own if key not in fields},
            },
        }
        for kind, fields in BY_KIND.items()
    ]
    return schema


def schemas() -> dict[str, dict[str, Any]]:
    """Return every published schema by file name."""

    def document(title: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"$schema": "http://json-schema.org/draft-07/schema#", "title": title, **body}

    def with_cards(record: Record) -> dict[str, Any]:
        body = record.schema()
        body["properties"]["cards"] = {
            "type": "array",
            "minItems": 1,
            "maxItems": 100_000,
            "items": card_schema(),
        }
        body["required"] = [*body["required"], "cards"]
        return body

    return {
        "cards.schema.json": document("certdrill cards", with_cards(CARD_FILE)),
        "mock.schema.json": document("certdrill mock form", with_cards(MOCK_FILE)),
        "exam.schema.json": document("certdrill exam blueprint", EXAM.schema()),
        "names.schema.json": document("certdrill product names", NAMES.schema()),
        "retired.schema.json": document("certdrill retired cards", RETIRED.schema()),
    }
