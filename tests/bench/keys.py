"""How long a key takes to the next picture, beside a bare `cat` in a terminal of the same run: `python keys.py`.

Budget: under 30 ms with 10,000 cards.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import pexpect
from start_up import write_corpus

ROUNDS = 60
END = b"\x1b[?2026l"  # what ends every picture


def waits(child: pexpect.spawn, keys: list[str], answer: bytes) -> list[float]:
    """Return how many seconds each key took until `answer` came."""
    found = []
    for key in keys:
        time.sleep(0.05)
        begun = time.perf_counter()
        child.send(key)
        child.expect_exact(answer, timeout=10)
        found.append(time.perf_counter() - begun)
    return found


def main() -> None:
    """Print the median and the slowest key of a session, and what an echo takes."""
    with tempfile.TemporaryDirectory() as folder:
        echo = pexpect.spawn("cat", echo=False)
        echo.delaybeforesend = None
        base = statistics.median(waits(echo, ["x\n"] * ROUNDS, b"x\r\n"))
        print(f"{'echo of cat':24} {base * 1000:6.2f} ms   1.0 x")
        for number in (500, 10_000):
            cards = Path(folder) / f"{number}"
            cards.mkdir()
            write_corpus(cards, number)
            options = ["-m", "certdrill", "--cards", str(cards), "--history", f"{folder}/{number}.db", "review"]
            environment = {**os.environ, "TERM": "xterm-256color", "XDG_CACHE_HOME": folder}
            size = ["--new", str(ROUNDS)]
            for _ in range(2):  # the first run fills the cache
                child = pexpect.spawn(
                    sys.executable, [*options, *size], env=environment, dimensions=(24, 80), timeout=30
                )
                child.expect_exact(END)
                time.sleep(0.5)
            child.delaybeforesend = None
            found = waits(child, [" ", "3"] * (ROUNDS // 3), END)[2:]
            shown, rated = statistics.median(found[::2]), statistics.median(found[1::2])
            for name, value in (("shows the answer", shown), ("rates, next card", rated), ("slowest key", max(found))):
                print(f"{number:>6} cards, {name:16} {value * 1000:6.2f} ms {value / base:5.1f} x")
            child.close(force=True)


if __name__ == "__main__":
    main()
