"""The order in which a domain's cards are met."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from certdrill.corpus.order import reading_order
from certdrill.corpus.read import Draft
from certdrill.corpus.yaml_events import Keys
from certdrill.model import LEVELS, Card, Place


def draft(name: str, objective: str = "1.1", level: str = "", *, kind: str = "basic", requires: tuple[str, ...] = ()):
    card = Card(name, kind, "one", objective=objective, level=level)
    return Draft(card, {"requires": list(requires)} if requires else {}, Keys(Place("x.yaml"), {}, {}))


def names(drafts) -> list[str]:
    return [one.card.id for one in reading_order(drafts)]


def test_from_level_to_level():
    """Within an objective cards go from remembering to analysing, recall before a scenario of the same level."""
    cards = [
        draft("scenario", level="apply", kind="choice"),
        draft("judging", level="analyze"),
        draft("doing", level="apply"),
        draft("knowing", level="remember"),
    ]
    assert names(cards) == ["knowing", "doing", "scenario", "judging"]


def test_files_decide_without_levels():
    """Cards without objective and level, as in a first corpus of one's own, stay in the order of their file."""
    assert names([draft(name, "") for name in ("c", "a", "b")]) == ["c", "a", "b"]


def test_objectives_take_turns():
    """Objectives of unlike size are dealt evenly: every beginning holds of each what its size says."""
    cards = [draft(f"a{n}", "1.1") for n in range(6)] + [draft(f"b{n}", "1.2") for n in range(3)]
    order = names(cards)
    assert order[:3].count("b0") == 1
    assert [sum(name.startswith("a") for name in order[:n]) for n in (3, 6, 9)] == [2, 4, 6]


def test_required_first():
    """A card follows the cards it requires, however they are chained, and the rest keep their order."""
    cards = [
        draft("use", requires=("bases", "frame")),
        draft("bases", requires=("frame",)),
        draft("other"),
        draft("frame"),
    ]
    assert names(cards) == ["frame", "bases", "use", "other"]


def test_circles_end():
    """Cards that require each other in a circle are all listed, once."""
    cards = [draft("a", requires=("b",)), draft("b", requires=("c",)), draft("c", requires=("a", "gone"))]
    assert sorted(names(cards)) == ["a", "b", "c"]


CARDS = st.lists(st.tuples(st.sampled_from("12345"), st.sampled_from(LEVELS)), max_size=40)


@given(CARDS)
def test_every_beginning_covers_the_objectives(rows: list[tuple[str, str]]):
    """In every beginning of a domain's list each of five objectives is within three cards of its share."""
    cards = [draft(f"c{n}", objective, level) for n, (objective, level) in enumerate(rows)]
    order = reading_order(cards)
    assert sorted(one.card.id for one in order) == sorted(one.card.id for one in cards)
    for objective in {one for one, _ in rows}:
        whole = sum(one == objective for one, _ in rows)
        got = 0
        for length, one in enumerate(order, 1):
            got += one.card.objective == objective
            assert abs(got - whole * length / len(order)) <= 3
