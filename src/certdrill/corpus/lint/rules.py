"""All writing rules in one tuple, and the one function that runs them: advice for `check`, never for an export."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache

from certdrill.corpus import rules as structural
from certdrill.corpus.lint import all_cards, choice, duplicates, recall, sources, waivers
from certdrill.corpus.lint.sheet import CardRule, Deck, DeckRule, Finding, LintRule, explanation, remedy
from certdrill.corpus.read import Library
from certdrill.corpus.yaml_events import excerpt, lines_of
from certdrill.markup import visible
from certdrill.model import ERROR, WARNING, Problem

BASIC, REVERSED, TYPED, CLOZE, CHOICE = ("basic",), ("reversed",), ("typed",), ("cloze",), ("choice",)
ASKED = ("basic", "typed")
RECALL = ("basic", "reversed", "cloze", "typed", "order")

# The last three look at what the others found.
RULES: tuple[LintRule, ...] = (
    CardRule("source-insecure", ERROR, sources.source_insecure),
    CardRule("source-refused", ERROR, sources.source_refused),
    DeckRule("source-crowded", WARNING, sources.source_crowded),
    DeckRule("verified-old", WARNING, sources.verified_old),
    DeckRule("prompt-repeated", ERROR, duplicates.prompt_repeated),
    DeckRule("near-duplicate", ERROR, duplicates.near_duplicate),
    DeckRule("sibling-unmarked", WARNING, duplicates.sibling_unmarked),
    DeckRule("name-old", ERROR, all_cards.name_old),
    CardRule("answer-in-prompt", ERROR, all_cards.answer_in_prompt),
    CardRule("pronoun-dangling", WARNING, all_cards.pronoun_dangling),
    CardRule("date-missing", WARNING, all_cards.date_missing),
    CardRule("limit-unmarked", ERROR, all_cards.limit_unmarked),
    CardRule("hype", WARNING, all_cards.hype),
    CardRule("question-length", ERROR, recall.question_length, RECALL),
    CardRule("answer-length", ERROR, recall.answer_length, BASIC),
    CardRule("answer-list", ERROR, recall.answer_list, BASIC),
    CardRule("question-closed", ERROR, recall.question_closed, ASKED),
    CardRule("question-missing", WARNING, recall.question_missing, ASKED),
    CardRule("question-open", WARNING, recall.question_open, RECALL),
    DeckRule("reversed-back", ERROR, recall.reversed_back),
    CardRule("typed-length", ERROR, recall.typed_length, TYPED),
    CardRule("cloze-crowded", WARNING, recall.cloze_crowded, CLOZE),
    CardRule("deletion-length", ERROR, recall.deletion_length, CLOZE),
    CardRule("cloze-bare", ERROR, recall.cloze_bare, CLOZE),
    CardRule("option-number", ERROR, choice.option_number, CHOICE),
    CardRule("key-longest", ERROR, choice.key_longest, CHOICE),
    CardRule("key-shortest", WARNING, choice.key_shortest, CHOICE),
    CardRule("option-spread", WARNING, choice.option_spread, CHOICE),
    CardRule("option-reference", ERROR, choice.option_reference, CHOICE),
    CardRule("stem-negative", ERROR, choice.stem_negative, CHOICE),
    CardRule("option-absolute", WARNING, choice.option_absolute, CHOICE),
    CardRule("key-echo", WARNING, choice.key_echo, CHOICE),
    CardRule("option-form", WARNING, choice.option_form, CHOICE),
    CardRule("option-nested", ERROR, choice.option_nested, CHOICE),
    CardRule("stem-unfocused", WARNING, choice.stem_unfocused, CHOICE),
    CardRule("reason-length", ERROR, choice.reason_length, CHOICE),
    CardRule("reason-repeated", ERROR, choice.reason_repeated, CHOICE),
    DeckRule("item-flawed", ERROR, waivers.item_flawed),
    DeckRule("waiver-unknown", WARNING, waivers.waiver_unknown),
    DeckRule("waiver-unused", WARNING, waivers.waiver_unused),
)
_NEVER_WAIVED = ("waiver-unknown", "waiver-unused")


def lint(library: Library, today: date) -> list[Problem]:
    """Run every writing rule over the sound cards of a library and return what no waiver takes back, in file order.

    In a corpus that is not strict all of it is advice: errors become warnings, which can be waived too.
    """
    deck = Deck(library, today, [rule.id for rule in RULES])
    waived = {(sheet.card.id, rule) for sheet in deck.sheets for rule in sheet.record.get("lint_ok", ())}
    read = cache(lambda file: lines_of(library.files.get(file, b"")))
    problems = []
    for rule in RULES:
        what_to_do = remedy(rule)
        kept = []
        for finding in _found(rule, deck):
            own = finding.severity or rule.severity
            severity = own if library.exam.strict else WARNING
            if severity == WARNING and (finding.card, rule.id) in waived and rule.id not in _NEVER_WAIVED:
                deck.used.add((finding.card, rule.id))
                continue
            kept.append((rule.id, own, finding))
            place, message = finding.place, visible(finding.message)
            what = visible(finding.remedy or what_to_do)
            problems.append(
                Problem(place, message, what, rule.id, severity, excerpt(read(place.file), place), finding.card)
            )
        deck.kept += kept
    return sorted(problems, key=lambda problem: (problem.place, problem.rule))


def _found(rule: LintRule, deck: Deck) -> Iterator[Finding]:
    if isinstance(rule, DeckRule):
        yield from rule.find(deck)
    else:
        for sheet in deck.sheets:
            if sheet.card.kind in rule.kinds:
                yield from rule.find(sheet)


def explanations() -> dict[str, str]:
    """Return, for every id that can stand in brackets behind a problem, what it means and what to do."""
    from certdrill.corpus.lint.reading import READING

    written = {rule.id: f"{_gravity(rule)}\n\n{explanation(rule)}" for rule in RULES}
    built = {
        rule.id: f"{rule.severity}, structural: an export refuses it\n\n{rule.find.__doc__}"
        if rule.severity == ERROR
        else f"{rule.severity}, structural\n\n{rule.find.__doc__}"
        for rule in structural.RULES
    }
    read = {rule: f"{ERROR} of reading: an export refuses it\n\n{text}" for rule, text in READING.items()}
    return {**written, **built, **read}


def _gravity(rule: LintRule) -> str:
    waived = "" if rule.id in _NEVER_WAIVED else ", which lint_ok takes back"
    if rule.severity == WARNING:
        return f"writing rule: a warning{waived}"
    return "writing rule: an error; in a corpus that is not strict a warning, which lint_ok takes back"
