"""How long the writing rules and figures take beside reading the same corpus: `python tests/bench/lint.py`.

Budget: 1,000 cards in under a second, duplicates included. In the second deck, the worst case for
duplicates, every prompt follows one pattern.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from certdrill.cli.figures import Figures
from certdrill.corpus.lint import words
from certdrill.corpus.lint.rules import lint
from certdrill.corpus.read import Library, read_library
from certdrill.corpus.rules import check
from lint_sample import EXAM, card_file

ROUNDS = 7
WORDS = [
    f"{first}{second}{third}" for first in "bcdfglmnprst" for second in "aeiou" for third in ("k", "lt", "rn", "st")
]


def varied_deck(number: int) -> list[dict[str, object]]:
    """Return cards of which two in five are choice items, in sentences of random words; the common ones come often."""
    rng = random.Random(1)  # noqa: S311 - a seed, not a secret

    def text(length: int) -> str:
        return " ".join(
            WORDS[min(int(rng.expovariate(0.01)), len(WORDS) - 1)] + rng.choice("aeio") for _ in range(length)
        )

    cards: list[dict[str, object]] = []
    for index in range(number):
        head = {"id": f"card-number-x{index}", "objective": "1.1", "level": "apply", "verified": "2026-11-20"}
        head["sources"] = [{"url": f"https://docs.example.org/{index // 4}"}]  # type: ignore[assignment]
        if index % 5 < 2:
            options = [{"text": f"The `{text(1)}` {text(5)}", "why": text(18)} for _ in range(4)]
            options[index % 4]["correct"] = True  # type: ignore[assignment]
            cards.append({**head, "kind": "choice", "stem": f"{text(38)}. Which {text(8)}?", "options": options})
        else:
            front, why = f"Which {text(12)} of `{text(1)}`?", text(30)
            cards.append({**head, "kind": "basic", "front": front, "back": text(6), "why": why})
    return cards


def pattern_deck(number: int) -> list[dict[str, object]]:
    """Return cards that all ask the same of another word."""
    return [
        {"id": f"card-number-x{index}", "kind": "basic", "objective": "1.1", "level": "apply",
         "sources": [{"url": f"https://docs.example.org/{index // 4}"}],
         "front": f"Which French word translates the English noun term{index}?", "back": f"mot{index}"}
        for index in range(number)
    ]  # fmt: skip


def seconds(work: Callable[[], object]) -> float:
    """Return the median time of a piece of work, its caches emptied before every round."""
    times = []
    for _ in range(ROUNDS):
        for cached in (words.prose, words.tokens, words.content):
            cached.cache_clear()
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def read(files: dict[str, bytes]) -> Library:
    """Read a corpus and run the structural rules."""
    library = read_library(files)
    check(library)
    return library


def main() -> None:
    """Print the table."""
    today = date(2026, 11, 22)
    for name, cards in (("varied", varied_deck(1000)), ("one pattern", pattern_deck(1000))):
        files = {"exam.yaml": EXAM.encode()}
        for start in range(0, len(cards), 50):
            files[f"law-{start:04}.yaml"] = card_file(*cards[start : start + 50]).encode()
        library = read(files)
        base = seconds(lambda files=files: read(files))  # type: ignore[misc]
        rules = seconds(lambda library=library: lint(library, today))  # type: ignore[misc]
        figures = seconds(lambda library=library: Figures(library).as_json())  # type: ignore[misc]
        print(f"{name}: {len(library.sound())} cards, {len(lint(library, today))} findings")
        for label, taken in (("reading", base), ("rules", rules), ("figures", figures)):
            print(f"  {label:10} {taken * 1000:7.1f} ms  {taken / base:5.2f} x")


if __name__ == "__main__":
    main()
