"""The drill as plain lines, for pipes, dumb terminals and screen readers: one line in for each step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TextIO

from certdrill.scheduling import Moment, Rating
from certdrill.screen.drill import COMMANDS, Answer, Command, Rated
from certdrill.screen.lines import Paint, tolerate
from certdrill.screen.view import View, about, answer_lines, question_lines, ratings
from certdrill.study.prompt import is_right, picked

WIDTH = 100
_PAINT = Paint()


class PlainFace:
    """Reads answers line by line from `source` and appends lines to `target`; never moves a cursor, never waits."""

    def __init__(self, source: TextIO, target: TextIO) -> None:
        self.source, self.target = source, target
        tolerate(source)
        tolerate(target)

    def released(self) -> AbstractContextManager[None]:
        """Let another program use the terminal; lines need nothing put back."""
        return nullcontext()

    def ask(self, view: View) -> Answer | Command:
        """Print the question; an empty line reveals the answer."""
        self._say("", ", ".join(about(view)), *([view.note] if view.note else []), "")
        self._say(*question_lines(view, WIDTH, _PAINT), "")
        while True:
            line = self._read(_asking(view))
            command = COMMANDS.get(line.strip().casefold())
            if not view.prompt.is_graded:
                if command or not line.strip():
                    return Command(command) if command else Answer("")
                self._say("Enter shows the answer; u undoes, s suspends, b buries, q quits.")
                continue
            if view.prompt.card.kind == "typed":
                if command and not is_right(view.prompt, line):
                    return Command(command)
                return Answer(line)
            letters = picked(view.prompt, line)
            if letters or not line.strip():
                return Answer(letters or "")
            if command:
                return Command(command)
            self._say(f"Type {_letters(view)}, Enter if you do not know, or u, @ (suspend), - (bury), q.")

    def tell(self, view: View) -> Rated | Command:
        """Print the answer and read a rating; an empty line is Good, or the only rating there is."""
        if view.note:
            self._say(view.note)
        self._say(*answer_lines(view, WIDTH, _PAINT), "")
        default = Rating.GOOD if Rating.GOOD in view.plans else Rating.AGAIN
        while True:
            line = self._read("  ".join(map(str, ratings(view)))).strip().casefold()
            if not line:
                return Rated(default)
            if line == "g" and view.right:
                return Rated(Rating.HARD)
            if line.isdecimal() and int(line) in [int(rating) for rating in view.plans]:
                return Rated(Rating(int(line)))
            if line in COMMANDS:
                return Command(COMMANDS[line])
            self._say(f"Enter or {int(default)} goes on with {default.name.capitalize()}; u, s, b or q also work.")

    def wait(self, until_ms: int, now: Callable[[], Moment], *, undoable: bool) -> Command | None:
        """End the session: a pipe never waits."""
        del until_ms, now
        return self.end("The next learning card is not due yet.", undoable=undoable)

    def end(self, text: str, *, undoable: bool) -> Command:
        """Say that nothing is left; a last line `u` still undoes."""
        try:
            line = self._read(f"{text} {'u undoes the last rating, ' if undoable else ''}Enter ends.")
        except EOFError:
            return Command("quit")
        return Command("undo" if undoable and line.strip().casefold() == "u" else "quit")

    def _say(self, *lines: str) -> None:
        self.target.write("".join(line + "\n" for line in lines))
        self.target.flush()

    def _read(self, prompt: str) -> str:
        self.target.write(f"{prompt} > ")
        self.target.flush()
        line = self.source.readline()
        self.target.write("\n" if not self.source.isatty() else "")
        if not line:
            raise EOFError
        return line.rstrip("\r\n")


def _asking(view: View) -> str:
    if not view.prompt.is_graded:
        return "Enter shows the answer"
    return "Type the answer" if view.prompt.card.kind == "typed" else f"Answer with {_letters(view)}"


def _letters(view: View) -> str:
    last = view.prompt.lines[-1][0]
    if view.prompt.card.kind == "order":
        return f"all letters a to {last} in the right order"
    number = view.prompt.content.select
    return f"a letter from a to {last}" if number == 1 else f"{number} letters from a to {last}"
