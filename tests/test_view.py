from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdrill.model import Content, Option
from certdrill.scheduling import Phase, Plan
from certdrill.screen.lines import Paint, width_of
from certdrill.screen.picture import Page, compose, fold
from certdrill.screen.view import (
    Counts,
    Hint,
    about,
    answer_lines,
    header,
    length,
    question_lines,
    ratings,
    revealed,
)
from screen_sample import DUTIES, JUDGE, OFFER, PARTS, REPLY, TRIAL, answered, step

BARE, FULL = Paint(), Paint(styled=True, colour=True, symbols=True)


def test_the_header_says_where_a_card_stands() -> None:
    """Domain, objective, kind of turn, done and left, the counts at the right edge."""
    assert header(step("basic", OFFER), 60, BARE) == "Law of Contracts  1.2  new" + " " * 19 + "3 done  12 left"
    assert ", ".join(about(step("basic", OFFER))) == "Law of Contracts, 1.2, new, 3 done, 12 left"


@pytest.mark.parametrize("width", [24, 30, 38, 47, 48, 100])
def test_the_header_fits_and_keeps_its_counts(width: int) -> None:
    """On a narrow screen the title gives way, never what is left."""
    line = header(step("basic", OFFER), width, FULL)
    assert width_of(line) <= width
    assert "12 left" in line
    assert "new" in line


def test_a_question_does_not_show_its_answer() -> None:
    """The question of a basic card, and of a cloze with its hint, and nothing else."""
    assert question_lines(step("basic", OFFER), 60, BARE) == ["What is an offer?"]
    assert question_lines(step("cloze", PARTS, "c1"), 60, BARE) == ["A contract needs [first] and acceptance."]
    assert question_lines(step("reversed", OFFER, "r"), 60, BARE) == ["A promise to be bound if `accepted`."]


def test_options_have_letters_in_the_order_of_this_showing() -> None:
    """Letters follow the showing, not the file."""
    assert question_lines(step("choice", REPLY, order=(2, 0, 1)), 60, BARE)[-3:] == [
        "a  Say nothing",
        "b  Refuse",
        "c  Do it",
    ]


def test_several_answers_show_what_is_chosen() -> None:
    """Where two are wanted it is said, and each option has a box; a step's box holds its place."""
    assert question_lines(step("choice", DUTIES, chosen="b"), 60, BARE)[2:] == [
        "Choose 2.",
        "",
        "[ ] a  Loyalty",
        "[x] b  Secrecy",
        "[ ] c  Flattery",
        "[ ] d  Speed",
    ]
    assert question_lines(step("order", TRIAL, chosen="ca"), 60, BARE)[2:] == [
        "[2] a  Claim",
        "[ ] b  Evidence",
        "[1] c  Judgment",
    ]


def test_a_recall_answer_has_its_reason_and_source() -> None:
    """The answer, why it is so, and where it was read."""
    assert answer_lines(answered(step("basic", OFFER), ""), 60, BARE) == [
        "A promise to be bound if `accepted`.",
        "",
        "Without it nothing can be accepted.",
        "",
        "Source: https://example.org/offer (Basics)",
    ]


def test_the_answer_begins_below_the_question() -> None:
    """Both together, a rule between them, and the line where the answer begins."""
    lines, begins = revealed(answered(step("basic", OFFER), ""), 30, BARE)
    assert lines[:4] == ["What is an offer?", "", "-- Answer " + "-" * 20, ""]
    assert lines[begins] == "A promise to be bound if"


def test_a_wrong_choice_is_told_apart_by_marks() -> None:
    """The verdict names both letters; right options have +, the wrongly picked one x, every option its reason."""
    assert answer_lines(answered(step("choice", REPLY), "b"), 60, BARE) == [
        "x Wrong. You answered b. The answer is a.",
        "",
        "+ a  Refuse",
        "       A lawyer owes the court the truth.",
        "x b  Do it",
        "       It is an offence.",
        "  c  Say nothing",
        "       Silence can mislead.",
    ]


def test_marks_are_symbols_where_the_terminal_has_them() -> None:
    """Colour comes with a mark and a word, never alone."""
    wrong = answer_lines(answered(step("choice", REPLY), "b"), 60, FULL)
    assert wrong[0].startswith("\x1b[1;31m✗ Wrong\x1b[0m")
    assert wrong[2] == "\x1b[1;32m✓ a  \x1b[0mRefuse"
    assert answer_lines(answered(step("choice", REPLY), "a"), 60, FULL)[0] == "\x1b[1;32m✓ Right\x1b[0m"


def test_not_answering_is_not_called_wrong() -> None:
    """Whoever says `don't know` is told the answer."""
    assert answer_lines(answered(step("choice", REPLY), ""), 60, BARE)[0] == "x Not answered. The answer is a."


def test_several_answers_are_all_or_nothing() -> None:
    """Half right is wrong, and the one missed is marked as right."""
    lines = answer_lines(answered(step("choice", DUTIES), "ac"), 60, BARE)
    assert lines == [
        "x Wrong. You answered a c. The answer is a b.",
        "",
        "+ a  Loyalty",
        "+ b  Secrecy",
        "x c  Flattery",
        "  d  Speed",
    ]


def test_an_order_marks_each_step_in_its_place() -> None:
    """The right order with the letters of the showing; steps put elsewhere have x."""
    view = step("order", TRIAL, order=(2, 0, 1))
    assert answer_lines(answered(view, "cba"), 60, BARE) == [
        "x Wrong. You answered c b a. The answer is b c a.",
        "",
        "x 1. b  Claim",
        "x 2. c  Evidence",
        "+ 3. a  Judgment",
    ]
    assert answer_lines(answered(view, "bca"), 60, BARE)[0] == "+ Right"
    assert answer_lines(answered(view, ""), 60, BARE)[2] == "  1. b  Claim"


def test_a_typed_answer_is_shown_beside_the_right_one() -> None:
    """Letters that differ are marked below, markup and controls have no effect."""
    assert answer_lines(answered(step("typed", JUDGE), "**jury**\x1b[2J"), 60, BARE) == [
        "x Wrong.",
        "",
        "yours  **jury**\ufffd[2J",
        "       ^^^ ^^^^^^^^",
        "right  Judge",
        "       ^ ^^^",
    ]
    assert answer_lines(answered(step("typed", JUDGE), "THE COURT"), 60, BARE) == ["+ Right", "", "`Judge`"]


def test_a_cloze_may_be_typed() -> None:
    """What was typed for the hidden part stands above the whole, and the rating is the learner's."""
    view = answered(step("cloze", PARTS, "c1"), "ofer")
    assert answer_lines(view, 60, BARE) == [
        "yours  ofer",
        "right  offer",
        "        ^",
        "",
        "A contract needs offer and acceptance.",
    ]


def test_steps_are_moved_with_a_pointer() -> None:
    """The list stands in the order so far, the chosen step pointed at, or held."""
    view = replace(step("order", TRIAL, order=(2, 0, 1)), moved="bac", cursor=1)
    assert question_lines(view, 60, BARE)[-3:] == ["  b  Claim", "> a  Judgment", "  c  Evidence"]
    assert question_lines(replace(view, held=True), 60, BARE)[-2] == "# a  Judgment"


def test_what_is_left_is_told_by_state() -> None:
    """New, learning and due are counted apart where there is room."""
    view = replace(step("basic", OFFER), counts=Counts(3, 0, 9))
    assert header(view, 78, BARE).endswith("3 done  12 left: 3 new, 9 due")
    assert header(view, 50, BARE).endswith("3 done  12 left")


def test_the_objective_stands_below_the_answer() -> None:
    """Where the card belongs is said in words after the answer, never before."""
    view = replace(step("basic", OFFER), objective="1.2 Know an offer")
    assert "Objective: 1.2 Know an offer" in answer_lines(replace(view, answer=""), 60, BARE)
    assert "Objective" not in "".join(question_lines(view, 60, BARE))


def test_ratings_show_their_intervals() -> None:
    """Each allowed rating has key, name and interval; Hard after a right answer is a guess."""
    assert list(map(str, ratings(answered(step("basic", OFFER), "")))) == [
        "1 Again 1m",
        "2 Hard 6m",
        "3 Good 10m",
        "4 Easy 8d",
    ]
    assert list(map(str, ratings(answered(step("choice", REPLY), "a")))) == ["2 Guessed 6m", "3 Good 10m"]
    assert list(map(str, ratings(answered(step("choice", REPLY), "b")))) == ["1 Again 1m"]


@pytest.mark.parametrize(("days", "minutes", "text"), [
    (0, 0, "0m"), (0, 10, "10m"), (0, 600, "10h"), (1, 0, "1d"), (30, 0, "30d"), (31, 0, "1.0mo"), (365, 0, "1.0y"),
])  # fmt: skip
def test_an_interval_has_its_largest_fitting_unit(days: int, minutes: int, text: str) -> None:
    """Minutes, hours, days, months, years."""
    assert length(Plan(Phase.REVIEW, None, days, 0, minutes * 60_000), 0) == text


CONTENTS = st.builds(
    lambda texts, right: Content(
        front=texts[0], back=texts[1], stem=texts[2], why=texts[3],
        options=tuple(Option(text, index == right, texts[4]) for index, text in enumerate(texts[5:9])),
    ),
    st.lists(st.text("ab 漢`*\n-|", min_size=1, max_size=80), min_size=9, max_size=9),
    st.integers(0, 3),
)  # fmt: skip


@given(CONTENTS, st.sampled_from(["basic", "choice"]), st.integers(30, 120))
def test_no_card_is_wider_than_the_screen(content: Content, kind: str, width: int) -> None:
    """Marks, letters and indents are part of the width."""
    content = content if kind == "choice" else Content(front=content.front, back=content.back, why=content.why)
    lines, begins = revealed(answered(step(kind, content), "b"), width, FULL)
    assert [line for line in lines if width_of(line) > width] == []
    assert 0 < begins < len(lines)


PAGE = Page("head", [f"line {number}" for number in range(30)], ["1 Again"], [Hint("space", "Good"), Hint("q", "quit")])


def test_a_picture_fills_the_screen() -> None:
    """Header, rule, window, rule with what is seen of a long card, action and keys; `j/k` only where it is long."""
    picture = compose(PAGE, 40, 24, 0, BARE)
    assert len(picture.lines) == 24
    assert [line.strip() for line in picture.lines[:3]] == ["head", "-" * 38, "line 0"]
    assert [line.strip() for line in picture.lines[-4:]] == [
        "line 18",
        "-- lines 1 to 19 of 30 " + "-" * 15,
        "1 Again",
        "space Good  j/k scroll  q quit",
    ]
    short = compose(PAGE._replace(body=["one"]), 40, 24, 0, BARE)
    assert short.lines[-1].strip() == "space Good  q quit"
    assert short.last_top == 0


@pytest.mark.parametrize(("asked", "top"), [(5, 5), (99, 11), (-3, 0)])
def test_a_window_stays_on_the_card(asked: int, top: int) -> None:
    """Scrolling ends at the first and the last line."""
    assert compose(PAGE, 40, 24, asked, BARE).top == top


@pytest.mark.parametrize(("begins", "top"), [(4, 0), (9, 9), (25, 11)])
def test_a_long_card_opens_where_its_answer_can_be_read(begins: int, top: int) -> None:
    """A short question stays in sight; a long one gives way to its answer."""
    assert compose(PAGE._replace(begins=begins), 40, 24, None, BARE).top == top


@given(st.integers(1, 220), st.integers(1, 70), st.integers(0, 40), st.integers(0, 50))
def test_a_picture_fits_any_screen(columns: int, rows: int, lines: int, top: int) -> None:
    """Never more rows than the screen has, and every line of the card can be reached."""
    page = PAGE._replace(head="", body=["x"] * lines, act=[], keys=[Hint("q", "quit")])
    picture = compose(page, columns, rows, top, FULL)
    assert len(picture.lines) <= rows
    assert picture.last_top + picture.room >= lines
    if columns >= 60:
        assert max(map(width_of, picture.lines), default=0) <= columns


def test_the_footer_stands_still() -> None:
    """Question and answer have their rule in the same row, with or without ratings."""
    asked = compose(PAGE._replace(body=["one"], act=[]), 80, 24, 0, BARE)
    told = compose(PAGE._replace(body=["one"]), 80, 24, 0, BARE)
    assert [line.strip() for line in asked.lines].index("-" * 78, 2) == 21
    assert [line.strip() for line in told.lines].index("-" * 78, 2) == 21


def test_a_low_screen_keeps_to_the_essential() -> None:
    """Below nine rows the rules go; the card, the ratings and the first keys stay."""
    assert [line.strip() for line in compose(PAGE, 40, 6, 0, BARE).lines] == [
        "head", "line 0", "line 1", "line 2", "1 Again", "space Good  j/k scroll  q quit",
    ]  # fmt: skip


def test_a_wide_screen_has_the_card_in_its_middle() -> None:
    """Lines are never longer than can be read; the rest is margin."""
    assert compose(PAGE, 200, 24, 0, BARE).lines[0] == " " * 50 + "head"


def test_keys_that_do_not_fit_are_left_out() -> None:
    """Keys stand by importance, on as many lines as allowed."""
    hints = [Hint("space", "Good"), Hint("q", "quit"), Hint("s", "suspend"), Hint("b", "bury")]
    assert fold(hints, 24, BARE, 1) == ["space Good  q quit"]
    assert fold(hints, 24, BARE, 2) == ["space Good  q quit", "s suspend  b bury"]
    assert fold(hints, 80, BARE, 1) == ["space Good   q quit   s suspend   b bury"]
