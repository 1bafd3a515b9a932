"""The writing rules of recall cards: every kind but choice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from certdrill import cloze
from certdrill.corpus.lint.all_cards import closed
from certdrill.corpus.lint.sheet import Deck, Finding, Sheet
from certdrill.corpus.lint.words import MARKS, content, count, list_length, phrase, prose, sentences, shown
from certdrill.model import WARNING

FEWEST_WORDS, MANY_WORDS, MOST_WORDS = 6, 30, 45
LONG_ANSWER, LONGEST_ANSWER = 20, 35
LONG_LIST, LONGEST_LIST = 3, 5
REVERSED_BACK = 6
TYPED_CHARACTERS = 40
DELETIONS_A_SENTENCE = 3
LONG_DELETION, LONGEST_DELETION = 6, 9
CLOZE_CONTEXT = 5

_IMPERATIVE = re.compile(
    r"(?:^|[.:;]\s+|,\s+)(?:name|give|state|write|complete|fill|convert|translate|order|put|choose|pick|compute|calculate"
    r"|type|spell|recite|finish|solve|identify|list)\b",
    re.IGNORECASE,
)
_AND = re.compile(r"\b(?:and|or)\b|&")
_OPEN = re.compile(r"(?:^|[.:;?!]\s+|,\s+)(explain|describe|discuss|elaborate|comment on|tell (?:me )?about)\b", re.I)


def question_length(sheet: Sheet) -> Iterator[Finding]:
    """A question has 6 to 30 words; more than 45 are an error.

    Why: a shorter one leaves open which answer is meant, a longer one is read and not answered. Code blocks do not
    count; the lower bound is for basic and typed cards only.
    Do: ask for one fact, with just the words that make the answer the only one.
    Bad: Overlap?
    Good: Which loss does overlap between neighbouring chunks reduce?
    """
    words = count(sheet.prompt)
    if words > MANY_WORDS:
        severity = "" if words > MOST_WORDS else WARNING
        most = MOST_WORDS if words > MOST_WORDS else MANY_WORDS
        yield sheet.found(sheet.question_field, f"a question of {words} words, more than {most}", severity)
    elif words < FEWEST_WORDS and sheet.card.kind in ("basic", "typed"):
        yield sheet.found(sheet.question_field, f"a question of {words} words, fewer than {FEWEST_WORDS}", WARNING)


def answer_length(sheet: Sheet) -> Iterator[Finding]:
    """An answer has at most 20 words; more than 35 are an error.

    Why: a long answer is rated by feeling: part of it was always known.
    Do: keep the fact, move the rest to `why` or to a card of its own.
    Bad: forty words of documentation
    Good: Context that a chunk boundary would cut in two
    """
    words = count(sheet.answers[0])
    if words > LONG_ANSWER:
        severity, most = ("", LONGEST_ANSWER) if words > LONGEST_ANSWER else (WARNING, LONG_ANSWER)
        yield sheet.found("back", f"an answer of {words} words, more than {most}", severity)


def answer_list(sheet: Sheet) -> Iterator[Finding]:
    """An answer lists at most three things; more than five are an error.

    Why: sets are the hardest thing to recall, and one forgotten item fails the card.
    Do: make a card of each item, a cloze, or an order card if the order matters.
    Bad: Name the five stages. - a, b, c, d and e
    Good: Which stage follows parsing? - Chunking
    """
    items = max(list_length(sheet.record["back"]), _enumerated(sheet.answers[0]))
    if items > LONG_LIST:
        severity, most = ("", LONGEST_LIST) if items > LONGEST_LIST else (WARNING, LONG_LIST)
        yield sheet.found("back", f"an answer that lists {items} things, more than {most}", severity)


def _enumerated(answer: str) -> int:
    """Return how many things `a, b, c and d` lists; 0 for a sentence with commas."""
    commas = answer.count(",")
    if ";" not in answer and not (commas >= 2 or (commas and _AND.search(answer, answer.index(",")))):
        return 0
    items = [item for item in re.split(r"\s*[,;]\s*(?:and\s|or\s)?|\s+(?:and|or|&)\s+", answer.strip(" .")) if item]
    return len(items) if all(count(item) <= 4 for item in items) else 0


def question_closed(sheet: Sheet) -> Iterator[Finding]:
    """A recall card asks neither yes or no nor either or.

    Why: half the answers are right by guessing, and nothing is recalled.
    Do: ask which, what, why or when, so that the answer has to be produced.
    Bad: Does a Delta Sync index follow its table?
    Good: Which index type follows a Delta table by itself?
    """
    how = closed(sheet)
    if how:
        yield sheet.found(sheet.question_field, how)


def question_missing(sheet: Sheet) -> Iterator[Finding]:
    """The front of a basic or typed card is a question, not a topic.

    Why: a topic has no one answer, so the same recall is rated differently every time. An order to answer ("Name the
    ...") counts as a question.
    Do: write the question whose one answer is the back.
    Bad: Chunk overlap
    Good: Which loss does overlap between neighbouring chunks reduce?
    """
    front = sheet.prompt
    if not any(mark in front for mark in MARKS) and not _IMPERATIVE.search(front) and not _OPEN.search(front):
        yield sheet.found("front", "a topic instead of a question")


def question_open(sheet: Sheet) -> Iterator[Finding]:
    """No card says "explain", "describe" or "discuss".

    Why: an essay has no one answer; what was left out is never noticed.
    Do: ask for the one point the answer has to make.
    Bad: Explain chunk overlap.
    Good: Which loss does overlap between neighbouring chunks reduce?
    """
    found = _OPEN.search(sheet.prompt)
    if found:
        yield sheet.found(sheet.question_field, f"{found[1].lower()!r} asks for an essay")


def reversed_back(deck: Deck) -> Iterator[Finding]:
    """The back of a reversed card has at most six words, and each side of it is unique among reversed cards.

    Why: the back is a question too; two cards with one side alike have two right answers.
    Do: shorten the back to the term, or make a basic card of it.
    Bad: front: An index type - back: Direct access (while another card's back is Direct access)
    Good: front: Index type that holds only rows your code writes - back: Direct Vector Access index
    """
    sheets = [sheet for sheet in deck.sheets if sheet.card.kind == "reversed"]
    sides = Counter(side for sheet in sheets for side in {phrase(sheet.prompt), phrase(sheet.answers[0])})
    for sheet in sheets:
        words = count(sheet.answers[0])
        if words > REVERSED_BACK:
            yield sheet.found("back", f"a back of {words} words, more than {REVERSED_BACK}")
        for field, side in (("front", phrase(sheet.prompt)), ("back", phrase(sheet.answers[0]))):
            if side and sides[side] > 1:
                other = next(
                    one.card.id for one in sheets
                    if one is not sheet and side in (phrase(one.prompt), phrase(one.answers[0]))
                )  # fmt: skip
                message = f"the {field} is also a side of {other}, so it has two right answers"
                yield sheet.found(field, message, remedy="make both sides of each card unique")


def typed_length(sheet: Sheet) -> Iterator[Finding]:
    """A typed answer has at most 40 characters.

    Why: a longer one fails by a typing error instead of a gap in memory.
    Do: ask for the name alone, or make a basic card of it.
    Bad: answer: mlflow.langchain.log_model(lc_model=chain, name="chain")
    Good: answer: log_model
    """
    length = len(sheet.record["answer"])
    if length > TYPED_CHARACTERS:
        yield sheet.found("answer", f"a typed answer of {length} characters, more than {TYPED_CHARACTERS}")


def cloze_crowded(sheet: Sheet) -> Iterator[Finding]:
    """A sentence has at most three deletions.

    Why: each hides what the others are understood by, and the card becomes a puzzle.
    Do: make several cards, one for each fact.
    Bad: {{c1::A}} sends {{c2::B}} to {{c3::C}} through {{c4::D}}.
    Good: A sends {{c1::B}} to {{c2::C}} through D.
    """
    text = prose("".join("\N{BULLET}" if piece.number else piece.text for piece in cloze.pieces(sheet.record["text"])))
    most = max((sentence.count("\N{BULLET}") for sentence in sentences(text)), default=0)
    if most > DELETIONS_A_SENTENCE:
        yield sheet.found("text", f"{most} deletions in a sentence, more than {DELETIONS_A_SENTENCE}")


def deletion_length(sheet: Sheet) -> Iterator[Finding]:
    """A deletion hides at most six words; more than nine are an error.

    Why: a hidden half sentence is recalled in other words every time.
    Do: hide the word that carries the fact.
    Bad: Overlap {{c1::repeats the text next to a cut in the following chunk}}.
    Good: Overlap repeats text next to a {{c1::cut}} in the following chunk.
    """
    for piece in sheet.deletions:
        words = count(shown(piece.text))
        if words > LONG_DELETION:
            severity, most = ("", LONGEST_DELETION) if words > LONGEST_DELETION else (WARNING, LONG_DELETION)
            yield sheet.found("text", f"the deletion c{piece.number} hides {words} words, more than {most}", severity)


def cloze_bare(sheet: Sheet) -> Iterator[Finding]:
    """At least five content words are left when a deletion is hidden.

    Why: with fewer, many words would fit the gap.
    Do: say more around the gap, or make a question of it.
    Bad: {{c1::Overlap}} helps {{c2::chunks}}.
    Good: {{c1::Overlap}} repeats text next to a cut in the chunk that follows.
    """
    text = sheet.record["text"]
    for number in cloze.numbers(text):
        left = prose("".join(" " if piece.number == number else piece.text for piece in cloze.pieces(text)))
        words = len(content(left))
        if words < CLOZE_CONTEXT:
            message = f"{words} content words are left around c{number}, fewer than {CLOZE_CONTEXT}"
            yield sheet.found("text", message)
