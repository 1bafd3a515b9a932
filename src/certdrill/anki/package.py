"""Write a deck as an `.apkg`: schema and note types as genanki has them, ids and times our own.

Equal decks are equal bytes, and a deck of any size passes through memory a few hundred notes at a time.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from errno import EEXIST, EISDIR
from html import unescape
from itertools import islice
from pathlib import Path
from typing import IO, Any

import genanki
from genanki.apkg_col import APKG_COL
from genanki.apkg_schema import APKG_SCHEMA

from certdrill.anki.deck import AnkiCard, Deck, Note, Place
from certdrill.anki.notetypes import NoteType, note_type
from certdrill.anki.presets import preset_json
from certdrill.anki.progress import NONE
from certdrill.errors import ExportTargetError
from certdrill.model import KINDS

_CONF = {"activeDecks": [1], "curDeck": 1, "rollover": 4, "sched2021": True, "schedVer": 2}
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_CHUNK = 500
_MARKUP = re.compile(r"<[^<>]*>")
_PICTURE = re.compile('<img src="([^"]*)"[^<>]*>')
_TABLES = APKG_SCHEMA.partition("CREATE INDEX")[0] + APKG_COL
# Made after the rows, so that their pages are dense; the others of Anki's schema are about syncing.
_INDEXES = """
CREATE INDEX ix_cards_nid ON cards (nid);
CREATE INDEX ix_revlog_cid ON revlog (cid);
CREATE INDEX ix_notes_csum ON notes (csum);
"""
_NOTE = "INSERT INTO notes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_CARD = "INSERT INTO cards VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_LOG = "INSERT INTO revlog VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def write(deck: Deck, path: str, watch: Callable[[Sequence[Note]], Iterable[Note]] = iter) -> None:
    """Write `deck` to `path`, whole or not at all; raise ExportTargetError where that cannot be done.

    `watch` sees the notes go by.
    """
    with _refusals(path):
        target = Path(path).resolve()  # a link keeps pointing at the file
        if target.is_dir():
            raise IsADirectoryError(EISDIR, "it is a folder; name a file in it")
        if target.exists() and not target.is_file():
            raise FileExistsError(EEXIST, "it is no regular file")
        beside = target.with_name(f".{target.name}.{os.getpid()}.part")
        collection = beside.with_suffix(".anki2")
        try:
            media = _write_collection(deck, watch(deck.notes), collection)
            with beside.open("wb") as file:
                _write_archive(media, collection, file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
            collection.unlink(missing_ok=True)


@contextmanager
def _refusals(path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ExportTargetError(path, "its folder does not exist") from error
    except OSError as error:
        raise ExportTargetError(path, error.strerror or str(error)) from error


def _write_collection(deck: Deck, notes: Iterable[Note], path: Path) -> dict[str, str]:
    """Write the collection and return the names of the pictures and sounds in it, with their files."""
    path.touch()  # to be refused with the system's own words
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            # A file of ours alone that is thrown away when anything fails needs no journal.
            connection.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;{_TABLES}")
            media = _write_rows(deck, notes, connection)
            _write_col(deck, connection)
            connection.execute("COMMIT")
            connection.executescript(_INDEXES)
    except sqlite3.OperationalError as error:
        raise OSError(str(error)) from error
    return media


def _write_rows(deck: Deck, notes: Iterable[Note], connection: sqlite3.Connection) -> dict[str, str]:
    media: dict[str, str] = {}
    models = {kind: note_type(kind).id for kind in KINDS}
    for chunk in _chunks(notes):
        connection.executemany(_NOTE, [_note_row(note, models[note.kind]) for note in chunk])
        connection.executemany(_CARD, [row for note in chunk for row in _card_rows(note, deck.homes[note.domain])])
        connection.executemany(_LOG, [row for note in chunk for card in note.cards for row in _log_rows(note, card)])
        for note in chunk:
            if note.media:
                media.update(note.media)
    return media


def _chunks(notes: Iterable[Note]) -> Iterator[list[Note]]:
    rest = iter(notes)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _note_row(note: Note, model: int) -> tuple[Any, ...]:
    shown = _shown(note.fields[0])
    tags, fields = f" {' '.join(note.tags)} ", "\x1f".join(note.fields)
    return (note.id, note.guid, model, note.changed, -1, tags, fields, shown, _checksum(shown), 0, "")


def _card_rows(note: Note, home: int) -> Iterator[tuple[Any, ...]]:
    for card in note.cards:
        study = card.study or NONE
        due = card.position if study.due is None else study.due
        state = (study.type, study.queue, due, study.interval, study.factor, study.reps, study.lapses, study.left)
        data = study.data(card.position)
        yield (note.id + 1 + card.ord, note.id, home, card.ord, note.changed, -1, *state, 0, 0, 0, data)


def _log_rows(note: Note, card: AnkiCard) -> Iterator[tuple[int, ...]]:
    for row in (card.study or NONE).log:
        yield (row.id, note.id + 1 + card.ord, -1, *row[1:])


def _write_col(deck: Deck, connection: sqlite3.Connection) -> None:
    ((known_decks, known_presets),) = connection.execute("SELECT decks, dconf FROM col")
    decks = {**json.loads(known_decks), **{str(place.id): _deck_json(place, deck) for place in deck.places}}
    presets = {str(one.preset.id): preset_json(one.preset, deck.origin.created) for one in deck.places if one.preset}
    models = {str(one.id): _Model(one).as_json(deck.id) for one in map(note_type, KINDS) if one.kind in deck.kinds}
    conf = {**_CONF, "creationOffset": -deck.origin.offset, "nextPos": sum(deck.counts.values())}
    times = (deck.origin.created, deck.origin.created * 1000, deck.origin.created * 1000)
    texts = (conf, models, decks, {**json.loads(known_presets), **presets})
    connection.execute(
        "UPDATE col SET crt = ?, mod = ?, scm = ?, conf = ?, models = ?, decks = ?, dconf = ?",
        (*times, *map(_json, texts)),
    )


def _deck_json(place: Place, deck: Deck) -> dict[str, Any]:
    whole: dict[str, Any] = genanki.Deck(place.id, place.title, place.description).to_json()
    today = {f"{what}Today": [0, 0] for what in ("lrn", "new", "rev", "time")}
    return {
        **whole,
        **today,
        "mod": deck.origin.created,
        "extendRev": 0,
        "conf": place.preset.id if place.preset else 1,
    }


def _write_archive(media: dict[str, str], collection: Path, file: IO[bytes]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        _store(archive, "collection.anki2", collection)
        for number, path in enumerate(media.values()):
            _store(archive, str(number), Path(path))
        names = {str(number): name for number, name in enumerate(media)}
        archive.writestr(_member("media"), _json(names))


def _store(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    member = _member(name)
    member.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(member, "w") as target:
        shutil.copyfileobj(source, target, 1 << 20)


class _Model(genanki.Model):  # type: ignore[misc]  # genanki has no types
    """A note type with fixed ids on its fields and templates."""

    _req = ((0, "any", (0,)),)  # Anki computes its own; genanki would render every template to find it

    def __init__(self, kind: NoteType) -> None:
        super().__init__(
            model_id=kind.id,
            name=kind.name,
            fields=[{"name": field.name, "id": field.id} for field in kind.fields],
            templates=[
                {"name": side.name, "id": side.id, "qfmt": side.front, "afmt": side.back} for side in kind.templates
            ],
            css=kind.css,
            model_type=self.CLOZE if kind.is_cloze else self.FRONT_BACK,
        )
        self.changed = kind.changed

    def as_json(self, deck_id: int) -> dict[str, Any]:
        """Return the note type as Anki's schema 11 has it, at its own time and with a number for an id."""
        return {**self.to_json(self.changed, deck_id), "id": self.model_id}


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _ZIP_DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system = 3  # Unix, wherever this runs
    member.external_attr = 0o644 << 16
    return member


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _shown(html: str) -> str:
    """Return a field without its tags, as Anki computes what it sorts by: of pictures the file names stay."""
    if "<img" in html:
        html = _PICTURE.sub(r" \1 ", html)
    return unescape(_MARKUP.sub("", html)).replace("\xa0", " ")


def _checksum(shown: str) -> int:
    """Return Anki's checksum of a first field: the first 32 bits of its SHA-1."""
    return int(hashlib.sha1(shown.encode(), usedforsecurity=False).hexdigest()[:8], 16)
