from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Run, basic_cards

NOON = "2026-11-22T12:00+00:00"


def test_due_counts_states_by_domain_and_reviews_by_day(
    certdrill: Run, corpus: Callable[..., Path], tmp_path: Path
) -> None:
    """Three cards rated Easy leave `new` and `unseen`, and stand on the day they come due, in their domain."""
    folder = corpus(law=basic_cards("law", 20), ethics=basic_cards("ethics", 20))
    options = ("--cards", folder, "--history", tmp_path / "h.db", "--now", NOON)
    certdrill(*options, "review", "--limit", 3, stdin="\n4\n" * 3)
    certdrill(*options, "suspend", "fact-ethics-t")
    report = json.loads(certdrill(*options, "due", "--json").stdout)
    assert (report["schema"], report["day"], report["from"]) == (1, "2026-11-22", str(folder))
    assert report["domains"] == {
        "law": {"due": 0, "learning": 0, "new": 10, "unseen": 18, "suspended": 0},
        "ethics": {"due": 0, "learning": 0, "new": 7, "unseen": 18, "suspended": 1},
    }
    assert report["total"] == {"due": 0, "learning": 0, "new": 17, "unseen": 36, "suspended": 1}
    assert [entry["date"] for entry in report["days"]] == [f"2026-11-{day}" for day in range(23, 30)]
    assert sum(entry["due"] for entry in report["days"]) + 0 <= 3
    later = json.loads(certdrill(*options[:-1], "2026-11-27T12:00+00:00", "due", "--json").stdout)
    coming = later["total"]["due"] + sum(entry["due"] for entry in later["days"])
    assert coming == 3
    assert later["domains"]["law"]["due"] + sum(entry["domains"]["law"] for entry in later["days"]) == 2


def test_the_tables_say_the_same_as_the_json(certdrill: Run, corpus: Callable[..., Path], tmp_path: Path) -> None:
    """People read weights, states and coming days as two small tables."""
    folder = corpus(law=basic_cards("law", 20))
    shown = certdrill("--cards", folder, "--history", tmp_path / "h.db", "--now", NOON, "due").stdout
    assert shown.splitlines()[0] == f"Bar Exam - 20 cards from {folder}"
    law = next(line.split() for line in shown.splitlines() if line.startswith("Law of Contracts"))
    assert law == ["Law", "of", "Contracts", "60%", "0", "0", "20", "20", "0"]
    assert "coming" in shown
    assert "11-23" in shown


def test_certdrill_alone_shows_today_and_how_to_start(certdrill: Run, own_home: Path) -> None:
    """Without a command, on a machine that never saw certdrill, nothing is made and everything is said."""
    shown = certdrill()
    assert shown.returncode == 0
    assert "cards from the built-in cards" in shown.stdout
    assert "Start with `certdrill review`" in shown.stdout
    assert "Your history will be kept in" in shown.stdout
    assert not list(own_home.rglob("history.sqlite"))


def test_filters_narrow_the_counts_down(certdrill: Run, corpus: Callable[..., Path]) -> None:
    """`due --domain` counts that domain only, its new cards up to the day's limit."""
    folder = corpus(law=basic_cards("law", 20), ethics=basic_cards("ethics", 30))
    report = json.loads(certdrill("--cards", folder, "due", "--domain", "eth", "--json").stdout)
    assert report["total"] == {"due": 0, "learning": 0, "new": 20, "unseen": 30, "suspended": 0}


def test_other_new_cards_a_day_change_the_count(certdrill: Run, corpus: Callable[..., Path]) -> None:
    """`--new 5` shows a day of five."""
    folder = corpus(law=basic_cards("law", 20))
    report = json.loads(certdrill("--cards", folder, "due", "--new", 5, "--json").stdout)
    assert report["total"]["new"] == 5


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("certdrill re", ["review", "reset"]),
        ("certdrill review --domain g", ["governance"]),
        ("certdrill cards --objective 6.1", ["6.1", "6.10"]),
        ("certdrill export --kind c", ["cloze", "choice"]),
        ("certdrill review --state s", ["suspended"]),
    ],
)
def test_the_shell_completes_commands_and_filters(certdrill: Run, words: str, expected: list[str]) -> None:
    """Completion knows the corpus's own names."""
    environment = {"_CERTDRILL_COMPLETE": "bash_complete", "COMP_WORDS": words}
    done = certdrill(**environment, COMP_CWORD=str(len(words.split()) - 1))
    assert [line.removeprefix("plain,") for line in done.stdout.splitlines()] == expected
