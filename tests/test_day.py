"""A whole day's drill through a pipe, undisturbed and killed again and again."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from conftest import Run, basic_cards

CARDS = 100
KILLS = 30


def reviews(path: Path) -> list[tuple[str, int]]:
    """Return card and rating of every review on disk."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT card, rating FROM reviews ORDER BY ordered_at").fetchall()


@pytest.fixture
def folder(corpus: Callable[..., Path]) -> Path:
    """Write a hundred cards of two domains."""
    return corpus(law=basic_cards("law", CARDS // 2), ethics=basic_cards("ethics", CARDS // 2))


def test_a_day_of_a_hundred_cards_leaves_a_hundred_reviews(certdrill: Run, folder: Path, tmp_path: Path) -> None:
    """Enter and 4 a hundred times from a pipe: every card rated once, all on disk."""
    run = certdrill(
        *("--cards", folder, "--history", tmp_path / "h.db", "review", "--new", CARDS), stdin="\n4\n" * CARDS
    )
    assert run.returncode == 0, run.stderr
    found = reviews(tmp_path / "h.db")
    assert len(found) == len({card for card, _ in found}) == CARDS
    assert {rating for _, rating in found} == {4}
    assert "100 rated, 100 remembered." in run.stdout


@pytest.mark.slow
def test_a_day_killed_thirty_times_leaves_what_was_acknowledged(folder: Path, tmp_path: Path) -> None:
    """Killed at any moment and taken up again, the day ends with every card rated exactly once.

    A rating is acknowledged when the next card is shown; the one under way when the kill comes may be on disk or not.
    """
    rng = random.Random(11)  # noqa: S311 - the same moments every time
    path = tmp_path / "h.db"
    command = [sys.executable, "-u", "-m", "certdrill", "--cards", str(folder), "--history", str(path)]
    for _ in range(KILLS):
        before = len(reviews(path)) if path.exists() else 0
        ratings = rng.randrange(0, 4)
        process = subprocess.Popen(
            [*command, "review", "--new", str(CARDS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        acknowledged = 0
        process.stdin.write("\n4\n" * ratings)
        process.stdin.flush()
        while acknowledged < ratings:
            seen = re.search(r", (\d+) done, ", process.stdout.readline())
            acknowledged = int(seen[1]) if seen else acknowledged
        process.stdin.write("\n4\n" * rng.randrange(2))
        process.stdin.flush()
        if rng.random() < 0.5:
            process.stdout.read(rng.randrange(1, 80))
        process.kill()
        process.communicate()
        assert before + ratings <= len(reviews(path)) if path.exists() else not ratings
    done = len(reviews(path))
    assert KILLS // 2 < done < CARDS
    rest = subprocess.run(
        [*command, "review", "--new", str(CARDS)], input="\n4\n" * CARDS, capture_output=True, text=True, check=True
    )
    found = reviews(path)
    assert len(found) == len({card for card, _ in found}) == CARDS
    assert f"{CARDS - done} rated" in rest.stdout
