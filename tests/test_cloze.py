from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdrill.cloze import Piece, answer, numbers, pieces, question, solved
from certdrill.markup import plain


@pytest.mark.parametrize(("text", "expected"), [
    ("no deletion", [Piece("no deletion")]),
    ("", []),
    ("{{c1::a}}", [Piece("a", 1)]),
    ("x {{c1::a::hint}} y", [Piece("x "), Piece("a", 1, "hint"), Piece(" y")]),
    ("{{c1::a}}{{c2::b}}", [Piece("a", 1), Piece("b", 2)]),
    ("{{c2::b}} and {{c1::two\nlines}}", [Piece("b", 2), Piece(" and "), Piece("two\nlines", 1)]),
    ("{{c1::a::b::hint}}", [Piece("a::b", 1, "hint")]),
    ("{{c1::`std::vector`}}", [Piece("`std::vector`", 1)]),
    ("{{c1::`std::vector`::type}}", [Piece("`std::vector`", 1, "type")]),
    ("{{c1::`a::b` or `c::d`::`x`}}", [Piece("`a::b` or `c::d`", 1, "`x`")]),
    ("{{c1::`{{name}}`}} fills", [Piece("`{{name}}`", 1), Piece(" fills")]),
    ("write `{{name}}` in {{c1::braces}}", [Piece("write `{{name}}` in "), Piece("braces", 1)]),
    ("{{c1::a ` b}} and {{c2::c ` d}}", [Piece("a ` b", 1), Piece(" and "), Piece("c ` d", 2)]),
    ("{{c1::a ` b}} and c", [Piece("a ` b", 1), Piece(" and c")]),
    ("{{c1::a::}}", [Piece("a::", 1)]),
    ("{{c1::::hint}}", [Piece("::hint", 1)]),
    ("{{c1::}} x", [Piece("", 1), Piece(" x")]),
    ("{{c1::a} }", [Piece("{{c1::a} }")]),
    ("{{c1::never closed", [Piece("{{c1::never closed")]),
    ("{{c1::a}} {{c2::never closed", [Piece("a", 1), Piece(" {{c2::never closed")]),
    ("{{c0::a}} {{c100::b}} {{C1::c}} {{c1:d}}", [Piece("{{c0::a}} {{c100::b}} {{C1::c}} {{c1:d}}")]),
    ("{{c12::a}}", [Piece("a", 12)]),
])  # fmt: skip
def test_a_text_is_split_into_stretches_and_deletions(text: str, expected: list[Piece]) -> None:
    """`::` begins a hint and `}}` closes, unless they are code; what is no deletion stays text."""
    assert pieces(text) == expected


def test_numbers_are_told_once_and_ascending() -> None:
    """They become the units of a card."""
    assert numbers("{{c2::b}} {{c1::a}} {{c2::c}}") == [1, 2]


def test_a_question_hides_one_number_and_shows_the_others() -> None:
    """All stretches of the number are hidden, each behind its own hint."""
    text = "{{c1::One}}, {{c2::two::number}} and {{c1::three::odd}}"
    assert question(text, 1) == "[...], two and [odd]"
    assert question(text, 2) == "One, [number] and three"
    assert answer(text, 1) == "One, three"


@pytest.mark.parametrize(("text", "shown"), [
    ("call {{c1::predict}}(x) now", "call [...](x) now"),
    ("call {{c1::predict::verb}}(x) now", "call [verb](x) now"),
    ("call `{{c1::predict}}(x)` now", "call [...](x) now"),
    ("```\n{{c1::predict}}(x)\n```", "[...](x)"),
    ("see [the docs](https://example.org) of {{c1::it}}", "see the docs (https://example.org) of [...]"),
])  # fmt: skip
def test_a_hidden_name_before_a_bracket_is_no_link(text: str, shown: str) -> None:
    """`[...](x)` would be read as a link to x."""
    assert plain(question(text, 1)) == shown


@pytest.mark.parametrize(("text", "markup"), [
    ("It is {{c1::here}}.", "It is **here**."),
    ("`ai_query` is {{c1::`a function`}}.", "`ai_query` is **`a function`**."),
    ("call `f({{c1::x}})`", "call `f(x)`"),
    ("```\n{{c1::x}} = 1\n```", "```\nx = 1\n```"),
    ("{{c1::`ai_query`}}s", "`ai_query`s"),
    ("one {{c1:: spaced }} word", "one  spaced  word"),
])  # fmt: skip
def test_the_answer_is_bold_where_bold_can_be(text: str, markup: str) -> None:
    """Stars never show: in code, beside letters or around spaces the answer is left as it is."""
    assert solved(text, 1) == markup
    assert "*" not in plain(solved(text, 1))


marked = st.lists(st.sampled_from(["{{c1::", "{{c2::", "}}", "::", "`", "a", " ", "\n", "{", "}"]), max_size=14)


@given(marked.map("".join))
def test_nothing_of_a_text_is_lost_or_made_up(text: str) -> None:
    """Written out again, the pieces are the text."""
    again = "".join(
        f"{{{{c{piece.number}::{piece.text}{'::' * bool(piece.hint)}{piece.hint}}}}}" if piece.number else piece.text
        for piece in pieces(text)
    )
    assert again == text


@given(marked.map("".join))
def test_the_solved_text_shows_the_same_words(text: str) -> None:
    """Marking the answer changes its look only."""
    assert plain(solved(text, 1)) == plain("".join(piece.text for piece in pieces(text)))


def test_twenty_thousand_backticks_are_split_at_once() -> None:
    """The longest text a card may have costs no time worth naming."""
    for text in ("{{c1::" + "`}}" * 6_000, "{{c1::`" * 2_000, "{{c1::" + "`a::" * 4_000 + "}}"):
        assert pieces(text)
