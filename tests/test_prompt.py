from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdrill.model import Card, Content, Option, Unit
from certdrill.study.prompt import is_right, make, picked

CHOICE = Content(stem="Which?", options=(Option("red", True), Option("green"), Option("blue"), Option("grey")))
SEVERAL = Content(stem="Which two?", options=(*CHOICE.options, Option("pink", True)), select=2)
ORDER = Content(stem="In order?", steps=("wake", "eat", "work", "sleep"))


def prompt(kind: str, content: Content, part: str = "", seed: str = "1"):  # type: ignore[no-untyped-def]
    return make(Card("colour-choice", kind, "art"), Unit("colour-choice", part), content, seed)


def test_options_are_shuffled_per_showing_and_the_key_follows() -> None:
    """Over many showings the right option stands at every letter, and the key names it each time."""
    keys = set()
    for seed in range(60):
        shown = prompt("choice", CHOICE, seed=str(seed))
        assert dict(shown.lines)[shown.key] == "red"
        keys.add(shown.key)
    assert keys == set("abcd")


def test_several_answers_are_all_or_nothing_in_any_order() -> None:
    """Two right letters count, one right and one wrong do not."""
    shown = prompt("choice", SEVERAL)
    assert is_right(shown, shown.key)
    assert is_right(shown, shown.key[::-1])
    wrong = next(letter for letter, _ in shown.lines if letter not in shown.key)
    assert not is_right(shown, shown.key[0] + wrong)


@given(st.integers(0, 500))
def test_steps_never_stand_in_the_right_order(seed: int) -> None:
    """An order card is never solved by typing a b c d."""
    shown = prompt("order", ORDER, seed=str(seed))
    assert [text for _, text in shown.lines] != list(ORDER.steps)
    assert "".join(dict(shown.lines)[letter] for letter in shown.key) == "".join(ORDER.steps)
    assert is_right(shown, shown.key)


@pytest.mark.parametrize(
    ("typed", "letters"), [("a", "a"), (" B ", "b"), ("c,", "c"), ("e", None), ("ab", None), ("", None), ("aa", None)]
)
def test_letters_are_read_kindly_and_checked(typed: str, letters: str | None) -> None:
    """Case, spaces and commas do not matter; unknown, repeated or too many letters are no answer."""
    assert picked(prompt("choice", CHOICE), typed) == letters


@pytest.mark.parametrize(
    ("match", "answer", "right"),
    [
        ("trim", "  log_model ", True),
        ("trim", "Log_Model", False),
        ("nocase", "LOG_MODEL", True),
        ("exact", "log_model ", False),
        ("exact", "log_model", True),
        ("trim", "mlflow.log_model", True),
        ("trim", "", False),
    ],
)
def test_typed_answers_are_compared_as_the_card_says(match: str, answer: str, right: bool) -> None:
    """exact takes every character, trim folds spaces, nocase also case; accepted variants count."""
    content = Content(front="Which call?", answer="log_model", accept=("mlflow.log_model",), match=match)
    assert is_right(prompt("typed", content), answer) is right


def test_a_reversed_card_asks_both_ways() -> None:
    """The second unit shows the back and answers the front."""
    content = Content(front="Paris", back="capital of France")
    assert (prompt("reversed", content, "f").question, prompt("reversed", content, "f").answer) == (
        "Paris",
        "capital of France",
    )
    assert (prompt("reversed", content, "r").question, prompt("reversed", content, "r").answer) == (
        "capital of France",
        "Paris",
    )


def test_a_cloze_hides_one_deletion_and_shows_the_others() -> None:
    """Each unit asks for its own deletion, with its hint."""
    content = Content(text="{{c1::Paris::city}} is in {{c2::France}}.")
    assert prompt("cloze", content, "c1").question == "[city] is in France."
    assert prompt("cloze", content, "c2").question == "Paris is in [...]."
    assert prompt("cloze", content, "c2").answer == "Paris is in **France**."
