"""The package file: the same bytes for the same deck, whole or not at all."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pytest

from certdrill.anki.package import write
from certdrill.errors import ExportTargetError
from deck_sample import EXAM, NOW_MS, card, deck, sample


@pytest.fixture
def temp_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put an empty folder in the place of the system's temporary directory."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def rows(path: Path, table: str) -> list[sqlite3.Row]:
    """Return the rows of a table of a package's collection."""
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    connection.deserialize(zipfile.ZipFile(path).read("collection.anki2"))
    found = connection.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
    connection.close()
    return found


def test_two_builds_are_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the clock, the folder or the process is in the file."""
    write(deck(sample()), str(tmp_path / "one.apkg"))
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    write(deck(sample()), str(tmp_path / "two.apkg"))
    assert (tmp_path / "one.apkg").read_bytes() == (tmp_path / "two.apkg").read_bytes()


def test_nothing_is_left_beside_or_in_the_temporary_directory(tmp_path: Path, temp_folder: Path) -> None:
    """The deck is the only file that a writing leaves anywhere."""
    (tmp_path / "out").mkdir()
    write(deck(sample({"apps": 6})), str(tmp_path / "out" / "deck.apkg"))
    assert os.listdir(tmp_path / "out") == ["deck.apkg"]
    assert os.listdir(temp_folder) == []


def test_an_old_file_is_replaced_whole(tmp_path: Path) -> None:
    """A second export takes the place of the first, also behind a link."""
    (tmp_path / "real.apkg").write_bytes(b"old")
    (tmp_path / "link.apkg").symlink_to(tmp_path / "real.apkg")
    write(deck([card("basic", "just-one-card")]), str(tmp_path / "link.apkg"))
    assert (tmp_path / "link.apkg").is_symlink()
    assert zipfile.is_zipfile(tmp_path / "real.apkg")


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("missing/deck.apkg", "its folder does not exist"),
        ("folder", "it is a folder; name a file in it"),
        ("file/deck.apkg", "Not a directory"),
        ("n" * 300, "File name too long"),
    ],
)
def test_a_bad_target_is_refused_with_its_name(tmp_path: Path, target: str, reason: str) -> None:
    """The refusal says which path and why, and nothing is made."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept")
    with pytest.raises(ExportTargetError) as refusal:
        write(deck([card("basic", "just-one-card")]), str(tmp_path / target))
    assert str(refusal.value) == f"the deck cannot be written to {tmp_path / target}: {reason}"
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    """A folder one may not write to is named with the system's reason."""
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(ExportTargetError, match="Permission denied"):
        write(deck([card("basic", "just-one-card")]), str(tmp_path / "closed" / "deck.apkg"))


@pytest.mark.parametrize("fault", [PermissionError(13, "Permission denied"), OSError(28, "No space left on device")])
def test_a_failed_writing_leaves_the_old_deck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: OSError) -> None:
    """Where writing fails on the way, the old file is as it was and no half file stays."""

    def fail(_: int) -> None:
        raise fault

    (tmp_path / "deck.apkg").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ExportTargetError, match=str(fault.strerror)):
        write(deck([card("basic", "just-one-card")]), str(tmp_path / "deck.apkg"))
    assert (tmp_path / "deck.apkg").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["deck.apkg"]


def test_an_interrupted_writing_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is not swallowed, and cleans up."""

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(deck([card("basic", "just-one-card")]), str(tmp_path / "deck.apkg"))
    assert os.listdir(tmp_path) == []


def test_the_rows_hold_what_the_deck_says(tmp_path: Path) -> None:
    """Ids follow from the note's, times are the lock's, positions are the due numbers of new cards."""
    built = deck([card("cloze", "some-cloze-card"), card("reversed", "some-reversed-card")])
    write(built, str(tmp_path / "deck.apkg"))
    assert [(row["id"], row["guid"], row["mod"]) for row in rows(tmp_path / "deck.apkg", "notes")] == [
        (note.id, note.guid, NOW_MS // 1000) for note in built.notes
    ]
    assert [
        (row["id"], row["nid"], row["did"], row["ord"], row["mod"], row["type"], row["queue"], row["due"])
        for row in rows(tmp_path / "deck.apkg", "cards")
    ] == [
        (note.id + 1 + one.ord, note.id, built.id, one.ord, note.changed, 0, 0, one.position)
        for note in built.notes
        for one in note.cards
    ]


def test_the_collection_is_for_the_current_scheduler(tmp_path: Path) -> None:
    """Without these keys Anki takes the package for one of its first scheduler and rewrites it."""
    write(deck([card("cloze", "some-cloze-card")]), str(tmp_path / "deck.apkg"))
    (row,) = rows(tmp_path / "deck.apkg", "col")
    conf = json.loads(row["conf"])
    assert (conf["schedVer"], conf["sched2021"], conf["rollover"], conf["creationOffset"]) == (2, True, 4, 0)
    assert conf["nextPos"] == 2
    assert row["crt"] % 86_400 == 4 * 3600
    assert list(json.loads(row["decks"])) == ["1", str(deck([]).id)]
    assert [model["name"] for model in json.loads(row["models"]).values()] == ["certdrill cloze"]


def test_what_is_sorted_by_is_plain_text(tmp_path: Path) -> None:
    """The sort field has no tags and no entities, and the checksum is Anki's of that text."""
    question = "Is **a<b** & `c`\u00a0so?"
    write(deck([card("basic", "just-one-card", front=question)]), str(tmp_path / "deck.apkg"))
    (row,) = rows(tmp_path / "deck.apkg", "notes")
    assert row["sfld"] == "Is a<b & c so?"
    assert row["csum"] == 3326150651  # 32 bits of its SHA-1


def test_an_empty_deck_is_a_package_too(tmp_path: Path) -> None:
    """A corpus without drill cards gives a deck without notes."""
    write(deck([]), str(tmp_path / "deck.apkg"))
    assert rows(tmp_path / "deck.apkg", "notes") == []
    assert EXAM.title in rows(tmp_path / "deck.apkg", "col")[0]["decks"]
