"""The drill in a terminal: full screen, one key a step, scrolled when long, the terminal always put back as it was."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from certdrill.markup import Span
from certdrill.scheduling import Moment, Rating, Settings, plans
from certdrill.screen import modes
from certdrill.screen.drill import COMMANDS, Answer, Command, Rated
from certdrill.screen.keys import Keys
from certdrill.screen.lines import Paint, indented, lay_out, tail, tolerate, wrap
from certdrill.screen.picture import Page, compose, fold, width_on
from certdrill.screen.view import Hint, View, header, question_lines, ratings, revealed
from certdrill.study.prompt import picked

_LINES = {"down": 1, "j": 1, "up": -1, "k": -1, "home": -10_000, "end": 10_000}
_PAGES = {"pagedown": 1, "pageup": -1}
_UNDO, _QUIT, _BACK = Hint("u", "undo"), Hint("q", "quit"), Hint("any key", "goes back")
HELP = (
    ("space, Enter", "show the answer; then rate it Good"),
    ("1 2 3 4", "rate it Again, Hard, Good, Easy"),
    ("a to i", "answer a choice; name the steps of an order, first to last"),
    ("arrows, space", "point at a step of an order, pick it up, move it, put it down; else the arrows scroll"),
    ("t", "type what a cloze hides before looking"),
    ("0", "do not know: show the answer of a choice or an order"),
    ("g", "right, but guessed: rates Hard"),
    ("u", "undo: the last rating, suspension or burial, as often as there is one"),
    ("s or @", "suspend the card: it comes back only when you say so"),
    ("b or -", "bury the card until tomorrow"),
    ("e", "edit the card in your editor"),
    ("i", "all that is known of the card: its memory, forgetting curve and history"),
    ("j k, PgUp PgDn", "scroll a long card; Home and End go to its ends"),
    ("Esc", "leave a line of text for these keys, and go back to it"),
    ("?, F1", "this help"),
    ("q, Ctrl-C", "quit; everything rated is saved"),
)
_LEAVING = ("ctrl-c", "ctrl-d")


class TerminalFace:
    """Draws cards on the alternate screen of the terminal on stdin and stdout. Use as `with terminal() as face`."""

    def __init__(self, keys: Keys, paint: Paint, wake: int, taken: modes.Modes | None = None) -> None:
        self.keys, self.paint, self.wake, self.taken = keys, paint, wake, taken
        self._is_up = False

    @contextmanager
    def released(self) -> Iterator[None]:
        """Give the terminal to another program, and take it again; what is typed meanwhile is not for us."""
        if self.taken:
            self.taken.give_back()
        try:
            yield
        finally:
            if self.taken:
                self.taken.take()
            self._is_up = False

    def ask(self, view: View) -> Answer | Command:
        """Show the question and return the learner's answer or command."""
        if view.prompt.card.kind == "typed":
            return self._ask_text(view)
        if view.prompt.card.kind == "order":
            return self._ask_order(view)
        if view.prompt.is_graded:
            return self._ask_letters(view)
        types = bool(view.prompt.expected)
        hints = [Hint("space", "shows the answer"), *[Hint("t", "types it")] * types]
        while True:
            key = self._show(partial(self._question, view, hints)).lower()
            if key in (" ", "enter"):
                return Answer("")
            if key == "t" and types:
                return self._ask_text(view)
            if command := self._command(key, view):
                return command

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
            if command := self._command(key, view):
                return command

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
        wanted = view.prompt.content.select
        letters = [letter for letter, _ in view.prompt.lines]
        chosen = ""
        while True:
            shown = view if wanted == 1 else replace(view, chosen=chosen)
            key = self._show(partial(self._question, shown, _letter_hints(letters[-1], len(chosen), wanted))).lower()
            if key in letters and (key in chosen or len(chosen) < wanted):
                chosen = chosen.replace(key, "") if key in chosen else chosen + key
                if wanted == 1:
                    return Answer(chosen)
            elif key == "backspace":
                chosen = chosen[:-1]
            elif key == "enter" and picked(view.prompt, chosen):
                return Answer(chosen)
            elif key == "0":
                return Answer("")
            elif key not in letters and (command := self._command(key, view)):
                return command

    def _ask_order(self, view: View) -> Answer | Command:
        """Move steps with the arrows, or name them by their letters in the right order."""
        moved = "".join(letter for letter, _ in view.prompt.lines)
        letters, chosen, cursor, held, touched = moved, "", 0, False, False
        while True:
            names = bool(chosen)
            shown = replace(view, chosen=chosen) if names else replace(view, moved=moved, cursor=cursor, held=held)
            hints = _order_hints(letters[-1], len(chosen), len(letters), held=held, touched=touched)
            key = self._show(partial(self._question, shown, hints), letters_scroll=False, arrows=False).lower()
            if key in letters:
                chosen = chosen.replace(key, "") if key in chosen else chosen + key
            elif key in ("up", "down") and not names:
                after = max(0, min(cursor + (1 if key == "down" else -1), len(letters) - 1))
                if held and after != cursor:
                    moved, touched = _swapped(moved, cursor, after), True
                cursor = after
            elif key == " " and not names:
                held = not held
            elif key == "backspace":
                chosen = chosen[:-1]
            elif key == "enter" and (picked(view.prompt, chosen) or (touched and not names)):
                return Answer(chosen or moved)
            elif key == "0":
                return Answer("")
            elif command := self._command(key, view):
                return command

    def _command(self, key: str, view: View) -> Command | None:
        """Return the command of a key; help and what is known of the card are shown here and come back."""
        if key in ("?", "f1"):
            self._read(partial(_help_page, self.paint))
        elif key == "i" and view.info:
            info = view.info
            self._read(lambda width: Page(header(view, width, self.paint), info(width, self.paint), [], [_BACK]))
        elif key in COMMANDS:
            return Command(COMMANDS[key])
        return None

    def _read(self, page_of: Callable[[int], Page]) -> None:
        """Show a page to read until a key is pressed that does not scroll."""
        while not self._show(page_of):
            pass

    def _ask_text(self, view: View) -> Answer | Command:
        """Edit one line of text; Escape leaves the line so that command keys work."""
        text, typing = "", True
        while True:
            key = self._show(partial(self._typed, view, text, typing), letters_scroll=not typing)
            if key == "escape":
                typing = not typing
            elif not typing or key == "f1":
                if command := self._command(key.lower(), view):
                    return command
                typing = typing or key.lower() not in ("?", "i", "f1")
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

    def _show(self, page_of: Callable[[int], Page], *, letters_scroll: bool = True, arrows: bool = True) -> str:
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
            if step and (letters_scroll or key not in ("j", "k")) and (arrows or key not in ("up", "down")):
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


def _swapped(letters: str, one: int, other: int) -> str:
    """Return the letters with two of them in each other's place."""
    row = list(letters)
    row[one], row[other] = row[other], row[one]
    return "".join(row)


def _help_page(paint: Paint, width: int) -> Page:
    body = [""]
    for keys, what in HELP:
        body += indented(f"{keys:14}  ", wrap([Span(what)], max(12, width - 16), paint))
    return Page(paint("Keys", "strong"), body, [], [_BACK])


def _letter_hints(last: str, chosen: int, wanted: int) -> list[Hint]:
    if chosen == wanted:
        return [Hint("Enter", "checks"), Hint("backspace", "takes back"), Hint("0", "don't know")]
    return [Hint(f"a-{last}", "choose" if wanted > 1 else "answers"), Hint("0", "don't know")]


def _order_hints(last: str, chosen: int, wanted: int, *, held: bool, touched: bool) -> list[Hint]:
    if chosen == wanted or (touched and not chosen and not held):
        return [Hint("Enter", "checks"), *[Hint("backspace", "takes back")] * bool(chosen), Hint("0", "don't know")]
    if chosen:
        return [Hint(f"a-{last}", "in the right order"), Hint("backspace", "takes back")]
    moves = [Hint("up/down", "moves"), Hint("space", "puts down")] if held else [Hint("space", "picks up")]
    return [*moves, Hint(f"a-{last}", "in the right order"), Hint("0", "don't know")]


def _command_hints(view: View, *, bury: str) -> list[Hint]:
    more = [Hint("i", "info"), Hint("e", "edit")] if view.info else []
    return [*[_UNDO] * view.undoable, _QUIT, Hint("?", "keys"), Hint("s", "suspend"), Hint(bury, "bury"), *more]


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
    with modes.taken(descriptor) as taken:
        yield TerminalFace(Keys(descriptor), _paint(), taken.wake, taken)
