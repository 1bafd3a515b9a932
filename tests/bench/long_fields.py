"""How conversion for Anki grows with a field's length: run `python tests/bench/long_fields.py`; linear is about 8."""

from __future__ import annotations

import time

from certdrill.anki.hypertext import cloze, rich

PIECES = ["<", "[", "&", "{{c1::", "*a ", "`", "<a ", "![", "- ", "|", "{{c1::a}}"]


def seconds(piece: str, length: int) -> float:
    """Return the best of three conversions of a text of `length` characters."""
    text = piece * (length // len(piece))
    best = float("inf")
    for _ in range(3):
        begun = time.perf_counter()
        rich(text)
        cloze(text)
        best = min(best, time.perf_counter() - begun)
    return best


def main() -> None:
    """Print the ratio of 32,000 to 4,000 characters for each repeated piece."""
    for piece in PIECES:
        short, long = seconds(piece, 4_000), seconds(piece, 32_000)
        print(f"{piece!r:10} {short * 1000:8.2f} ms {long * 1000:8.2f} ms  x {long / short:5.1f}")


if __name__ == "__main__":
    main()
