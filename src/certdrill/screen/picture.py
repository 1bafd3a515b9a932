"""One picture of the full screen as lines: header, a window on the card, what to do now and its keys; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from certdrill.screen.lines import Paint, width_of
from certdrill.screen.view import Hint, divider

WIDEST = 100  # longer lines are hard to read
LOW = 16  # rows below which the keys keep to one line
FLAT = 9  # rows below which the rules give way to text
SCROLL = Hint("j/k", "scroll")


class Page(NamedTuple):
    """What is to be shown at one width: `begins` is the line of the body with the news; keys stand by importance."""

    head: str
    body: list[str]
    act: list[str]
    keys: list[Hint]
    begins: int = 0
    scroll: Hint = SCROLL


class Picture(NamedTuple):
    """The lines of a screen, the body's line at the window's top, how far that can go, and the window's height."""

    lines: list[str]
    top: int
    last_top: int
    room: int


def width_on(columns: int) -> int:
    """Return the width of text on a screen."""
    return max(1, min(WIDEST, columns - 2))


def compose(page: Page, columns: int, rows: int, top: int | None, paint: Paint) -> Picture:
    """Return the picture of a page whose window begins at line `top`; None opens it where the answer can be read."""
    width = width_on(columns)
    foot = _foot(page, page.keys, width, rows, paint)
    if len(page.body) > _room(rows, foot):
        foot = _foot(page, [page.keys[0], page.scroll, *page.keys[1:]], width, rows, paint)
    room = _room(rows, foot)
    last_top = max(0, len(page.body) - room)
    if top is None:
        top = page.begins if page.begins > room // 3 else 0
    top = max(0, min(top, last_top))
    window = page.body[top : top + room]
    window += [""] * (room - len(window))
    where = f"lines {top + 1} to {top + room} of {len(page.body)}" if last_top else ""
    rules = [[divider("", width, paint)], [divider(where, width, paint)]] if rows >= FLAT else [[], []]
    margin = " " * max(0, (columns - width) // 2)
    lines = [page.head, *rules[0], *window, *rules[1], *foot]
    return Picture([margin + line if line else "" for line in lines[:rows]], top, last_top, room)


def fold(hints: Sequence[Hint], width: int, paint: Paint, most: int) -> list[str]:
    """Set keys side by side on at most `most` lines; those for which no room is left are left out."""
    lines: list[str] = []
    gap = "   " if width >= 60 else "  "
    for hint in hints:
        text = f"{paint(hint.key, 'strong')} {hint.label}{paint(' ' + hint.detail, 'dim') if hint.detail else ''}"
        if lines and width_of(lines[-1] + gap + text) <= width:
            lines[-1] += gap + text
        elif len(lines) < most:
            lines.append(text)
    return lines


def _foot(page: Page, keys: Sequence[Hint], width: int, rows: int, paint: Paint) -> list[str]:
    """Return the lines below the card: one line of keys on a low screen or below ratings, else two, to stand still."""
    foot = [*page.act, *fold(keys, width, paint, 1 if rows < LOW or page.act else 2)]
    return foot if rows < LOW else [*foot, *[""] * (2 - len(foot))]


def _room(rows: int, foot: list[str]) -> int:
    return max(1, rows - len(foot) - (3 if rows >= FLAT else 1))
