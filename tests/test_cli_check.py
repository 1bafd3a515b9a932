from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from conftest import EXAM, Run, basic_cards

BROKEN = """\
domain: ethics
cards:
  - id: no-answer
    kind: basic
    front: What is missing here?
  - id: bad-colon
    kind: basic
    front: What is foo: bar?
    back: Nobody knows.
  - id: two-right
    kind: choice
    stem: Which?
    options:
      - {text: A, correct: true}
      - {text: B, correct: true}
  - id: sound-card
    kind: basic
    front: Is this card sound?
    back: It is.
"""


def test_a_sound_corpus_passes_with_one_line(corpus: Callable[..., Path], certdrill: Run) -> None:
    """Nothing to say but how many cards were looked at, and where."""
    folder = corpus(law=basic_cards("law", 2), ethics=basic_cards("ethics", 1))
    done = certdrill("--cards", folder, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"3 cards from {folder}: 0 errors, 0 warnings\n"


def test_every_fault_is_located_the_drill_goes_on_and_an_export_refuses(
    corpus: Callable[..., Path], certdrill: Run, tmp_path: Path
) -> None:
    """One broken file: `check` tells all of it, `review` drills the sound cards, `export` writes nothing."""
    folder = corpus(law=basic_cards("law", 1), ethics=BROKEN)
    checked = certdrill("--cards", folder, "check")
    assert checked.returncode == 1
    assert checked.stdout == (
        f"{folder}/ethics.yaml:3:5: error: a basic card without 'back'; add `back:` (the answer) [missing-key]\n"
        "      - id: no-answer\n"
        "        ^\n"
        f"{folder}/ethics.yaml:8:23: error: not valid YAML (mapping values are not allowed in this context); if the "
        "text holds `: `, quote it or start it with `>-` on the line before; else align the line [yaml-syntax]\n"
        "        front: What is foo: bar?\n"
        "                          ^\n"
        f"{folder}/ethics.yaml:14:7: error: 2 options are marked right where select is 1; mark the right ones with "
        "`correct: true`, or change `select` [choice-key]\n"
        "          - {text: A, correct: true}\n"
        "          ^\n"
        f"3 cards from {folder}: 3 errors, 0 warnings\n"
    )
    for _ in range(2):  # the second run reads the cache
        drilled = certdrill("--cards", folder, "review", stdin="\n3\n\n3\nq\n")
        assert drilled.returncode == 0
        assert drilled.stderr.split("\n")[0] == "3 problems in the cards; `certdrill check` shows them."
    listed = json.loads(certdrill("--cards", folder, "cards", "--json").stdout)
    assert {card["id"] for card in listed["cards"]} == {"fact-law-a", "sound-card"}
    refused = certdrill("--cards", folder, "export", "-o", tmp_path / "deck.apkg")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"certdrill: {folder}/ethics.yaml:3:5: error: a basic card without 'back'")
    assert refused.stderr.endswith("nothing was exported; `certdrill check` shows every problem\n")
    assert not (tmp_path / "deck.apkg").exists()
    assert not (folder / "ids.lock").exists()


def test_json_lists_the_problems_for_an_editor(corpus: Callable[..., Path], certdrill: Run) -> None:
    """Every problem with file, line, column, severity, rule, card, message and remedy."""
    folder = corpus(ethics=BROKEN)
    done = certdrill("--cards", folder, "check", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert (found["schema"], found["cards"]) == (1, 2)
    assert [(row["line"], row["rule"], row["card"], row["severity"]) for row in found["problems"]] == [
        (3, "missing-key", "no-answer", "error"),
        (8, "yaml-syntax", "", "error"),
        (14, "choice-key", "two-right", "error"),
    ]
    assert found["problems"][0] == {
        "file": f"{folder}/ethics.yaml",
        "line": 3,
        "column": 5,
        "severity": "error",
        "rule": "missing-key",
        "card": "no-answer",
        "message": "a basic card without 'back'",
        "remedy": "add `back:` (the answer)",
    }


def test_a_broken_blueprint_is_reported_like_any_fault(corpus: Callable[..., Path], certdrill: Run) -> None:
    """In text and in JSON, with exit code 1; other commands refuse with the same places."""
    folder = corpus(exam=EXAM.replace("weight: 40", "wieght: 40"), law=basic_cards("law", 1))
    checked = certdrill("--cards", folder, "check")
    assert checked.returncode == 1
    assert f"{folder}/exam.yaml:5:33: error: the unknown key 'wieght'; did you mean 'weight'?" in checked.stdout
    assert f"{folder}/exam.yaml:5:5: error: a domain without 'weight'" in checked.stdout
    assert len(json.loads(certdrill("--cards", folder, "check", "--json").stdout)["problems"]) == 2
    refused = certdrill("--cards", folder, "review")
    assert refused.returncode == 1
    assert refused.stderr.startswith("certdrill: the blueprint cannot be used:\n")
    assert f"{folder}/exam.yaml:5:5: error:" in refused.stderr


def test_a_lock_is_not_written_over_errors(corpus: Callable[..., Path], certdrill: Run) -> None:
    """Ids are recorded for good, so the faults come first."""
    folder = corpus(ethics=BROKEN)
    assert certdrill("--cards", folder, "check", "--write-lock").returncode == 1
    assert not (folder / "ids.lock").exists()


def test_no_corpus_and_wrong_usage_have_their_own_exit_codes(certdrill: Run, tmp_path: Path) -> None:
    """1 for a refusal, 2 for usage; nothing but the sentence."""
    refused = certdrill("--cards", tmp_path, "check")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"certdrill: {tmp_path} holds no exam.yaml; `certdrill init {tmp_path}`")
    assert certdrill("check", "--no-such-option").returncode == 2
