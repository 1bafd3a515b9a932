from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdrill.screen.keys import ESCAPE_WAIT, Keys


class Wire:
    """A pipe in the place of a terminal's keyboard."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        self.keys = Keys(self.reader)

    def type(self, raw: bytes) -> None:
        os.write(self.writer, raw)

    def read(self, number: int) -> list[str | None]:
        return [self.keys.read(1) for _ in range(number)]

    def hang_up(self) -> None:
        if self.writer >= 0:
            os.close(self.writer)
        self.writer = -1

    def close(self) -> None:
        self.hang_up()
        os.close(self.reader)


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.close()


def test_a_burst_of_keys_is_read_one_at_a_time(wire: Wire) -> None:
    """Twenty keys that arrive at once are twenty keys."""
    wire.type(b" 3" * 10)
    assert wire.read(20) == [" ", "3"] * 10
    assert wire.keys.read(0) is None


@pytest.mark.parametrize(("raw", "name"), [
    (b"\r", "enter"), (b"\n", "enter"), (b"\x7f", "backspace"), (b"\b", "backspace"), (b"\x03", "ctrl-c"),
    (b"\x04", "ctrl-d"), (b"\x15", "ctrl-u"), (b"\x1b[A", "up"), (b"\x1bOB", "down"), (b"\x1b[5~", "pageup"),
    (b"\x1b[6~", "pagedown"), (b"\x1b[H", "home"), (b"\x1bOF", "end"), ("漢".encode(), "漢"), (b"?", "?"),
    (b"\x1bOP", "f1"), (b"\x1b[11~", "f1"),
])  # fmt: skip
def test_keys_have_names(wire: Wire, raw: bytes, name: str) -> None:
    """Control keys and sequences have names; a letter is itself."""
    wire.type(raw + b"x")
    assert wire.read(2) == [name, "x"]


@pytest.mark.parametrize("raw", [
    b"\x1b[1;5A", b"\x1b[200~", b"\x1bOQ", b"\x1b[[B", b"\x1b[15~", b"\x1b[<0;3;4M", b"\x00", b"\t", b"\x01",
    "\x9b".encode(), "\u202e".encode(), "\x85".encode(),
])  # fmt: skip
def test_a_key_without_a_meaning_leaves_nothing_behind(wire: Wire, raw: bytes) -> None:
    """Unknown sequences and control characters are one empty key, never letters of a text."""
    wire.type(raw + b"x")
    assert wire.read(2) == ["", "x"]


def test_a_lone_escape_is_the_escape_key(wire: Wire) -> None:
    """Escape alone is told from an arrow after a moment."""
    wire.type(b"\x1b")
    started = time.monotonic()
    assert wire.keys.read(1) == "escape"
    assert time.monotonic() - started < ESCAPE_WAIT + 0.2


def test_escape_and_a_letter_are_two_keys(wire: Wire) -> None:
    """Escape followed at once by `q` is Escape, then `q`."""
    wire.type(b"\x1bq\x1b\x1b[A")
    assert wire.read(4) == ["escape", "q", "escape", "up"]


def test_an_arrow_in_pieces_is_an_arrow(wire: Wire) -> None:
    """A slow line may deliver a sequence byte by byte."""

    def trickle() -> None:
        for byte in b"\x1b[6~x":
            wire.type(bytes([byte]))
            time.sleep(ESCAPE_WAIT / 10)

    thread = threading.Thread(target=trickle)
    thread.start()
    assert wire.read(2) == ["pagedown", "x"]
    thread.join()


@given(
    st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc", "Cf"]), min_size=1, max_size=20),
    st.data(),
)
def test_letters_cut_anywhere_are_whole(text: str, data: st.DataObject) -> None:
    """UTF-8 split between two reads gives the letters that were typed."""
    raw = text.encode()
    at = data.draw(st.integers(0, len(raw)))
    wire = Wire()
    try:
        wire.type(raw[:at])
        read: list[str | None] = []
        while key := wire.keys.read(0):
            read.append(key)
        wire.type(raw[at:] or b"")
        while key := wire.keys.read(0):
            read.append(key)
        assert "".join(filter(None, read)) == text
    finally:
        wire.close()


def test_bytes_that_are_no_letters_do_not_stop_the_reader(wire: Wire) -> None:
    """A stray byte is one replacement character."""
    wire.type(b"\xffx")
    assert wire.read(2) == ["\ufffd", "x"]


def test_waiting_ends_at_the_timeout_and_at_a_signal(wire: Wire) -> None:
    """None says that the time is over; a signal's byte on the wake-up pipe is an empty key, taken once."""
    assert wire.keys.read(0.01) is None
    reader, writer = os.pipe()
    os.write(writer, b"\x1c")
    assert wire.keys.read(5, reader) == ""
    assert wire.keys.read(0.01, reader) is None
    os.close(reader)
    os.close(writer)


def test_a_key_comes_before_a_signal(wire: Wire) -> None:
    """A key that is there is not lost when a signal comes with it."""
    reader, writer = os.pipe()
    os.write(writer, b"\x1c")
    wire.type(b"3")
    assert [wire.keys.read(5, reader), wire.keys.read(5, reader)] == ["3", ""]
    os.close(reader)
    os.close(writer)


def test_a_terminal_that_has_gone_is_the_end(wire: Wire) -> None:
    """After the last key a closed line raises EOFError."""
    wire.type(b"a")
    wire.hang_up()
    assert wire.keys.read(1) == "a"
    with pytest.raises(EOFError):
        wire.keys.read(1)


def test_what_was_typed_can_be_forgotten(wire: Wire) -> None:
    """Keys that were read but not used are dropped, half a letter too."""
    wire.type(b"ab\xe6")
    assert wire.keys.read(1) == "a"
    assert wire.keys.is_waiting()
    wire.keys.forget()
    assert not wire.keys.is_waiting()
    wire.type(b"c")
    assert wire.keys.read(1) == "c"
