"""Ten thousand spoilt card files: each ends in cards and located problems, none in a crash, a hang or an escape."""

from __future__ import annotations

import random
import re
import time

import pytest

from certdrill.corpus.read import read_library
from certdrill.corpus.rules import check
from conftest import EXAM
from screen_sample import KINDS

RUNS = 10_000
PIECES = [
    *(
        b"\x1b[31m",
        b"\x07",
        b"\x9b",
        b"\x00",
        b"\xff\xfe",
        b"\xe2\x80\xae",
        b'"\\e]0;x\\a"',
        b"\xf0\x9f\x92\xa9",
        b"\xc2\x85",
    ),
    *(b"&a", b"*a", b"!!python/object:os.system", b"<<:", b"---\n", b"...\n", b"%YAML 1.2\n", b"? ", b"~", b"null"),
    *(b"\t", b"[" * 300, b"{" * 300, b"- " * 40, b": ", b" #", b"'", b'"', b"|", b">-", b"\n", b"  ", b"\r\n"),
    *(b"9" * 400, b"id: ", b"kind: cloze\n", b"{{c1::", b"}}"),
]
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def spoilt(text: bytes, rng: random.Random) -> bytes:
    """Return a text with a few bytes changed, cut, doubled, moved or replaced by something awkward."""
    raw = bytearray(text)
    for _ in range(rng.randrange(1, 6)):
        at, length = rng.randrange(len(raw) + 1), rng.randrange(1, 60)
        way = rng.randrange(6)
        if way == 0:
            raw[at:at] = rng.choice(PIECES)
        elif way == 1:
            del raw[at : at + length]
        elif way == 2:
            raw[at:at] = raw[at : at + length]
        elif way == 3 and at < len(raw):
            raw[at] = rng.randrange(256)
        elif way == 4:
            raw[at:at] = rng.randbytes(rng.randrange(1, 8))
        else:
            del raw[at:]
    return bytes(raw)


@pytest.mark.slow
def test_no_file_of_cards_brings_the_loader_down() -> None:
    """Whatever stands in a file, reading ends soon, problems have their place, and nothing unsafe would be printed."""
    rng = random.Random(7)  # noqa: S311 - the same files every time
    parts = [text.encode() for text in KINDS.values()]
    slowest, sound = 0.0, 0
    for run in range(RUNS):
        raw = spoilt(parts[run % len(parts)], rng)
        begun = time.perf_counter()
        library = read_library({"exam.yaml": EXAM.encode(), "some.yaml": raw})
        check(library)
        slowest = max(slowest, time.perf_counter() - begun)
        for problem in library.problems:
            assert problem.place.file in ("some.yaml", "exam.yaml", "ids.lock"), problem
            assert not UNSAFE.search(str(problem).replace("\n", "")), problem
        sound += bool(library.sound())
        for draft in library.sound():
            assert not UNSAFE.search(repr(draft.record)), draft.card.id
    assert slowest < 2
    assert RUNS // 20 < sound < RUNS * 9 // 10  # neither all refused at once nor hardly spoilt
