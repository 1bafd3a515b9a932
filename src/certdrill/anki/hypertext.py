"""Card text as HTML for Anki's fields: all of it escaped, none of it able to trigger an Anki feature."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape

from certdrill.cloze import Piece, pieces
from certdrill.code import coloured
from certdrill.markup import Block, Bullets, Code, Paragraph, Span, Table, parse, plain, simple
from certdrill.model import Source

# Noncharacters stand for the two ends of a deletion while the text around it is parsed: no text keeps one.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_ENDS = re.compile(f"[{_OPEN}{_CLOSE}]")
_DELETION = re.compile(f"{_OPEN}[^{_OPEN}{_CLOSE}]+{_CLOSE}")
_NEWLINE = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
# Text of these characters alone is its own HTML; most texts are, and need no more than this look.
_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9 ,.;:?'\"()/%@+=#-]*")
_TAG = re.compile(r"<[^<>]*>")
# `[sound:x]`, `[anki:tts]`, `[latex]`, `[$]`, `[$$]` and `[[type:x]]` are replaced by Anki anywhere.
_TRIGGER = re.compile(r"\[(?=sound:|anki:|latex\]|\$|\[type:)", re.IGNORECASE)
_CLOZE_SYNTAX = str.maketrans({":": "&#58;", "{": "&#123;", "}": "&#125;"})
# What MathJax takes for the beginning of a formula, and how a formula is written for it.
_FORMULA = re.compile(r"\\(?=[(\[])")
_MATH = {"math": r"\(%s\)", "display": r"\[%s\]"}
_BRACES = re.compile(r"(?<=\{)(?=\{)|(?<=\})(?=\})")
_MARKUP = re.compile(r"[<&](?!\s)")
_STYLES = {"strong": "strong", "em": "em", "code": "code"}


def rich(text: str) -> str:
    """Return the HTML of a card's text; a lone paragraph stands without a tag around it."""
    if _WORDS.fullmatch(text):
        return text
    text = _clean(text)
    if text.isprintable() and (parts := simple(text)):
        return _inert("".join([_simple(part) for part in parts]))
    html = _blocks(parse(text))
    return _inert(html if _shows(html) else _literal(text))


def _simple(part: str) -> str:
    """Return the HTML of one part of a simple text; the same that `_span` makes of it, without the way there."""
    if part[0] == "`":
        return f"<code>{escape(part[1:-1], quote=False)}</code>"
    if part.startswith("**"):
        return f"<strong>{escape(part[2:-2], quote=False)}</strong>"
    return escape(part, quote=False)


def literal(text: str) -> str:
    """Return text that is not marked up, escaped, with its line breaks."""
    return text if _WORDS.fullmatch(text) else _inert(_literal(_clean(text)))


def cloze(text: str) -> str:
    """Return the HTML of a cloze text with Anki's own deletions in it.

    Markup may cross a deletion's ends. Where that would lose one, the text is shown as written instead.
    """
    parts = pieces(_clean(text))
    deletions = [part for part in parts if part.number]
    html = _blocks(parse("".join(_marked(part) for part in parts)), in_cloze=True)
    if not _keeps(html, len(deletions)):
        html = "".join(_within(_literal(part.text), part) for part in parts)
    return _inert(_with_deletions(html, deletions))


def items(texts: Iterable[str], kind: str = "ol") -> str:
    """Return texts as one list; `kind` is the opening tag's words, such as `ol type="A"`."""
    inner = "".join([f"<li>{rich(text) if text else ''}</li>" for text in texts])
    return f"<{kind}>{inner}</{kind.split()[0]}>"


def medium(name: str, alt: str, *, is_sound: bool) -> str:
    """Return the HTML that shows or plays a file of the package; `name` is one of ours and needs no escape."""
    words = escape(" ".join(_clean(alt).split())).translate(_CLOZE_SYNTAX)
    return f" [sound:{name}]" if is_sound else f'<img src="{name}" alt="{_inert(words)}">'


def links(sources: Sequence[Source]) -> str:
    """Return sources as a list of links; an address that is not https is shown and not linked."""
    return f"<ul>{''.join(f'<li>{_link(source)}</li>' for source in sources)}</ul>" if sources else ""


@lru_cache(maxsize=1024)
def _link(source: Source) -> str:
    url = _clean(source.url)
    section = literal(source.section)
    if not url.lower().startswith("https://"):
        return " ".join(part for part in (section, literal(url)) if part)
    page = url.partition("://")[2]
    host = f" ({literal(page.partition('/')[0])})" if section else ""
    return f'<a href="{_inert(escape(url))}">{section or literal(page)}</a>{host}'


def _clean(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", _UNSAFE.sub("\ufffd", _NEWLINE.sub("\n", text)))


def _escaped(text: str) -> str:
    """Escape text; what a character reference may have brought in is replaced as well."""
    return escape(text if text.isprintable() else _UNSAFE.sub(_replaced, text), quote=False)


def _replaced(match: re.Match[str]) -> str:
    return match[0] if match[0] in (_OPEN, _CLOSE) else "\ufffd"


def _literal(text: str) -> str:
    html = _escaped(text).replace("\n", "<br>")
    return _no_formula(html) if "\\" in html else html


def _no_formula(html: str) -> str:
    """Let no formula begin in text that has none: MathJax does not look for one across a tag."""
    return _FORMULA.sub(r"<span>\\</span>", html)


def _inert(html: str) -> str:
    return _TRIGGER.sub("&#91;", html) if "[" in html else html


def _shows(html: str) -> bool:
    return html[:1].isalnum() or bool(_TAG.sub("", html).strip())


def _blocks(blocks: Sequence[Block], *, in_cloze: bool = False) -> str:
    if len(blocks) == 1 and isinstance(blocks[0], Paragraph):
        return _spans(blocks[0].spans, in_cloze=in_cloze)
    return "".join(_block(block, in_cloze=in_cloze) for block in blocks)


def _block(block: Block, *, in_cloze: bool) -> str:
    if isinstance(block, Paragraph):
        return f"<p>{_spans(block.spans, in_cloze=in_cloze)}</p>"
    if isinstance(block, Code):
        return f"<pre><code>{_code(block, in_cloze=in_cloze)}</code></pre>"
    if isinstance(block, Bullets):
        return _bullets(block, in_cloze=in_cloze)
    return _table(block, in_cloze=in_cloze)


def _code(block: Code, *, in_cloze: bool) -> str:
    """Return the text of a code block, coloured where its language is known and no deletion stands in it."""
    runs = [] if _ENDS.search(block.text) else coloured(block.text, block.language)
    if not runs:
        return _text(block.text, in_cloze=in_cloze)
    return "".join([_coloured(text, colour, in_cloze=in_cloze) for text, colour in runs])


def _coloured(text: str, colour: str, *, in_cloze: bool) -> str:
    """Return a stretch of code in one colour, the white space after it left out of the colour."""
    words = text.rstrip()
    html = _text(words, in_cloze=in_cloze)
    return (f'<span class="{colour}">{html}</span>' if colour and words else html) + text[len(words) :]


def _bullets(block: Bullets, *, in_cloze: bool) -> str:
    inner = "".join(f"<li>{_blocks(item, in_cloze=in_cloze)}</li>" for item in block.items)
    if block.start is None:
        return f"<ul>{inner}</ul>"
    start = "" if block.start == 1 else f' start="{block.start}"'
    return f"<ol{start}>{inner}</ol>"


def _table(block: Table, *, in_cloze: bool) -> str:
    rows = []
    for number, row in enumerate(block.rows):
        tag = "td" if number else "th"
        rows.append("".join(f"<{tag}>{_spans(cell, in_cloze=in_cloze)}</{tag}>" for cell in row))
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _spans(spans: Sequence[Span], *, in_cloze: bool) -> str:
    return "".join([_span(span, in_cloze=in_cloze) for span in spans])


def _span(span: Span, *, in_cloze: bool) -> str:
    if span.style == "break":
        return "<br>"
    if span.style in _MATH:
        return _MATH[span.style] % _latex(span.text, in_cloze=in_cloze)
    text = _text(span.text, in_cloze=in_cloze)
    if span.style != "code" and "\\" in text:  # MathJax passes over code
        text = _no_formula(text)
    if span.style == "plain":
        return text
    tag = _STYLES[span.style]
    return f"<{tag}>{text}</{tag}>"


def _latex(text: str, *, in_cloze: bool) -> str:
    """Return LaTeX without a field, a deletion's end or, as Anki decodes formulas in deletions, a tag."""
    text = _BRACES.sub(" ", text)
    return _text(_MARKUP.sub(r"\g<0> ", text) if in_cloze else text, in_cloze=in_cloze)


def _text(text: str, *, in_cloze: bool) -> str:
    return _escaped(text).translate(_CLOZE_SYNTAX) if in_cloze else _escaped(text)


def _marked(part: Piece) -> str:
    return f"{_OPEN}{part.text}{_CLOSE}" if part.number else part.text


def _within(html: str, part: Piece) -> str:
    html = html.translate(_CLOZE_SYNTAX)
    return f"{_OPEN}{html}{_CLOSE}" if part.number else html


def _keeps(html: str, deletions: int) -> bool:
    """Tell whether every deletion came through the parser with both ends and something between them."""
    shown = _TAG.sub("", html)
    return len(_ENDS.findall(shown)) == 2 * deletions and len(_DELETION.findall(shown)) == deletions


def _with_deletions(html: str, deletions: Sequence[Piece]) -> str:
    """Write Anki's deletions; the ends alternate, so every second stretch of the split is one."""
    stretches = _ENDS.split(html)
    for at, deletion in enumerate(deletions):
        hint = f"::{_text(plain(deletion.hint), in_cloze=True)}" if deletion.hint else ""
        stretches[2 * at + 1] = f"{{{{c{deletion.number}::{stretches[2 * at + 1]}{hint}}}}}"
    return "".join(stretches)
