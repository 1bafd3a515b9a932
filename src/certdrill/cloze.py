"""Cloze deletions, `{{c1::answer::hint}}`: found, hidden and shown; the one parser for terminal and deck."""

from __future__ import annotations

import re
from typing import NamedTuple

from certdrill.markup import plain

_OPENING = re.compile(r"\{\{c([1-9][0-9]?)::")


class Piece(NamedTuple):
    """A stretch of text; `number` is 0 outside a deletion."""

    text: str
    number: int = 0
    hint: str = ""


def pieces(text: str) -> list[Piece]:
    """Split a cloze text into plain stretches and deletions, in reading order.

    Between backticks `::` and `}}` are code: they neither begin a hint nor close a deletion.
    """
    found = []
    at = 0
    while opening := _OPENING.search(text, at):
        end = _closing(text, opening.end())
        if end < 0:
            break
        if opening.start() > at:
            found.append(Piece(text[at : opening.start()]))
        answer, hint = _parted(text[opening.end() : end])
        found.append(Piece(answer, int(opening[1]), hint))
        at = end + 2
    if at < len(text):
        found.append(Piece(text[at:]))
    return found


def _closing(text: str, start: int) -> int:
    """Return where the deletion whose inside begins at `start` is closed, or -1."""
    first = end = text.find("}}", start)
    while end >= 0 and text.count("`", start, end) % 2:
        tick = text.find("`", end)
        end = text.find("}}", tick) if tick >= 0 else -1
    return first if end < 0 or _OPENING.search(text, first, end) else end


def _parted(inside: str) -> tuple[str, str]:
    """Split the inside of a deletion into answer and hint at its last `::` that is not code."""
    at = inside.rfind("::")
    while at > 0 and inside.count("`", 0, at) % 2:
        at = inside.rfind("::", 0, at)
    if at > 0 and at + 2 < len(inside):
        return inside[:at], inside[at + 2 :]
    return inside, ""


def numbers(text: str) -> list[int]:
    """Return the deletion numbers of a text, each once, ascending."""
    return sorted({piece.number for piece in pieces(text) if piece.number})


def question(text: str, number: int) -> str:
    """Return the text with deletion `number` hidden behind `[...]` or its hint, the others shown."""
    parts = pieces(text)
    masks = [f"[{piece.hint or '...'}]" if piece.number == number else piece.text for piece in parts]
    shown = "".join(masks)
    if "](" not in shown:
        return shown
    # a round bracket after the mask would make a link of it
    escaped = "".join("\\" + mask if piece.number == number else mask for piece, mask in zip(parts, masks, strict=True))
    return shown if "\\[" in plain(escaped) else escaped


def answer(text: str, number: int) -> str:
    """Return what deletion `number` hides; several stretches of one number are joined by a comma."""
    return ", ".join(piece.text for piece in pieces(text) if piece.number == number)


def solved(text: str, number: int) -> str:
    """Return the text with nothing hidden and deletion `number` in bold, unless it stands where stars are text."""
    parts = pieces(text)
    bare = "".join(piece.text for piece in parts)
    bold = "".join(f"**{piece.text}**" if piece.number == number else piece.text for piece in parts)
    return bold if plain(bold) == plain(bare) else bare
