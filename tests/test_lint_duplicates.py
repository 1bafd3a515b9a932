from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from certdrill.corpus.lint.duplicates import LIKE, SAME, SAME_ANSWER, SHARED
from certdrill.corpus.lint.rules import lint
from certdrill.corpus.lint.words import content
from lint_sample import BASIC, TODAY, findings, library, varied

WORDS = ("vase", "jug", "heir", "deed", "oath", "seal", "claim", "court", "debt", "pledge")
PROMPTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=7)


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


@given(st.lists(st.tuples(PROMPTS, st.sampled_from(WORDS)), min_size=2, max_size=12))
def test_the_index_finds_what_comparing_all_pairs_finds(deck: list[tuple[list[str], str]]) -> None:
    """Cards told to repeat or to resemble an earlier one are those that do by the definition."""
    cards = [
        varied(BASIC, id=f"card-x{number}", front=f"Which {' '.join(words)}?", back=f"The {answer}")
        for number, (words, answer) in enumerate(deck)
    ]
    repeated, near, sibling = set(), set(), set()
    for later in range(len(deck)):
        for earlier in range(later):
            if deck[later][0] == deck[earlier][0]:
                repeated.add(f"card-x{later}")
                continue
            one, other = (content(str(cards[at]["front"])) for at in (later, earlier))
            likeness = alike(one, other)
            if likeness >= SAME or (likeness >= LIKE and len(one & other) >= SHARED):
                same = alike(*(content(str(cards[at]["back"])) for at in (later, earlier))) >= SAME_ANSWER
                (near if likeness >= SAME or same else sibling).add(f"card-x{later}")
    found = lint(library(*cards), TODAY)
    assert {problem.card for problem in found if problem.rule == "prompt-repeated"} == repeated
    assert {problem.card for problem in found if problem.rule == "near-duplicate"} == near
    told = {problem.card for problem in found if problem.rule == "sibling-unmarked"}
    if not any(" cards are worded alike" in problem.message for problem in found):
        assert told == sibling


def test_of_several_look_alikes_the_nearest_is_named() -> None:
    """Each later card is told once, with the one it is most alike to."""
    fronts = ("Which deed binds the heir of a vase?", "Which oath binds the heir of a vase in court?",
              "Which oath binds the heir of a jug in court?")  # fmt: skip
    cards = [
        varied(BASIC, id=f"card-x{number}", front=front, back=f"The {['judge', 'clerk', 'notary'][number]}")
        for number, front in enumerate(fronts)
    ]
    assert [(problem.card, problem.message.split(" (")[0]) for problem in findings(*cards)] == [
        ("card-x1", "worded like card-x0"),
        ("card-x2", "worded like card-x1"),
    ]


def test_a_deck_of_one_pattern_is_told_once() -> None:
    """A hundred cards of one pattern are one warning, which one waiver takes back."""
    cards = [
        varied(BASIC, id=f"card-x{number}", front=f"Which French word means the noun n{number}?", back=f"m{number}",
               sources=[{"url": f"https://docs.example.org/{number}"}])
        for number in range(100)
    ]  # fmt: skip
    found = findings(*cards)
    assert [(problem.card, problem.message[:27]) for problem in found] == [("card-x0", "100 cards are worded alike ")]
    assert findings(varied(cards[0], lint_ok=["sibling-unmarked"]), *cards[1:]) == []
