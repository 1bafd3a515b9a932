"""The writing rules of choice items: no cue in length, wording or form, and a reason for every option."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from statistics import mean

from certdrill.corpus.lint.sheet import Finding, OptionSheet, Sheet
from certdrill.corpus.lint.words import content, count, holds, phrase, question, tokens
from certdrill.model import WARNING

FEWEST_OPTIONS, MOST_OPTIONS = 3, 5
REASON_WORDS = (6, 40)
SPREAD = 2.5
ECHO = 2

_ABSOLUTES = """
    absolutely all always completely entirely every everyone everything exclusively forever guarantee guaranteed
    guarantees impossible must never nobody none nothing only totally
    """
ABSOLUTES = frozenset(_ABSOLUTES.split())
_NOT = re.compile(
    r"\b(?:which|what)\b(?P<subject>(?:\s+(?!that\b|who\b|whose\b|when\b|where\b|to\b)[^\s,;:?]+){0,6}?)\s+(?:(?:is|are|was|were"
    r"|do|does|did|would|should|could|will|must|may|can|has|have|had)\s+(?P<word>not|never)\b|(?P<short>cannot|isn't|aren't"
    r"|wasn't|doesn't|don't|didn't|wouldn't|shouldn't|couldn't|won't|can't)\b)",
    re.IGNORECASE,
)
_EXCEPT = re.compile(r"\b(except)\b(?!\s+for\s+the\s+fact)", re.IGNORECASE)
_ABOVE = re.compile(
    r"\b(?:all|any|both|either|neither|none) of the (?:above|following)\b"
    r"|^\W*(?:all|any|both|either|neither|none)(?: of (?:these|those|them|the others?|the options))?\W*$",
    re.IGNORECASE,
)
_LETTERS = re.compile(
    r"\b(?:[Oo]ption|[Aa]nswer|[Cc]hoice)s?\s+\(?[A-H]\b\)?(?!\s?/)|^\W*(?:[Bb]oth\s+)?[A-H]\s+(?:and|or|&)\s+[A-H]\W*$"
)
_UNFOCUSED = re.compile(
    r"\b(?:which|what)\b[^?]{0,60}\b(?:is|are)\s+(?:not\s+)?(?:true|correct|false|incorrect|right|wrong|valid)\W*$"
    r"|\bwhich\s+of\s+(?:the\s+following|these)\s+(?:is|are)\s+(?:not\s+)?(?:true|correct|false)\b"
    r"|\bwhich\s+(?:of\s+(?:the\s+following|these)\s+)?(?:true|correct|false)?\s*statements?\b",
    re.IGNORECASE,
)
_AFTER_GERUND = "a an the each every all its their your his her to from with in on by more one only into as"
_GERUND_FOLLOWERS = frozenset(_AFTER_GERUND.split())


def option_number(sheet: Sheet) -> Iterator[Finding]:
    """A choice item has three to five options, and one with several right answers four to six.

    Why: with two, guessing is right half the time; the sixth distractor is never a good one.
    Do: add a real misconception, or delete the weakest option.
    Bad: two options, Yes and No
    Good: four options, three of them tools that solve another problem
    """
    several = sheet.record.get("select", 1) > 1
    least, most = FEWEST_OPTIONS + several, MOST_OPTIONS + several
    number = len(sheet.options)
    if not least <= number <= most:
        kind = "an item with several right answers" if several else "an item with one right answer"
        yield sheet.found("options", f"{number} options where {kind} has {least} to {most}")


def key_longest(sheet: Sheet) -> Iterator[Finding]:
    """The right option is not much longer than every other.

    Why: "pick the longest" is the best-known trick of all; it solves most careless banks. A warning past 1.25 times the
    mean of the wrong options and 8 characters more than the longest of them, an error past 1.5 times and 12. Of several
    right options the shortest counts.
    Do: move the detail into `why`, or give the distractors as much.
    Bad: right: Call ai_query over the table in a scheduled SQL task every night; wrong: Use an app, Use an endpoint
    Good: options of about one length
    """
    key = min((len(option.text) for option in sheet.keys), default=0)
    wrong = [len(option.text) for option in sheet.distractors]
    if not wrong or key <= max(wrong):
        return
    ahead, ratio = key - max(wrong), key / max(mean(wrong), 1)
    if ratio > 1.25 and ahead > 8:
        severity = "" if ratio > 1.5 and ahead > 12 else WARNING
        message = f"the right option has {key} characters, {ratio:.2f} times the mean of the wrong ones"
        yield sheet.found(_longest(sheet.keys).place, message, severity)


def key_shortest(sheet: Sheet) -> Iterator[Finding]:
    """The right option is not much shorter than every other.

    Why: once the longest is avoided, the shortest becomes the cue. Looked at is a right option shorter than every wrong
    one and below 0.6 times their mean; of several right options the longest counts.
    Do: bring the distractors down to its length.
    Bad: right: A signature; wrong: three options of twelve words
    Good: options of about one length
    """
    key = max((len(option.text) for option in sheet.keys), default=0)
    wrong = [len(option.text) for option in sheet.distractors]
    if wrong and key < min(wrong) and key < 0.6 * mean(wrong):
        message = f"the right option has {key} characters, {key / mean(wrong):.2f} times the mean of the wrong ones"
        yield sheet.found(_longest(sheet.keys).place, message)


def option_spread(sheet: Sheet) -> Iterator[Finding]:
    """The longest option has at most 2.5 times the words of the shortest.

    Why: options of very unequal length are not read as alternatives; one of them stands out.
    Do: write all options with about the same number of words.
    Bad: MLflow / Call ai_query over the table in a scheduled task
    Good: options of six to eight words
    """
    words = [count(option.text) for option in sheet.options]
    if max(words) > SPREAD * max(min(words), 1):
        longest = max(sheet.options, key=lambda option: count(option.text))
        yield sheet.found(longest.place, f"options of {min(words)} to {max(words)} words")


def option_reference(sheet: Sheet) -> Iterator[Finding]:
    """No text says "all of the above" or names an option by its letter.

    Why: options are shuffled, so letters and "above" mean nothing; and who knows two right options knows "all".
    Do: say what is meant; several right options are an item with `select: 2`.
    Bad: Both A and C
    Good: select: 2
    """
    texts = [(option.text, option.place) for option in sheet.options]
    for text, place in texts:
        if _ABOVE.search(text) or _LETTERS.search(text):
            yield sheet.found(place, f"the option {text!r} speaks of other options")
    reasons = [(option.why, option.why_place) for option in sheet.options]
    for text, place in [(sheet.prompt, sheet.place("stem")), *reasons]:
        found = _LETTERS.search(text)
        if found:
            yield sheet.found(place, f"{found[0].strip()!r} names an option by its letter")


def stem_negative(sheet: Sheet) -> Iterator[Finding]:
    """A stem does not ask for what is not so; if it must, the word stands in capitals.

    Why: a "not" is overlooked, and the item then tests reading. A warning in capitals, else an error.
    Do: ask for what is right.
    Bad: Which of these is not a judge?
    Good: Which of these is a judge?
    """
    asked = question(sheet.prompt)
    found = _NOT.search(asked)
    word = (found["word"] or found["short"]) if found else ""
    if not word:
        exception = _EXCEPT.search(asked)
        word = exception[1] if exception else ""
    if word:
        capitals = word.isupper() or word.endswith("NOT")
        remedy = "" if capitals else "ask for what is right, or at least write the word in capitals"
        yield sheet.found("stem", f"the stem asks for the opposite: {word!r}", WARNING if capitals else "", remedy)


def option_absolute(sheet: Sheet) -> Iterator[Finding]:
    """Absolute words do not mark the wrong options.

    Why: "always", "never" and "only" are seldom true, and test-wise people strike out such options. Two wrong options
    with such a word, while no right one has it, are a cue.
    Do: take the absolute words out of the distractors.
    Bad: wrong: It is always faster; It never needs a table; right: It suits batch jobs
    Good: wrong: It is faster for single rows
    """
    wrong = [option for option in sheet.distractors if _absolute(option)]
    if len(wrong) >= 2 and not any(_absolute(option) for option in sheet.keys):
        words = ", ".join(sorted({_absolute(option) for option in wrong}))
        yield sheet.found(wrong[0].place, f"absolute words in {len(wrong)} wrong options and in no right one: {words}")


def _absolute(option: OptionSheet) -> str:
    return next((word for word in tokens(option.text) if word in ABSOLUTES), "")


def key_echo(sheet: Sheet) -> Iterator[Finding]:
    """The right option does not echo the stem.

    Why: the option that repeats the stem's words is picked without knowing anything. Looked at is a right option that
    shares two more content words with the stem than any wrong one does.
    Do: say it in other words, or let the distractors echo the stem as much.
    Bad: Which tool labels two million tickets each night? - A tool that labels tickets at night
    Good: Which tool labels two million tickets each night? - ai_query in a scheduled task
    """
    shared = [len(content(option.text) & sheet.prompt_words) for option in sheet.distractors]
    if not shared:
        return
    weakest = min(sheet.keys, key=lambda option: len(content(option.text) & sheet.prompt_words))
    echo = content(weakest.text) & sheet.prompt_words
    if len(echo) >= max(shared) + ECHO:
        words = ", ".join(sorted(echo))
        message = (
            f"the right option shares {len(echo)} words with the stem ({words}), a wrong one at most {max(shared)}"
        )
        yield sheet.found(weakest.place, message)


def option_form(sheet: Sheet) -> Iterator[Finding]:
    """The options are alike in grammar, case and final punctuation.

    Why: the odd one out is picked, or struck out, by its form. Compared are "to do", "doing" and other beginnings,
    capital and small first letters (code, numbers and single words aside) and the marks at the end.
    Do: begin all options with the same kind of word and end all of them alike.
    Bad: Adding an index / To add a filter / A table.
    Good: Add an index / Add a filter / Add a table
    """
    mixed = [
        name
        for name, forms in (
            ("grammar", [_grammar(option) for option in sheet.options]),
            ("case", [_case(option) for option in sheet.options]),
            ("final punctuation", [_ending(option) for option in sheet.options]),
        )
        if len({form for form in forms if form is not None}) > 1
    ]
    if mixed:
        yield sheet.found("options", f"options of mixed {' and '.join(mixed)}")


def _grammar(option: OptionSheet) -> str | None:
    words = tokens(option.text)
    if option.raw.startswith("`") or len(words) < 2:
        return None
    if words[0] == "to":
        return "to do"
    if words[0].endswith("ing") and len(words[0]) > 4 and words[1] in _GERUND_FOLLOWERS:
        return "doing"
    return "other"


def _case(option: OptionSheet) -> str | None:
    first, *rest = option.raw.split()
    if not rest or not first.isalpha() or (first.isupper() and len(first) > 1):
        return None  # code, a number, an abbreviation, or a name alone
    return "capital" if first[0].isupper() else "small"


def _ending(option: OptionSheet) -> str:
    last = option.text[-1:]
    return last if last in ".?!;:," and not option.text.endswith("etc.") else ""


def option_nested(sheet: Sheet) -> Iterator[Finding]:
    """No option repeats or contains another.

    Why: of two options that say the same neither can be the one right answer, and of two where one includes the other
    a test-wise person strikes out one.
    Do: make each option a different answer.
    Bad: A Delta table / A Delta table with change data feed
    Good: A Delta table with change data feed / A Delta table partitioned by date
    """
    phrases = [phrase(option.text) for option in sheet.options]
    for number, own in enumerate(phrases):
        for other in phrases[:number]:
            if own and other and (holds(own, other) or holds(other, own)):
                word = "says the same as" if own == other else "holds or is held by"
                text = sheet.options[phrases.index(other)].text
                yield sheet.found(sheet.options[number].place, f"the option {word} {text!r}")
                break


def stem_unfocused(sheet: Sheet) -> Iterator[Finding]:
    """A stem asks a question of its own, not "which of the following is true".

    Why: such an item is four true-or-false cards in one; it cannot be answered with the options covered.
    Do: ask what the right option answers.
    Bad: Which of the following statements about chunking is true?
    Good: Which loss does overlap between chunks reduce?
    """
    if _UNFOCUSED.search(question(sheet.prompt)):
        yield sheet.found("stem", "the stem asks which statement is true")


def reason_length(sheet: Sheet) -> Iterator[Finding]:
    """The reason of every option has 6 to 40 words.

    Why: a shorter one does not say why, a longer one is not read. A missing one is told by strict-missing.
    Do: say in a sentence why this option is right or wrong here.
    Bad: why: Wrong.
    Good: why: Retrieval returns similar rows; it does not assign a label.
    """
    least, most = REASON_WORDS
    for option in sheet.options:
        words = count(option.why)
        if words and not least <= words <= most:
            bound = f"fewer than {least}" if words < least else f"more than {most}"
            yield sheet.found(option.why_place, f"a reason of {words} words, {bound}")


def reason_repeated(sheet: Sheet) -> Iterator[Finding]:
    """No two options of an item have the same reason.

    Why: a reason that fits two options explains neither.
    Do: say what is wrong with this option.
    Bad: why: It does not meet the requirement. (three times)
    Good: why: An app adds an always-on process that nobody needs here.
    """
    reasons = [tokens(option.why) for option in sheet.options]
    for number, option in enumerate(sheet.options):
        if reasons[number] and reasons[number] in reasons[:number]:
            yield sheet.found(option.why_place, "the same reason for two options")


def _longest(options: Sequence[OptionSheet]) -> OptionSheet:
    return max(options, key=lambda option: len(option.text))
