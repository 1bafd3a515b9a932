"""Card text as HTML: escaped, inert in Anki, and linear in time."""

from __future__ import annotations

import re
from html import escape, unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certdrill import cloze as deletions
from certdrill.anki.hypertext import _WORDS, _blocks, _inert, cloze, items, links, literal, rich
from certdrill.code import LANGUAGES
from certdrill.markup import Paragraph, Span, parse
from certdrill.model import Source

OURS = re.compile(r'</?(?:p|br|pre|code|strong|em|ul|li|ol|ol start="\d+"|table|tr|th|td|span|span class="[kscnfo]")>')
ANKI_TRIGGER = re.compile(r"\[(?:sound:|anki:|latex\]|\$\$?\]|\[type:)", re.IGNORECASE)
HARD = st.text(
    st.sampled_from([*"<>&\"'[]{}:`*_~|-+#=!()\\/0aZ \n\t\r\x00\x1f\x85\u202e\ufdd0\ufdd1\ud800é\U0001f600"])
)
HARD_CLOZE = st.lists(st.one_of(HARD, HARD.map(lambda text: "{{c1::" + text + "}}"))).map("".join)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain words", "plain words"),
        ("a<b then c>d & e", "a&lt;b then c&gt;d &amp; e"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("one\ntwo", "one<br>two"),
        ("one\r\ntwo", "one<br>two"),
        ("one\n\ntwo", "<p>one</p><p>two</p>"),
        ("**a** *b* `c<d`", "<strong>a</strong> <em>b</em> <code>c&lt;d</code>"),
        ("2*3*4", "2<em>3</em>4"),
        ("```\nSELECT '<a>'\n  FROM t\n```", "<pre><code>SELECT '&lt;a&gt;'\n  FROM t</code></pre>"),
        (
            "```sql\nSELECT '<a>'\n  FROM t\n```",
            '<pre><code><span class="k">SELECT</span> <span class="s">\'&lt;a&gt;\'</span>\n'
            '  <span class="k">FROM</span> t</code></pre>',
        ),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("|h|i|\n|-|-|\n|a|<b|", "<table><tr><th>h</th><th>i</th></tr><tr><td>a</td><td>&lt;b</td></tr></table>"),
        ("[page](https://x.org/<b>)", "page (https://x.org/%3Cb%3E)"),
        ("{{x}} and {{c1::y}}", "{{x}} and {{c1::y}}"),
        ("[sound:a.mp3]", "&#91;sound:a.mp3]"),
        ("[Latex]x[/latex] [$]y[/$] [$$]z[/$$]", "&#91;Latex]x[/latex] &#91;$]y[/$] &#91;$$]z[/$$]"),
        ("[anki:tts lang=en]x[/anki:tts]", "&#91;anki:tts lang=en]x[/anki:tts]"),
        ("`[sound:a]`", "<code>&#91;sound:a]</code>"),
        ("[[type:Answer]]", "&#91;[type:Answer]]"),
        ("list[0], x[i]", "list[0], x[i]"),
        ("&#91;sound:a.mp3]", "&#91;sound:a.mp3]"),
        ("bell \x07, unit \x1f, right-to-left \u202e", "bell \ufffd, unit \ufffd, right-to-left \ufffd"),
        ("&#x202e;back", "\ufffdback"),
        ("lone \ud800 half", "lone \ufffd half"),
        ("e\u0301", "é"),
        (r"so \(a<b_{{1}}\) & \[ c \]", r"so \(a&lt;b_{ {1} }\) &amp; \[c\]"),
        (r"\\(x\\) &#92;[y `\(z\)`", r"<span>\</span>(x\) <span>\</span>[y <code>\(z\)</code>"),
        (r"![](\\(x) \(y", r"![](<span>\</span>(x) (y"),
    ],
)
def test_text_becomes_this_html(text: str, html: str) -> None:
    """Markup becomes tags, everything else is escaped and triggers nothing."""
    assert rich(text) == html


def coloured(html: str) -> dict[str, str]:
    """Map the words of every coloured stretch to its class."""
    return {unescape(words): colour for colour, words in re.findall(r'<span class="(\w)">([^<]*)</span>', html)}


def test_code_of_a_known_language_is_coloured() -> None:
    """Keywords, strings, comments, numbers, names and operators have a class each; other words have none."""
    code = 'def rank(top):\n    # by <score>\n    return 3 + hits["a"] or None'
    html = rich(f"```python\n{code}\n```")
    assert coloured(html) == {
        "def": "k", "rank": "f", "# by <score>": "c", "return": "k", "3": "n", "+": "o", '"a"': "s", "or": "k",
        "None": "k",
    }  # fmt: skip
    assert unescape(re.sub("<[^>]*>", "", html)) == code


@pytest.mark.parametrize("language", ["", "klingon", "text", "terraform", "python-is-not-this"])
def test_code_of_another_language_is_plain(language: str) -> None:
    """A word after the fence that is not in our list colours nothing."""
    assert rich(f"```{language}\ndef f(): 1\n```") == "<pre><code>def f(): 1</code></pre>"


def test_a_fence_may_say_more_than_the_language() -> None:
    """Only the first word counts, in any case."""
    assert '<span class="k">SELECT</span>' in rich("```SQL title=x\nSELECT 1\n```")


@given(st.sampled_from(sorted(LANGUAGES)), HARD | st.text(max_size=60))
def test_colouring_keeps_every_letter(language: str, text: str) -> None:
    """Whatever the language and its code, the words are those of the plain block."""
    block = "x" + text.replace("`", "'")
    plain, coloured = rich(f"```\n{block}\n```"), rich(f"```{language}\n{block}\n```")
    assert re.sub("</?span[^>]*>", "", coloured).replace("&#91;", "[") == plain.replace("&#91;", "[")


@pytest.mark.parametrize(
    ("language", "piece"), [("java", "\n"), ("c", "\n"), ("typescript", "a."), ("yaml", "`"), ("csharp", "@a\n")]
)
def test_colouring_takes_no_longer_than_a_cards_code_needs(language: str, piece: str) -> None:
    """A block longer than a card should hold, over which Pygments may take minutes, stays plain."""
    html = rich(f"~~~{language}\nx{piece * (30_000 // len(piece))}y = 1\n~~~")
    assert "<span" not in html


def test_a_deletion_in_code_is_kept_and_leaves_it_plain() -> None:
    """Colours might cut a deletion in two; the other blocks of the text keep theirs."""
    html = cloze("```python\nimport {{c1::re}}\n```\n```python\nimport os\n```")
    assert html == ('<pre><code>import {{c1::re}}</code></pre><pre><code><span class="k">import</span> os</code></pre>')


@pytest.mark.parametrize("text", ["![](x.png)", "```\n```", "&nbsp;", "[](x)"])
def test_text_that_would_show_nothing_is_shown_as_written(text: str) -> None:
    """A question is never blank: Anki would show an error instead of the card."""
    shown = re.sub("<[^>]*>", "", rich(text))
    assert unescape(shown).replace("\xa0", " ").strip()


@given(HARD)
@example("<" * 40)
@example("[![sound:](a)")
def test_no_tag_of_ours_ever_comes_from_text(text: str) -> None:
    """Whatever the text, only our own tags without attributes are in its HTML, and no trigger of Anki's."""
    for html in (rich(text), literal(text), cloze(text), items([text])):
        rest = OURS.sub("", html)
        assert "<" not in rest
        assert ">" not in rest
        assert not ANKI_TRIGGER.search(html)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff\ufdd0-\ufdef]", html)


@given(st.from_regex(_WORDS, fullmatch=True))
@example("a 1. b - c # d")
def test_the_short_way_gives_what_the_parser_gives(text: str) -> None:
    """Text that is not even looked at by the parser is one plain paragraph with nothing to escape."""
    assert parse(text) == (Paragraph((Span(text),)),)
    assert rich(text) == literal(text) == escape(text, quote=False)


@given(HARD)
def test_literal_text_reads_as_written(text: str) -> None:
    """Unescaping the HTML of a plain text gives back its readable characters."""
    lines = re.sub("\r\n?|\x85", "\n", text)
    readable = re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff\ufdd0-\ufdef]", "\ufffd", lines)
    assert unescape(re.sub("</?span>", "", literal(text)).replace("<br>", "\n")) == readable


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a {{c1::b}} c", "a {{c1::b}} c"),
        ("{{c1::a}} {{c2::b::a hint}}", "{{c1::a}} {{c2::b::a hint}}"),
        ("{{c1::std::vector::type}}", "{{c1::std&#58;&#58;vector::type}}"),
        ("{{c1::`f({})`}} end", "{{c1::<code>f(&#123;&#125;)</code>}} end"),
        ("time: {{c1::4:00}}", "time&#58; {{c1::4&#58;00}}"),
        ("**{{c1::a}}**, {{c2::*b*}}", "<strong>{{c1::a}}</strong>, {{c2::<em>b</em>}}"),
        ("{{c1::a **b}} c**", "{{c1::a <strong>b}} c</strong>"),
        ("- {{c1::a}}\n- b", "<ul><li>{{c1::a}}</li><li>b</li></ul>"),
        ("```\nx = {{c1::1}}\n```", "<pre><code>x = {{c1::1}}</code></pre>"),
        ("{{c1::x::sound:a.mp3}}", "{{c1::x::sound&#58;a.mp3}}"),
        ("{{c1::x::`a`<b}}", "{{c1::x::a&lt;b}}"),
        ("\ufdd0 {{c1::a}}", "\ufffd {{c1::a}}"),
        (r"{{c1::\(x<y_{1}\)}}", r"{{c1::\(x&lt; y_&#123;1&#125;\)}}"),
        (r"\(\frac{{{c1::a}}}{b}\)", r"\(\frac&#123;{{c1::a}}&#125;&#123;b&#125;\)"),
    ],
)
def test_cloze_text_becomes_this_html(text: str, html: str) -> None:
    """Deletions and hints keep their text, with braces and colons that Anki cannot mistake for its own."""
    assert cloze(text) == html


@pytest.mark.parametrize(
    "text", ["[a]({{c1::b}})", "```{{c1::sql}}\nx\n```", "{{c1::![](x)}}", "![x]({{c1::y}}) *{{c2::z}}*"]
)
def test_a_deletion_that_markup_would_lose_is_shown_as_written(text: str) -> None:
    """No deletion disappears in an address, a language or an empty picture: its card would not exist."""
    html = cloze(text)
    for number in deletions.numbers(text):
        assert re.search(rf"\{{\{{c{number}::[^{{}}]*[^{{}}\s][^{{}}]*\}}\}}", html)


@given(HARD_CLOZE)
def test_anki_finds_exactly_our_deletions(text: str) -> None:
    """The HTML has one deletion for each of ours, in the same order, and no other brace or hint."""
    ours = [part.number for part in deletions.pieces(rich_input(text)) if part.number]
    assert [int(number) for number in re.findall(r"\{\{c(\d+)::[^{}]*\}\}", cloze(text))] == ours
    assert cloze(text).count("{{") == cloze(text).count("}}") == len(ours)


def rich_input(text: str) -> str:
    """Return text with the characters replaced that no field may hold."""
    text = re.sub("\r\n|[\r\x85]", "\n", text)
    return re.sub("[\x00-\x08\x0b-\x1f\u202e\ud800-\udfff\ufdd0-\ufdef]", "\ufffd", text)


def test_sources_are_links_only_over_https() -> None:
    """An address is escaped and linked when it is https; others are only shown."""
    sources = [
        Source('https://x.org/a?b="c"&d=<e>', "Ends & means"),
        Source("https://y.org/[sound:a]"),
        Source("http://z.org", "Old"),
        Source("javascript:alert(1)"),
    ]
    assert links(sources) == (
        '<ul><li><a href="https://x.org/a?b=&quot;c&quot;&amp;d=&lt;e&gt;">Ends &amp; means</a> (x.org)</li>'
        '<li><a href="https://y.org/&#91;sound:a]">y.org/&#91;sound:a]</a></li>'
        "<li>Old http://z.org</li><li>javascript:alert(1)</li></ul>"
    )


PIECES = ["<", "[", "&", "{{c1::", "*a ", "`", "<a ", "![", "- ", "|", "\x1f", "{{c1::a}}", "\\(", "\\({ "]


@pytest.mark.parametrize("piece", PIECES)
def test_a_field_of_one_repeated_sign_is_converted_to_its_end(piece: str) -> None:
    """Nothing a text repeats 32,000 characters long is too much (`tests/bench/long_fields.py` shows the growth)."""
    text = piece * (32_000 // len(piece))
    for html in (rich(text), cloze(text)):
        assert "\x1f" not in html
        assert html


@given(st.lists(st.sampled_from(["**a b**", "`c<d`", " ", "x", "& ", ". ", "(`e`)", "[sound:x]"]), max_size=8))
def test_the_quick_way_to_html_is_the_same(parts: list[str]) -> None:
    """A text of nothing but code and strong words becomes the HTML its blocks become."""
    text = "".join(parts)
    assert rich(text) == (_inert(_blocks(parse(text))) if text.strip() else rich(text))
