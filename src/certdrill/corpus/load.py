"""Find the corpus and load it, through a disposable cache keyed by the content of every file."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from certdrill import __version__
from certdrill.errors import BrokenExamError, UnknownCardError
from certdrill.model import ERROR, Card, Content, Exam, Place, Problem

CACHE_SCHEMA = 3


class Corpus:
    """The sound cards of a folder, its blueprint and its problems; what cards say is read when it is needed.

    `cards` are heads in reading order, mock items included. `folder` is the folder as it was named, `origin` says
    in words which cards these are. Problems carry paths the person can open.
    """

    def __init__(
        self,
        folder: str,
        origin: str,
        exam: Exam,
        cards: Sequence[Card],
        problems: Sequence[Problem],
        record_of: Callable[[str], dict[str, Any]],
    ) -> None:
        self.folder, self.origin, self.exam = folder, origin, exam
        self.cards, self.problems = tuple(cards), tuple(problems)
        self._record_of = record_of
        self._by_id: dict[str, Card] = {}

    @property
    def errors(self) -> list[Problem]:
        """The problems an export refuses on."""
        return [problem for problem in self.problems if problem.severity == ERROR]

    def card(self, card_id: str) -> Card:
        """Return a card's head; raise UnknownCardError."""
        self._by_id = self._by_id or {card.id: card for card in self.cards}
        if card_id not in self._by_id:
            raise UnknownCardError(card_id, list(self._by_id))
        return self._by_id[card_id]

    def record(self, card_id: str) -> dict[str, Any]:
        """Return a card's plain fields as they stand in the YAML."""
        return self._record_of(card_id)

    def content(self, card_id: str) -> Content:
        """Return what a person reads of a card."""
        from certdrill.corpus.records import content_of

        return content_of(self._record_of(card_id), self.folder)


def find_folder(named: str | None, working: str) -> tuple[str, str]:
    """Return the corpus folder and where it comes from: `named`, else ./cards with a blueprint, else built in."""
    if named:
        return named, named
    if os.path.isfile(os.path.join(working, "cards", "exam.yaml")):
        return "cards", os.path.join(".", "cards")
    return built_in(), "the built-in cards"


def built_in() -> str:
    """Return the folder of the cards that come with certdrill: in the package, or in its checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    shipped = os.path.join(package, "cards")
    if os.path.isdir(shipped):
        return shipped
    return os.path.normpath(os.path.join(package, "..", "..", "cards"))


def is_installed(folder: str) -> bool:
    """Tell whether a folder is part of an installed package, which is never written to."""
    parts = os.path.abspath(folder).split(os.sep)
    return "site-packages" in parts or "dist-packages" in parts


def load(folder: str, origin: str, cache_folder: str | None = None) -> Corpus:
    """Read a corpus, from the cache where the files are unchanged; raise NoCorpusError or BrokenExamError.

    A cache that cannot be read or written is passed over: it only ever saves time.
    """
    import hashlib

    from certdrill.corpus.files import digest, list_files

    files = list_files(folder)
    key = f"{__version__}/{CACHE_SCHEMA}/{digest(files)}"
    if cache_folder is None:
        return _parse(folder, origin, files)
    name = hashlib.sha256(os.path.abspath(folder).encode()).hexdigest()[:16]
    path = os.path.join(cache_folder, f"cards-{name}.sqlite")
    return _cached(path, key, folder, origin, files) or _parse(folder, origin, files, path, key)


def _parse(folder: str, origin: str, files: dict[str, bytes], path: str | None = None, key: str = "") -> Corpus:
    from certdrill.corpus.read import read_library
    from certdrill.corpus.rules import check

    try:
        library = read_library(files)
    except BrokenExamError as error:
        raise BrokenExamError([located(problem, folder) for problem in error.problems]) from None
    check(library)
    drafts = library.sound()
    cards = _ordered([draft.card for draft in drafts], library.lock)
    records = {draft.card.id: draft.record for draft in drafts}
    if path is not None:
        _store(path, key, library.exam_record, cards, records, library.problems)
    problems = [located(problem, folder) for problem in library.problems]
    return Corpus(folder, origin, library.exam, cards, problems, records.__getitem__)


def _ordered(cards: Iterable[Card], raw_lock: bytes) -> list[Card]:
    """Give every unit its place in its domain's list: the lock's, else after all locked ones in reading order."""
    from certdrill.corpus import lock as locks

    try:
        entries = locks.parse(raw_lock).cards
    except locks.BadLockError:
        entries = {}
    after = 1_000_000
    placed = []
    for number, card in enumerate(cards):
        entry = entries.get(card.id)
        known = entry.order if entry and entry.domain == card.domain else {}
        order = tuple(known.get(part, after * (1 + index) + number) for index, part in enumerate(card.units))
        placed.append(card._replace(order=order))
    return placed


def located(problem: Problem, folder: str) -> Problem:
    """Return the problem with a path that can be opened from where the program runs."""
    return problem._replace(place=problem.place._replace(file=os.path.join(folder, problem.place.file)))


_TABLES = """
CREATE TABLE about (key TEXT, exam TEXT, heads TEXT, problems TEXT);
CREATE TABLE cards (id TEXT PRIMARY KEY, record TEXT) WITHOUT ROWID;
"""


def _store(
    path: str,
    key: str,
    exam: dict[str, Any],
    cards: Sequence[Card],
    records: dict[str, dict[str, Any]],
    problems: Sequence[Problem],
) -> None:
    beside = f"{path}.{os.getpid()}"
    about = (key, json.dumps(exam), json.dumps(cards), json.dumps(problems))
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        connection = sqlite3.connect(beside, isolation_level=None)
        try:
            connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _TABLES + "BEGIN")
            connection.execute("INSERT INTO about VALUES (?, ?, ?, ?)", about)
            rows = ((card.id, json.dumps(records[card.id])) for card in cards)
            connection.executemany("INSERT INTO cards VALUES (?, ?)", rows)
            connection.execute("COMMIT")
        finally:
            connection.close()
        os.replace(beside, path)
    except (OSError, sqlite3.Error):
        if os.path.exists(beside):
            os.unlink(beside)


_DAMAGE = (sqlite3.Error, ValueError, TypeError, LookupError, AttributeError)  # what reading a spoilt cache may raise


def _cached(path: str, key: str, folder: str, origin: str, files: dict[str, bytes]) -> Corpus | None:
    """Return the corpus as it was cached under `key`, or None; a card the cache lost is parsed from `files`."""
    from certdrill.corpus.records import exam_of

    if not os.path.isfile(path):
        return None
    connection = None
    try:
        connection = sqlite3.connect(path)
        found, exam, heads, problems = connection.execute("SELECT key, exam, heads, problems FROM about").fetchone()
        if found == key:
            cards = [_head(values) for values in json.loads(heads)]
            faults = [located(_problem(values), folder) for values in json.loads(problems)]
            record_of = _record_reader(connection, lambda: _parse(folder, origin, files))
            return Corpus(folder, origin, exam_of(json.loads(exam)), cards, faults, record_of)
    except _DAMAGE:
        pass
    if connection:
        connection.close()
    return None


def _record_reader(connection: sqlite3.Connection, parse: Callable[[], Corpus]) -> Callable[[str], dict[str, Any]]:
    parsed: list[Corpus] = []

    def record_of(card_id: str) -> dict[str, Any]:
        if not parsed:
            try:
                row = connection.execute("SELECT record FROM cards WHERE id = ?", (card_id,)).fetchone()
                record: dict[str, Any] = json.loads(row[0])
            except _DAMAGE:
                parsed.append(parse())
            else:
                return record
        return parsed[0].record(card_id)

    return record_of


def _head(values: list[Any]) -> Card:
    card, kind, domain, units, objective, level, tags, rev, form, file, line, order = values
    head = (card, kind, domain, tuple(units), objective, level, tuple(tags), rev, form, file, line, tuple(order))
    return Card(*head)


def _problem(values: list[Any]) -> Problem:
    return Problem(Place(*values[0]), *values[1:])
