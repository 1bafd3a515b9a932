"""Verified copies of the history in `backups/` beside it: made, listed, and thinned out as they age."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Hashable, Iterable
from contextlib import closing, suppress
from time import gmtime, strftime
from typing import NamedTuple

from certdrill.errors import BackupFailedError, CertdrillError
from certdrill.history import migrations
from certdrill.history.verify import schema_fault
from certdrill.scheduling import CUTOFF_HOUR, Moment, study_day

FOLDER = "backups"
DAILY, WEEKLY, MONTHLY = 7, 4, 12
_EPOCH = 719_163  # the ordinal of 1970-01-01
_ABANDONED_MS = 86_400_000


class Backup(NamedTuple):
    """One copy: its path, the local time in its name, its number within that second, and its study day."""

    path: str
    stamp: str
    number: int
    day: int


class UnsoundCopyError(Exception):
    """A copy was made and is not what a history has to be."""


def folder_of(history: str) -> str:
    """Return the folder of a history's backups."""
    return os.path.join(os.path.dirname(os.path.abspath(history)), FOLDER)


def stem_of(history: str) -> str:
    """Return how the names of a history's backups begin: several histories may share a folder."""
    return os.path.basename(history).removesuffix(".sqlite")


def listed(history: str) -> list[Backup]:
    """Return the backups of a history, oldest first by the time in their names, unread."""
    folder = folder_of(history)
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    pattern = re.compile(re.escape(stem_of(history)) + r"-(\d{8}-\d{6})(?:-(\d+))?\.sqlite")
    found = []
    for name in names:
        match = pattern.fullmatch(name)
        day = _day(match[1]) if match else None
        if match and day is not None:
            found.append(Backup(os.path.join(folder, name), match[1], int(match[2] or 1), day))
    return sorted(found, key=lambda backup: (backup.stamp, backup.number))


def newest_good(history: str) -> Backup | None:
    """Return the newest backup that can be restored, or None; reads each until one is found."""
    return next((backup for backup in reversed(listed(history)) if not fault_of(backup.path)), None)


def is_due(history: str, now: Moment) -> bool:
    """Tell whether this study day has no backup yet."""
    today = study_day(now, CUTOFF_HOUR)
    return all(backup.day != today for backup in listed(history))


def make(source: sqlite3.Connection, history: str, now: Moment) -> Backup:
    """Add a verified copy to the folder, thin the folder out, and return the copy.

    Raises BackupFailedError when it cannot be written, UnsoundCopyError when what was copied is not sound.
    """
    stamp = strftime("%Y%m%d-%H%M%S", gmtime(now.ms // 1000 + now.offset * 60))
    start = os.path.join(folder_of(history), f"{stem_of(history)}-{stamp}")
    number = 1
    path = f"{start}.sqlite"
    while os.path.lexists(path):
        number += 1
        path = f"{start}-{number}.sqlite"
    copy(source, path)
    made = Backup(path, stamp, number, study_day(now, CUTOFF_HOUR))
    with suppress(OSError):
        for backup in outdated(listed(history), made):
            os.unlink(backup.path)
        _sweep(history, now)
    return made


def copy(source: sqlite3.Connection, path: str) -> tuple[int, int]:
    """Copy a history to `path`, verified before it stands there; return its numbers of reviews and actions."""
    beside = f"{path}.{os.getpid()}.partial"
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o700, exist_ok=True)
        source.execute("BEGIN")  # what is counted is what is copied, whoever writes meanwhile
        try:
            counts = counted(source)
            with closing(sqlite3.connect(beside, isolation_level=None)) as target:
                source.backup(target)
                target.execute("PRAGMA journal_mode = DELETE")
                fault = connection_fault(target) or ("" if counted(target) == counts else "rows are missing")
                stranger = fault or schema_fault(target)
        finally:
            source.execute("COMMIT")
        if fault:
            raise UnsoundCopyError(fault)
        if stranger:
            raise BackupFailedError(path, stranger)
        os.chmod(beside, 0o600)
        os.replace(beside, path)
        _sync(os.path.dirname(os.path.abspath(path)))
    except (OSError, *migrations.TROUBLE) as error:
        code = str(getattr(error, "sqlite_errorname", ""))
        if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or isinstance(error, UnicodeDecodeError):
            raise UnsoundCopyError(str(error)) from error
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        raise BackupFailedError(path, reason) from error
    finally:
        with suppress(OSError):
            os.unlink(beside)
        with suppress(OSError):
            os.unlink(f"{beside}-journal")
    return counts


def fault_of(path: str) -> str:
    """Return why a backup cannot be restored, or an empty text; reads every event of it."""
    from certdrill.history.merge import read_log

    try:
        read_log(path)
    except CertdrillError as error:
        return str(error)
    return ""


def looked_at(path: str) -> tuple[str, int, int]:
    """Return what is wrong with the file of a backup, or an empty text, and its numbers of reviews and actions."""
    name = os.path.abspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        with closing(sqlite3.connect(f"file:{name}?mode=ro&immutable=1", uri=True, isolation_level=None)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            fault = connection_fault(connection)
            return (fault, 0, 0) if fault else ("", *counted(connection))
    except migrations.TROUBLE as error:
        return str(error), 0, 0


def connection_fault(connection: sqlite3.Connection) -> str:
    """Return why an open file is no sound history of a version this program knows, or an empty text."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != migrations.APPLICATION_ID:
        return "it is not a history"
    if not 1 <= migrations.version(connection) <= migrations.NEWEST:
        return f"its schema {migrations.version(connection)} is not one this certdrill knows"
    first = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    return "" if first == "ok" else first


def counted(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return the numbers of reviews and actions in a file."""
    row = connection.execute("SELECT (SELECT count(*) FROM reviews), (SELECT count(*) FROM actions)").fetchone()
    return int(row[0]), int(row[1])


def outdated(backups: Iterable[Backup], made: Backup) -> list[Backup]:
    """Return the backups that no rule keeps.

    Kept are the newest of each of the last seven study days, four ISO weeks and twelve months that have one, all of
    the newest study day, and `made`, which was verified just now, whatever a wrong clock called it.
    """
    ordered = sorted(backups, key=lambda backup: (backup.stamp, backup.number), reverse=True)
    rules: tuple[tuple[int, Callable[[Backup], Hashable]], ...] = (
        (DAILY, lambda backup: backup.day),
        (WEEKLY, lambda backup: _date(backup.day).isocalendar()[:2]),
        (MONTHLY, lambda backup: (_date(backup.day).year, _date(backup.day).month)),
    )
    kept = {made} | {backup for backup in ordered if backup.day == ordered[0].day}
    for number, period in rules:
        newest: dict[Hashable, Backup] = {}
        for backup in ordered:
            newest.setdefault(period(backup), backup)
        kept.update(list(newest.values())[:number])
    return [backup for backup in ordered if backup not in kept]


def _day(stamp: str) -> int | None:
    """Return the study day a name's time falls in; None when it is no time."""
    from datetime import datetime, timedelta

    try:
        when = datetime.strptime(stamp, "%Y%m%d-%H%M%S")  # noqa: DTZ007 - the name tells local time and no zone
        return (when - timedelta(hours=CUTOFF_HOUR)).toordinal() - _EPOCH
    except (ValueError, OverflowError):
        return None


def _date(day: int):  # type: ignore[no-untyped-def]  # datetime is imported only where backups are made
    from datetime import date

    return date.fromordinal(day + _EPOCH)


def _sweep(history: str, now: Moment) -> None:
    """Remove what a killed process left half made more than a day ago."""
    folder = folder_of(history)
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name.startswith(f"{stem_of(history)}-") and ".partial" in name:
            age_ms = now.ms - int(os.stat(path).st_mtime * 1000)
            if age_ms > _ABANDONED_MS:
                os.unlink(path)


def _sync(folder: str) -> None:
    with suppress(OSError):  # a file system, or a platform, whose folders cannot be synchronised
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
