from __future__ import annotations

import json
import os
import re
import shlex
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Run, basic_cards

FIRST = "2026-11-22T12:00+00:00"
NEXT = "2026-11-23T12:00+00:00"


@pytest.fixture
def study(certdrill: Run, corpus: Callable[..., Path], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Run certdrill on a small corpus and the history h.db, or another `name`, at a time."""
    folder = corpus(law=basic_cards("law", 10), ethics=basic_cards("ethics", 10))

    def run(*arguments: object, name: str = "h.db", now: str = FIRST, stdin: str = "") -> subprocess.CompletedProcess:
        options = ("--cards", folder, "--history", tmp_path / name, "--now", now)
        return certdrill(*options, *arguments, stdin=stdin)

    return run


def rows(path: Path) -> set[tuple[str, str, int]]:
    """Return id, card and rating of every review in a file."""
    connection = sqlite3.connect(path)
    found = set(connection.execute("SELECT id, card, rating FROM reviews"))
    connection.close()
    return found


def test_the_first_review_of_a_day_leaves_a_backup(study: Run, tmp_path: Path) -> None:
    """The drill says nothing about it, and the list shows it with what it holds."""
    study("review", "--limit", 3, stdin="\n3\n" * 3)
    assert not (tmp_path / "backups").exists()
    done = study("review", "--limit", 2, now=NEXT, stdin="\n3\n" * 2)
    assert "backup" not in done.stdout + done.stderr
    path = tmp_path / "backups" / "h.db-20261123-120000.sqlite"
    assert len(rows(path)) == 3
    assert study("history", "backup", "--list").stdout == f"{path}  3 reviews\n"
    listed = json.loads(study("history", "backup", "--list", "--json").stdout)
    assert listed["backups"] == [{"file": str(path), "reviews": 3, "actions": 0, "fault": ""}]


def test_a_backup_that_fails_costs_one_line_and_no_drill(study: Run, tmp_path: Path) -> None:
    """A folder of backups that cannot be made is named on stderr; the rating is taken."""
    study("review", "--limit", 1, stdin="\n3\n")
    (tmp_path / "backups").write_text("in the way")
    done = study("review", "--limit", 1, now=NEXT, stdin="\n3\n")
    assert done.returncode == 0
    assert re.search(r"^certdrill: no backup was made as .*; going on without$", done.stderr, re.MULTILINE)
    assert len(rows(tmp_path / "h.db")) == 2


def test_backup_writes_where_it_is_told_and_over_nothing(study: Run, tmp_path: Path) -> None:
    """A file, a folder, or the folder of backups; a file that is there stays."""
    study("review", "--limit", 2, stdin="\n3\n" * 2)
    (tmp_path / "stick").mkdir()
    said = json.loads(study("history", "backup", tmp_path / "stick", "--json").stdout)
    assert said == {"schema": 1, "file": str(tmp_path / "stick" / "h.db"), "reviews": 2, "actions": 0}
    assert rows(tmp_path / "stick" / "h.db") == rows(tmp_path / "h.db")
    again = study("history", "backup", tmp_path / "stick" / "h.db")
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    plain = study("history", "backup")
    assert plain.stdout.startswith("Backed up, and verified: 2 reviews in ")
    missing = study("history", "backup", name="none.db")
    assert (missing.returncode, "is not there yet" in missing.stderr) == (1, True)
    assert not (tmp_path / "none.db").exists()


def test_restore_takes_a_backup_by_name_and_keeps_what_was_there(study: Run, tmp_path: Path) -> None:
    """The names that `backup --list` shows are enough; the message says where the present went."""
    study("review", "--limit", 1, stdin="\n3\n")
    study("review", "--limit", 1, now=NEXT, stdin="\n4\n")
    before = rows(tmp_path / "h.db")
    done = study("history", "restore", "h.db-20261123-120000.sqlite", now=NEXT)
    assert done.returncode == 0, done.stderr
    assert "Restored 1 review and 0 actions" in done.stdout
    assert len(rows(tmp_path / "h.db")) == 1
    kept = re.search(r"What was there before is in (.*)", done.stdout)
    assert kept
    assert rows(Path(kept[1])) == before
    assert study("history", "verify").returncode == 0
    nothing = study("history", "restore", "no-such-file")
    assert (nothing.returncode, "there is no such file" in nothing.stderr) == (1, True)


def test_every_command_that_needs_a_damaged_history_names_the_way_back(study: Run, tmp_path: Path) -> None:
    """The sentence names verify, and restore with the newest good backup; running that command mends it."""
    study("review", "--limit", 3, stdin="\n3\n" * 3)
    study("suspend", "fact-law-f", now=NEXT)
    sound = rows(tmp_path / "h.db")
    damaged = bytearray((tmp_path / "h.db").read_bytes())
    damaged[100:3000] = bytes(2900)  # the schema is gone
    (tmp_path / "h.db").write_bytes(damaged)
    for command in (
        ["review"], ["due"], [], ["cards", "show", "fact-law-a"], ["undo"], ["bury", "fact-law-a"], ["stats"],
        ["reset", "fact-law-a"], ["history", "backup"], ["history", "rebuild"], ["history", "export"],
    ):  # fmt: skip
        done = study(*command, now=NEXT)
        assert done.returncode == 1, (command, done.stdout)
        assert "is damaged" in done.stderr, (command, done.stderr)
        assert "history verify` says what is wrong" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "h.db").read_bytes() == damaged
    mend = re.search(r"`certdrill ([^`]*history restore [^`]*)`", done.stderr)
    assert mend
    assert study(*shlex.split(mend[1])[2:], now=NEXT).returncode == 0
    assert rows(tmp_path / "h.db") == sound
    assert study("history", "verify").returncode == 0


def test_verify_finds_a_state_that_is_not_its_log(study: Run, tmp_path: Path) -> None:
    """A changed memory is named with `rebuild`, which mends it and nothing else."""
    study("review", "--limit", 3, stdin="\n3\n" * 3)
    assert "is sound: 3 reviews, 0 actions, 3 states as the log says." in study("history", "verify").stdout
    connection = sqlite3.connect(tmp_path / "h.db")
    with connection:
        connection.execute("UPDATE memories SET stability = stability * 1.01 WHERE card = 'fact-law-a'")
        connection.execute("DELETE FROM memories WHERE card = 'fact-ethics-a'")
    connection.close()
    log = rows(tmp_path / "h.db")
    done = study("history", "verify")
    assert done.returncode == 1
    assert "the state of fact-law-a is not what its log leads to" in done.stdout
    assert "fact-ethics-a has events and no state" in done.stdout
    assert f"To mend it: `certdrill --history {tmp_path / 'h.db'} history rebuild`" in done.stdout
    said = json.loads(study("history", "verify", "--json").stdout)
    assert [fault["remedy"] for fault in said["faults"]] == ["rebuild", "rebuild"]
    assert study("history", "rebuild").stdout == "3 states computed from the log.\n"
    assert study("history", "verify").returncode == 0
    assert rows(tmp_path / "h.db") == log


def test_verify_finds_a_rating_that_the_backup_tells_otherwise(study: Run, tmp_path: Path) -> None:
    """A changed log would make rebuilt states wrong too, so the backup is named; later ratings survive the restore."""
    study("review", "--limit", 2, stdin="\n3\n" * 2)
    study("review", "--limit", 1, now=NEXT, stdin="\n4\n")
    before = rows(tmp_path / "h.db")
    connection = sqlite3.connect(tmp_path / "h.db")
    with connection:
        connection.execute("UPDATE reviews SET rating = 1 WHERE rating = 3")
    connection.close()
    done = study("history", "verify", now=NEXT)
    assert "is not as the backup" in done.stdout
    mend = re.search(r"To mend it: `certdrill ([^`]*)`", done.stdout)
    assert mend
    restored = study(*shlex.split(mend[1])[2:], now=NEXT)
    assert "and saved 1 event from the damaged file" in restored.stdout
    assert rows(tmp_path / "h.db") == before
    assert study("history", "verify").returncode == 0


def test_two_machines_agree_after_merging_both_ways(study: Run, tmp_path: Path) -> None:
    """Each has the union; a second merge adds nothing and makes no backup."""
    study("review", "--limit", 3, stdin="\n3\n" * 3)
    study("review", "--limit", 2, name="laptop.db", stdin="\n4\n" * 2)
    union = rows(tmp_path / "h.db") | rows(tmp_path / "laptop.db")
    done = study("history", "merge", tmp_path / "laptop.db")
    assert "Added 2 reviews and 0 actions" in done.stdout
    assert "What was there before is in" in done.stdout
    study("history", "merge", tmp_path / "h.db", name="laptop.db")
    assert rows(tmp_path / "h.db") == rows(tmp_path / "laptop.db") == union
    copies = len(list((tmp_path / "backups").iterdir()))
    again = json.loads(study("history", "merge", tmp_path / "laptop.db", "--json").stdout)
    assert (again["reviews"], again["actions"], again["kept"]) == (0, 0, "")
    assert len(list((tmp_path / "backups").iterdir())) == copies
    for name in ("h.db", "laptop.db"):
        assert study("history", "verify", name=name).returncode == 0


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_imports_into_an_empty_history(study: Run, tmp_path: Path, form: str) -> None:
    """By file or by pipe, every event travels, undone and set aside ones too."""
    study("review", "--limit", 4, stdin="\n3\nu\n\n1\ns\n\n3\n\n3\nq\n")
    done = study("history", "export", "--format", form, "--output", tmp_path / "out")
    assert re.fullmatch(r"\d events in .*out\n", done.stdout)
    assert study("history", "export", "--format", form).stdout == (tmp_path / "out").read_text()
    assert "Added 4 reviews" in study("history", "import", tmp_path / "out", name="new.db").stdout
    study("history", "import", "-", name="piped.db", stdin=(tmp_path / "out").read_text())
    states = {}
    for name in ("h.db", "new.db", "piped.db"):
        connection = sqlite3.connect(tmp_path / name)
        tables = [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in
                  ("reviews", "actions", "memories")]  # fmt: skip
        states[name] = tables
        connection.close()
    assert states["h.db"] == states["new.db"] == states["piped.db"]
    bad = tmp_path / "bad"
    bad.write_text((tmp_path / "out").read_text().replace("fact", "\x1b[2J", 1))
    refused = study("history", "import", bad, name="new.db")
    assert (refused.returncode, "nothing was changed" in refused.stderr, "\x1b" in refused.stderr) == (1, True, False)
    bad.write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in study("history", "import", bad, name="new.db").stderr


def test_a_made_up_time_needs_a_named_history(certdrill: Run, tmp_path: Path) -> None:
    """What writes takes --now only with --history; reading is allowed."""
    for command in (["restore", "x"], ["merge", "x"], ["rebuild"]):
        (tmp_path / "x").write_text("")
        refused = certdrill("--now", FIRST, "history", *command)
        assert refused.returncode == 1
        assert "needs --history FILE" in refused.stderr or command == ["merge", "x"]
    assert certdrill("--now", FIRST, "history", "verify").returncode == 0


def test_a_history_that_is_gone_is_said_to_have_backups(study: Run, tmp_path: Path) -> None:
    """A new one begins, and the line names the command that brings the old one back."""
    study("review", "--limit", 1, stdin="\n3\n")
    study("review", "--limit", 1, now=NEXT, stdin="\n3\n")
    (tmp_path / "h.db").unlink()
    done = study("review", "--limit", 1, now=NEXT, stdin="\n3\n")
    assert done.returncode == 0
    assert "is begun anew" in done.stderr
    assert f"history restore {tmp_path / 'backups' / 'h.db-20261123-120000.sqlite'}`" in done.stderr


def findings(done: subprocess.CompletedProcess) -> dict[str, str]:
    return {row["name"]: row["state"] for row in json.loads(done.stdout)["findings"]}


def test_doctor_finds_nothing_wrong_in_a_sound_house(study: Run) -> None:
    """Every line is ok, on one screen, and the exit code 0; before the first drill too."""
    early = study("doctor", "--json")
    assert (early.returncode, set(findings(early).values())) == (0, {"ok"})
    study("review", "--limit", 1, stdin="\n3\n")
    study("review", "--limit", 1, now=NEXT, stdin="\n3\n")
    done = study("doctor", now="2026-11-23T13:00Z")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) <= 23
    assert {line[:4] for line in done.stdout.splitlines()} == {"ok  "}
    for name in ("versions", "cards", "history", "clock", "backups", "cache", "space", "locale", "terminal"):
        assert f"  {name} " in done.stdout


def test_doctor_says_what_is_wrong_and_what_to_do(study: Run, tmp_path: Path) -> None:
    """A broken card, a clock that stands too early, old backups and damage each have their line and remedy."""
    study("review", "--limit", 1, stdin="\n3\n")
    study("review", "--limit", 1, now=NEXT, stdin="\n3\n")
    early = study("doctor", "--json", now=FIRST)
    assert (findings(early)["clock"], early.returncode) == ("warn", 0)
    late = study("doctor", now="2026-12-22T12:00Z")
    assert re.search(r"^warn  backups .* 29 days old\n +-> .*history backup` makes one now", late.stdout, re.MULTILINE)
    (tmp_path / "corpus" / "law.yaml").write_text("domain: law\ncards: [")
    assert findings(study("doctor", "--json"))["cards"] == "fail"
    (tmp_path / "h.db").write_bytes((tmp_path / "h.db").read_bytes()[:5000])
    done = study("doctor")
    assert done.returncode == 1
    assert re.search(r"^fail  history .*\n +-> `certdrill --history .* history restore ", done.stdout, re.MULTILINE)
    for backup in (tmp_path / "backups").iterdir():
        backup.write_bytes(b"x")
    assert findings(study("doctor", "--json"))["backups"] == "fail"


def test_doctor_knows_a_poor_terminal(study: Run, certdrill: Run) -> None:
    """Another encoding than UTF-8 is a warning with its remedy."""
    done = certdrill("doctor", "--json", PYTHONUTF8="0", PYTHONIOENCODING="latin-1", LC_ALL="C")
    assert findings(done)["locale"] == "warn"
    assert done.returncode == 0
    assert os.sep in study("doctor").stdout
