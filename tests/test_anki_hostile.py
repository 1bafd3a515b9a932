"""Damaged and hostile Anki files are refused with a sentence, quickly, and touch nothing."""

from __future__ import annotations

import io
import os
import random
import sqlite3
import struct
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard

from anki_sample import bring_in, collection
from certdrill.anki import rows, unpack
from certdrill.anki.inbox import Inbox, arrivals, open_inbox
from certdrill.anki.package import write
from certdrill.anki.progress import studies
from certdrill.errors import (
    CertdrillError,
    DamagedAnkiFileError,
    NotAnAnkiFileError,
    SuspiciousAnkiFileError,
    UnknownAnkiSchemaError,
    UnreadableAnkiFileError,
)
from certdrill.history.store import open_history
from certdrill.model import Unit
from certdrill.scheduling import Moment, Settings
from deck_sample import EXAM, Cards, deck, sample
from study_sample import states_of, studied
from test_anki_inbox import export

SETTINGS = Settings()
CARDS: Cards = sample({"apps": 24, "govern": 12})
MEBI = 1 << 20


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A studied deck as Anki's packages of both kinds, as a closed collection, and as one of the old schema."""
    folder = tmp_path_factory.mktemp("anki")
    now = Moment(int(time.time() * 1000))
    events = studied([Unit(head.id, part) for head, _ in CARDS for part in head.units], now, SETTINGS)
    progress, origin = studies(states_of(events, SETTINGS), events, now, SETTINGS)
    write(deck(CARDS, progress=progress, origin=origin), str(folder / "out.apkg"))
    with collection(folder) as col:
        bring_in(col, folder / "out.apkg", progress=True)
        for name in ("new.apkg", "old.apkg"):
            export(col, folder / name)
    found = {name: (folder / name).read_bytes() for name in ("new.apkg", "old.apkg", "collection.anki2")}
    return {**found, "old.anki2": zipfile.ZipFile(folder / "out.apkg").read("collection.anki2")}


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which everything lies: the temporary directory `temporary` in it has to be empty at the end."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def opened(around: Path, raw: bytes) -> Inbox:
    """Import a file of these bytes; whatever comes of it, there is nothing afterwards but that file."""
    path = around / "in" / "given"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(raw)
    before = listing(around)
    try:
        return open_inbox(str(path), EXAM, [head for head, _ in CARDS], (), 0)
    finally:
        assert listing(around) == before
        assert path.read_bytes() == raw
        assert os.listdir(around / "temporary") == []


def altered(raw: bytes, *statements: str, values: tuple[object, ...] = ()) -> bytes:
    """Return a collection after some SQL; the values go to the last statement."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(raw)
    connection.execute("PRAGMA writable_schema = ON")
    for statement in statements[:-1]:
        connection.execute(statement)
    connection.execute(statements[-1], values)
    changed = connection.serialize()
    connection.close()
    return changed


def package(raw: bytes, name: str = "collection.anki2", *others: str) -> bytes:
    """Return a zip archive with a collection and files of other names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for other in others:
            archive.writestr(other, b"written outside")
        archive.writestr(name, raw)
    return buffer.getvalue()


def test_the_made_files_are_good_ones(files: dict[str, bytes], around: Path) -> None:
    """Unaltered, and packed by these helpers, every one of them can be imported."""
    numbers = {len(opened(around, raw).studied) for raw in files.values()}
    numbers |= {len(opened(around, package(files["old.anki2"])).studied)}
    packed = zstandard.ZstdCompressor().compress(files["old.anki2"])
    numbers |= {len(opened(around, package(packed, "collection.anki21b")).studied)}
    assert len(numbers) == 1


def test_other_members_are_never_written(files: dict[str, bytes], around: Path) -> None:
    """Names that lead out of the folder, or anywhere, do nothing; a collection only there is none."""
    names = ("../evil", "../../evil", "/tmp/certdrill-evil", "C:\\evil", "media", "0", "collection.anki2/../evil")  # noqa: S108
    assert opened(around, package(files["old.anki2"], "collection.anki2", *names)).studied
    assert not Path("/tmp/certdrill-evil").exists()  # noqa: S108 - it must not have been made
    for name in ("../collection.anki2", "sub/collection.anki2", "/collection.anki2"):
        with pytest.raises(NotAnAnkiFileError):
            opened(around, package(files["old.anki2"], name))


@contextmanager
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Collect how many bytes every copy has when it ends, well or not."""
    whole, sizes = unpack._copy, []

    def measured(source: io.BytesIO, target: str, path: str, packed: int) -> None:
        try:
            whole(source, target, path, packed)
        finally:
            sizes.append(os.path.getsize(target))

    monkeypatch.setattr(unpack, "_copy", measured)
    yield sizes


@pytest.mark.parametrize("name", ["collection.anki2", "collection.anki21", "collection.anki21b"])
def test_a_bomb_is_stopped_by_its_ratio(name: str, around: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zeros without end are cut off after a few megabytes, in a zip and in zstd."""
    raw = b"\0" * (64 * MEBI)
    bomb = package(zstandard.ZstdCompressor().compress(raw) if name.endswith("b") else raw, name)
    with written(monkeypatch) as size, pytest.raises(SuspiciousAnkiFileError, match="unpacks to over 200 times"):
        opened(around, bomb)
    assert 0 < size[0] <= 18 * MEBI


def test_a_bomb_with_a_false_size_is_stopped_too(around: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A packed size beyond the file's own is not believed."""
    raw = bytearray(package(b"\0" * (64 * MEBI)))
    central = raw.rindex(b"PK\x01\x02")
    raw[central + 20 : central + 24] = struct.pack("<I", 1 << 31)
    with written(monkeypatch) as size, pytest.raises((SuspiciousAnkiFileError, DamagedAnkiFileError)):
        opened(around, bytes(raw))
    assert 0 < size[0] <= 18 * MEBI


def test_a_collection_past_the_cap_is_refused(
    files: dict[str, bytes], around: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the ratio, size has a limit."""
    monkeypatch.setattr(unpack, "MOST_BYTES", 1 << 16)
    with pytest.raises(SuspiciousAnkiFileError, match="larger than"):
        opened(around, files["collection.anki2"])


def test_zip_tricks_are_refused(files: dict[str, bytes], around: Path) -> None:
    """A repeated or encrypted collection, an odd compression, a listing of millions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's own about the repeated name
        twice = package(files["old.anki2"], "collection.anki2", "collection.anki2")
    with pytest.raises(SuspiciousAnkiFileError, match=r"holds collection.anki2 2 times"):
        opened(around, twice)
    locked = bytearray(package(files["old.anki2"]))
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(SuspiciousAnkiFileError, match="encrypted"):
        opened(around, bytes(locked))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("collection.anki2", files["old.anki2"])
    with pytest.raises(SuspiciousAnkiFileError, match="compressed in a way"):
        opened(around, buffer.getvalue())
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 40 * MEBI, 4, 0)
    with pytest.raises(SuspiciousAnkiFileError, match="lists millions of files"):
        opened(around, b"PK\x03\x04" + bytes(40 * MEBI) + end)


@pytest.mark.parametrize(
    "made",
    [
        lambda files: files["old.apkg"][:-30],
        lambda files: files["old.apkg"][: len(files["old.apkg"]) // 2],
        lambda files: files["old.apkg"][:4],
        lambda _: package(b""),
        lambda files: package(files["old.anki2"][: len(files["old.anki2"]) // 2]),
        lambda _: package(b"no zstd at all" * 100, "collection.anki21b"),
        lambda files: package(zstandard.ZstdCompressor().compress(files["old.anki2"])[:-500], "collection.anki21b"),
        lambda _: package(zstandard.ZstdCompressor().compress(b""), "collection.anki21b"),
        lambda files: files["collection.anki2"][:5000],
        lambda files: files["collection.anki2"][:16],
        lambda files: files["collection.anki2"][:4096] + os.urandom(len(files["collection.anki2"]) - 4096),
    ],
)
def test_what_is_cut_short_or_spoilt_is_called_damaged(
    made: Callable[[dict[str, bytes]], bytes], files: dict[str, bytes], around: Path
) -> None:
    """Each says that it is damaged, and what to do."""
    with pytest.raises(DamagedAnkiFileError, match="export it from Anki again"):
        opened(around, made(files))


def test_damage_that_reading_would_not_meet_is_found(files: dict[str, bytes], around: Path) -> None:
    """A page count that is not the file's, and leaves that miscount their free bytes."""
    longer = altered(files["old.anki2"], "CREATE TABLE other AS SELECT zeroblob(9000)")
    with pytest.raises(DamagedAnkiFileError, match="cut short"):
        opened(around, longer[:-4096])
    spoilt = bytearray(files["old.anki2"])
    for page in range(4096, len(spoilt), 4096):
        if spoilt[page] == 13:  # a leaf of a table
            spoilt[page + 7] = 50
    with pytest.raises(DamagedAnkiFileError, match="Fragmentation"):
        opened(around, bytes(spoilt))


@pytest.mark.parametrize("raw", [b"", b"PK", b"text", b"SQLite format 2\0" + bytes(99), b"PK\x05\x06" + bytes(18)])
def test_what_is_no_anki_file_is_called_so(raw: bytes, around: Path) -> None:
    """An empty file, a text, an old database, an archive of nothing."""
    with pytest.raises(NotAnAnkiFileError, match=r"name an .apkg"):
        opened(around, raw)


@pytest.mark.parametrize(
    ("statements", "refusal", "words"),
    [
        (["CREATE VIEW v AS SELECT 1"], SuspiciousAnkiFileError, "a view, 'v'"),
        (["DROP TABLE revlog", "CREATE VIEW revlog AS SELECT 1 AS id"], SuspiciousAnkiFileError, "a view, 'revlog'"),
        (["CREATE TRIGGER t AFTER INSERT ON notes BEGIN SELECT 1; END"], SuspiciousAnkiFileError, "a trigger, 't'"),
        (["CREATE VIRTUAL TABLE f USING fts5(a)"], SuspiciousAnkiFileError, "a virtual table, 'f'"),
        (
            ["CREATE VIRTUAL TABLE f USING fts5(a)", "UPDATE sqlite_schema SET sql = replace(sql, ' ', '/**/')"],
            (SuspiciousAnkiFileError, DamagedAnkiFileError),
            "not made by Anki|damaged",
        ),
        (["DROP TABLE revlog"], UnknownAnkiSchemaError, "has no revlog,"),
        (["ALTER TABLE cards DROP COLUMN odue"], UnknownAnkiSchemaError, "has no cards.odue,"),
        (["DELETE FROM col"], DamagedAnkiFileError, "when it was made"),
        (["INSERT INTO col SELECT 2, crt, mod, scm, ver, dty, usn, ls, conf, models, decks, dconf, tags FROM col"],
         DamagedAnkiFileError, "when it was made"),
        (["UPDATE col SET crt = 'then'"], DamagedAnkiFileError, "col.crt is no number"),
        (["UPDATE col SET crt = -5"], DamagedAnkiFileError, "col.crt is -5"),
        (["UPDATE cards SET due = 'soon'"], DamagedAnkiFileError, "cards.due is no number"),
        (["UPDATE cards SET ivl = 1.5"], DamagedAnkiFileError, "cards.ivl is 1.5"),
        (["UPDATE cards SET due = 1 << 40"], DamagedAnkiFileError, "cards.due is 1099511627776"),
        (["UPDATE cards SET type = 7"], DamagedAnkiFileError, "of type 7"),
        (["UPDATE revlog SET ease = x'00'"], DamagedAnkiFileError, "revlog ease is no number"),
        (["UPDATE revlog SET ivl = 1 << 60"], DamagedAnkiFileError, "revlog interval is"),
        (["UPDATE revlog SET id = -id"], DamagedAnkiFileError, "revlog.id is -"),
        (["UPDATE revlog SET id = id + (1 << 60)"], DamagedAnkiFileError, "revlog.id is"),
        (["UPDATE notes SET guid = zeroblob(17 << 20) WHERE id = (SELECT min(id) FROM notes)"],
         SuspiciousAnkiFileError, "longer than 16 MiB"),
        (["UPDATE col SET conf = zeroblob(17 << 20)"], SuspiciousAnkiFileError, "longer than 16 MiB"),
    ],
)  # fmt: skip
def test_a_collection_that_anki_does_not_write_is_refused(
    statements: list[str],
    refusal: type[CertdrillError] | tuple[type[CertdrillError], ...],
    words: str,
    files: dict[str, bytes],
    around: Path,
) -> None:
    """Code in the schema, missing tables, wrong types, senseless numbers, endless fields: each with its reason."""
    with pytest.raises(refusal, match=words):
        opened(around, altered(files["old.anki2"], *statements))


def test_computed_columns_and_checks_are_never_run(files: dict[str, bytes], around: Path) -> None:
    """A column that is computed is refused unread; a constraint of the file's own is passed over."""
    columns = "id, usn, ease, ivl, lastIvl, factor, time, type, cid AS (zeroblob(1 << 30))"
    with pytest.raises(SuspiciousAnkiFileError, match="columns of revlog are computed"):
        opened(around, altered(files["old.anki2"], "DROP TABLE revlog", f"CREATE TABLE revlog ({columns})"))
    slow = "CHECK (length(hex(zeroblob(100 << 20))) = 5)"
    made = altered(
        files["old.anki2"],
        "CREATE TABLE kept AS SELECT * FROM revlog",
        "DROP TABLE revlog",
        "PRAGMA ignore_check_constraints = ON",
        "CREATE TABLE revlog (id INTEGER PRIMARY KEY, cid, usn, ease, ivl, lastIvl, factor, time, "  # as Anki's
        f"type {slow})",
        "INSERT INTO revlog SELECT * FROM kept",
    )
    start = time.monotonic()
    assert opened(around, made).studied
    assert time.monotonic() - start < 1


def test_long_texts_of_notes_are_no_matter(files: dict[str, bytes], around: Path) -> None:
    """Fields are never read: a note of 20 MB, which Anki takes, is as good as any."""
    made = altered(files["old.anki2"], "UPDATE notes SET flds = zeroblob(?)", values=(200_000,))
    longer = altered(made, "UPDATE notes SET flds = zeroblob(20 << 20) WHERE id = (SELECT max(id) FROM notes)")
    assert len(opened(around, longer).studied) == len(opened(around, files["old.anki2"]).studied)


@pytest.mark.parametrize("spoilt", ["[" * 100_000, "{", '"text"', '{"s": "9", "d": null}', '{"s": 1e999, "d": -1}'])
def test_spoilt_data_and_settings_are_passed_over(spoilt: str, files: dict[str, bytes], around: Path) -> None:
    """What FSRS noted on a card, and the collection's offset, may be missing; the reviews count."""
    made = altered(files["old.anki2"], "UPDATE cards SET data = ?", values=(spoilt,))
    made = altered(made, "UPDATE col SET conf = ?", values=(spoilt,))
    inbox = opened(around, made)
    assert {one.card.stability for one in inbox.studied} == {None}
    assert arrivals(inbox, EXAM.id, [], SETTINGS, 1 << 42).events


def test_reading_has_an_end(files: dict[str, bytes], around: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many steps of SQLite's machine the file is refused."""
    monkeypatch.setattr(rows, "MOST_STEPS", 0)
    monkeypatch.setattr(rows, "_STEP", 100)
    with pytest.raises(SuspiciousAnkiFileError, match="takes longer than any real one"):
        opened(around, files["collection.anki2"])


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """What is no regular file is refused before it is opened."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableAnkiFileError, match="it is no file"):
        open_inbox(str(tmp_path / "pipe"), EXAM, [], (), 0)


def mutated(raw: bytes, rng: random.Random) -> bytes:
    """Return bytes with one to twenty of them changed, a stretch of them moved, or their end cut off."""
    spoilt = bytearray(raw)
    way = rng.randrange(4)
    if way == 0:
        return raw[: rng.randrange(len(raw))]
    if way == 1:
        start, end, length = rng.randrange(len(raw)), rng.randrange(len(raw)), rng.randrange(1, 600)
        spoilt[start : start + length] = raw[end : end + length]
        return bytes(spoilt)
    for _ in range(rng.randrange(1, 21)):
        # Half of them where headers are: at the start, the end, or the start of a page.
        spots = [rng.randrange(len(raw)), rng.randrange(min(len(raw), 200)), len(raw) - 1 - rng.randrange(100)]
        spots += [min(len(raw) - 1, rng.randrange(len(raw)) // 4096 * 4096 + rng.randrange(64))] * 2
        spoilt[rng.choice(spots)] = rng.randrange(256)
    return bytes(spoilt)


def seeds(files: dict[str, bytes]) -> dict[str, Callable[[random.Random], bytes]]:
    """Return ways to spoil a file: as a whole, or the collection within a package that is sound itself."""
    compressor = zstandard.ZstdCompressor()
    inner = files["collection.anki2"]
    return {
        "new.apkg": lambda rng: mutated(files["new.apkg"], rng),
        "old.apkg": lambda rng: mutated(files["old.apkg"], rng),
        "anki2": lambda rng: mutated(inner, rng),
        "old anki2": lambda rng: mutated(files["old.anki2"], rng),
        "inside": lambda rng: package(compressor.compress(mutated(inner, rng)), "collection.anki21b"),
    }


@pytest.mark.slow
@pytest.mark.parametrize("way", ["new.apkg", "old.apkg", "anki2", "old anki2", "inside"])
def test_two_hundred_mutations_are_imported_or_refused(way: str, files: dict[str, bytes], around: Path) -> None:
    """Never another error, never over two seconds, nothing left behind; what is taken, the history can hold."""
    make = seeds(files)[way]
    taken = 0
    for seed in range(200):
        rng = random.Random(seed)  # noqa: S311 - no secret
        start = time.monotonic()
        inbox = None
        said = "nothing was imported"
        try:
            inbox = opened(around, make(rng))
        except CertdrillError as refusal:
            said = str(refusal)
        assert said.isprintable(), seed
        assert said.lower().endswith("nothing was imported"), seed
        if inbox:
            taken += 1
            with open_history(":memory:", EXAM.id, SETTINGS, write=True) as history:
                found = arrivals(inbox, EXAM.id, history.events(), SETTINGS, int(time.time() * 1000))
                assert history.add(found.events) == len(found.events), seed
        assert time.monotonic() - start < 2, seed
    assert taken < 200
