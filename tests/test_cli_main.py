from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import CHECKOUT, Run


def test_a_wrong_command_suggests_the_nearest(certdrill: Run) -> None:
    """Usage errors exit with 2."""
    done = certdrill("reveiw")
    assert done.returncode == 2
    assert "did you mean 'review'?" in done.stderr


def test_a_folder_without_a_corpus_is_refused_with_what_to_do(certdrill: Run, tmp_path: Path) -> None:
    """Refusals exit with 1 and one sentence, without a traceback."""
    done = certdrill("--cards", tmp_path / "nothing", "due")
    assert done.returncode == 1
    assert "holds no exam.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_blueprint_is_located(certdrill: Run, tmp_path: Path) -> None:
    """Without domains nothing can be weighed, so every command says where the blueprint is wrong."""
    (tmp_path / "exam.yaml").write_text("id: bar-exam\ntitle: Bar\ndomains: []\n")
    for command in ("due", "review", "check", "export"):
        done = certdrill("--cards", tmp_path, command)
        assert done.returncode == 1
        assert "exam.yaml:3:10: error" in done.stdout + done.stderr


def test_a_closed_pipe_is_a_quiet_end(tmp_path: Path) -> None:
    """`certdrill cards | head -1` prints no error and exits as a closed pipe does."""
    shell = f"set -o pipefail; {sys.executable} -u -m certdrill cards | head -1"
    done = subprocess.run(["/bin/bash", "-c", shell], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (141, "")


def test_an_unreadable_history_is_refused_and_left_alone(certdrill: Run, tmp_path: Path) -> None:
    """A text file named as the history keeps its bytes."""
    (tmp_path / "notes.txt").write_text("my notes")
    done = certdrill("--history", tmp_path / "notes.txt", "review", stdin="q\n")
    assert done.returncode == 1
    assert "is not a certdrill history" in done.stderr
    assert (tmp_path / "notes.txt").read_text() == "my notes"


def test_variables_name_cards_and_history(certdrill: Run, tmp_path: Path) -> None:
    """CERTDRILL_CARDS and CERTDRILL_HISTORY do what the options do; the options win."""
    certdrill("init", tmp_path / "mine")
    environment = {"CERTDRILL_CARDS": str(tmp_path / "mine"), "CERTDRILL_HISTORY": str(tmp_path / "h.db")}
    assert certdrill("due", **environment).stdout.startswith("My first exam")
    certdrill("review", stdin="q\n", **environment)
    assert (tmp_path / "h.db").exists()
    assert str(os.sep) in certdrill("--version", **environment).stdout


def test_a_time_outside_the_calendar_is_refused(certdrill: Run) -> None:
    """Neither the year 1 nor an offset of 19 hours reaches the scheduler."""
    for text in ("0001-01-01", "2026-01-01T05:00+19:00", "soon"):
        done = certdrill("--now", text, "due")
        assert (done.returncode, "is not an ISO time" in done.stderr) == (1, True)


def test_closed_streams_and_a_full_disk_are_no_bugs(tmp_path: Path) -> None:
    """Started without stdin or stdout the command ends quietly; a full disk is said."""
    for redirect, code in (("0<&-", 0), (">&-", 0), (">/dev/full", 1)):
        shell = f"{sys.executable} -m certdrill due {redirect}"
        done = subprocess.run(["/bin/bash", "-c", shell], capture_output=True, text=True, cwd=tmp_path, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), (redirect, done.stderr)


def test_the_version_says_which_cards_wherever_it_stands(certdrill: Run, tmp_path: Path) -> None:
    """The order of options does not matter."""
    certdrill("init", tmp_path / "mine")
    first = certdrill("--version", "--cards", tmp_path / "mine").stdout
    assert first == certdrill("--cards", tmp_path / "mine", "--version").stdout
    assert first.endswith(f"cards: {tmp_path / 'mine'}\n")


def test_completion_of_something_mistyped_is_silent(certdrill: Run) -> None:
    """A shell has no place for a message."""
    for words in ("certdrill xyz a", "certdrill --cards /nonexist cards --domain g"):
        done = certdrill(_CERTDRILL_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(len(words.split()) - 1))
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("option", "begun", "whole"),
    [("domain", "gov", "governance"), ("objective", "3.1", "3.11"), ("tag", "unity", "unity-catalog")],
)
def test_three_shells_complete_what_filters_take(
    certdrill: Run, shell: str, option: str, begun: str, whole: str
) -> None:
    """Domains, objectives and tags of the cards are offered in bash, zsh and fish."""
    words = f"certdrill review --{option} {begun}"
    at = begun if shell == "fish" else "3"
    done = certdrill(_CERTDRILL_COMPLETE=f"{shell}_complete", COMP_WORDS=words, COMP_CWORD=at, cwd=CHECKOUT)
    assert whole in [line.removeprefix("plain,") for line in done.stdout.splitlines()]
