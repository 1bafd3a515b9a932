"""How long the first answer takes, as a ratio to a bare `python -c pass`: run `python tests/bench/start_up.py`.

Budgets: `--version` and `due` at most 6, `review` up to its first card at most 12 with 10,000 cards.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS, WARM_UPS = 21, 3
EXAM = "id: bench-exam\ntitle: Bench\ndomains:\n" + "".join(
    f"  - {{id: domain-{letter}, title: Domain {letter}, weight: {weight}}}\n"
    for letter, weight in zip("abcdef", (14, 14, 30, 22, 8, 12), strict=True)
)


def write_corpus(folder: Path, number: int) -> None:
    """Write `number` basic cards over six domains, fifty a file."""
    (folder / "exam.yaml").write_text(EXAM)
    for start in range(0, number, 50):
        domain = f"domain-{'abcdef'[start // 50 % 6]}"
        cards = "".join(
            f"  - id: fact-number-x{index}\n    kind: basic\n    front: What does `part` {index} of the system do?\n"
            f"    back: It keeps **state** {index}.\n"
            for index in range(start, start + 50)
        )
        (folder / f"cards-{start:06}.yaml").write_text(f"domain: {domain}\ncards:\n{cards}")


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """Return how long a command takes to its end."""
    begun = time.perf_counter()
    subprocess.run(command, input="q\n", text=True, stdout=subprocess.DEVNULL, env=environment, check=True)
    return time.perf_counter() - begun


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "cards").mkdir()
        write_corpus(home / "cards", 10_000)
        environment = {
            **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_DATA_HOME": str(home / "data"),
        }
        script = str(Path(sys.executable).parent / "certdrill")
        large = [script, "--cards", str(home / "cards")]
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "certdrill --version": [script, "--version"],
            "certdrill due, built-in cards": [script, "due"],
            "certdrill due, 10,000 cards": [*large, "due"],
            "certdrill review, first card, built-in cards": [script, "review"],
            "certdrill review, first card, 10,000 cards": [*large, "review"],
        }
        times: dict[str, list[float]] = {label: [] for label in commands}
        for number in range(WARM_UPS + ROUNDS):
            for label, command in commands.items():
                taken = seconds(command, environment)
                if number >= WARM_UPS:
                    times[label].append(taken)
        base = statistics.median(times["python -c pass"])
        for label, taken_all in times.items():
            middle = statistics.median(taken_all)
            print(f"{label:46} {middle * 1000:7.1f} ms  {middle / base:5.2f} x")


if __name__ == "__main__":
    main()
