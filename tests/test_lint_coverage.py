from __future__ import annotations

import pytest

from certdrill.corpus.lint.coverage import cover, cover_domain, gaps
from certdrill.corpus.lint.cues import Cue, Cues
from certdrill.model import Card, Domain, Exam, Objective

EXAM = Exam(
    "bar-exam",
    "Bar Exam",
    (Domain("law", "Law", 3), Domain("ethics", "Ethics", 2)),
    (Objective("1.1", "law", "a"), Objective("1.2", "law", "b"), Objective("2.1", "ethics", "c")),
)
NO_CUES = Cues(0, 0.0, ())


def cards(number: int, objective: str, kind: str = "basic", level: str = "understand", form: str = "") -> list[Card]:
    domain = "ethics" if objective.startswith("2") else "law"
    return [
        Card(f"c-{objective}-{kind}-{level}-{n}", kind, domain, objective=objective, level=level, form=form)
        for n in range(number)
    ]


def complete() -> list[Card]:
    """Return the smallest deck that covers the blueprint: 6 cards an objective, 12 to 8 by domain, levels as wanted."""
    found = []
    for objective in ("1.1", "1.2", "2.1"):
        found += [*cards(2, objective), *cards(2, objective, level="apply"), *cards(2, objective, "choice", "apply")]
    return found + cards(2, "2.1", "cloze")


def test_the_matrix_counts_objective_by_kind_and_level() -> None:
    """Every card once, recall and choice apart."""
    matrix = {cell.objective: cell for cell in cover(EXAM, [*complete(), *cards(1, "1.2", "typed", "remember")]).cells}
    assert matrix["1.2"].cards == {
        ("basic", "understand"): 2, ("basic", "apply"): 2, ("choice", "apply"): 2, ("typed", "remember"): 1,
    }  # fmt: skip
    assert [(cell.recall, cell.choice) for cell in matrix.values()] == [(4, 2), (5, 2), (6, 2)]


def test_a_complete_deck_has_no_gap() -> None:
    """Four recall cards and two choice items an objective, shares and levels as wanted."""
    assert gaps(cover(EXAM, complete()), NO_CUES) == []


@pytest.mark.parametrize(
    ("dropped", "said"),
    [("basic", "3 of 4 recall cards and 2 of 2"), ("choice", "4 of 4 recall cards and 1 of 2")],
)
def test_one_card_less_than_the_minimum_is_a_gap(dropped: str, said: str) -> None:
    """Four recall cards and two choice items are needed of every objective."""
    deck = complete()
    deck.remove(next(card for card in deck if card.objective == "1.2" and card.kind == dropped))
    assert [gap.message for gap in gaps(cover(EXAM, deck), NO_CUES) if gap.kind == "objective"] == [
        f"objective 1.2 has {said} choice items"
    ]


def test_an_objective_nobody_wrote_for_is_a_gap() -> None:
    """It stands in the matrix with nothing."""
    coverage = cover(EXAM, cards(4, "1.1"))
    assert [(cell.objective, cell.recall) for cell in coverage.cells] == [("1.1", 4), ("1.2", 0), ("2.1", 0)]


def test_a_share_may_be_three_points_off() -> None:
    """60 to 40: 63 of 100 cards are fair, 64 are not."""
    for number, fair in [(63, True), (57, True), (64, False), (56, False)]:
        coverage = cover(EXAM, [*cards(number, "1.1"), *cards(100 - number, "2.1")])
        assert [(one.share, one.weight, one.is_fair) for one in coverage.domains] == [
            (number, 60, fair),
            (100 - number, 40, fair),
        ]


def test_levels_have_their_bounds() -> None:
    """Remember at most 30 %, apply and analyze at least 40 %, and 70 % of the choice items."""
    deck = [*cards(3, "1.1", level="remember"), *cards(3, "1.1"), *cards(1, "1.1", level="analyze"),
            *cards(3, "2.1", "choice", "apply")]  # fmt: skip
    shares = {level.name: (level.share, level.is_fair) for level in cover(EXAM, deck).levels}
    assert shares == {
        "remember": (0.3, True),
        "apply and analyze": (0.4, True),
        "apply and analyze in choice items": (1, True),
    }
    choice = [*cards(7, "1.1", "choice", "apply"), *cards(3, "1.1", "choice", "understand")]
    assert cover(EXAM, choice).levels[2][:2] == ("apply and analyze in choice items", 0.7)
    assert cover(EXAM, choice).levels[2].is_fair
    worse = [*deck[1:], *cards(2, "1.2", "choice", "remember")]
    assert [(level.name, level.is_fair) for level in cover(EXAM, worse).levels] == [
        ("remember", False),
        ("apply and analyze", False),
        ("apply and analyze in choice items", False),
    ]


def test_items_of_mock_forms_cover_nothing() -> None:
    """They are not drilled."""
    assert cover(EXAM, [*complete(), *cards(9, "1.1", "choice", "apply", form="a")]) == cover(EXAM, complete())


def test_a_cue_out_of_bounds_is_a_gap() -> None:
    """With its score and the bound it broke."""
    cues = Cues(40, 0.25, (Cue("longest option", 0.55, 0.19, 0.31), Cue("naive Bayes", None, None, 0.4)))
    assert [gap.message for gap in gaps(cover(EXAM, complete()), cues)] == ["longest option 0.55, outside 0.19 to 0.31"]


def test_one_domain_has_its_own_part() -> None:
    """Its objectives and levels, and its share of the whole deck."""
    part = cover_domain(EXAM, complete(), "ethics")
    assert [cell.objective for cell in part.cells] == ["2.1"]
    assert [(one.domain, one.share) for one in part.domains] == [("ethics", 40)]
    assert part.levels[1].share == 0.5


def test_without_objectives_and_levels_only_shares_are_counted() -> None:
    """A small blueprint has no matrix."""
    coverage = cover(EXAM._replace(objectives=()), cards(3, "", level=""))
    assert (coverage.cells, coverage.levels, len(coverage.domains)) == ((), (), 2)
