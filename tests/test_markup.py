from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certdrill.markup import (
    UNSAFE,
    Block,
    Bullets,
    Code,
    Paragraph,
    Span,
    Table,
    _blocks,
    _parser,
    parse,
    plain,
    simple,
    visible,
)


def text(*spans: Span | str) -> Paragraph:
    return Paragraph(tuple(Span(span) if isinstance(span, str) else span for span in spans))


BREAK = Span("\n", "break")


@pytest.mark.parametrize(("source", "blocks"), [
    ("", [text("")]),
    ("plain words", [text("plain words")]),
    ("What is Vec<T>?", [text("What is Vec<T>?")]),
    ("<b>no</b> <script>x</script>", [text("<b>no</b> <script>x</script>")]),
    ("<div>\n\nx\n</div>", [text("<div>"), text("x", BREAK, "</div>")]),
    ("a snake_case_name and __x", [text("a snake_case_name and __x")]),
    ("**strong** and *em* and `code`",
     [text(Span("strong", "strong"), " and ", Span("em", "em"), " and ", Span("code", "code"))]),
    ("***both***", [text(Span("both", "strong"))]),
    ("`**not strong** <b>`", [text(Span("**not strong** <b>", "code"))]),
    ("one\ntwo", [text("one", BREAK, "two")]),
    ("one\n\ntwo", [text("one"), text("two")]),
    ("see [the page](https://example.org/a)", [text("see ", "the page", " (https://example.org/a)")]),
    ("see <https://example.org>", [text("see ", "https://example.org")]),
    ("[x](javascript:alert)", [text("[x](javascript:alert)")]),
    ("[x]: https://example.org", [text("[x]: https://example.org")]),
    ("a [x] b", [text("a [x] b")]),
    ("# no heading", [text("# no heading")]),
    ("under\n---", [text("under", BREAK, "---")]),
    ("> no quote", [text("> no quote")]),
    ("2 &lt; 3 &amp; 4", [text("2 < 3 & 4")]),
    (r"2 \* 3", [text("2 * 3")]),
    (r"a \(x_1 < \frac{a}{b}\) b", [text("a ", Span(r"x_1 < \frac{a}{b}", "math"), " b")]),
    ("\\[\na \\\\\nb\n\\]", [text(Span("a \\\\\nb", "display"))]),
    (r"\(a*b*c\) *d*", [text(Span("a*b*c", "math"), " ", Span("d", "em"))]),
    (r"\(\text{a \) b}\)", [text(Span(r"\text{a \) b}", "math"))]),
    (r"\(a\ \)", [text(Span("a\\ ", "math"))]),
    (r"\\(x\\)", [text(r"\(x\)")]),
    (r"\\\(x\)", [text("\\", Span("x", "math"))]),
    (r"never \(closed", [text("never (closed")]),
    (r"\(\) \( \) \(a \]", [text("() ( ) (a ]")]),
    (r"\(a \(b\)", [text("(a ", Span("b", "math"))]),
    (r"`\(a\)` \(b `c\)`", [text(Span(r"\(a\)", "code"), " (b ", Span(r"c\)", "code"))]),
    ("```\n\\(a\\)\n```", [Code(r"\(a\)")]),
    ("costs $5 or $6", [text("costs $5 or $6")]),
    ("\\(a\n\nb\\)", [text("(a"), text("b)")]),
    ("```python\nx = 1\n\ny = <b>\n```", [Code("x = 1\n\ny = <b>", "python")]),
    ("```\nnever closed", [Code("never closed")]),
    ("    indented", [text("    indented")]),
    ("- a\n- b", [Bullets(((text("a"),), (text("b"),)))]),
    ("3. a\n4. b", [Bullets(((text("a"),), (text("b"),)), 3)]),
    ("0. a", [Bullets(((text("a"),),), 0)]),
    ("- a\n  - b\n- c", [Bullets(((text("a"), Bullets(((text("b"),),))), (text("c"),)))]),
    ("| a | `b` |\n|---|:-:|\n| 1 | |", [Table((((Span("a"),), (Span("b", "code"),)), ((Span("1"),), ())))]),
])  # fmt: skip
def test_blocks_of_a_text(source: str, blocks: list[Block]) -> None:
    """CommonMark without HTML, headings, rules and quotes; line breaks are kept and links show where they go."""
    assert list(parse(source)) == blocks


@given(
    st.lists(st.sampled_from(["**", "`", "a", "b c", " ", ".", "(", ")", "*", "_", "-", "1", "!", ","]), max_size=12)
)
@example(["**", "a", "**", "b", "**", "a", "**"])
@example(["**", "a b", "**", " ", "`", "**", "`", "."])
def test_simple_texts_read_as_the_parser_reads_them(parts: list[str]) -> None:
    """The quick way for texts with nothing but code and strong words gives what CommonMark says."""
    source = "".join(parts)
    if simple(source):
        tokens = _parser().parse(source)
        assert parse(source) == _blocks(tokens, 0, len(tokens))


@pytest.mark.parametrize("source", ["a\x1bb", "a\x9bb", "a\x85b", "a\rb", "a\u202eb", "a\ufeffb", "a\x00b", "`a\x07b`"])
def test_what_a_terminal_might_act_on_is_replaced(source: str) -> None:
    """Nothing unsafe comes out of the parser, whoever calls it."""
    assert plain(source) == "a\ufffdb"
    assert visible(source).replace("`", "") == "a\ufffdb"


@pytest.mark.parametrize("reference", ["&#13;", "&#x202e;", "&rlm;", "&#12;", "&#x85;", "&#27;", "&#xfeff;"])
def test_a_character_reference_brings_in_nothing_unsafe(reference: str) -> None:
    """CommonMark decodes references after the text was checked."""
    assert not UNSAFE.search(plain(f"a{reference}b"))
    assert plain(f"a{reference}b") in ("a\ufffdb", f"a{reference}b")


def test_a_reference_to_a_newline_breaks_no_line() -> None:
    """A span of text is one line; only a break ends it."""
    assert parse("a&NewLine;b") == (text("a b"),)


def test_line_ends_and_tabs_stay_visible() -> None:
    """Code needs both."""
    assert visible("a\n\tb") == "a\n\tb"


@pytest.mark.parametrize(("source", "words"), [
    ("- **a** `b`\n- c", "a b c"),
    ("| a | b |\n|---|---|\n| 1 | 2 |", "a b 1 2"),
    ("x\n\n```\ny  z\n```", "x y z"),
    ("Vec<T>  and\nmore", "Vec<T> and more"),
    (r"so \(x < 1\)", "so x < 1"),
])  # fmt: skip
def test_plain_words_stand_on_one_line(source: str, words: str) -> None:
    """As lists show them."""
    assert plain(source) == words


signs = st.sampled_from(["*", "**", "`", "```", "_", "[", "](", ")", "<", ">", "&#13;", "\\", "|", "|-|", "- ", "1. ",
                         "\n", "\n\n", "    ", "a", "B c", "#", "\x1b", "\u202e", "!",
                         "\\(", "\\)", "\\[", "\\]"])  # fmt: skip


@given(st.lists(signs, max_size=20).map("".join) | st.text(max_size=40))
def test_any_text_is_parsed_and_nothing_unsafe_comes_out(source: str) -> None:
    """Never an exception, never a character a terminal or page might act on."""
    assert isinstance(parse(source), tuple)
    assert not UNSAFE.search(plain(source))


@given(st.lists(st.sampled_from("abc<>/=\"' ."), min_size=1, max_size=30).map("".join))
def test_no_tag_loses_a_letter(source: str) -> None:
    """Whatever looks like HTML is shown as it was written."""
    assert "".join(plain(f"x{source}x").split()) == "".join(f"x{source}x".replace("\n", " ").split())


@pytest.mark.parametrize("piece", ["\\(", "\\({ ", "\\[", "\\(}", "\\(a\\)", "\\(a\\\\"])
def test_formulas_are_found_in_time_that_grows_with_the_text(piece: str) -> None:
    """No stretch is searched for the end of more than one formula."""
    assert parse(piece * (32_000 // len(piece)) + "{\\)")
