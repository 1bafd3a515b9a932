"""Card text is CommonMark without HTML, line breaks kept; parsed here once for the terminal and for Anki."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

# What no card may hold: C0 and C1 controls but newline and tab, DEL, the bidirectional marks, overrides and isolates,
# byte order marks, lone surrogates and the noncharacters YAML refuses.
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
# Without one of these, or a second line, a text is one plain paragraph and needs no parser.
_PLAIN = r"[^`*_\\\[\]!&~|<>\n]*"
# Text whose only marks are pairs of single backticks, and of double stars around whole words, is split at them: the
# same result, twenty times as fast.
_CODE = r"`[^`\s](?:[^`\n]*[^`\s])?`(?!`)"
_STRONG = rf"(?<![\w*])\*\*\w(?:{_PLAIN}\w)?\*\*(?![\w*])"
_SIMPLE = re.compile(rf"(?![-+#=\s]|\d+[.)]){_PLAIN}(?:(?:{_CODE}|{_STRONG}){_PLAIN})+")
_STYLED = re.compile(rf"({_CODE}|{_STRONG})")
# What ends a formula, what forbids one, and pairs such as `\\` and `\}` that are neither; as MathJax reads it.
_LATEX = re.compile(r"\\.|[{}`]", re.DOTALL)
_MATH = {"(": (")", "math"), "[": ("]", "display")}
_MARKED = re.compile(r"[`*_\\\[\]!&~|<>\n]|^\s*(?:[-+#=]|\d+[.)])")


class Span(NamedTuple):
    r"""A stretch of text in one style: plain, strong, em or code; `break` ends a line.

    The LaTeX of `\( ... \)` has the style math, that of `\[ ... \]`, which stands on a line of its own, display.
    """

    text: str
    style: str = "plain"


class Paragraph(NamedTuple):
    """Running text."""

    spans: tuple[Span, ...]


class Code(NamedTuple):
    """A code block; `language` as written after the fence."""

    text: str
    language: str = ""


class Bullets(NamedTuple):
    """A list of items, each a tuple of blocks; numbered ones count from `start`, others have None."""

    items: tuple[tuple[Block, ...], ...]
    start: int | None = None


class Table(NamedTuple):
    """Rows of cells; the first row is the heading."""

    rows: tuple[tuple[tuple[Span, ...], ...], ...]


Block = Paragraph | Code | Bullets | Table


def parse(text: str) -> tuple[Block, ...]:
    """Return the blocks of a card's text; HTML in it is text like any other, and nothing in it is `UNSAFE`."""
    text = visible(text)
    if not _MARKED.search(text):
        return (Paragraph((Span(text),)),)
    if parts := simple(text):
        return (Paragraph(tuple(map(_simple_span, parts))),)
    tokens = _parser().parse(text)
    return _blocks(tokens, 0, len(tokens))


def simple(text: str) -> list[str]:
    """Split safe text whose only marks are `code` and **strong** words at them; nothing where there is more to it."""
    return [part for part in _STYLED.split(text) if part] if _SIMPLE.fullmatch(text) else []


def _simple_span(part: str) -> Span:
    if part[0] == "`":
        return Span(part[1:-1], "code")
    return Span(part[2:-2], "strong") if part.startswith("**") else Span(part)


@cache
def _parser() -> Any:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")
    parser.inline.ruler.before("escape", "math", _math)
    return parser.disable(["heading", "lheading", "hr", "blockquote", "html_block", "html_inline", "reference"])


def _math(state: Any, silent: bool) -> bool:
    """Read a formula at the state's place, as one token; a rule of markdown-it."""
    opening = state.src[state.pos + 1 : state.pos + 2]
    if state.src[state.pos] != "\\" or opening not in _MATH:
        return False
    closing, style = _MATH[opening]
    end = _formula_end(state.src, state.pos + 2, state.posMax, closing)
    latex = state.src[state.pos + 2 : end].strip() if end > 0 else ""
    if not latex:
        return False
    if len(re.split(r"[^\\]", latex)[-1]) % 2:
        latex += " "  # of `\\ `, a space in LaTeX
    if not silent:
        state.push("math", "", 0).content = latex
        state.tokens[-1].markup = style
    state.pos = end + 2
    return True


def _formula_end(text: str, start: int, most: int, closing: str) -> int:
    r"""Return where the formula that begins at `start` is closed, outside all braces, or -1.

    No formula holds a backtick, so that code wins, nor the start of another, so that no stretch is looked at twice.
    """
    depth = 0
    for found in _LATEX.finditer(text, start, most):
        sign = found[0]
        if sign == "`" or sign[1:] in _MATH:
            return -1
        if sign == "\\" + closing and not depth:
            return found.start()
        if sign == "{":
            depth += 1
        elif sign == "}":
            depth = max(0, depth - 1)
    return -1


def _blocks(tokens: Sequence[Any], at: int, end: int) -> tuple[Block, ...]:
    blocks: list[Block] = []
    while at < end:
        token = tokens[at]
        close = _closing(tokens, at)
        if token.type == "inline":
            blocks.append(Paragraph(_spans(token.children)))
        elif token.type in ("fence", "code_block"):
            blocks.append(Code(token.content.rstrip("\n"), token.info.strip()))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            start = int(token.attrs.get("start", 1)) if token.type.startswith("ordered") else None
            blocks.append(Bullets(_items(tokens, at + 1, close), start))
        elif token.type == "table_open":
            blocks.append(Table(_rows(tokens[at:close])))
        elif close > at:
            blocks.extend(_blocks(tokens, at + 1, close))
        at = close + 1
    return tuple(blocks)


def _closing(tokens: Sequence[Any], at: int) -> int:
    """Return the index of the token that closes `tokens[at]`, or `at` when it opens nothing."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index
    return at


def _items(tokens: Sequence[Any], at: int, end: int) -> tuple[tuple[Block, ...], ...]:
    items = []
    while at < end:
        close = _closing(tokens, at)
        items.append(_blocks(tokens, at + 1, close))
        at = close + 1
    return tuple(items)


def _rows(tokens: Sequence[Any]) -> tuple[tuple[tuple[Span, ...], ...], ...]:
    rows: list[list[tuple[Span, ...]]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_spans(token.children))
    return tuple(tuple(row) for row in rows)


def _spans(children: Sequence[Any]) -> tuple[Span, ...]:
    spans: list[Span] = []
    styles: list[str] = []
    target, inside = "", 0
    for child in children:
        if child.type in ("strong_open", "em_open"):
            styles.append(child.type.removesuffix("_open"))
        elif child.type in ("strong_close", "em_close"):
            styles.pop()
        elif child.type == "link_open":
            target, inside = child.attrGet("href") or "", len(spans)
        elif child.type == "link_close":
            if "".join(span.text for span in spans[inside:]) != target:
                spans.append(Span(f" ({target})"))
        elif child.type in ("softbreak", "hardbreak"):
            spans.append(Span("\n", "break"))
        elif child.type == "math":
            spans.append(Span(visible(child.content), child.markup))
        elif child.type == "code_inline":
            spans.append(Span(child.content, "code"))
        elif child.content:
            style = "strong" if "strong" in styles else styles[-1] if styles else "plain"
            # a character reference may have brought in what the text itself did not hold
            spans.append(Span(visible(child.content).replace("\n", " "), style))
    return tuple(spans)


def visible(text: str) -> str:
    """Return the text with everything a terminal or page might act on replaced, line ends and tabs kept."""
    return text if text.isprintable() else UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)


def plain(text: str) -> str:
    """Return the visible words of a card's text on one line."""
    return " ".join(_words(parse(text)).split())


def _words(blocks: Sequence[Block]) -> str:
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            parts.append("".join(span.text for span in block.spans))
        elif isinstance(block, Code):
            parts.append(block.text)
        elif isinstance(block, Bullets):
            parts += [_words(item) for item in block.items]
        else:
            parts += ["".join(span.text for span in cell) for row in block.rows for cell in row]
    return " ".join(parts)
