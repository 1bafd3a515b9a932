from __future__ import annotations

import re
from collections import Counter
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certdrill.markup import UNSAFE, Span, plain, visible
from certdrill.screen.lines import Paint, cut, lay_out, tail, tolerate, width_of, wrap

BARE, GREY, FULL = Paint(), Paint(styled=True, symbols=True), Paint(styled=True, colour=True, symbols=True)
STYLING = re.compile("\x1b\\[[0-9;]*m|\x1b\\]8;[^\x1b]*\x1b\\\\")
MARKUP = ["- ", "  - ", "1. ", "999999999. ", "`", "```\n", "**", "_", "|", "|---|", "\\", "\n", "\n\n", " "]
WIDE = ["漢字", "한국", "\U0001f469\u200d\U0001f467", "e\u0301", "1\ufe0f", "\U0001f1e9\U0001f1ea", "\u200b", "क्षि"]
WORDS = ["a", "word ", "x" * 40, "https://example.org/a/very/long/path", "[text](https://example.org)"]
BLOCKS = ["| a | b |\n|---|---|\n| one | two words |\n", "    code  with   spaces\n"]
pieces = st.sampled_from([*MARKUP, *WIDE, *WORDS, *BLOCKS])
texts = st.lists(pieces | st.text(max_size=6), max_size=25).map("".join)
widths = st.integers(12, 100)
paints = st.sampled_from([BARE, GREY, FULL])


@given(texts, widths, paints)
@example("| a | b |\n|---|---|\n| " + "long words " * 9 + "| " + "漢" * 50 + " |", 20, FULL)
@example("```\n" + "漢" * 30 + "\n```", 13, FULL)
@example("- - - - - - - - deep", 12, BARE)
@example("- - 999999999. ", 12, BARE)
@example("1\ufe0f" * 20, 13, BARE)
@example("漢字  - 0000\u1087", 12, BARE)
def test_no_line_is_wider_than_the_width(text: str, width: int, paint: Paint) -> None:
    """Paragraphs, lists, code and tables all keep within the width, wide letters counted as two columns."""
    assert [line for line in lay_out(text, width, paint) if width_of(line) > width] == []


@given(texts, widths)
def test_nothing_is_lost(text: str, width: int) -> None:
    """Every letter that a card's text shows is on some line."""
    text = "".join(letter for letter in visible(text) if letter == "\n" or letter == " " or not letter.isspace())
    shown = Counter("".join(lay_out(text, width, BARE)))
    wanted = Counter("".join(plain(text).split()))
    assert wanted - shown == Counter()


@given(st.text(), widths, paints)
@example("\x1b]0;title\x07 \x9b2J \x85 \u202e \t", 30, FULL)
@example("```\n\x1b[2J\n```", 30, FULL)
@example("| \x1b[2J |\n|---|\n| \r |", 30, FULL)
@example("a&Tab;b&#27;[2J&#133;c&#x9b;2J `d\x85e`", 30, FULL)
@example("```\na\x85b\u2028c\n```", 30, FULL)
def test_text_never_sends_a_control_character(text: str, width: int, paint: Paint) -> None:
    """What a terminal might act on is replaced; the only escapes are the painter's own."""
    for line in lay_out(text, width, paint):
        bare = STYLING.sub("", line)
        assert not UNSAFE.search(bare)
        assert not re.search("[\n\t\x85\u2028]", bare)


@given(st.text("ab漢e\u0301👩\u200d\ufe0f ", max_size=60), st.integers(2, 30))
def test_wrapping_keeps_letters_in_order(text: str, width: int) -> None:
    """Cutting a long word into pieces drops and moves nothing."""
    assert "".join(wrap([Span(text)], width, BARE)).replace(" ", "") == text.replace(" ", "")


def test_words_wrap_at_spaces() -> None:
    """A line is filled with whole words."""
    assert lay_out("one two three four five", 13, BARE) == ["one two three", "four five"]


def test_styles_do_not_break_a_word() -> None:
    """A comma stays with the bold word before it."""
    assert lay_out("aaaa bbbb **cccc**, dd", 14, BARE) == ["aaaa bbbb", "cccc, dd"]


def test_a_joined_emoji_is_not_cut_apart() -> None:
    """A family of three people stays one picture at the end of a line."""
    assert wrap([Span("aaaaa👩‍👩‍👧b")], 8, BARE) == ["aaaaa", "👩‍👩‍👧b"]


def test_a_list_is_indented_below_its_mark() -> None:
    """Lines of one item stand below each other; numbers count from the first."""
    assert lay_out("Two:\n\n3. one two three\n4. four", 12, BARE) == ["Two:", "3. one two", "   three", "4. four"]
    assert lay_out("- one", 20, GREY) == ["• one"]


def test_code_keeps_its_spaces_and_goes_on_in_the_next_line() -> None:
    """A code line that is too long is cut, never lost, and a tab is four columns."""
    assert lay_out("```\nif a:\n\treturn  b\n```", 13, BARE) == ["  if a:", "      return", "   b"]


def test_code_stands_beside_a_bar() -> None:
    """With symbols a bar tells code from text without colour."""
    assert [STYLING.sub("", line) for line in lay_out("```\na\n\nb\n```", 20, GREY)] == ["│ a", "│", "│ b"]


TABLE = "| kind | what it is |\n|---|---|\n| `Vec` | a growable list |\n| 箱 | a box |"


def test_a_table_is_a_grid() -> None:
    """Columns are as wide as their widest cell, wide letters counted."""
    assert lay_out(TABLE, 40, BARE) == [
        "kind   what it is",
        "-----  ---------------",
        "`Vec`  a growable list",
        "箱     a box",
    ]


def test_a_wide_table_wraps_its_widest_column() -> None:
    """A table too wide for the screen keeps its columns; long cells take several lines."""
    assert lay_out(TABLE, 17, BARE) == [
        "kind   what it is",
        "-----  ----------",
        "`Vec`  a growable",
        "       list",
        "箱     a box",
    ]


def test_a_table_with_too_many_columns_becomes_lines() -> None:
    """Where no column would be readable, each cell is a line of its own."""
    text = "| aaaaaa | bbbbbb | cccccc |\n|---|---|---|\n| dddddd | eeeeee | ffffff |"
    assert lay_out(text, 14, BARE) == ["aaaaaa", "bbbbbb", "cccccc", "dddddd", "eeeeee", "ffffff"]


def test_code_is_told_apart_with_and_without_colour() -> None:
    """In colour code is coloured; without, it keeps its backticks, and weights stay."""
    assert lay_out("`x` **y**", 20, FULL) == ["\x1b[35mx\x1b[0m \x1b[1my\x1b[0m"]
    assert lay_out("`x` **y**", 20, GREY) == ["`x` \x1b[1my\x1b[0m"]
    assert lay_out("`x` **y**", 20, BARE) == ["`x` y"]


def test_an_address_is_linked_only_when_it_is_a_plain_https_address() -> None:
    """An OSC 8 link holds printable ASCII only; anything else is no link."""
    assert FULL("text", "https://a.org/b").startswith("\x1b]8;;https://a.org/b\x1b\\")
    assert FULL("text", "https://a.org/\x1b\\b") == "text"
    assert FULL("text", "javascript:a") == "text"
    assert BARE("text", "https://a.org/b") == "text"


@pytest.mark.parametrize(("text", "width", "start", "end"), [
    ("abcdef", 6, "abcdef", "abcdef"), ("abcdefg", 6, "abc...", "...efg"), ("漢字漢字", 6, "漢...", "...字"),
    ("abc", 2, "..", ""),
])  # fmt: skip
def test_a_line_is_cut_to_fit(text: str, width: int, start: str, end: str) -> None:
    """`cut` keeps the beginning, `tail` the end, both within the width and marked by dots."""
    assert cut(text, width) == start
    if width > 3:
        assert tail(text, width) == end


@given(st.text("aé漢\u0301👩\u200d", max_size=30), st.integers(4, 20))
def test_cut_lines_fit(text: str, width: int) -> None:
    """Neither end is ever wider than asked."""
    assert width_of(cut(text, width)) <= width
    assert width_of(tail(text, width)) <= width


def test_a_stream_without_the_letter_shows_a_question_mark() -> None:
    """An ASCII stream neither fails nor stops; a stream that cannot be told is left alone."""
    raw = BytesIO()
    with TextIOWrapper(raw, encoding="ascii", newline="\n") as stream:
        tolerate(stream)
        stream.write("a漢\n")
        stream.flush()
        assert raw.getvalue() == b"a?\n"
    tolerate(StringIO())


PIECES = ["def f(a):", "    return 'x'", "# why", "", "'''doc", "'''", "@app", "1 + 2", "漢 = 3", "\tx"]
CODE = st.lists(st.sampled_from(PIECES))


@given(CODE, st.sampled_from(["python", "sql", "yaml", "unknown"]), widths)
def test_colours_leave_code_as_it_stands(code: list[str], language: str, width: int) -> None:
    """Without its styling coloured code is the plain one, line by line, whatever is broken where."""
    text = "\n".join([f"```{language}", *code, "```"])
    coloured, bare = (lay_out(text, width, paint) for paint in (FULL, Paint(symbols=True)))
    assert [STYLING.sub("", line).rstrip() for line in coloured] == [line.rstrip() for line in bare]


def test_code_is_coloured_by_its_language() -> None:
    """Keywords are strong, strings green, numbers and names magenta; without colour nothing is."""
    assert lay_out("```python\nreturn 'x', 1\n```", 40, FULL)[0].endswith(
        "\x1b[1mreturn\x1b[0m \x1b[32m'x'\x1b[0m, \x1b[35m1\x1b[0m"
    )
    assert "\x1b[32m" not in lay_out("```python\nreturn 'x', 1\n```", 40, GREY)[0]
