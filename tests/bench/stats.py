"""How long `certdrill stats` takes, as a ratio to a bare `python -c pass`: run `python tests/bench/stats.py`.

The history holds 10,000 cards and 100,000 reviews over a year. Budget: 1.5 s.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from start_up import seconds, write_corpus

from certdrill.history.replay import Review
from certdrill.history.store import open_history
from certdrill.model import Unit
from certdrill.scheduling import MODEL, Settings

CARDS, REVIEWS, DAYS = 10_000, 100_000, 365
ROUNDS, WARM_UPS = 9, 2
DAY_MS = 86_400_000


def write_history(path: Path, today: int) -> None:
    """Rate every card in turn, each with growing intervals; the log and the states are what the drill would write."""
    rng = random.Random(1)  # noqa: S311 - no secret
    settings = Settings()
    with open_history(str(path), "bench-exam", settings, write=True, device="bench") as history:
        connection = history._connection
        connection.execute("BEGIN")
        for number in range(REVIEWS):
            unit = Unit(f"fact-number-x{number % CARDS}")
            day = today - DAYS + number * DAYS // REVIEWS
            at = day * DAY_MS + 43_200_000 + number
            turn = number // CARDS
            rating = rng.choice((1, 2, 3, 3, 3, 4))
            phase, interval = (2, 2 * turn) if turn else (1, 0)
            due_day = day + interval + rng.randrange(30)
            event = Review(
                f"{number:032x}", at, "bench-exam", *unit, 1, rating, at, 0, day, 7000, "drill", "bench", MODEL,
                settings.hash, 0.9, phase, None, interval, due_day, 0,
            )  # fmt: skip
            connection.execute(f"INSERT INTO reviews VALUES ({', '.join('?' * len(event))})", event)
            if turn == REVIEWS // CARDS - 1:
                row = (
                    "bench-exam", *unit, phase, None, 20.0, 5.0, interval, due_day, 0, today - DAYS, day, turn + 1, 0,
                    1, 0, -1, event.id, MODEL, settings.hash,
                )  # fmt: skip
                connection.execute(f"INSERT INTO memories VALUES ({', '.join('?' * len(row))})", row)
        connection.execute("COMMIT")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "cards").mkdir()
        write_corpus(home / "cards", CARDS)
        write_history(home / "h.sqlite", int(time.time()) // 86_400)
        environment = {
            **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_DATA_HOME": str(home / "data"),
        }
        script = str(Path(sys.executable).parent / "certdrill")
        options = ["--cards", str(home / "cards"), "--history", str(home / "h.sqlite")]
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "certdrill stats, 10,000 cards, 100,000 reviews": [script, *options, "stats"],
            "the same with --json": [script, *options, "stats", "--json"],
            "certdrill stats, built-in cards, empty history": [script, "stats"],
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
            print(f"{label:48} {middle * 1000:7.1f} ms  {middle / base:6.2f} x")


if __name__ == "__main__":
    main()
