from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from conftest import Run, basic_cards

EXAM = """\
id: bar-exam
title: Bar Exam
domains:
  - {id: law, title: Law of Contracts, weight: 60}
  - {id: ethics, title: Ethics, weight: 40}
objectives:
  - {id: "1.1", domain: law, text: Tell an offer from an invitation}
  - {id: "2.1", domain: ethics, text: Name the duties}
"""
FIRST, LATER = "2026-11-01T12:00+00:00", "2026-11-22T12:00+00:00"


def of_objective(domain: str, objective: str, number: int) -> str:
    return basic_cards(domain, number).replace("kind: basic", f'kind: basic\n    objective: "{objective}"')


@pytest.fixture
def studied(certdrill: Run, corpus: Callable[..., Path], tmp_path: Path) -> tuple[object, ...]:
    """Ten cards; four learned as Easy three weeks ago; today three remembered, one not, and the last one undone."""
    folder = corpus(EXAM, law=of_objective("law", "1.1", 6), ethics=of_objective("ethics", "2.1", 4))
    options = ("--cards", folder, "--history", tmp_path / "h.db")
    certdrill(*options, "--now", FIRST, "review", "--limit", 4, stdin="\n4\n" * 4)
    certdrill(*options, "--now", LATER, "review", "--new", 0, stdin="\n3\n\n3\n\n1\n\n2\nq\n")
    certdrill(*options, "--now", LATER, "undo")
    return (*options, "--now", LATER)


def test_the_json_has_every_number(certdrill: Run, studied: tuple[object, ...]) -> None:
    """Seven answers count: four Easy before, two Good and one Again today; the undone one is nowhere."""
    report = json.loads(certdrill(*studied, "stats", "--json").stdout)
    assert (report["schema"], report["exam"], report["day"], report["window_days"]) == (1, "bar-exam", "2026-11-22", 30)
    assert report["today"] == {"rated": 3, "remembered": 2, "share": 2 / 3, "seconds": 0}
    assert report["streak"] == {"current": 1, "longest": 1}
    assert report["true_retention"]["target"] == 0.9
    assert report["true_retention"]["total"] == {"rated": 3, "remembered": 2, "share": 2 / 3}
    assert list(report["true_retention"]["domains"]) == ["law", "ethics"]
    assert {name: one["number"] for name, one in report["answers"].items()} == {
        "again": 1, "hard": 0, "good": 2, "easy": 4,
    }  # fmt: skip
    assert sum(one["share"] for one in report["answers"].values()) == pytest.approx(1)
    assert report["time"] == {"seconds": 0, "days_studied": 2, "seconds_a_day": 0, "seconds_an_answer": 0}
    assert report["year"] == [{"date": "2026-11-01", "rated": 4}, {"date": "2026-11-22", "rated": 3}]
    assert report["maturity"]["new"] == 6
    assert sum(report["maturity"].values()) == 10
    assert [entry["date"] for entry in report["forecast"]][::29] == ["2026-11-22", "2026-12-21"]
    assert report["forecast"][0]["due"] == 2  # the one forgotten, and the one whose rating was undone
    assert [weak["objective"] for weak in report["weak"]] == ["1.1", "2.1"]
    assert [weak["units"] for weak in report["weak"]] == [6, 4]


def test_the_screen_shows_the_same_numbers(certdrill: Run, studied: tuple[object, ...]) -> None:
    """Without a terminal it is plain text of 80 columns that fits a screen."""
    shown = certdrill(*studied, "stats").stdout
    lines = shown.splitlines()
    assert lines[0].startswith("Bar Exam - 10 cards from ")
    assert lines[1] == "Today 3 rated in 0 s, 67% remembered   Streak 1 day, the longest 1"
    assert "True retention 30 days, aim 90%" in shown
    assert re.search(r"^Law of Contracts +too few: \d ", shown, re.M)
    assert re.search(r"1\.1  Tell an offer .+\d+%", shown)
    assert "Due 2 today, then 0 in 29 days" in shown
    assert "Answers 7 in 30 days, 0 s" in shown
    assert "Again      1  14%   Hard       0   0%" in shown
    assert re.search(r"new +6 +60%", shown)
    assert "\x1b" not in shown
    assert max(map(len, lines)) <= 80
    assert len(lines) < 24


def test_days_narrows_the_window(certdrill: Run, studied: tuple[object, ...]) -> None:
    """`--days 7` leaves the answers of three weeks ago out of the window, not out of the year."""
    report = json.loads(certdrill(*studied, "stats", "--days", 7, "--json").stdout)
    assert sum(one["number"] for one in report["answers"].values()) == 3
    assert sum(entry["rated"] for entry in report["year"]) == 7
    assert "Answers 3 in 7 days" in certdrill(*studied, "stats", "--days", 7).stdout
    assert certdrill(*studied, "stats", "--days", 0).returncode == 2


def test_filters_narrow_units_and_answers(certdrill: Run, studied: tuple[object, ...]) -> None:
    """One domain's numbers are that domain's; both together are the whole."""
    parts = [json.loads(certdrill(*studied, "stats", "--domain", one, "--json").stdout) for one in ("law", "ethics")]
    assert [sum(part["maturity"].values()) for part in parts] == [6, 4]
    assert sum(entry["rated"] for part in parts for entry in part["year"]) == 7
    assert [list(part["true_retention"]["domains"]) for part in parts] == [["law"], ["ethics"]]
    known = json.loads(certdrill(*studied, "stats", "--state", "review", "--json").stdout)
    assert known["maturity"]["new"] == 0
    refused = certdrill(*studied, "stats", "--tag", "none")
    assert (refused.returncode, refused.stdout) == (1, "")


def test_cards_that_left_the_corpus_do_not_count(
    certdrill: Run, corpus: Callable[..., Path], studied: tuple[object, ...]
) -> None:
    """Answers of a card that is no longer there belong to no domain."""
    corpus(EXAM, law=of_objective("law", "1.1", 1), ethics=of_objective("ethics", "2.1", 1))
    report = json.loads(certdrill(*studied, "stats", "--json").stdout)
    assert sum(report["maturity"].values()) == 2
    assert sum(entry["rated"] for entry in report["year"]) < 7


def test_an_empty_history_says_what_to_do(certdrill: Run, corpus: Callable[..., Path], own_home: Path) -> None:
    """One friendly line, nothing made; JSON has its zeros."""
    options = ("--cards", corpus(law=basic_cards("law", 2)))
    shown = certdrill(*options, "stats")
    assert shown.stdout.count("\n") == 1
    assert shown.stdout.startswith("No ratings yet. Start with `certdrill review`")
    assert "of these cards" in certdrill(*options, "stats", "--domain", "law").stdout
    report = json.loads(certdrill(*options, "stats", "--json").stdout)
    assert report["today"] == {"rated": 0, "remembered": 0, "share": None, "seconds": 0}
    assert report["year"] == []
    assert not list(own_home.rglob("history.sqlite"))


def test_without_utf8_letters_stand_in_for_blocks(certdrill: Run, studied: tuple[object, ...]) -> None:
    """An ASCII locale gets the shades ` .:+#`."""
    shown = certdrill(*studied, "stats", PYTHONUTF8="0", PYTHONIOENCODING="ascii").stdout
    assert shown.isascii()
    assert "?" not in shown
    assert re.search(r"^Sun .*#", shown, re.M)


@pytest.mark.parametrize("columns", [40, 60, 77, 78, 120])
def test_no_line_is_wider_than_a_real_terminal(certdrill: Run, studied: tuple[object, ...], columns: int) -> None:
    """Narrower than 78 columns the panels stand below one another."""
    lines = certdrill(*studied, "stats", COLUMNS=str(columns), LINES="40").stdout.splitlines()
    assert max(map(len, lines)) <= columns
    beside = any("True retention" in line and "Weak objectives" in line for line in lines)
    assert beside is (columns >= 78)


def test_colours_only_where_a_terminal_wants_them(studied: tuple[object, ...]) -> None:
    """A terminal gets styles; with NO_COLOR or as a dumb terminal it does not."""
    command = ["-m", "certdrill", *map(str, studied), "stats"]
    styled = pexpect.run(" ".join([sys.executable, *command]))
    assert b"\x1b[1mTrue retention" in styled
    bare = pexpect.run(" ".join(["env", "NO_COLOR=1", sys.executable, *command]))
    dumb = pexpect.run(" ".join(["env", "TERM=dumb", sys.executable, *command]))
    assert b"\x1b" not in bare + dumb
    assert b"True retention" in bare
    assert b"True retention" in dumb
