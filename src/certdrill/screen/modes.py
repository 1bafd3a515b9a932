"""The terminal itself: its size, its modes and signals, taken for a session and given back; alone writes to it."""

from __future__ import annotations

import os
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

# The alternate screen, no cursor, and no line ever wrapped by the terminal, so that a picture stays where it is.
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l\x1b[?7l", "\x1b[?7h\x1b[?25h\x1b[?1049l"


@contextmanager
def taken(descriptor: int) -> Iterator[Modes]:
    """Take the terminal and give it back whatever happens."""
    modes = Modes(descriptor)
    with _handlers(modes) as modes.wake:
        try:
            modes.take()
            yield modes
        finally:
            modes.give_back()


def flush(descriptor: int) -> None:
    """Drop what was typed and not read yet."""
    termios.tcflush(descriptor, termios.TCIFLUSH)


def size() -> tuple[int, int]:
    """Return columns and rows of the terminal as it is now."""
    try:
        columns, rows = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        columns, rows = 0, 0
    return columns or 80, rows or 24


def write(text: str) -> None:
    """Write to the terminal now; letters its encoding does not have become question marks."""
    raw = text.encode(sys.stdout.encoding, "replace")
    while raw:
        raw = raw[os.write(sys.stdout.fileno(), raw) :]


class Modes:
    """The terminal's modes: taken for the session, given back, and taken again after Ctrl-Z.

    `wake` is a descriptor that can be read when a signal has come.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor, self.wake = descriptor, -1
        self.before = termios.tcgetattr(descriptor)

    def take(self) -> None:
        """Read key by key. Ctrl-C comes as a key, so that it ends the session between two steps."""
        tty.setcbreak(self.descriptor)
        mode = termios.tcgetattr(self.descriptor)
        mode[6][termios.VINTR] = bytes([os.fpathconf(self.descriptor, "PC_VDISABLE")])
        termios.tcsetattr(self.descriptor, termios.TCSADRAIN, mode)
        write(_ENTER)

    def give_back(self) -> None:
        """Leave everything as it was, as far as the terminal is still there."""
        with suppress(OSError):
            write(_LEAVE)
        with suppress(termios.error):
            termios.tcsetattr(self.descriptor, termios.TCSADRAIN, self.before)

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Give the terminal to the shell until the job is brought back; the picture is then drawn again."""
        del frame
        self.give_back()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, self.stop)
        self.take()


def _leave(number: int, frame: FrameType | None) -> None:
    """End at once, by the way that gives the terminal back; every rating is saved already."""
    del frame
    raise SystemExit(128 + number)


def _wake_up(number: int, frame: FrameType | None) -> None:
    """Do nothing: the signal's number arrives on the wake-up pipe, and the picture is drawn again."""


@contextmanager
def _handlers(modes: Modes) -> Iterator[int]:
    """Handle signals for a session; yield a descriptor that can be read when one has come."""
    handlers: dict[int, Any] = {
        signal.SIGTERM: _leave,
        signal.SIGHUP: _leave,
        signal.SIGQUIT: _leave,
        signal.SIGTSTP: modes.stop,
        signal.SIGWINCH: _wake_up,
    }
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    old_wake = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    old = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield reader
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(old_wake)
        os.close(reader)
        os.close(writer)
