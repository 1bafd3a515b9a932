"""What an Anki collection says about notes of ours, read from a private copy that may be hostile."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Container, Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

from certdrill.anki.progress import NEW_TYPE, RELEARNING_TYPE, LogRow
from certdrill.errors import DamagedAnkiFileError, NotAnAnkiFileError, SuspiciousAnkiFileError, UnknownAnkiSchemaError

MOST_FIELD = 16 << 20  # bytes of the longest value we read: a collection's settings
MOST_STEPS = 20_000  # of a hundred thousand instructions of SQLite's machine: a minute, for a million cards seconds
_STEP = 100_000
_MOST_DATA = 4096
_SMALL = range(-(1 << 31), 1 << 31)
_TIMES = range(1, 1 << 45)  # ms UTC, to the year 3084
_COLUMNS = {
    "col": ("crt", "conf"),
    "notes": ("id", "guid"),
    "cards": ("id", "nid", "ord", "type", "queue", "due", "ivl", "left", "odue", "odid", "data"),
    "revlog": ("id", "cid", "ease", "ivl", "lastIvl", "factor", "time", "type"),
}
_CONFIG = {"config": ("KEY", "val")}


class AnkiState(NamedTuple):
    """One Anki card of a note of ours, in Anki's codes, and its review log, oldest first.

    `due` is a day number or epoch seconds, `interval` is in days. `stability`, `difficulty` and `retention` are None
    where FSRS has not been at work.
    """

    guid: str
    ord: int
    type: int
    queue: int
    due: int
    interval: int
    left: int
    stability: float | None = None
    difficulty: float | None = None
    retention: float | None = None
    log: tuple[LogRow, ...] = ()


class Collected(NamedTuple):
    """The cards of our notes; the study day on which Anki's day numbers begin; minutes east of UTC; all notes."""

    cards: tuple[AnkiState, ...]
    first_day: int
    offset: int
    notes: int
    ours: frozenset[str]


def collected(copy: str, path: str, guids: Container[str], offset: int) -> Collected:
    """Read the collection in `copy` for the notes with these guids; `path` is what refusals call it.

    `offset` (minutes east of UTC) counts where the collection knows none. Raises DamagedAnkiFileError,
    SuspiciousAnkiFileError or UnknownAnkiSchemaError.
    """
    with _opened(copy, path) as connection:
        tables = _checked(connection, path)
        created, settings = _settings(connection, path, tables)
        west = settings.get("creationOffset")
        here = settings.get("localOffset", west)
        notes, ours = _notes(connection, path, guids)
        cards = _cards(connection, path, ours)
        logs = _logs(connection, path, cards)
    return Collected(
        cards=tuple(card._replace(log=tuple(sorted(logs.get(number, ())))) for number, card in cards.items()),
        first_day=(created // 60 + (offset if west is None else -west)) // 1440,
        offset=offset if here is None else -here,
        notes=notes,
        ours=frozenset(ours.values()),
    )


@contextmanager
def _opened(copy: str, path: str) -> Iterator[sqlite3.Connection]:
    steps = 0

    def too_long() -> bool:
        nonlocal steps
        steps += 1
        return steps > MOST_STEPS

    try:
        with closing(sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)) as connection:
            connection.text_factory = bytes  # a foreign note may hold anything
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_FIELD)
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            connection.set_progress_handler(too_long, _STEP)
            for pragma in (
                "trusted_schema = OFF",
                "cell_size_check = ON",
                "query_only = ON",
                "ignore_check_constraints = ON",  # they are the file's own code
                "mmap_size = 0",
            ):
                connection.execute(f"PRAGMA {pragma}")
            yield connection
    except (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError, MemoryError) as error:
        if str(error) == "interrupted":
            raise SuspiciousAnkiFileError(path, "reading its collection takes longer than any real one") from error
        if "too big" in str(error):
            raise SuspiciousAnkiFileError(path, f"a field of it is longer than {MOST_FIELD >> 20} MiB") from error
        raise DamagedAnkiFileError(path, f"SQLite says: {str(error)[:80]!a}") from error


def _checked(connection: sqlite3.Connection, path: str) -> set[str]:
    """Return the tables that will be read, once they are sound and nothing but tables."""
    schema = connection.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
    names = {_text(name) for _, name, _ in schema}
    if not names & set(_COLUMNS):
        raise NotAnAnkiFileError(path)
    for kind, name, code in schema:
        if kind in (b"view", b"trigger"):
            raise SuspiciousAnkiFileError(path, f"its collection has a {_text(kind)}, {_shown(name)}")
        if b"VIRTUAL" in (code if isinstance(code, bytes) else b"").upper().split(b"(")[0]:
            raise SuspiciousAnkiFileError(path, f"its collection has a virtual table, {_shown(name)}")
    tables = {**_COLUMNS, **(_CONFIG if "config" in names else {})}
    for table, wanted in tables.items():
        found = {row[1].decode(errors="replace"): row[6] for row in connection.execute(f"PRAGMA table_xinfo({table})")}
        missing = [column for column in wanted if column not in found]
        if missing:
            raise UnknownAnkiSchemaError(path, f"{table}.{missing[0]}" if found else table)
        if any(found[column] for column in wanted):
            raise SuspiciousAnkiFileError(path, f"columns of {table} are computed")
    for table in tables:
        verdict = connection.execute(f"PRAGMA quick_check({table})").fetchone()[0]
        if verdict != b"ok":
            raise DamagedAnkiFileError(path, f"SQLite says: {_shown(verdict)}")
    return set(tables)


def _settings(connection: sqlite3.Connection, path: str, tables: set[str]) -> tuple[int, dict[str, int]]:
    """Return when the collection was made (seconds UTC) and its offsets in minutes west of UTC, where it knows them."""
    rows = connection.execute("SELECT crt, conf FROM col LIMIT 2").fetchall()
    if len(rows) != 1:
        raise DamagedAnkiFileError(path, "it does not say when it was made")
    ((created, conf),) = rows
    _require(path, "col.crt", created, range(1 << 34))
    names = ("creationOffset", "localOffset")
    found: dict[str, Any] = {}
    if "config" in tables:
        query = "SELECT KEY, val FROM config NOT INDEXED WHERE KEY IN (?, ?)"
        found = {_text(key): _json(value) for key, value in connection.execute(query, names)}
    if not found:
        whole = _json(conf)
        found = whole if isinstance(whole, dict) else {}
    return created, {
        name: found[name] for name in names if type(found.get(name)) is int and -1080 <= found[name] <= 1080
    }


def _notes(connection: sqlite3.Connection, path: str, guids: Container[str]) -> tuple[int, dict[int, str]]:
    """Return the number of notes, and the guids of ours by note id."""
    number, ours = 0, {}
    for note, raw in connection.execute("SELECT id, guid FROM notes NOT INDEXED"):
        number += 1
        text = _text(raw)
        if text in guids:
            _require(path, "notes.id", note)
            ours[note] = text
    return number, ours


def _cards(connection: sqlite3.Connection, path: str, ours: dict[int, str]) -> dict[int, AnkiState]:
    query = "SELECT id, nid, ord, type, queue, due, ivl, left, odue, odid, data FROM cards NOT INDEXED"
    found = {}
    for number, note, *numbers, data in connection.execute(query):
        if note not in ours:
            continue
        _require(path, "cards.id", number)
        for name, value in zip(("ord", "type", "queue", "due", "ivl", "left", "odue"), numbers, strict=False):
            _require(path, f"cards.{name}", value, _SMALL)
        ord_, kind, queue, due, interval, left, due_at_home, home = numbers
        _require(path, "cards.odid", home)
        if not NEW_TYPE <= kind <= RELEARNING_TYPE:
            raise DamagedAnkiFileError(path, f"a card is of type {kind}")
        if home and due < 0 and due_at_home:  # in a filtered deck and not answered there: due is its place
            due = due_at_home
        found[number] = AnkiState(ours[note], ord_, kind, queue, due, interval, left, *_memory(data))
    return found


def _logs(connection: sqlite3.Connection, path: str, cards: Container[int]) -> dict[int, list[LogRow]]:
    found: dict[int, list[LogRow]] = {}
    query = "SELECT cid, id, ease, ivl, lastIvl, factor, time, type FROM revlog NOT INDEXED"
    for card, *numbers in connection.execute(query):
        if card not in cards:
            continue
        _require(path, "revlog.id", numbers[0], _TIMES)
        for name, value in zip(LogRow._fields[1:], numbers[1:], strict=True):
            _require(path, f"revlog {name}", value, _SMALL)
        found.setdefault(card, []).append(LogRow(*numbers))
    return found


def _require(path: str, name: str, value: object, allowed: range | None = None) -> None:
    """Refuse what is no whole number, or one outside of `allowed`."""
    if type(value) is not int or (allowed is not None and value not in allowed):
        shown = value if isinstance(value, int | float) else "no number"
        raise DamagedAnkiFileError(path, f"{name} is {shown}")


def _memory(data: object) -> tuple[float | None, float | None, float | None]:
    """Return stability, difficulty and desired retention as a card's `data` has them; nothing where it is spoilt."""
    found = _json(data) if isinstance(data, bytes) and len(data) <= _MOST_DATA else None
    if not isinstance(found, dict):
        return None, None, None
    stability, difficulty, retention = (
        float(value) if isinstance(value := found.get(name), int | float) and 0 < value < 1e6 else None
        for name in ("s", "d", "dr")
    )
    return stability, difficulty, retention


def _json(raw: object) -> Any:
    try:
        return json.loads(raw) if isinstance(raw, bytes) else None
    except (ValueError, RecursionError):
        return None


def _text(raw: object) -> str:
    return raw.decode(errors="replace") if isinstance(raw, bytes) else ""


def _shown(raw: object) -> str:
    """Return a text of the file so that it can be printed on one line."""
    return ascii(_text(raw)[:80])
