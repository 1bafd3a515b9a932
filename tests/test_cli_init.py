from __future__ import annotations

import json
from pathlib import Path

from conftest import Run

OWN = "  - id: own-card\n    kind: basic\n    front: Which card did I write myself today?\n    back: The fourth.\n"


def test_the_journey_of_a_first_corpus(certdrill: Run, tmp_path: Path) -> None:
    """init, check, drill its three cards over a pipe, add a card of four lines, drill it, export."""
    made = certdrill("init", "mine")
    assert (made.returncode, made.stderr) == (0, "")
    assert "certdrill --cards mine review" in made.stdout
    checked = certdrill("--cards", "mine", "check")
    assert (checked.returncode, checked.stdout) == (0, "3 cards from mine: 0 errors, 0 warnings\n")

    # a choice card is answered with a letter first; whichever card comes, these lines rate it
    drilled = certdrill("--cards", "mine", "review", "--seed", "1", stdin="\n\n" * 12)
    assert drilled.returncode == 0, drilled.stderr
    listed = json.loads(certdrill("--cards", "mine", "cards", "--json").stdout)
    assert [unit["state"] for card in listed["cards"] for unit in card["units"]].count("new") == 0
    assert len(listed["cards"]) == 3

    with (tmp_path / "mine" / "basics.yaml").open("a") as file:
        file.write(OWN)
    assert certdrill("--cards", "mine", "check").stdout == "4 cards from mine: 0 errors, 0 warnings\n"
    shown = certdrill("--cards", "mine", "review", stdin="\n3\nq\n").stdout
    assert "Which card did I write myself today?" in shown
    assert "The fourth." in shown
    exported = certdrill("--cards", "mine", "export")
    assert exported.returncode == 0
    assert exported.stderr == "4 cards recorded in mine/ids.lock\n"
    assert exported.stdout.endswith("4 notes, 4 cards in my-first-exam.apkg\n")
    assert (tmp_path / "my-first-exam.apkg").stat().st_size > 0


def test_a_folder_that_holds_something_is_refused_and_untouched(certdrill: Run, tmp_path: Path) -> None:
    """Only a new or empty folder is filled."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("years of work")
    refused = certdrill("init", "full")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "certdrill: full is in use; `certdrill init` only fills a new or empty folder\n"
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["thesis.txt"]


def test_an_empty_folder_is_filled(certdrill: Run, tmp_path: Path) -> None:
    """As is one whose parents are missing."""
    (tmp_path / "empty").mkdir()
    assert certdrill("init", "empty").returncode == 0
    assert certdrill("init", "far/away").returncode == 0
    assert sorted(path.name for path in (tmp_path / "far" / "away").iterdir()) == [
        "basics.yaml", "exam.yaml", "practice.yaml", "schema",
    ]  # fmt: skip


def test_init_without_a_folder_is_wrong_usage(certdrill: Run) -> None:
    """Exit code 2, with the usage line."""
    assert certdrill("init").returncode == 2
