"""Keys from a terminal: one at a time, none lost in a burst, arrows told from Escape."""

from __future__ import annotations

import codecs
import os
import re
import select

from certdrill.markup import UNSAFE

ESCAPE_WAIT = 0.03  # seconds after which a lone Escape is the Escape key
_SEQUENCES = {
    "[A": "up", "[B": "down", "[C": "right", "[D": "left", "OA": "up", "OB": "down", "OC": "right", "OD": "left",
    "[5~": "pageup", "[6~": "pagedown", "[H": "home", "[F": "end", "OH": "home", "OF": "end",
    "[1~": "home", "[4~": "end", "[7~": "home", "[8~": "end", "OP": "f1", "[11~": "f1", "[[A": "f1",
}  # fmt: skip
_NAMES = {
    "\r": "enter",
    "\n": "enter",
    "\x7f": "backspace",
    "\b": "backspace",
    "\x03": "ctrl-c",
    "\x04": "ctrl-d",
    "\x15": "ctrl-u",
}
_CONTROL = re.compile(r"O.|\[\[.|\[[0-?]*[ -/]*[@-Z\\-~]", re.DOTALL)
_BEGUN = re.compile(r"O?|\[\[?|\[[0-?]*[ -/]*")


class Keys:
    """Decodes the bytes of a terminal into key names: letters as they are, others by name."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""

    def read(self, timeout: float | None, wake: int | None = None) -> str | None:
        """Return the next key, or None when `timeout` seconds passed.

        Returns `""` for a key that means nothing, and when `wake` became readable (a signal came). Raises EOFError
        when the terminal has gone.
        """
        while not self._pending:
            watched = [self.descriptor] + ([wake] if wake is not None else [])
            ready, _, _ = select.select(watched, [], [], timeout)
            if self.descriptor in ready:
                self._fill()
            elif wake is not None and wake in ready:
                os.read(wake, 4096)
                return ""
            else:
                return None
        return self._take()

    def is_waiting(self) -> bool:
        """Tell whether a key has been pressed that was not read yet."""
        return bool(self._pending or select.select([self.descriptor], [], [], 0)[0])

    def forget(self) -> None:
        """Drop what was typed and not read yet."""
        self._pending = ""
        self._decoder.reset()

    def _fill(self) -> None:
        try:
            raw = os.read(self.descriptor, 4096)
        except OSError as error:
            raise EOFError from error
        if not raw:
            raise EOFError
        self._pending += self._decoder.decode(raw)

    def _take(self) -> str:
        first, self._pending = self._pending[0], self._pending[1:]
        if first == "\x1b":
            return self._take_sequence()
        return _NAMES.get(first, "" if UNSAFE.match(first) or first in "\t\x85" else first)

    def _take_sequence(self) -> str:
        """Return the key of a control sequence, `""` for one that means nothing here, or Escape alone."""
        while _BEGUN.fullmatch(self._pending) and select.select([self.descriptor], [], [], ESCAPE_WAIT)[0]:
            self._fill()
        found = _CONTROL.match(self._pending)
        if not found:
            return "escape"
        self._pending = self._pending[found.end() :]
        return _SEQUENCES.get(found[0], "")
