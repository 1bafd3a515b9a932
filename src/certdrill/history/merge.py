"""Take in what another file tells: read it as hostile, join its events with ours, or put them in the place of ours."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import NamedTuple

from certdrill.errors import (
    ConflictingEventError,
    DamagedHistoryError,
    HistoryUnavailableError,
    NewerHistoryError,
    UntrustedFileError,
)
from certdrill.history import migrations
from certdrill.history.backup import folder_of, stem_of
from certdrill.history.replay import Action, Event, Review
from certdrill.history.store import History, open_history
from certdrill.history.verify import event_fault, examine, log_faults, rows_of, schema_fault
from certdrill.scheduling import Moment, Settings

LONGEST_FIELD = 10_000
_STEPS = 100_000  # SQLite's virtual machine is asked this often whether it has done enough
_STEPS_PER_BYTE = 20


class Difference(NamedTuple):
    """What another log adds to ours: events we lack, and events of Anki's that it tells better."""

    new: tuple[Event, ...]
    better: tuple[Event, ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.better)


class Restored(NamedTuple):
    """What a restore did: numbers of reviews and actions, those saved from a damaged file, where the old file is."""

    reviews: int
    actions: int
    saved: int
    kept: str


def read_log(path: str) -> list[Event]:
    """Return every event of another history, which is believed in nothing and not written to.

    Raises UntrustedFileError with the reason, NewerHistoryError for a file of a later certdrill.
    """
    _refuse_half_written(path)
    with _private_copy(path) as copy:
        try:
            with closing(_opened(copy)) as connection:
                log = _read(connection, path)
        except migrations.TROUBLE as error:
            raise UntrustedFileError(path, _reason(error)) from error
    return checked_log(log, path)


def checked_log(log: list[Event], path: object) -> list[Event]:
    """Return a log when every event and the whole is as certdrill writes it; raise UntrustedFileError."""
    seen: set[str] = set()
    for event in log:
        fault = event_fault(event) or ("its id stands twice" if event.id in seen else "")
        if fault:
            raise UntrustedFileError(path, f"event {str(event.id)[:60]!r}: {fault}")
        seen.add(event.id)
    faults = log_faults(log)
    if faults:
        raise UntrustedFileError(path, faults[0].text)
    return log


def difference(history: History, log: Iterable[Event]) -> Difference:
    """Return what `log` adds to the events of all exams in a file.

    An id is one event for good. Only what was read from Anki may be told twice, as its files tell more the later they
    are made; then the greater of the two stands, so that the order of merging does not matter. Anything else that
    differs raises ConflictingEventError.
    """
    ours = {event.id: event for exam in history.exams() for event in history.of(exam).events()}
    new, better = [], []
    for event in log:
        own = ours.get(event.id)
        if own is None:
            new.append(event)
        elif own != event:
            if not (_is_from_anki(own) and _is_from_anki(event) and _unit(own) == _unit(event)):
                raise ConflictingEventError(event.id, event.card)
            if _rank(event) > _rank(own):
                better.append(event)
    return Difference(tuple(new), tuple(better))


def apply(history: History, difference: Difference) -> None:
    """Add a difference to a file, all of it or nothing; every state becomes the replay of the joint log."""
    with history.together():
        for exam, events in _by_exam(difference.better).items():
            history.of(exam).overwrite(events)
        for exam, events in _by_exam(difference.new).items():
            history.of(exam).add(events)


def restore(path: str, source: str, now: Moment, settings: Settings, program: str) -> Restored:
    """Make a history hold exactly the events of `source`; what it held before is kept in the folder of backups.

    Rows are copied, never the file. A sound history is changed in one transaction, so that a drill that has it open
    goes on rightly; a damaged one is set aside byte by byte and a new file put in its place, together with what could
    be read of ratings made after the backup.
    """
    log = read_log(source)
    with (
        suppress(DamagedHistoryError, NewerHistoryError, HistoryUnavailableError),
        open_history(path, "", settings, write=False),
    ):
        pass  # another program's file is refused here, before anything is done to it
    saved: list[Event] = []
    kept = None
    if all(fault.remedy != "restore" for fault in examine(path, settings, replayed=False).faults):
        with suppress(DamagedHistoryError, NewerHistoryError):
            kept = _put_in(path, log, now, settings, program)
    if kept is None:
        kept = _set_aside(path, now)
        saved = salvaged(kept, log)
        _put_anew(path, [*log, *saved], settings)
    reviews = sum(isinstance(event, Review) for event in log)
    return Restored(reviews, len(log) - reviews, len(saved), kept)


def salvaged(path: str, log: Iterable[Event]) -> list[Event]:
    """Return the events of a damaged file that are whole, are not in `log` and come after all of it.

    A table is read from both ends up to where it is broken; a row counts when the index knows its id at its place.
    """
    known = {event.id: event for event in log}
    last = max((event.ordered_at for event in known.values()), default=-1)
    found: dict[str, Event] = {}
    with _private_copy(path) as copy:
        _pad(copy)
        try:
            with closing(_opened(copy)) as connection:
                for row in _whole_rows(connection):
                    if row.ordered_at > last and row.id not in known:
                        found[row.id] = row
        except migrations.TROUBLE:
            pass
    everything = {**known, **found}
    return [
        event
        for event in found.values()
        if getattr(event, "target", None) is None or getattr(event, "target", "") in everything
    ]


def _pad(copy: str) -> None:
    """Give a file that was cut off its length back, without which SQLite reads nothing of it."""
    with open(copy, "r+b") as file:
        header = file.read(32)
        length = int.from_bytes(header[16:18]) * int.from_bytes(header[28:32])
        if os.path.getsize(copy) < length < 2**40:
            file.truncate(length)


def _whole_rows(connection: sqlite3.Connection) -> Iterator[Event]:
    kinds: tuple[tuple[str, Callable[..., Event], tuple[str, ...]], ...] = (
        ("reviews", Review, Review._fields), ("actions", Action, Action._fields),
    )  # fmt: skip
    for table, kind, fields in kinds:
        for order in ("ASC", "DESC"):
            query = f"SELECT rowid, {', '.join(fields)} FROM {table} NOT INDEXED ORDER BY rowid {order}"  # noqa: S608
            try:
                for row in connection.execute(query):
                    event = kind(*row[1:])
                    if not event_fault(event) and _is_indexed(connection, table, event.id, row[0]):
                        yield event
            except migrations.TROUBLE:
                continue


def _is_indexed(connection: sqlite3.Connection, table: str, event: str, place: int) -> bool:
    try:
        row = connection.execute(f"SELECT rowid FROM {table} WHERE id = ?", (event,)).fetchone()  # noqa: S608 - ours
    except migrations.TROUBLE:
        return False
    return bool(row == (place,))


def _set_aside(path: str, now: Moment) -> str:
    """Copy a file that cannot be read beside its backups, byte by byte, and return where."""
    from time import gmtime, strftime

    folder = folder_of(path)
    stamp = strftime("%Y%m%d-%H%M%S", gmtime(now.ms // 1000 + now.offset * 60))
    start = os.path.join(folder, f"{stem_of(path)}-damaged-{stamp}")
    kept, number = f"{start}.sqlite", 1
    while os.path.lexists(kept):
        number += 1
        kept = f"{start}-{number}.sqlite"
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        shutil.copyfile(path, kept)
        if os.path.exists(f"{path}-journal"):
            shutil.copyfile(f"{path}-journal", f"{kept}-journal")
    except OSError as error:
        raise UntrustedFileError(path, f"it cannot be kept as {kept}: {error.strerror}") from error
    return kept


def _put_in(path: str, log: list[Event], now: Moment, settings: Settings, program: str) -> str:
    """Change a sound file in one transaction, after a backup; return the backup, or an empty text if it was empty."""
    with open_history(path, "", settings, write=True, program=program) as history:
        kept = history.back_up(now) if history.exams() else ""
        with history.together():
            history.clear()
            apply(history, Difference(tuple(log), ()))
    return kept


def _put_anew(path: str, log: list[Event], settings: Settings) -> None:
    """Put a file of our own making, which holds `log`, in the place of another."""
    beside = f"{path}.{os.getpid()}.restored"
    try:
        with open_history(beside, "", settings, write=True) as history:
            apply(history, Difference(tuple(log), ()))
        for ending in ("-journal", "-wal", "-shm"):  # they belong to the old file and would be played into the new one
            if os.path.exists(path + ending):
                os.unlink(path + ending)
        os.replace(beside, path)
    except OSError as error:
        raise UntrustedFileError(path, f"it cannot be replaced: {error.strerror}") from error
    finally:
        for ending in ("", "-journal"):
            if os.path.exists(beside + ending):
                os.unlink(beside + ending)


@contextmanager
def _private_copy(path: str) -> Iterator[str]:
    """Copy a file into a folder of our own, so that nobody changes it and nothing is written beside it."""
    with tempfile.TemporaryDirectory(prefix="certdrill-") as folder:
        copy = os.path.join(folder, "other.sqlite")
        try:
            shutil.copyfile(path, copy)
        except OSError as error:
            raise UntrustedFileError(path, error.strerror or str(error)) from error
        yield copy


def _refuse_half_written(path: str) -> None:
    if not os.path.isfile(path):
        raise UntrustedFileError(path, "there is no such file")
    for ending in ("-journal", "-wal"):
        if _is_alive(path + ending):
            raise UntrustedFileError(
                path, f"{path}{ending} beside it says that it is being written, or was left by a crash; "
                f"`certdrill --history {path} history verify` where it belongs mends that",
            )  # fmt: skip


def _is_alive(journal: str) -> bool:
    """Tell whether a journal has something to say: SQLite empties or deletes those that are done with."""
    try:
        with open(journal, "rb") as file:
            return file.read(1) not in (b"", b"\0")
    except OSError:
        return False


def _opened(copy: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True, isolation_level=None)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(LONGEST_FIELD, 100_000))
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    steps = iter(range(1000 + os.path.getsize(copy) * _STEPS_PER_BYTE // _STEPS))
    connection.set_progress_handler(lambda: next(steps, None) is None, _STEPS)
    return connection


def _read(connection: sqlite3.Connection, path: str) -> list[Event]:
    if connection.execute("PRAGMA application_id").fetchone()[0] != migrations.APPLICATION_ID:
        raise UntrustedFileError(path, "it is not a certdrill history")
    version = migrations.version(connection)
    if version > migrations.NEWEST:
        raise NewerHistoryError(path, version, migrations.NEWEST)
    fault = schema_fault(connection)
    if fault:
        raise UntrustedFileError(path, fault)
    found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    if found != "ok":
        raise UntrustedFileError(path, f"it is damaged ({found})")
    if version < migrations.NEWEST:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as newer:
            connection.backup(newer)
            migrations.migrate(newer)
            return rows_of(newer)
    return rows_of(connection)


def _reason(error: Exception) -> str:
    text = str(error)
    if text == "interrupted":
        return "reading it takes longer than a file of its size should"
    if "not a database" in text:
        return "it is not a certdrill history"
    return f"it is damaged ({text})"


def _by_exam(events: Iterable[Event]) -> dict[str, list[Event]]:
    exams: dict[str, list[Event]] = {}
    for event in events:
        exams.setdefault(event.exam, []).append(event)
    return exams


def _is_from_anki(event: Event) -> bool:
    return event.device == "anki"


def _unit(event: Event) -> tuple[type, str, str, str]:
    return type(event), event.exam, event.card, event.part


def _rank(event: Event) -> tuple[object, ...]:
    return tuple((value is not None, value if value is not None else 0) for value in event)
