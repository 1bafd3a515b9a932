"""How far long work has come, shown on a terminal only."""

from __future__ import annotations

import itertools
import sys

import pytest

from certdrill.cli.progress import watching


class Screen:
    """A stream that is a terminal, or is not."""

    def __init__(self, *, is_terminal: bool) -> None:
        self.is_terminal, self.text = is_terminal, ""

    def isatty(self) -> bool:
        return self.is_terminal

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        """Nothing is held back."""


@pytest.mark.parametrize("is_terminal", [True, False])
def test_progress_is_shown_on_a_terminal_and_taken_away(monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool) -> None:
    """After a silent start the share done stands on one line, which is empty at the end; a pipe sees nothing."""
    screen = Screen(is_terminal=is_terminal)
    monkeypatch.setattr(sys, "stderr", screen)
    ticks = itertools.count(0, 0.25)
    assert list(watching("Writing", lambda: next(ticks))(range(10))) == list(range(10))
    shown = [part for part in screen.text.split("\r") if part]
    assert shown == ([f"Writing: {number}0 %" for number in range(2, 10)] + ["\x1b[K"] if is_terminal else [])


def test_what_is_quickly_done_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work of half a second leaves no trace."""
    screen = Screen(is_terminal=True)
    monkeypatch.setattr(sys, "stderr", screen)
    ticks = itertools.count(0, 0.05)
    assert list(watching("Writing", lambda: next(ticks))("abc")) == list("abc")
    assert screen.text == ""
