from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

from conftest import CARDS, Run, basic_cards


def notes(path: Path, tmp_path: Path) -> list[tuple[int, int, str]]:
    """Return id, mod and tags of every note in a package."""
    with zipfile.ZipFile(path) as package:
        package.extract("collection.anki2", tmp_path)
    connection = sqlite3.connect(tmp_path / "collection.anki2")
    rows = connection.execute("SELECT id, mod, tags FROM notes ORDER BY id").fetchall()
    connection.close()
    return rows


def test_two_exports_of_the_same_cards_are_the_same_bytes(
    certdrill: Run, corpus: Callable[..., Path], tmp_path: Path
) -> None:
    """At another time, into another file, from the recorded lock: not a byte differs."""
    folder = corpus(law=basic_cards("law", 9), ethics=basic_cards("ethics", 5))
    first = certdrill("--cards", folder, "--now", "2026-01-01T10:00Z", "export", "-o", tmp_path / "a.apkg")
    assert first.returncode == 0, first.stderr
    assert "14 cards recorded in" in first.stderr
    lock = (folder / "ids.lock").read_bytes()
    second = certdrill("--cards", folder, "--now", "2027-01-01T10:00Z", "export", "-o", tmp_path / "b.apkg")
    assert second.stderr == ""
    assert (tmp_path / "a.apkg").read_bytes() == (tmp_path / "b.apkg").read_bytes()
    assert (folder / "ids.lock").read_bytes() == lock


def test_only_the_changed_note_gets_a_new_mod(certdrill: Run, corpus: Callable[..., Path], tmp_path: Path) -> None:
    """A corrected front moves one note's time of change; every id stays, and the lock remembers."""
    folder = corpus(law=basic_cards("law", 3))
    certdrill("--cards", folder, "--now", "2026-01-01T10:00Z", "export", "-o", tmp_path / "a.apkg")
    before = notes(tmp_path / "a.apkg", tmp_path)
    text = (folder / "law.yaml").read_text().replace("What is fact 1 of law?", "Which fact comes second in law?")
    (folder / "law.yaml").write_text(text)
    certdrill("--cards", folder, "--now", "2026-02-01T10:00Z", "export", "-o", tmp_path / "b.apkg")
    after = notes(tmp_path / "b.apkg", tmp_path)
    assert [note[0] for note in after] == [note[0] for note in before]
    assert [new[1] - old[1] for old, new in zip(before, after, strict=True)] == [0, 31 * 86_400, 0]


def test_the_deck_goes_into_the_exports_folder_where_there_is_one(
    certdrill: Run, corpus: Callable[..., Path], tmp_path: Path
) -> None:
    """`exports/<exam>.apkg`, else `<exam>.apkg` here; the table compares each domain with its weight."""
    folder = corpus(law=basic_cards("law", 3), ethics=basic_cards("ethics", 1))
    here = certdrill("--cards", folder, "export")
    assert (tmp_path / "bar-exam.apkg").exists()
    assert "Law of Contracts      3    75%     60%" in here.stdout
    (tmp_path / "exports").mkdir()
    certdrill("--cards", folder, "export")
    assert (tmp_path / "exports" / "bar-exam.apkg").exists()


def test_an_unsound_corpus_is_not_exported(certdrill: Run, corpus: Callable[..., Path], tmp_path: Path) -> None:
    """A structural error refuses the export with its place; nothing is written, the lock neither."""
    folder = corpus(law=basic_cards("law", 2) + "  - id: no-kind-here\n    front: What?\n")
    refused = certdrill("--cards", folder, "export", "-o", tmp_path / "a.apkg")
    assert refused.returncode == 1
    assert "law.yaml:11:5: error" in refused.stderr
    assert "nothing was exported" in refused.stderr
    assert not (tmp_path / "a.apkg").exists()
    assert not (folder / "ids.lock").exists()


def test_a_changed_answer_is_advice_and_never_stops_an_export(
    certdrill: Run, corpus: Callable[..., Path], tmp_path: Path
) -> None:
    """Without a new rev the warning stays until it is accepted, and the corrected note goes out meanwhile."""
    folder = corpus(law=basic_cards("law", 2))
    certdrill("--cards", folder, "export", "-o", tmp_path / "a.apkg")
    (folder / "law.yaml").write_text((folder / "law.yaml").read_text().replace("number 1.", "number one."))
    assert certdrill("--cards", folder, "export", "-o", tmp_path / "b.apkg").returncode == 0
    checked = certdrill("--cards", folder, "check")
    assert (checked.returncode, "0 errors, 1 warnings" in checked.stdout) == (0, True)
    certdrill("--cards", folder, "check", "--write-lock")
    assert "0 errors, 0 warnings" in certdrill("--cards", folder, "check").stdout


def test_filters_choose_what_goes_into_the_deck(certdrill: Run, corpus: Callable[..., Path], tmp_path: Path) -> None:
    """One domain, or the cards already learning; the history is read only when a state is asked for."""
    folder = corpus(law=basic_cards("law", 4), ethics=basic_cards("ethics", 4))
    options = ("--cards", folder, "--history", tmp_path / "h.db")
    certdrill(*options, "export", "--domain", "eth", "-o", tmp_path / "a.apkg")
    assert {note[2].split()[0] for note in notes(tmp_path / "a.apkg", tmp_path)} == {"bar-exam::ethics"}
    certdrill(*options, "review", "--limit", 3, stdin="\n4\n" * 3)
    certdrill(*options, "export", "--state", "review", "-o", tmp_path / "b.apkg")
    assert len(notes(tmp_path / "b.apkg", tmp_path)) == 3


def test_a_target_that_cannot_be_written_is_refused(
    certdrill: Run, corpus: Callable[..., Path], tmp_path: Path
) -> None:
    """A missing folder is named, with code 1."""
    refused = certdrill("--cards", corpus(law=basic_cards("law", 1)), "export", "-o", tmp_path / "no" / "a.apkg")
    assert (refused.returncode, "cannot be written to" in refused.stderr) == (1, True)


def test_the_built_in_cards_export_without_touching_their_lock(certdrill: Run, tmp_path: Path) -> None:
    """The shipped lock is complete: an export of a copy changes nothing in it, with every weight profile."""
    shutil.copytree(CARDS, tmp_path / "copy")
    for profile in ("default", "by-objective"):
        done = certdrill("--cards", tmp_path / "copy", "export", "--weights", profile, "-o", tmp_path / "a.apkg")
        assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "copy" / "ids.lock").read_bytes() == (CARDS / "ids.lock").read_bytes()
    listed = json.loads(certdrill("--cards", tmp_path / "copy", "cards", "--json").stdout)
    assert len(notes(tmp_path / "a.apkg", tmp_path)) == len(listed["cards"])


def test_a_made_up_time_only_reaches_cards_that_were_named(certdrill: Run, corpus: Callable[..., Path]) -> None:
    """--now with export or check --write-lock needs --cards on the command line; a variable is not enough."""
    folder = corpus(law=basic_cards("law", 1))
    for command in (("export",), ("check", "--write-lock")):
        refused = certdrill("--now", "2036-01-01T10:00Z", *command, CERTDRILL_CARDS=str(folder))
        assert (refused.returncode, "needs --cards DIR" in refused.stderr) == (1, True)
    assert not (folder / "ids.lock").exists()


def test_a_part_of_the_cards_never_replaces_the_whole_deck(
    certdrill: Run, corpus: Callable[..., Path], tmp_path: Path
) -> None:
    """With filters the default file has a name of its own, and the order of importing is said."""
    folder = corpus(law=basic_cards("law", 4), ethics=basic_cards("ethics", 4))
    certdrill("--cards", folder, "export")
    whole = (tmp_path / "bar-exam.apkg").read_bytes()
    part = certdrill("--cards", folder, "export", "--domain", "law")
    assert "imported before the whole deck" in part.stdout
    assert (tmp_path / "bar-exam.apkg").read_bytes() == whole
    assert (tmp_path / "bar-exam-part.apkg").exists()


def test_two_cards_of_one_number_in_a_merged_lock_are_named(certdrill: Run, corpus: Callable[..., Path]) -> None:
    """The number is the note's id in Anki, so `check` refuses the lock and nothing is exported."""
    folder = corpus(law=basic_cards("law", 2))
    certdrill("--cards", folder, "check", "--write-lock")
    lock = json.loads((folder / "ids.lock").read_text())
    lock["cards"]["fact-law-b"]["seen"] = lock["cards"]["fact-law-a"]["seen"]
    (folder / "ids.lock").write_text(json.dumps(lock))
    checked = certdrill("--cards", folder, "check")
    assert checked.returncode == 1
    assert "'fact-law-a' and 'fact-law-b' were given one number" in checked.stdout
    assert certdrill("--cards", folder, "export").returncode == 1


def test_an_export_says_which_switch_it_needs(certdrill: Run, corpus: Callable[..., Path], tmp_path: Path) -> None:
    """Subdecks and presets name the tick for presets, progress the one for progress and that it works once."""
    folder = corpus(law=basic_cards("law", 20), ethics=basic_cards("ethics", 20))
    base = ("--cards", folder, "--history", tmp_path / "h.db", "export", "-o", tmp_path / "deck.apkg")
    assert "Tick" not in certdrill(*base).stdout
    assert 'Tick "Import any deck presets"' in certdrill(*base, "--layout", "domains").stdout
    assert 'Tick "Import any deck presets"' in certdrill(*base, "--new-per-day", 5).stdout
    said = certdrill(*base, "--with-progress").stdout
    assert 'Tick "Import any learning progress". This works the first time only' in said
    assert certdrill(*base, "--retention", "0.2").returncode == 1


def test_a_deck_of_ten_cards_has_the_exams_shares(certdrill: Run, corpus: Callable[..., Path], tmp_path: Path) -> None:
    """--size takes each domain's share, and the default file is that of a part."""
    folder = corpus(law=basic_cards("law", 20), ethics=basic_cards("ethics", 20))
    said = certdrill("--cards", folder, "export", "--size", 10, cwd=tmp_path).stdout
    assert "10 notes, 10 cards in bar-exam-part.apkg" in said
    assert ["6", "60%", "60%"] in [line.split()[-3:] for line in said.splitlines()]
