"""The drill in a terminal: full screen, one key a step, scrolled when long, the terminal always put back as it was."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from certdrill.scheduling import Moment, Rating, Settings, plans
from certdrill.screen import modes
from certdrill.screen.drill import COMMANDS, Answer, Command, Rated
from certdrill.screen.keys import Keys
from certdrill.screen.lines import Paint, lay_out, tail, tolerate
from certdrill.screen.picture import Page, compose, fold, width_on
from certdrill.screen.view import Hint, View, header, question_lines, ratings, revealed
from certdrill.study.prompt import picked

_LINES = {"down": 1, "j": 1, "up": -1, "k": -1, "home": -10_000, "end": 10_000}
_PAGES = {"pagedown": 1, "pageup": -1}
_UNDO, _QUIT = Hint("u", "undo"), Hint("q", "quit")
_LEAVING = ("ctrl-c", "ctrl-d")


class TerminalFace:
    """Draws cards on the alternate screen of the terminal on stdin and stdout. Use as `with terminal() as face`."""

    def __init__(self, keys: Keys, paint: Paint, wake: int) -> None:
        self.keys, self.paint, self.wake = keys, paint, wake
        self._is_up = False

    def ask(self, view: View) -> Answer | Command:
        """Show the question and return the learner's answer or command."""
        if view.prompt.card.kind == "typed":
            return self._ask_text(view)
        if view.prompt.is_graded:
            return self._ask_letters(view)
        while True:
            key = self._show(partial(self._question, view, [Hint("space", "shows the answer")])).lower()
            if key in (" ", "enter"):
                return Answer("")
            if key in COMMANDS:
                return Command(COMMANDS[key])

    def tell(self, view: View) -> Rated | Command:
        """Show question and answer, the answer in sight, and return the rating."""
        default = Rating.GOOD if Rating.GOOD in view.plans else Rating.AGAIN
        while True:
            key = self._show(partial(self._answer, view, default)).lower()
            if key in (" ", "enter"):
                return Rated(default)
            if key == "g" and view.right:
                return Rated(Rating.HARD)
            if key in [hint.key for hint in ratings(view)]:
                return Rated(Rating(int(key)))
            if key in COMMANDS:
                return Command(COMMANDS[key])

    def wait(self, until_ms: int, now: Callable[[], Moment], *, undoable: bool) -> Command | None:
        """Count down to the next learning card; leave at once when the clock stands still."""
        before_ms = -1
        while (left := until_ms - now().ms) > 0:
            text = f"Nothing else to study now.\nThe next card comes in {left // 60_000}:{left // 1000 % 60:02d}."
            key = self._say(text, [_QUIT, *[_UNDO] * undoable], min(1.0, left / 1000))
            if key in ("q", "Q", *_LEAVING):
                return Command("quit")
            if key in ("u", "U") and undoable:
                return Command("undo")
            if key is None and left >= 1000 and now().ms == before_ms:
                return Command("quit")
            before_ms = now().ms
        return None

    def end(self, text: str, *, undoable: bool) -> Command:
        """Say that nothing is left, and let the last rating be taken back."""
        hints = [Hint("any key", "ends"), *[Hint("u", "undo the last")] * undoable]
        while True:
            key = self._say(f"{text}\n\nEverything rated is saved.", hints)
            if key:
                return Command("undo" if undoable and key in ("u", "U") else "quit")

    def _ask_letters(self, view: View) -> Answer | Command:
        """Collect letters: one is enough for a single answer, Enter sends several, a letter again takes it back."""
        wanted = len(view.prompt.order) if view.prompt.card.kind == "order" else view.prompt.content.select
        letters = [letter for letter, _ in view.prompt.lines]
        chosen = ""
        while True:
            shown = view if wanted == 1 else replace(view, chosen=chosen)
            hints = _letter_hints(view, letters[-1], len(chosen), wanted)
            key = self._show(partial(self._question, shown, hints)).lower()
            if key in letters and (key in chosen or len(chosen) < wanted):
                chosen = chosen.replace(key, "") if key in chosen else chosen + key
                if wanted == 1:
                    return Answer(chosen)
            elif key == "backspace":
                chosen = chosen[:-1]
            elif key == "enter" and picked(view.prompt, chosen):
                return Answer(chosen)
            elif key == "?":
                return Answer("")
            elif key in COMMANDS and key not in letters:
                return Command(COMMANDS[key])

    def _ask_text(self, view: View) -> Answer | Command:
        """Edit one line of text; Escape leaves the line so that command keys work."""
        text, typing = "", True
        while True:
            key = self._show(partial(self._typed, view, text, typing), letters_scroll=not typing)
            if key == "escape":
                typing = not typing
            elif not typing and key.lower() in COMMANDS:
                return Command(COMMANDS[key.lower()])
            elif not typing:
                typing = True
            elif key == "enter":
                return Answer(text)
            elif key in ("backspace", "ctrl-u"):
                text = text[:-1] if key == "backspace" else ""
            elif len(key) == 1:
                text += key

    def _question(self, view: View, hints: list[Hint], width: int) -> Page:
        body = [*self._note(view, width), *question_lines(view, width, self.paint)]
        keys = [*hints, *_command_hints(view, bury="-" if view.prompt.lines else "b")]
        return Page(header(view, width, self.paint), body, [], keys)

    def _typed(self, view: View, text: str, typing: bool, width: int) -> Page:
        page = self._question(view, [Hint("space", "types on")], width)
        line = self.paint(f"> {tail(text, width - 4)}{'_' if typing else ''}", "strong")
        if not typing:
            return page._replace(act=[line])
        keys = [Hint("Enter", "checks" if text else "don't know"), Hint("Esc", "other keys")]
        return page._replace(act=[line], keys=keys, scroll=Hint("up/down", "scroll"))

    def _answer(self, view: View, default: Rating, width: int) -> Page:
        note, hints = self._note(view, width), ratings(view)
        body, begins = revealed(view, width, self.paint)
        label = next(hint.label for hint in hints if hint.key == str(int(default)))
        keys = [Hint("space", label), *_command_hints(view, bury="b")]
        act = fold(hints, width, self.paint, 2)
        return Page(header(view, width, self.paint), [*note, *body], act, keys, max(0, len(note) + begins - 2))

    def _note(self, view: View, width: int) -> list[str]:
        if not view.note:
            return []
        return [*(self.paint(line, "strong") for line in lay_out(view.note, width, self.paint)), ""]

    def _show(self, page_of: Callable[[int], Page], *, letters_scroll: bool = True) -> str:
        """Draw a page and return the next key; scrolling, resizing and leaving are dealt with here."""
        top: int | None = None
        pages: dict[int, Page] = {}  # laid out once a width, so that scrolling a long card is quick
        while True:
            columns, rows = modes.size()
            width = width_on(columns)
            pages[width] = pages.get(width) or page_of(width)
            picture = compose(pages[width], columns, rows, top, self.paint)
            key = self._put(picture.lines) or ""
            if key in _LEAVING:
                raise KeyboardInterrupt
            step = _LINES.get(key, 0) or _PAGES.get(key, 0) * max(1, picture.room - 1)
            if step and (letters_scroll or key not in ("j", "k")):
                top = max(0, min(picture.top + step, picture.last_top))
            elif key:
                return key

    def _say(self, text: str, hints: list[Hint], timeout: float | None = None) -> str | None:
        """Draw a page without a card and return the next key."""
        columns, rows = modes.size()
        body = [line for part in text.split("\n") for line in lay_out(part, width_on(columns), self.paint)]
        page = Page(self.paint("certdrill", "strong"), ["", *body], [], hints)
        return self._put(compose(page, columns, rows, 0, self.paint).lines, timeout)

    def _put(self, lines: list[str], timeout: float | None = None) -> str | None:
        """Write one whole picture at once and return the next key."""
        picture = "".join(f"\x1b[{row};1H{line}\x1b[K" for row, line in enumerate(lines, 1))
        if not self._is_up:  # what was typed before anything could be seen answers nothing
            modes.flush(self.keys.descriptor)
            self.keys.forget()
        try:
            modes.write(f"\x1b[?2026h{picture}\x1b[J\x1b[?2026l")
        except OSError as error:
            raise EOFError from error
        if not self._is_up and not self.keys.is_waiting():
            self._warm_up()
        self._is_up = True
        return self.keys.read(timeout, self.wake)

    def _warm_up(self) -> None:
        """Load the scheduler and the parser while the learner reads the first card."""
        plans(None, Moment(0), 0, Settings())
        lay_out("*", width_on(80), self.paint)


def _letter_hints(view: View, last: str, chosen: int, wanted: int) -> list[Hint]:
    if chosen == wanted:
        return [Hint("Enter", "checks"), Hint("backspace", "takes back"), Hint("?", "don't know")]
    what = "in the right order" if view.prompt.card.kind == "order" else "choose" if wanted > 1 else "answers"
    return [Hint(f"a-{last}", what), Hint("?", "don't know")]


def _command_hints(view: View, *, bury: str) -> list[Hint]:
    return [*[_UNDO] * view.undoable, _QUIT, Hint("s", "suspend"), Hint(bury, "bury")]


def _paint() -> Paint:
    """Return what the terminal can show: NO_COLOR means no colours, weights stay."""
    encoding = sys.stdout.encoding.lower().replace("-", "")
    symbols = encoding == "utf8" and os.environ.get("TERM") != "linux"
    return Paint(styled=True, colour=not os.environ.get("NO_COLOR"), symbols=symbols)


@contextmanager
def terminal() -> Iterator[TerminalFace]:
    """Take the terminal for a session and give it back whatever happens, also on signals that end the program."""
    descriptor = sys.stdin.fileno()
    tolerate(sys.stdout)
    with modes.taken(descriptor) as wake:
        yield TerminalFace(Keys(descriptor), _paint(), wake)
