"""Card text laid out as lines of a given width, plain or styled; alone knows escape codes for style."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TextIO
from unicodedata import category

from certdrill.code import coloured
from certdrill.markup import Block, Bullets, Code, Paragraph, Span, Table, parse, visible

NARROWEST = 12
# style -> (weight, colour). Magenta is the one of the 16 that reads on both black and white in the usual palettes.
_STYLES = {
    "strong": ("1", ""),
    "em": ("3", ""),
    "dim": ("2", ""),
    "code": ("", "35"),
    "math": ("3", ""),
    "display": ("3", ""),
    "right": ("1", "32"),
    "wrong": ("1", "31"),
    # of code, by the names of `certdrill.code`
    "k": ("1", ""),
    "s": ("", "32"),
    "c": ("2", ""),
    "n": ("", "35"),
    "f": ("", "35"),
}
_SYMBOLS = {"right": "✓+", "wrong": "✗x", "rule": "─-", "bar": "│ ", "bullet": "•-"}
_STYLING = re.compile("\x1b\\[[0-9;]*m|\x1b\\]8;[^\x1b]*\x1b\\\\")
_LINK = re.compile(r"https://[!-~]+")
_WORD = re.compile(r"\n|[^\S\n]+|\S+")
_OTHER_SPACE = re.compile(r"[^\S\n]")
_JOINER, _WIDE_SELECTOR = "\N{ZERO WIDTH JOINER}", "\N{VARIATION SELECTOR-16}"


class Paint(NamedTuple):
    """How lines may look: with weights, with the terminal's named colours, with symbols beyond ASCII.

    Without colours code keeps its backticks.
    """

    styled: bool = False
    colour: bool = False
    symbols: bool = False

    def __call__(self, text: str, style: str) -> str:
        """Return the text in a style: strong, em, dim, code, right, wrong, or an https address to link to."""
        if not text:
            return text
        if _LINK.fullmatch(style) and self.styled and self.symbols:
            return f"\x1b]8;;{style}\x1b\\{self(text, 'dim')}\x1b]8;;\x1b\\"
        weight, hue = _STYLES.get(style, ("", ""))
        codes = [code for code, wanted in ((weight, self.styled), (hue, self.colour)) if code and wanted]
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if codes else text

    def symbol(self, name: str) -> str:
        """Return the symbol called right, wrong, rule, bar or bullet, or its stand-in."""
        return _SYMBOLS[name][0 if self.symbols else 1]


def width_of(text: str) -> int:
    """Return the columns a text takes in a terminal, styling left out."""
    if "\x1b" in text:
        text = _STYLING.sub("", text)
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth

    return max(0, wcswidth(text))


def cut(text: str, width: int) -> str:
    """Return as much of a one-line text as fits, ending in `...` where it does not."""
    if width_of(text) <= width:
        return text
    kept = text[: _fitting(text, width - 3)]
    return kept + "..." if width_of(kept) <= width - 3 else "." * min(3, width)


def tail(text: str, width: int) -> str:
    """Return as much of the end of a one-line text as fits, beginning with `...` where it does not."""
    if width_of(text) <= width:
        return text
    while width_of(text) > width - 3:
        text = text[1:]
    return "..." + text


def lay_out(text: str, width: int, paint: Paint) -> list[str]:
    """Return the lines of a card's text; none is wider than `width` or NARROWEST."""
    return _blocks(parse(visible(text).expandtabs(4)), max(NARROWEST, width), paint)


def tolerate(stream: TextIO) -> None:
    """Let a stream replace what its encoding does not have, in place of failing."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def _blocks(blocks: Sequence[Block], width: int, paint: Paint) -> list[str]:
    lines: list[str] = []
    for number, block in enumerate(blocks):
        if number and not (isinstance(block, Bullets) and isinstance(blocks[number - 1], Paragraph)):
            lines.append("")
        lines += _block(block, width, paint)
    return lines


def _block(block: Block, width: int, paint: Paint) -> list[str]:
    if isinstance(block, Paragraph):
        return wrap(block.spans, width, paint)
    if isinstance(block, Code):
        return list(_code(block, width, paint))
    if isinstance(block, Bullets):
        return list(_bullets(block, width, paint))
    return _table(block, width, paint)


def _code(block: Code, width: int, paint: Paint) -> Iterator[str]:
    """Yield code as it stands beside a bar, coloured by its language; a line that is too long goes on in the next."""
    bar = paint(paint.symbol("bar"), "dim") + " "
    runs = iter(coloured(block.text, block.language) if paint.colour else [])
    rest: tuple[str, str] = ("", "")
    for line in block.text.split("\n"):
        for piece in _pieces(_OTHER_SPACE.sub(" ", line), width - 2) if line else [""]:
            painted, rest = _taken(piece, rest, runs, paint)
            yield (bar + painted).rstrip()
        rest = (rest[0].removeprefix("\n"), rest[1]) if rest[0] else _after_break(runs)


def _taken(
    piece: str, rest: tuple[str, str], runs: Iterator[tuple[str, str]], paint: Paint
) -> tuple[str, tuple[str, str]]:
    """Return a piece of code painted as the runs say, and what is left of the last run; past the runs it is plain."""
    painted = ""
    while piece:
        text, colour = rest if rest[0] else next(runs, (piece, ""))
        painted += paint(piece[: len(text)], colour)
        rest = (text[len(piece) :], colour)
        piece = piece[len(text) :]
    return painted, rest


def _after_break(runs: Iterator[tuple[str, str]]) -> tuple[str, str]:
    text, colour = next(runs, ("", ""))
    return text.removeprefix("\n"), colour


def _bullets(block: Bullets, width: int, paint: Paint) -> Iterator[str]:
    bullet = paint.symbol("bullet") + " "
    for number, item in enumerate(block.items):
        mark = bullet if block.start is None else f"{block.start + number}. "
        if width - len(mark) < NARROWEST // 2:  # no room to indent
            yield from [*wrap([Span(mark.strip())], width, paint), *_blocks(item, width, paint)]
        else:
            yield from indented(mark, _blocks(item, width - len(mark), paint) or [""])


def indented(mark: str, lines: list[str]) -> list[str]:
    """Put a mark before the first line and its width of spaces before the others."""
    margin = " " * width_of(mark)
    return [(mark if number == 0 else margin * bool(line)) + line for number, line in enumerate(lines)]


def _table(block: Table, width: int, paint: Paint) -> list[str]:
    """Return a grid; the widest columns give way where it is too wide, and beyond that rows become paragraphs."""
    natural = [
        max(width_of(line) for row in block.rows for line in _cell(row[n], 1000, paint)) for n in _columns(block)
    ]
    widths = _shrunk(natural, width - 2 * (len(natural) - 1))
    if min(widths, default=0) < min(6, *natural, 6):
        return [line for row in block.rows for cell in row for line in _cell(cell, width, paint)]
    lines: list[str] = []
    for number, row in enumerate(block.rows):
        spans = [[Span(span.text, "strong") for span in cell] for cell in row] if number == 0 else row
        lines += _grid([_cell(cell, size, paint) for cell, size in zip(spans, widths, strict=True)], widths)
        if number == 0:
            lines.append(paint("  ".join(paint.symbol("rule") * size for size in widths), "dim"))
    return lines


def _columns(block: Table) -> range:
    return range(len(block.rows[0]))


def _cell(spans: Sequence[Span], width: int, paint: Paint) -> list[str]:
    return wrap(spans, width, paint)


def _shrunk(widths: list[int], room: int) -> list[int]:
    """Return widths of at least 1 that sum to at most `room` where that can be, taken from the widest."""
    widths = [max(1, width) for width in widths]
    while sum(widths) > room and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return widths


def _grid(cells: list[list[str]], widths: list[int]) -> Iterator[str]:
    """Yield the lines of one row of a table, cells side by side."""
    for number in range(max(map(len, cells))):
        texts = [cell[number] if number < len(cell) else "" for cell in cells]
        padded = [text + " " * (width - width_of(text)) for text, width in zip(texts, widths, strict=True)]
        yield "  ".join(padded).rstrip()


def wrap(spans: Sequence[Span], width: int, paint: Paint) -> list[str]:
    """Break styled text into lines of at most `width` columns; a word longer than a line is cut into pieces."""
    lines: list[str] = []
    line: list[tuple[str, str]] = []
    used = 0
    for word in _words(spans, paint):
        space = word[0][0].isspace()
        if word[0][0] == "\n" or (line and used + sum(_reach(text) for text, _ in word) > width):
            lines.append(_painted(line, paint))
            line, used = [], 0
        if space and not line:
            continue
        for text, style in word:
            for piece in _pieces(text, width):
                if line and used + _reach(piece) > width:
                    lines.append(_painted(line, paint))
                    line, used = [], 0
                line.append((piece, style))
                used += _reach(piece)
    return [*lines, _painted(line, paint)]


def _words(spans: Sequence[Span], paint: Paint) -> Iterator[list[tuple[str, str]]]:
    """Yield unbreakable stretches: spaces, or pieces of one or more styles without a space between them."""
    word: list[tuple[str, str]] = []
    for span in spans:
        text = f"`{span.text}`" if span.style == "code" and not paint.colour else span.text
        for piece in _WORD.findall(_OTHER_SPACE.sub(" ", text)):
            if word and (piece.isspace() or word[0][0].isspace()):
                yield word
                word = []
            word.append((piece, span.style))
    if word:
        yield word


def _reach(text: str) -> int:
    """Return the columns a text takes at most, whatever stands before it and however joined letters are drawn."""
    if text.isascii():
        return len(text)
    return sum(map(_letter_reach, text))


def _letter_reach(letter: str) -> int:
    widens = letter == _WIDE_SELECTOR or category(letter) == "Mc"  # a spacing mark takes a column behind its letter
    return width_of(letter) or int(widens)


def _pieces(text: str, width: int) -> Iterator[str]:
    while text:
        end = _fitting(text, width)
        yield text[:end]
        text = text[end:]


def _fitting(text: str, width: int) -> int:
    """Return how many letters of a text fit, at least one; letters drawn as one stay together where they can."""
    if _reach(text) <= width:
        return len(text)
    end = used = 0
    while end < len(text) and (not end or used + _letter_reach(text[end]) <= width):
        used += _letter_reach(text[end])
        end += 1
    whole = end
    while whole > 1 and (text[whole - 1] == _JOINER or (not text[whole].isascii() and width_of(text[whole]) == 0)):
        whole -= 1
    return whole if whole > 1 else end


def _painted(line: list[tuple[str, str]], paint: Paint) -> str:
    while line and line[-1][0].isspace():
        line = line[:-1]
    runs: list[tuple[str, str]] = []
    for text, style in line:
        if runs and runs[-1][1] == style:
            runs[-1] = (runs[-1][0] + text, style)
        else:
            runs.append((text, style))
    return "".join(paint(text, style) for text, style in runs)
