from __future__ import annotations

from collections.abc import Callable
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certdrill.corpus.load import Corpus, load
from certdrill.history.replay import Review
from certdrill.history.store import open_history
from certdrill.scheduling import Moment, Rating, Settings, study_day
from certdrill.screen.drill import Answer, Command, Drill, Rated, Summary
from certdrill.screen.plain import PlainFace
from certdrill.screen.view import View
from certdrill.study.queue import build
from certdrill.study.session import start
from screen_sample import DUTIES, JUDGE, KINDS, OFFER, PARTS, REPLY, TRIAL, answered, step

NOW_MS = 1_800_000_000_000
CHOICE, TWO = step("choice", REPLY), step("choice", DUTIES)


def asked(view: View, *lines: str) -> tuple[Answer | Command, str]:
    """Ask with these lines typed; return the reply and what was printed."""
    target = StringIO()
    reply = PlainFace(StringIO("".join(line + "\n" for line in lines)), target).ask(view)
    return reply, target.getvalue()


def told(view: View, *lines: str) -> tuple[Rated | Command, str]:
    """Show the answer with these lines typed; return the reply and what was printed."""
    target = StringIO()
    reply = PlainFace(StringIO("".join(line + "\n" for line in lines)), target).tell(view)
    return reply, target.getvalue()


@pytest.mark.parametrize(("view", "line", "answer"), [
    (step("basic", OFFER), "", ""),
    (step("cloze", PARTS, "c1"), "", ""),
    (step("reversed", OFFER, "r"), "", ""),
    (step("typed", JUDGE), "the court", "the court"),
    (step("typed", JUDGE), "", ""),
    (CHOICE, "b", "b"),
    (CHOICE, "B", "b"),
    (CHOICE, "", ""),
    (TWO, "a c", "ac"),
    (TWO, "b, d", "bd"),
    (step("order", TRIAL), "cab", "cab"),
    (step("order", TRIAL), "", ""),
])  # fmt: skip
def test_every_kind_is_answered_by_a_line(view: View, line: str, answer: str) -> None:
    """An empty line shows the answer or gives up; letters and text are the answer."""
    assert asked(view, line)[0] == Answer(answer)


@pytest.mark.parametrize(("line", "name"), [
    ("q", "quit"), ("u", "undo"), ("s", "suspend"), ("b", "bury"), ("@", "suspend"), ("-", "bury"), (" Q ", "quit"),
])  # fmt: skip
def test_commands_are_letters(line: str, name: str) -> None:
    """On a card without letters, and after any answer, each command is one letter."""
    assert asked(step("basic", OFFER), line)[0] == Command(name)
    assert told(answered(CHOICE, "a"), line)[0] == Command(name)


@pytest.mark.parametrize(("line", "name"), [("q", "quit"), ("u", "undo"), ("@", "suspend"), ("-", "bury")])
def test_commands_beside_letters(line: str, name: str) -> None:
    """Where `b` is an answer, `-` buries."""
    assert asked(CHOICE, line)[0] == Command(name)
    assert asked(CHOICE, "b")[0] == Answer("b")


def test_a_typed_answer_may_be_the_letter_of_a_command() -> None:
    """`q` quits, unless it is the right answer."""
    assert asked(step("typed", JUDGE), "q")[0] == Command("quit")
    quiz = step("typed", type(JUDGE)(front="Which letter follows p?", answer="q"))
    assert asked(quiz, "q")[0] == Answer("q")


@pytest.mark.parametrize(("view", "lines"), [
    (step("basic", OFFER), ["hello", "3", ""]), (CHOICE, ["x", "ab", "a"]), (TWO, ["a", "aa", "abc", "ab"]),
    (step("order", TRIAL), ["ab", "abcd", "cba"]),
])  # fmt: skip
def test_what_is_no_answer_is_asked_again(view: View, lines: list[str]) -> None:
    """A line that cannot be meant is explained, and the question stays."""
    reply, printed = asked(view, *lines)
    assert isinstance(reply, Answer)
    assert printed.count(" > ") == len(lines)


def test_what_is_printed_is_plain() -> None:
    """The header, the note and the question in words: no escape, no carriage return, no padding."""
    _, printed = asked(step("choice", REPLY, note="Undone."), "a")
    assert printed == (
        "\nLaw of Contracts, 1.2, new, 3 done, 12 left\nUndone.\n\nA client asks you to lie. What do you do?\n\n"
        "a  Refuse\nb  Do it\nc  Say nothing\n\nAnswer with a letter from a to c > \n"
    )


@pytest.mark.parametrize(("view", "line", "rating"), [
    (answered(step("basic", OFFER), ""), "", Rating.GOOD),
    (answered(step("basic", OFFER), ""), "1", Rating.AGAIN),
    (answered(step("basic", OFFER), ""), "4", Rating.EASY),
    (answered(CHOICE, "a"), "", Rating.GOOD),
    (answered(CHOICE, "a"), "g", Rating.HARD),
    (answered(CHOICE, "a"), "2", Rating.HARD),
    (answered(CHOICE, "b"), "", Rating.AGAIN),
    (answered(CHOICE, ""), "1", Rating.AGAIN),
])  # fmt: skip
def test_a_line_rates(view: View, line: str, rating: Rating) -> None:
    """A number rates; an empty line is Good, or Again after a wrong answer; `g` says that it was guessed."""
    assert told(view, line)[0] == Rated(rating)


@pytest.mark.parametrize(("view", "line"), [
    (answered(CHOICE, "b"), "3"), (answered(CHOICE, "b"), "g"), (answered(CHOICE, "a"), "1"),
    (answered(step("basic", OFFER), ""), "5"), (answered(step("basic", OFFER), ""), "good"),
])  # fmt: skip
def test_only_the_ratings_shown_are_taken(view: View, line: str) -> None:
    """What the program graded wrong cannot be called Good, nor a right answer Again."""
    reply, printed = told(view, line, "")
    assert isinstance(reply, Rated)
    assert "Enter or " in printed


def test_letters_outside_the_encoding_do_not_stop_it() -> None:
    """An ASCII output shows question marks, and bytes that are no text are some answer."""
    printed = BytesIO()
    with TextIOWrapper(BytesIO(b"\xff\n"), "utf-8") as source, TextIOWrapper(printed, "ascii") as target:
        view = step("typed", type(JUDGE)(front="漢?", answer="x"))
        assert PlainFace(source, target).ask(view) == Answer("\ufffd")
        assert b"\n??\n" in printed.getvalue()


def test_the_end_of_the_input_is_the_end() -> None:
    """No line any more raises EOFError; after the last card it quits."""
    with pytest.raises(EOFError):
        asked(CHOICE)
    with pytest.raises(EOFError):
        told(answered(CHOICE, "a"))
    assert PlainFace(StringIO(""), StringIO()).end("Done.", undoable=True) == Command("quit")


@pytest.mark.parametrize(("line", "undoable", "name"), [("u", True, "undo"), ("u", False, "quit"), ("", True, "quit")])
def test_the_last_rating_can_be_taken_back(line: str, undoable: bool, name: str) -> None:
    """At the end `u` undoes, where there is something to undo; a pipe never waits for a learning card."""
    assert PlainFace(StringIO(line + "\n"), StringIO()).end("Done.", undoable=undoable) == Command(name)
    wait = PlainFace(StringIO(line + "\n"), StringIO()).wait
    assert wait(NOW_MS + 60_000, lambda: Moment(NOW_MS), undoable=undoable) == Command(name)


Play = Callable[..., tuple[Summary, str]]


@pytest.fixture
def play(corpus: Callable[..., Path], tmp_path: Path) -> Play:
    """Play a session over all kinds with these lines typed, in a history of its own."""
    cards = load(str(corpus(**KINDS)), "a test", str(tmp_path / "cache"))
    numbers = iter(range(1_000_000))

    def run(*lines: str, corpus: Corpus = cards) -> tuple[Summary, str]:
        target = StringIO()
        face = PlainFace(StringIO("".join(line + "\n" for line in lines)), target)
        with open_history(str(tmp_path / f"{next(numbers)}.sqlite"), "bar-exam", Settings(), write=True) as history:
            day = study_day(Moment(NOW_MS))
            queue = build(corpus.cards, corpus.cards, {}, day=day, weights=corpus.exam.weights(), rated_today=set())
            summary = Drill(corpus, history, lambda: Moment(NOW_MS), face).run(start(queue))
            log = history.events()
        undone = {getattr(event, "target", None) for event in log}
        standing = [event for event in log if isinstance(event, Review) and event.id not in undone]
        assert summary.total == len(standing)
        return summary, target.getvalue()

    return run


def test_enter_and_three_drive_any_session_to_its_end(play: Play) -> None:
    """A stream of empty lines and `3` reveals, gives up or rates every kind, and the session ends."""
    summary, printed = play(*["", "3"] * 200)
    assert summary.total >= 7
    for kind in ("What is an offer?", "consensus", "A contract needs", "Who decides", "to lie", "duties", "in order"):
        assert kind in printed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(
    st.lists(
        st.sampled_from(["", "1", "2", "3", "4", "u", "s", "b", "a", "ab", "abc", "g", "judge", "?", "@"]), max_size=60
    )
)
def test_any_lines_end_in_peace(play: Play, lines: list[str]) -> None:
    """Whatever is typed, the session ends with the input, and what was counted is on disk."""
    play(*lines)


def test_undo_shows_the_card_again(play: Play) -> None:
    """After `u` the rated card is asked again, and nothing is counted."""
    summary, printed = play("", "", "u")
    assert (summary.total, summary.right) == (0, 0)
    first = printed.split("\n")[3]
    assert printed.count(first) >= 2
    assert "Undone." in printed


def test_undo_without_a_step_says_so(play: Play) -> None:
    """The first card is shown again with a note."""
    assert "Nothing to undo in this session." in play("u")[1]
