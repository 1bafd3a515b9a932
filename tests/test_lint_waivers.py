from __future__ import annotations

import pytest

from certdrill.corpus.lint.rules import RULES, lint
from certdrill.model import WARNING, Problem
from lint_sample import BASIC, CHOICE, EXAM, TODAY, TYPED, card_file, findings, library, options, varied

PRAISE = varied(BASIC, why="A powerful rule.")
RELAXED = EXAM.replace("strict: true", "strict: false")


def told(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(problem.rule, problem.severity) for problem in problems]


def test_a_waiver_takes_back_the_warning_of_its_rule_on_its_card() -> None:
    """Nothing is left, neither the warning nor a word on the waiver."""
    assert told(findings(PRAISE)) == [("hype", "warning")]
    assert told(findings(varied(PRAISE, lint_ok=["hype"]))) == []


def test_a_waiver_holds_on_its_own_card_only() -> None:
    """The same warning on another card stands."""
    other = varied(TYPED, why="A powerful rule.")
    assert [problem.card for problem in findings(varied(PRAISE, lint_ok=["hype"]), other)] == [TYPED["id"]]


def test_an_error_is_never_waived() -> None:
    """It stands, and the waiver is told to be of no use."""
    card = varied(BASIC, front="Does silence count as an acceptance?", lint_ok=["question-closed"])
    found = findings(card)
    assert told(found) == [("question-closed", "error"), ("waiver-unused", "warning")]
    assert found[1].remedy == "mend the card: an error is never waived"


def test_a_waiver_of_a_rule_with_two_severities_takes_back_only_the_warning() -> None:
    """31 words can be waived, 46 cannot."""
    for words, left in [(31, []), (46, ["question-length", "waiver-unused"])]:
        front = " ".join(f"w{number}" for number in range(words)) + "?"
        found = findings(varied(BASIC, front=front, lint_ok=["question-length"]))
        assert [problem.rule for problem in found] == left


def test_a_warning_on_a_waiver_cannot_be_waived() -> None:
    """Else one line would silence the rule for good."""
    found = findings(varied(BASIC, lint_ok=["hype", "waiver-unused"]))
    assert told(found) == [("waiver-unused", "warning")] * 2


def test_waived_warnings_make_no_flawed_item() -> None:
    """Of two warnings one may be waived, and the other is a warning again."""
    item = varied(CHOICE, stem="The latest release ships cracked vases. Which of these is NOT a remedy?")
    assert [problem.rule for problem in findings(item)] == ["date-missing", "item-flawed", "stem-negative"]
    waived = findings(varied(item, lint_ok=["date-missing"]))
    assert told(waived) == [("stem-negative", "warning")]


def test_in_a_corpus_that_is_not_strict_everything_is_advice() -> None:
    """Errors become warnings, and can be waived."""
    card = varied(BASIC, front="Does silence count as an acceptance?", objective=None, level=None, sources=None)
    assert told(findings(card, exam=RELAXED)) == [("question-closed", "warning")]
    assert told(findings(varied(card, lint_ok=["question-closed"]), exam=RELAXED)) == []


def test_without_strict_missing_sources_and_reasons_are_no_finding() -> None:
    """What a first card may leave out is not asked for."""
    listed = [{"text": "A second piece", "correct": True}, {"text": "A lower price"}, {"text": "A full refund"}]
    item = varied(CHOICE, options=listed, objective=None, level=None, sources=None)
    assert told(findings(item, exam=RELAXED)) == []


def test_a_broken_card_is_not_linted() -> None:
    """Its structural problem comes first; the sound cards are linted meanwhile."""
    read = library(varied(PRAISE, objective="9.9"), varied(TYPED, why="An amazing rule."))
    assert [problem.rule for problem in read.problems] == ["objective-unknown"]
    assert [(problem.rule, problem.card) for problem in lint(read, TODAY)] == [("hype", TYPED["id"])]


def test_mock_items_are_linted_like_every_choice_item() -> None:
    """And an item that repeats a drilled one is a duplicate: the form would be spoilt."""
    form = card_file(varied(CHOICE, id="x-y"), varied(options("A vase", "A jug"), id="y-z", stem="What is owed here?"))
    form = form.replace("domain: law", "form: form-a")
    found = findings(CHOICE, **{"mocks/a": form})
    assert [(problem.place.file, problem.rule, problem.card) for problem in found] == [
        ("mocks/a.yaml", "prompt-repeated", "x-y"),
        ("mocks/a.yaml", "option-number", "y-z"),
    ]


@pytest.mark.parametrize("rule", [rule.id for rule in RULES if rule.severity == WARNING])
def test_ids_of_rules_fit_into_lint_ok(rule: str) -> None:
    """The loader accepts every one."""
    assert [problem.rule for problem in findings(varied(BASIC, lint_ok=[rule]))] == ["waiver-unused"]
