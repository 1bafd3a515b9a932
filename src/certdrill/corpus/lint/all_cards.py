"""The writing rules every kind of card keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from certdrill.corpus.lint.sheet import Deck, Finding, Sheet
from certdrill.corpus.lint.words import MARKS, STOP, holds, phrase, prose, question, sentences, tokens
from certdrill.model import Place

PRONOUNS = frozenset({"it", "its", "this", "that", "these", "those", "they", "them", "their"})
# "when is it better to ...": the pronoun stands for what follows
_EXPLETIVE = re.compile(r"\bit\s+(?:is\s+|be\s+)?(?:[\w-]+\s+){0,3}?(?:to|that)\b", re.IGNORECASE)
_UNDATED = re.compile(
    r"\b(?:currently|newest|recently|nowadays"
    r"|current\s+(?:name|default|documentation|docs?|release|guide|edition|product|feature|preview|recommendation)s?"
    r"|latest(?!\s+(?:message|turn|trace|run|row|value|checkpoint|prompt|state|entry|record|commit|batch|question|answer"
    r"|version(?!\s+of\s+[A-Z]))s?\b)"
    r"|new(?:ly)?\s+(?:in|since|introduced|released|feature|product|name|documentation|docs)s?"
    r"|recent\s+(?:version|release|docs?|documentation|guide|edition)s?)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_HYPE = re.compile(
    r"\b(?:amazing(?:ly)?|awesome|best-in-class|blazing(?:ly)?(?:[ -]fast)?|bleeding-edge|cutting-edge"
    r"|effortless(?:ly)?|fantastic|game[ -]chang(?:er|ing)|ground-?breaking|incredibl[ey]|industry-leading"
    r"|lightning-fast|magical(?:ly)?|market-leading|mind-blowing|next-gen(?:eration)?|powerful|revolutionary"
    r"|revolutioni[sz]es?|seamless(?:ly)?|state-of-the-art|supercharge[sd]?|ultimate|unleash(?:es)?|unmatched"
    r"|unparalleled|unrivall?ed|world-class)\b",
    re.IGNORECASE,
)
_ALIAS = re.compile(
    r"\([^()]*\)|\b(?:formerly|previously|once|earlier|originally)\s+(?:(?:known|named|called)\s+)?(?:as\s+)?[^.;:?!]*"
    r"|\b(?:renamed|rebranded)\s+from\s+[^.;:?!]*|\balso\s+(?:known|called|named)\s+(?:as\s+)?[^.;:?!]*"
    r"|\bthe old name\b[^.;:?!]*",
    re.IGNORECASE,
)


def name_old(deck: Deck) -> Iterator[Finding]:
    """A product's old name stands only where it is given as an alias.

    Why: a learner has to know the name the exam uses; an old one in the question or the answer teaches what is gone.
    The names stand in `names.yaml`, under `old:`. Parentheses, "formerly X", "also called X", the accepted answers of a
    typed card and the explanations (`why`) may use them; so may a longer name that is still in use.
    Do: use the exam's name, and give the old one in parentheses or in `why` if it helps.
    Bad: Which index type does Databricks Vector Search keep in sync?
    Good: Which index type does Mosaic AI Vector Search keep in sync?
    """
    good, old = deck.names
    if not old:
        return
    whole = sorted({*good, *old}, key=len, reverse=True)
    named = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, whole)) + r")(?!\w)")
    for sheet in deck.sheets:
        for text, place in sheet.texts(with_reasons=False):
            for name in dict.fromkeys(named.findall(_ALIAS.sub(" ", text))):
                if name in old:
                    yield sheet.found(place, f"the old name {name!r}", remedy=f"write {old[name]!r}, the exam's name")


def answer_in_prompt(sheet: Sheet) -> Iterator[Finding]:
    """A prompt does not contain its answer.

    Why: whoever reads the question then reads the answer, and recalls nothing. The answer's words count where they
    stand together; answers of one or two letters and grammar words do not. A choice item may name all its options.
    Do: ask without the words of the answer.
    Bad: Which window does a sliding window use? - A sliding window
    Good: Which window moves forward with every new row? - A sliding window
    """
    if sheet.card.kind == "order":
        return
    if sheet.card.kind == "choice":
        if not any(holds(sheet.prompt_phrase, phrase(option.text)) for option in sheet.distractors):
            for key in sheet.keys:
                yield from _leak(sheet, sheet.prompt, key.text, "stem")
    elif sheet.card.kind == "cloze":
        yield from _cloze_leak(sheet)
    elif not closed(sheet):
        accepted = sheet.record.get("accept", ()) if sheet.card.kind == "typed" else ()
        found = [finding for answer in (*sheet.answers, *accepted) for finding in _leak(sheet, sheet.prompt, answer)]
        yield from found[:1]
        if sheet.card.kind == "reversed" and not found:
            yield from _leak(sheet, sheet.answers[0], sheet.prompt, "back")


def _leak(sheet: Sheet, prompt: str, answer: str, field: str = "front") -> Iterator[Finding]:
    sought = phrase(answer)
    if any(len(word) > 2 and word not in STOP for word in sought) and holds(phrase(prompt), sought):
        yield sheet.found(field, f"the prompt contains its answer {answer!r}")


def _cloze_leak(sheet: Sheet) -> Iterator[Finding]:
    from certdrill import cloze

    text = sheet.record["text"]
    for number in cloze.numbers(text):
        hidden = "".join(
            (piece.hint or " ... ") if piece.number == number else piece.text for piece in cloze.pieces(text)
        )
        answers = {prose(piece.text) for piece in sheet.deletions if piece.number == number}
        for answer in sorted(answers):
            yield from _leak(sheet, prose(hidden), answer, "text")


def pronoun_dangling(sheet: Sheet) -> Iterator[Finding]:
    """A prompt does not begin with "it", "this" or "that" before it has named anything.

    Why: cards come in any order, so there is nothing before the card that the word could mean.
    Do: name the thing.
    Bad: Why does it need an index?
    Good: Why does full-text search need an index?
    """
    if not sheet.sentences:
        return
    first = sheet.sentences[0]
    words = tokens(first)
    at = next((at for at, word in enumerate(words) if word in PRONOUNS), None)
    if at is None or any(word not in STOP for word in words[:at]):
        return
    stands_for_what_follows = words[at] == "it" and _EXPLETIVE.search(first)
    stands_for_the_options = words[at] in ("these", "those") and sheet.card.kind in ("choice", "order")
    if not stands_for_what_follows and not stands_for_the_options:
        message = f"the prompt says {words[at]!r} before it has named anything"
        yield sheet.found(sheet.question_field, message)


def date_missing(sheet: Sheet) -> Iterator[Finding]:
    """A word such as "currently", "latest" or "new" comes with a year in its sentence.

    Why: a card is read years after it was written, and nobody can tell then what was new. The words
    count where they speak of a product ("new in", "the current name"), not of a new row or the latest message.
    Do: say since when ("in the 2026 documentation"), or leave the word out.
    Bad: Which index type is currently the default?
    Good: Which index type is the default in the documentation of 2026?
    """
    for text, place in sheet.texts(with_reasons=True):
        for sentence in sentences(text):
            found = _UNDATED.search(sentence)
            if found and not _YEAR.search(sentence):
                yield sheet.found(place, f"{found[0]!r} without a year")
                break


def hype(sheet: Sheet) -> Iterator[Finding]:
    """A card praises nothing.

    Why: a word of praise carries no fact, and in an option it is a cue.
    Do: delete the word, or write what was measured.
    Bad: a powerful, seamless integration
    Good: an integration that needs no code
    """
    for text, place in sheet.texts(with_reasons=True):
        found = _HYPE.search(text)
        if found:
            yield sheet.found(place, f"the hype word {found[0]!r}")


_N = r"\d[\d,.]{0,14}(?:\s?(?:k|thousand|million|billion|m|bn)\b)?"
_SIZE = (
    r"(?:tokens?|requests?|quer(?:y|ies)|calls?|bytes?|[kmgtp]i?b|rows?|columns?|characters?|files?|endpoints?|tables?"
    r"|index(?:es)?|indices|workspaces?|users?|replicas?|qps|rps|tps|tpm|rpm|vectors?|records?|messages?|documents?|pages?"
    r"|credits?|jobs?|servers?|agents?|tools?)"
)
_TIME = r"(?:milliseconds?|ms|seconds?|minutes?|hours?|days?|weeks?|months?|years?)"
_PRICE = re.compile(
    rf"[$€£¥]\s?{_N}|\b{_N}\s(?:usd|eur|gbp|dollars?|euros?|pounds?|cents?|dbus?)\b",
    re.IGNORECASE,
)
_PACE = re.compile(
    rf"\b{_N}\s?(?:[\w-]{{1,24}}\s){{0,2}}(?:(?:per|every|each)\s|an?\s|/\s?)(?:second|minute|hour|day|week|month|year|s|min|user"
    r"|workspace|account|endpoint)\b",
    re.IGNORECASE,
)
_FILLER = r"(?:[a-z-]{1,24}\s)"
_CEILING = re.compile(
    rf"\b(?:at most|up to|no more than|not more than|not exceed(?:ing)?|maximum(?: of| is)?|max(?: of)?|limit(?:ed)?"
    rf"(?: is| of| to)?|quota(?: is| of)?|cap(?:ped)?(?: is| of| at)?)\s{_FILLER}{{0,2}}{_N}"
    rf"[\s-]{{0,3}}{_FILLER}?(?:{_SIZE}|{_TIME}|percent)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(rf"^\W*(?:about\s|at least\s|over\s)?{_N}[\s-]?(?:[\w-]{{1,24}}\s)?{_SIZE}\b", re.IGNORECASE)
_TERM = re.compile(rf"^\W*{_N}[\s-]?{_TIME}\b|^\W*{_N}\s?(?:%|percent)", re.IGNORECASE)
_COMPUTED_FROM = re.compile(r"(?<![\w.])\d[\d,.]*(?![\w])")
_ASKS_A_LIMIT = re.compile(
    r"\b(?:limit|quota|maximum|minimum|at most|longest|how (?:many|much|long)|price|prices|priced|charged?|allowed"
    r"|retained|retention|expires?)\b",
    re.IGNORECASE,
)


def limit_unmarked(sheet: Sheet) -> Iterator[Finding]:
    """A quota, price or limit is marked `volatile: true`.

    Why: such numbers change without notice; the mark makes the card due for another reading after 90 days. Looked for
    are prices, paces ("200 queries per second") and ceilings ("at most 50 indexes") in recall questions, cloze texts
    and answers, and amounts ("16 MB") as answers. The numbers of a scenario, in the sentences before a question or in
    the options of a choice item, are inventions and do not count, unless the item asks for a limit; nor does an amount
    that is computed from numbers of the prompt.
    Do: set `volatile: true`, or ask for what does not change.
    Bad: At most how many indexes may an endpoint hold? - 50 indexes
    Good: the same with `volatile: true`
    """
    if sheet.record.get("volatile", False):
        return
    for text, place in _stated(sheet):
        found = next((pattern.search(text) for pattern in (_PRICE, _PACE, _CEILING) if pattern.search(text)), None)
        if found:
            yield sheet.found(place, f"a price, quota or limit, {found[0].strip()!r}, not marked volatile")
            return
    if sheet.card.kind == "order" or (sheet.card.kind != "cloze" and _COMPUTED_FROM.search(sheet.prompt)):
        return
    asks = bool(_ASKS_A_LIMIT.search(sheet.question))
    for answer in sheet.answers:
        found = _TERM.search(answer) or _AMOUNT.search(answer) if asks else None
        if found is None and sheet.card.kind != "choice":
            found = _AMOUNT.search(answer)
        if found:
            message = f"a price, quota or limit, {found[0].strip()!r}, not marked volatile"
            yield sheet.found(sheet.answer_field, message)
            return


def _stated(sheet: Sheet) -> Iterator[tuple[str, Place]]:
    """Yield what a recall card states as fact: the sentence that asks, and the answer."""
    if sheet.card.kind in ("choice", "order"):
        return
    if sheet.card.kind == "cloze":
        yield from sheet.texts(with_reasons=False)
        return
    asked = question(sheet.prompt)
    yield asked, sheet.place(sheet.question_field)
    yield sheet.answers[0], sheet.place(sheet.answer_field)


_CLOSED = re.compile(
    r"^(?:\W|and\s|so\s|then\s)*(?:is|are|was|were|do|does|did|can|could|will|would|should|must|may|might|has|have|had"
    r"|isn't|aren't|doesn't|don't|can't|won't)\s",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\b(?:what|which|who|whom|whose|why|how|where)\b|\bwhen\s+(?:is|are|do|does|should|must|can|will)\b"
)
_EITHER = re.compile(r"(?:^|[,:(]\s*|\b(?:is|are|does|do|use|uses|a|an|the)\s)([^,:;?]{1,60}?),? or ([^,:;?]{1,60})\?$")
YES_NO = frozenset({"yes", "no", "true", "false"})


@cache
def _closed(asked: str, answer: str) -> str:
    """Say how a question is closed: "yes or no", "either or", or not at all."""
    lowered = asked.casefold()
    first = tokens(answer)[:1]
    if first and first[0] in YES_NO:
        return "a yes-or-no question"
    if not asked.endswith(MARKS):
        return ""
    if not _ASKING.search(lowered) and any(_CLOSED.match(part) for part in re.split(r"[,;:]\s+", lowered)):
        return "an either-or question" if re.search(r"\bor\b", lowered) else "a yes-or-no question"
    either = _EITHER.search(asked)
    if either and phrase(answer) in (phrase(either[1]), phrase(either[2])):
        return "an either-or question"
    return ""


def closed(sheet: Sheet) -> str:
    """Say whether a recall card asks yes or no, or one of two, and how."""
    return _closed(sheet.question, sheet.answers[0]) if sheet.card.kind in ("basic", "typed") else ""
