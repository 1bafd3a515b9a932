"""Write a deck as an `.apkg`: genanki's classes with our own ids and times, so equal decks are equal bytes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from errno import EEXIST, EISDIR
from html import unescape
from pathlib import Path
from typing import IO, Any

import genanki
from genanki.apkg_col import APKG_COL
from genanki.apkg_schema import APKG_SCHEMA

from certdrill.anki.deck import Deck, Note
from certdrill.anki.notetypes import NoteType, note_type
from certdrill.errors import ExportTargetError
from certdrill.model import KINDS

# The package's own collection is a fixed one: made at 4:00 UTC of a day, for the current scheduler. Without
# these keys Anki takes it for one of its first scheduler and rewrites what it holds.
CREATED = 1_767_240_000
CONF = {
    "activeDecks": [1],
    "creationOffset": 0,
    "curDeck": 1,
    "rollover": 4,
    "sched2021": True,
    "schedVer": 2,
}
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_MARKUP = re.compile(r"<[^<>]*>")
_NOTE = "INSERT INTO notes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_CARD = "INSERT INTO cards VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def write(deck: Deck, path: str) -> None:
    """Write `deck` to `path`, whole or not at all; raise ExportTargetError where that cannot be done."""
    whole = _Package(_Deck(deck))
    with _refusals(path):
        target = Path(path).resolve()  # a link keeps pointing at the file
        if target.is_dir():
            raise IsADirectoryError(EISDIR, "it is a folder; name a file in it")
        if target.exists() and not target.is_file():
            raise FileExistsError(EEXIST, "it is no regular file")
        beside = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            with beside.open("wb") as file:
                whole.write_to_file(file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)


@contextmanager
def _refusals(path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ExportTargetError(path, "its folder does not exist") from error
    except OSError as error:
        raise ExportTargetError(path, error.strerror or str(error)) from error


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

    def to_json(self, timestamp: float, deck_id: int) -> dict[str, Any]:  # noqa: ARG002 - genanki's signature; the time is our own
        return {**super().to_json(self.changed, deck_id), "id": self.model_id}


class _Note(genanki.Note):  # type: ignore[misc]  # genanki has no types
    """A note whose ids, times and positions were decided before."""

    def __init__(self, model: _Model, note: Note) -> None:
        super().__init__(model, list(note.fields), tags=note.tags, guid=note.guid)
        self.source = note

    def write_to_db(self, cursor: sqlite3.Cursor, timestamp: float, deck_id: int, id_gen: object) -> None:  # noqa: ARG002 - genanki's signature; times and ids are our own
        note = self.source
        shown = _shown(self.sort_field)
        row = (self._format_tags(), self._format_fields(), shown, _checksum(shown), 0, "")
        cursor.execute(_NOTE, (note.id, self.guid, self.model.model_id, note.changed, -1, *row))
        for card in note.cards:
            head = (note.id + 1 + card.ord, note.id, deck_id, card.ord, note.changed, -1)
            cursor.execute(_CARD, (*head, 0, 0, card.position, *(0,) * 8, ""))


class _Deck(genanki.Deck):  # type: ignore[misc]  # genanki has no types
    """A deck whose note types are sorted, and whose notes are made one at a time."""

    def __init__(self, deck: Deck) -> None:
        super().__init__(deck.id, deck.title, deck.description)
        self.source = deck
        used = {note.kind for note in deck.notes}
        self.models = {kind: _Model(note_type(kind)) for kind in KINDS if kind in used}

    def to_json(self) -> dict[str, Any]:
        today = {f"{what}Today": [0, 0] for what in ("lrn", "new", "rev", "time")}
        return {**super().to_json(), **today, "mod": CREATED, "extendRev": 0}

    def write_to_db(self, cursor: sqlite3.Cursor, timestamp: float, id_gen: object) -> None:
        (decks,) = cursor.execute("SELECT decks FROM col").fetchone()
        decks = {**json.loads(decks), str(self.deck_id): self.to_json()}
        models = {str(one.model_id): one.to_json(timestamp, self.deck_id) for one in self.models.values()}
        cursor.execute("UPDATE col SET decks = ?, models = ?", (_json(decks), _json(models)))
        for note in self.source.notes:
            _Note(self.models[note.kind], note).write_to_db(cursor, timestamp, self.deck_id, id_gen)


class _Package(genanki.Package):  # type: ignore[misc]  # genanki has no types
    """A package that takes nothing from the clock and leaves nothing in the temporary directory."""

    def write_to_db(self, cursor: sqlite3.Cursor, timestamp: float, id_gen: object) -> None:
        cursor.executescript(APKG_SCHEMA + APKG_COL)
        conf = {**CONF, "nextPos": sum(len(note.cards) for deck in self.decks for note in deck.source.notes)}
        times = (CREATED, CREATED * 1000, CREATED * 1000)
        cursor.execute("UPDATE col SET crt = ?, mod = ?, scm = ?, conf = ?", (*times, _json(conf)))
        for deck in self.decks:
            deck.write_to_db(cursor, timestamp, id_gen)

    def write_to_file(self, file: IO[bytes], timestamp: float | None = None) -> None:  # noqa: ARG002 - genanki's signature; times are our own
        with closing(sqlite3.connect(":memory:")) as connection:
            self.write_to_db(connection.cursor(), 0, None)
            connection.commit()
            collection = connection.serialize()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(_member("collection.anki2"), collection)
            archive.writestr(_member("media"), b"{}")


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _ZIP_DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system = 3  # Unix, wherever this runs
    member.external_attr = 0o644 << 16
    return member


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _shown(html: str) -> str:
    """Return a field without its tags, as Anki computes what it sorts by."""
    return unescape(_MARKUP.sub("", html)).replace("\xa0", " ")


def _checksum(shown: str) -> int:
    """Return Anki's checksum of a first field: the first 32 bits of its SHA-1."""
    return int(hashlib.sha1(shown.encode(), usedforsecurity=False).hexdigest()[:8], 16)
