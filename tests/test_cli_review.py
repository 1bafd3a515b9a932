from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Run, basic_cards

NOON = "2026-11-22T12:00+00:00"
TEN = "\n3\n" * 10


def ratings(path: Path) -> list[tuple[str, int]]:
    """Return card and rating of every review that stands, in order."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT card, rating FROM counted_reviews ORDER BY ordered_at").fetchall()
    connection.close()
    return rows


@pytest.fixture
def two_domains(corpus: Callable[..., Path]) -> Path:
    return corpus(law=basic_cards("law", 20), ethics=basic_cards("ethics", 20))


def test_a_piped_session_rates_what_it_is_told(certdrill: Run, two_domains: Path, tmp_path: Path) -> None:
    """Ten answers rate ten cards, six of law and four of ethics, and the end says so by domain."""
    done = certdrill("--cards", two_domains, "--history", tmp_path / "h.db", "review", stdin=TEN)
    assert done.returncode == 0, done.stderr
    rows = ratings(tmp_path / "h.db")
    assert Counter(card.split("-")[1] for card, _ in rows) == {"law": 6, "ethics": 4}
    assert "10 rated, 10 remembered. Everything is saved." in done.stdout
    assert "   6  Law of Contracts" in done.stdout
    assert f"Your history is kept in {tmp_path / 'h.db'}" in done.stderr


def test_a_session_killed_in_the_middle_is_resumed_with_every_rating(two_domains: Path, tmp_path: Path) -> None:
    """After kill -9 the ratings acknowledged by the next question are there, and the next run goes on from them."""
    history = tmp_path / "h.db"
    command = [sys.executable, "-m", "certdrill", "--cards", str(two_domains), "--history", str(history), "review"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=tmp_path
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n3\n" * 6)
        process.stdin.flush()
        while "6 done" not in process.stdout.readline():  # the seventh card is shown, so six ratings are on disk
            pass
        process.send_signal(signal.SIGKILL)
    assert len(ratings(history)) == 6
    rest = subprocess.run(command, input="\n3\n" * 4, text=True, capture_output=True, cwd=tmp_path, check=True)
    assert "4 rated" in rest.stdout
    rows = ratings(history)
    assert len(rows) == len({card for card, _ in rows}) == 10
    assert Counter(card.split("-")[1] for card, _ in rows) == {"law": 6, "ethics": 4}


def test_undo_over_a_pipe_takes_back_the_last_rating(certdrill: Run, two_domains: Path, tmp_path: Path) -> None:
    """`u` at the next question shows the card again; the second rating replaces the first."""
    done = certdrill("--cards", two_domains, "--history", tmp_path / "h.db", "review", stdin="\n1\nu\n\n4\nq\n")
    assert "Undone." in done.stdout
    assert ratings(tmp_path / "h.db") == [("fact-law-a", 4)]


def test_undo_works_after_the_last_card_of_a_session(certdrill: Run, two_domains: Path, tmp_path: Path) -> None:
    """When nothing is left, `u` brings the last card back."""
    options = ("--cards", two_domains, "--history", tmp_path / "h.db", "review", "--limit", "1")
    done = certdrill(*options, stdin="\n4\nu\n\n2\nq\n")
    assert "Done for now." in done.stdout
    assert [rating for _, rating in ratings(tmp_path / "h.db")] == [2]


def test_suspend_and_bury_take_a_card_out(certdrill: Run, two_domains: Path, tmp_path: Path) -> None:
    """`s` and `b` are events; the cards come no more today, and the list shows the suspended one."""
    options = ("--cards", two_domains, "--history", tmp_path / "h.db")
    done = certdrill(*options, "review", stdin="s\nb\n\n3\nq\n")
    assert "Suspended: fact-law-a." in done.stdout
    assert "Buried until tomorrow" in done.stdout
    listed = json.loads(certdrill(*options, "cards", "--state", "suspended", "--json").stdout)
    assert [card["id"] for card in listed["cards"]] == ["fact-law-a"]
    certdrill(*options, "unsuspend", "fact-law-a")
    assert json.loads(certdrill(*options, "cards", "--state", "suspended", "--json").stdout)["cards"] == []


def test_the_end_of_input_is_a_normal_end(certdrill: Run, two_domains: Path, tmp_path: Path) -> None:
    """A pipe that closes in the middle of a card ends the session with code 0 and keeps what was rated."""
    done = certdrill("--cards", two_domains, "--history", tmp_path / "h.db", "review", stdin="\n3\n\n")
    assert (done.returncode, len(ratings(tmp_path / "h.db"))) == (0, 1)
    assert "1 rated" in done.stdout


CHOICE = """\
domain: law
cards:
  - id: offer-and-acceptance
    kind: choice
    stem: What makes a contract?
    options:
      - {text: Offer and acceptance, correct: true, why: Two wills that meet.}
      - {text: A handshake, why: A sign and no more.}
      - {text: A seal, why: Once needed for deeds.}
"""


def test_choice_items_are_graded_with_the_reason_of_each_option(
    certdrill: Run, corpus: Callable[..., Path], tmp_path: Path
) -> None:
    """A wrong letter is Again, and every option shows its reason."""
    folder = corpus(law=CHOICE)
    asked = certdrill("--cards", folder, "--history", tmp_path / "x.db", "review", "--seed", 1, stdin="q\n").stdout
    letter = next(line[0] for line in asked.splitlines() if line.endswith("A handshake"))
    right = next(line[0] for line in asked.splitlines() if line.endswith("Offer and acceptance"))
    wrong = certdrill(
        "--cards", folder, "--history", tmp_path / "h.db", "review", "--seed", 1, stdin=f"{letter}\n\nq\n"
    )
    assert "Wrong." in wrong.stdout
    assert all(why in wrong.stdout for why in ("Two wills that meet.", "A sign and no more.", "Once needed for deeds."))
    assert ratings(tmp_path / "h.db") == [("offer-and-acceptance", 1)]
    for key, rating in (("", 3), ("g", 2)):
        path = tmp_path / f"right-{rating}.db"
        certdrill("--cards", folder, "--history", path, "review", "--seed", 1, stdin=f"{right}\n{key}\nq\n")
        assert ratings(path) == [("offer-and-acceptance", rating)]


def test_a_learning_card_comes_again_in_the_session(
    certdrill: Run, corpus: Callable[..., Path], tmp_path: Path
) -> None:
    """One card rated Good twice passes both steps ahead of time, then the session ends."""
    folder = corpus(law=basic_cards("law", 1))
    options = ("--cards", folder, "--history", tmp_path / "h.db", "--now", NOON, "review")
    done = certdrill(*options, stdin="\n3\n\n3\n")
    assert "2 rated" in done.stdout
    assert "Next: 1 due in 2 days." in done.stdout
    alone = certdrill(*options[:3], tmp_path / "g.db", *options[4:], "--learn-ahead", 0, stdin="\n3\n\n3\n")
    assert "1 rated" in alone.stdout
    assert "Next: 1 learning, the first in 10 min." in alone.stdout


def test_a_made_up_time_never_reaches_the_real_history(certdrill: Run, two_domains: Path) -> None:
    """--now with a command that writes is refused without --history; reading is allowed."""
    refused = certdrill("--cards", two_domains, "--now", NOON, "review", stdin=TEN)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "--now with a command that writes needs --history FILE" in refused.stderr
    assert certdrill("--cards", two_domains, "--now", NOON, "due").returncode == 0
    wrong = certdrill("--cards", two_domains, "--now", "yesterday", "due")
    assert "is not an ISO time" in wrong.stderr


def test_the_next_day_brings_the_reviews(certdrill: Run, two_domains: Path, tmp_path: Path) -> None:
    """What was rated Easy today is due days later, and only then, counted by `due`."""
    options = ("--cards", two_domains, "--history", tmp_path / "h.db")
    certdrill(*options, "--now", NOON, "review", "--limit", 3, stdin="\n4\n" * 3)
    later = json.loads(certdrill(*options, "--now", "2026-12-24T12:00+00:00", "due", "--json").stdout)
    assert later["total"]["due"] == 3
    assert later["domains"]["law"]["due"] == 2
    tomorrow = json.loads(certdrill(*options, "--now", "2026-11-23T03:00+00:00", "due", "--json").stdout)
    assert (tomorrow["day"], tomorrow["total"]["due"], tomorrow["total"]["new"]) == ("2026-11-22", 0, 17)


def test_filters_that_match_nothing_say_so(certdrill: Run, two_domains: Path, tmp_path: Path) -> None:
    """An unknown domain is refused with the nearest names; an empty selection names the way to look."""
    options = ("--cards", two_domains, "--history", tmp_path / "h.db", "review")
    unknown = certdrill(*options, "--domain", "ethic5")
    assert (unknown.returncode, "nearest: ethics" in unknown.stderr) == (1, True)
    empty = certdrill(*options, "--kind", "order")
    assert (empty.returncode, "no card matches" in empty.stderr) == (1, True)
    assert not (tmp_path / "h.db").exists()


def test_the_built_in_cards_drill_with_no_setup(certdrill: Run, own_home: Path) -> None:
    """In an empty folder, with an empty home, the first command shows a card and says where the history lives."""
    done = certdrill("review", "--limit", 1, stdin="q\n")
    assert done.returncode == 0
    assert f"Your history is kept in {own_home}" in done.stderr.replace(os.sep, "/")
    assert "1 left" in done.stdout
    today = certdrill()
    assert "cards from the built-in cards" in today.stdout
    assert "Start with `certdrill review`" in today.stdout


def test_mock_items_are_never_drilled(certdrill: Run, corpus: Callable[..., Path], tmp_path: Path) -> None:
    """A form's items are not in the queue, not shown by id and not listed with their question."""
    folder = corpus(law=basic_cards("law", 1))
    (folder / "mocks").mkdir()
    exam = (folder / "exam.yaml").read_text() + 'objectives:\n  - {id: "1", domain: law, text: Contracts}\n'
    (folder / "exam.yaml").write_text(exam)
    item = CHOICE.replace("domain: law", "form: form-a").replace("    kind:", '    objective: "1"\n    kind:')
    (folder / "mocks" / "form-a.yaml").write_text(item)
    options = ("--cards", folder, "--history", tmp_path / "h.db")
    assert "2 cards from" in certdrill(*options, "check").stdout
    assert certdrill(*options, "check").returncode == 0
    done = certdrill(*options, "review", stdin="\n4\n\n4\n")
    assert [card for card, _ in ratings(tmp_path / "h.db")] == ["fact-law-a"]
    assert "What makes a contract?" not in done.stdout
    shown = certdrill(*options, "cards", "show", "offer-and-acceptance")
    assert (shown.returncode, "is not shown before the form has been sat" in shown.stderr) == (1, True)
    listed = certdrill(*options, "cards")
    assert "What makes a contract?" not in listed.stdout
    assert "1 items of mock forms" in listed.stdout


def test_undo_takes_back_the_last_event_also_after_the_session(
    certdrill: Run, two_domains: Path, tmp_path: Path
) -> None:
    """Each call goes one event further back, and says what it took back."""
    options = ("--cards", two_domains, "--history", tmp_path / "h.db")
    certdrill(*options, "review", "--limit", 1, stdin="\n4\n")
    certdrill(*options, "reset", "fact-law-a")
    assert certdrill(*options, "undo").stdout == "Taken back: reset of fact-law-a\n"
    assert ratings(tmp_path / "h.db") == [("fact-law-a", 4)]
    assert certdrill(*options, "undo").stdout == "Taken back: Easy of fact-law-a\n"
    assert ratings(tmp_path / "h.db") == []
    nothing = certdrill(*options, "undo")
    assert (nothing.returncode, nothing.stderr) == (1, "certdrill: nothing to undo\n")


def test_a_reset_card_can_be_drilled_the_same_day(certdrill: Run, corpus: Callable[..., Path], tmp_path: Path) -> None:
    """Its ratings of today no longer stand, so it is new again at once."""
    options = ("--cards", corpus(law=basic_cards("law", 1)), "--history", tmp_path / "h.db")
    certdrill(*options, "review", stdin="\n4\n")
    certdrill(*options, "reset", "fact-law-a")
    assert "1 rated" in certdrill(*options, "review", stdin="\n4\n").stdout


def test_the_end_says_what_is_still_due_today(certdrill: Run, two_domains: Path, tmp_path: Path) -> None:
    """Leaving early shows what is left, not only what comes in days."""
    options = ("--cards", two_domains, "--history", tmp_path / "h.db")
    certdrill(*options, "--now", NOON, "review", "--limit", 3, stdin="\n4\n" * 3)
    left = certdrill(*options, "--now", "2026-12-24T12:00Z", "review", "--new", 0, stdin="\n3\nq\n")
    assert "Still due today: 2." in left.stdout
    assert "clock" not in left.stdout


def test_a_wrong_answer_is_not_asked_again_by_undo(certdrill: Run, corpus: Callable[..., Path], tmp_path: Path) -> None:
    """With nothing to undo the grade stands: the key was shown."""
    done = certdrill("--cards", corpus(law=CHOICE), "--history", tmp_path / "h.db", "review", stdin="\nu\n\nq\n")
    assert "Nothing to undo" in done.stdout
    assert ratings(tmp_path / "h.db") == [("offer-and-acceptance", 1)]
