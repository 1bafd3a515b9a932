"""The history file: append an event and its unit's state in one transaction, read states; alone opens it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from certdrill.errors import (
    BackupFailedError,
    CertdrillError,
    ChangedElsewhereError,
    DamagedHistoryError,
    HistoryUnavailableError,
    NewerHistoryError,
    NotAHistoryError,
    NothingToUndoError,
    ReplacedHistoryError,
)
from certdrill.history import migrations
from certdrill.model import Unit

if TYPE_CHECKING:
    from certdrill.history.replay import Action, Event, Review
    from certdrill.scheduling import Moment, Plan, Rating, Settings, UnitState

BUSY_SECONDS = 10.0
_LAST = """
SELECT ordered_at, at FROM (SELECT ordered_at, reviewed_at AS at FROM reviews ORDER BY ordered_at DESC LIMIT 1)
UNION ALL
SELECT ordered_at, at FROM (SELECT ordered_at, acted_at AS at FROM actions ORDER BY ordered_at DESC LIMIT 1)
ORDER BY 1 DESC LIMIT 1
"""
_LAST_UNIT_STANDING = """
SELECT card, part FROM (
  SELECT id, ordered_at, card, part FROM reviews WHERE exam = :exam
  UNION ALL
  SELECT id, ordered_at, card, part FROM actions WHERE exam = :exam AND action <> 'undo'
)
WHERE id NOT IN (SELECT target FROM actions WHERE action = 'undo')
ORDER BY ordered_at DESC, id DESC LIMIT 1
"""
_MEMORIES = "SELECT * FROM memories WHERE exam = ?"
_REVIEWS = "SELECT * FROM reviews WHERE exam = ?"
_ACTIONS = "SELECT * FROM actions WHERE exam = ?"
_CHECKED_BYTES = 1_000_000  # about 15 ms
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT")
_SIGNS_OF_DAMAGE = ("no such table", "no such column", "decode")
_OF_UNIT = " AND card = ? AND part = ?"
_COUNTED = """
SELECT card, part, day, rating, duration, phase_before, retention FROM (
  SELECT *, lag(phase, 1, 0) OVER (PARTITION BY card, part ORDER BY ordered_at, id) AS phase_before FROM (
    SELECT id, ordered_at, card, part, day, rating, duration, retention, phase FROM counted_reviews WHERE exam = :exam
    UNION ALL
    SELECT id, ordered_at, card, part, day, 0, 0, 0, 0 FROM actions
    WHERE exam = :exam AND action = 'reset' AND id NOT IN (SELECT target FROM actions WHERE action = 'undo')
  )
)
WHERE rating > 0 AND day >= :since_day ORDER BY ordered_at, id
"""


class History:
    """One exam's events and states in a history file. Make one with `open_history`.

    Every writing method is one transaction, on disk when it returns. Raises HistoryUnavailableError when the file
    cannot be read or written; nothing of the event is kept then.
    """

    def __init__(
        self,
        path: str,
        connection: sqlite3.Connection,
        exam: str,
        settings: Settings,
        *,
        device: str = "",
        new_id: Callable[[], str] = lambda: os.urandom(16).hex(),
        program: str = "certdrill",
    ) -> None:
        self.path, self.exam, self.settings, self.device = path, exam, settings, device
        self._connection, self._new_id, self.program = connection, new_id, program
        self._clock_went_back_by = 0
        self._inode = _inode(path)
        self.watch: Callable[[Collection[Unit]], Iterable[Unit]] = iter  # sees the units of a long replay go by
        self.daily_backup = ""  # the backup of the day, when opening made it
        self.backup_failure = ""  # why it could not be made

    def begin(self, *, write: bool) -> None:
        """Learn this machine's name in the file, and compute states again that other parameters made."""
        with self._reading():
            self.device = self.device or _device(self._connection, write=write)
            stale = write and _is_stale(self._connection, self.exam, self.settings)
        if stale:
            self.rebuild()

    @property
    def clock_went_back_by(self) -> int:
        """Milliseconds by which the last event was dated before the one it follows; 0 for none."""
        return self._clock_went_back_by

    def states(self) -> dict[Unit, UnitState]:
        """Return the state of every unit that has one."""
        with self._reading():
            rows = self._connection.execute(_MEMORIES, (self.exam,)).fetchall()
            return {Unit(row[1], row[2]): state_of_row(row) for row in rows}

    def state(self, unit: Unit) -> UnitState:
        """Return one unit's state; that of a new unit when nothing is known."""
        from certdrill.scheduling import NEW

        with self._reading():
            row = self._connection.execute(_MEMORIES + _OF_UNIT, (self.exam, *unit)).fetchone()
            return state_of_row(row) if row else NEW

    def events(self, unit: Unit | None = None) -> list[Event]:
        """Return the log of one unit or of the whole exam, oldest first, undone events included."""
        from certdrill.history.replay import Action, Review

        of_unit, values = (_OF_UNIT, (self.exam, *unit)) if unit else ("", (self.exam,))
        with self._reading():
            reviews = self._connection.execute(_REVIEWS + of_unit, values).fetchall()
            actions = self._connection.execute(_ACTIONS + of_unit, values).fetchall()
        log: list[Event] = [*(Review(*row) for row in reviews), *(Action(*row) for row in actions)]
        return sorted(log, key=lambda event: (event.ordered_at, event.id))

    def counted(self, since_day: int) -> list[tuple[str, str, int, int, int, int, float]]:
        """Return the reviews since a study day that stand, oldest first.

        A row is card, part, study day, rating, duration (ms), the unit's phase before (0: new or reset) and the
        desired retention.
        """
        with self._reading():
            return self._connection.execute(_COUNTED, {"exam": self.exam, "since_day": since_day}).fetchall()

    def rate(
        self,
        unit: Unit,
        rating: Rating,
        plan: Plan,
        now: Moment,
        day: int,
        *,
        seen: UnitState,
        rev: int = 1,
        duration: int = 0,
        source: str = "drill",
    ) -> Review:
        """Append a rating and its new state; raise ChangedElsewhereError when the unit is no longer as `seen`.

        `duration` is in milliseconds. A `day` before the unit's last counts as that last day.
        """
        from certdrill.history.replay import Review
        from certdrill.scheduling import MODEL

        with self._writing():
            if self.state(unit).last_event != seen.last_event:
                raise ChangedElsewhereError(unit)
            review = Review(
                self._new_id(), self._ordered_at(now.ms), self.exam, *unit, rev, int(rating), now.ms, now.offset,
                day, max(0, duration), source, self.device, MODEL, self.settings.hash, self.settings.retention,
                int(plan.phase), plan.step, plan.interval, plan.due_day, plan.due_at,
            )  # fmt: skip
            self._append("reviews", review)
            self._refresh(unit)
        return review

    def act(self, unit: Unit, action: str, now: Moment, day: int) -> Action:
        """Append a suspend, unsuspend, bury or reset."""
        with self._writing():
            return self._act(unit, action, None, now, day)

    def undo(self, now: Moment, day: int, *, event: Event | None = None) -> Event:
        """Take back `event`, or the last event not yet taken back, and return it.

        The unit's state becomes exactly what it was before. Raises NothingToUndoError, and ChangedElsewhereError
        when the unit has a later event that stands.
        """
        with self._writing():
            target = event or self._last_standing(None)
            if target is None:
                raise NothingToUndoError
            unit = Unit(target.card, target.part)
            last = self._last_standing(unit)
            if last is None or last.id != target.id:
                raise ChangedElsewhereError(unit)
            self._act(unit, "undo", target.id, now, day)
        return target

    def add(self, events: Iterable[Event]) -> int:
        """Append events of this exam that came from elsewhere, all or none; return how many were not here yet.

        An event is known by its id, so that adding it again changes nothing, and the order of adding does not matter.
        """
        with self._writing():
            units = set()
            number = 0
            for event in events:
                if event.exam != self.exam:
                    raise ValueError(f"an event of {event.exam} in the history of {self.exam}")
                if self._append_new("actions" if hasattr(event, "action") else "reviews", event):
                    number += 1
                    units.add(Unit(event.card, event.part))
            for unit in self.watch(sorted(units)):
                self._refresh(unit)
        return number

    def rebuild(self) -> int:
        """Compute every state of this exam again from the log; return the number of units."""
        with self._writing():
            self._connection.execute("DELETE FROM memories WHERE exam = ?", (self.exam,))
            units = {Unit(event.card, event.part) for event in self.events()}
            for unit in self.watch(sorted(units)):
                self._refresh(unit)
        return len(units)

    def _act(self, unit: Unit, action: str, target: str | None, now: Moment, day: int) -> Action:
        from certdrill.history.replay import Action

        event = Action(
            self._new_id(), self._ordered_at(now.ms), self.exam, *unit, action, target, now.ms, now.offset, day,
            self.device,
        )  # fmt: skip
        self._append("actions", event)
        self._refresh(unit)
        return event

    def _append(self, table: str, row: Event) -> None:
        marks = ", ".join("?" * len(row))
        self._connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608 - our own table names

    def _append_new(self, table: str, row: Event) -> bool:
        marks = ", ".join("?" * len(row))
        statement = f"INSERT INTO {table} VALUES ({marks}) ON CONFLICT (id) DO NOTHING"  # noqa: S608 - as above
        return self._connection.execute(statement, row).rowcount == 1

    def _refresh(self, unit: Unit) -> None:
        from certdrill.history.replay import replay

        state = replay(self.events(unit), self.settings)
        row = _row(self.exam, unit, state, self.settings)
        marks = ", ".join("?" * len(row))
        self._connection.execute(f"INSERT OR REPLACE INTO memories VALUES ({marks})", row)  # noqa: S608 - only marks

    def _ordered_at(self, now_ms: int) -> int:
        last, raw = self._connection.execute(_LAST).fetchone() or (0, 0)
        self._clock_went_back_by = max(0, int(raw) - now_ms)
        return max(now_ms, int(last) + 1)

    def _last_standing(self, unit: Unit | None) -> Event | None:
        """Return the last event that no undo has taken back, of one unit or of all."""
        if unit is None:
            row = self._connection.execute(_LAST_UNIT_STANDING, {"exam": self.exam}).fetchone()
            if row is None:
                return None
            unit = Unit(*row)
        log = self.events(unit)
        undone = {getattr(event, "target", None) for event in log}
        standing = [event for event in log if event.id not in undone and getattr(event, "action", "") != "undo"]
        return standing[-1] if standing else None

    def exams(self) -> list[str]:
        """Return the ids of all exams that have events in this file."""
        with self._reading():
            rows = self._connection.execute("SELECT exam FROM reviews UNION SELECT exam FROM actions ORDER BY 1")
            return [str(row[0]) for row in rows]

    def of(self, exam: str) -> History:
        """Return the history of another exam in this file, on the same connection."""
        other = History(
            self.path, self._connection, exam, self.settings, device=self.device, new_id=self._new_id,
            program=self.program,
        )  # fmt: skip
        other.watch = self.watch
        return other

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make everything written inside one transaction: all of it or nothing."""
        self._connection.execute("PRAGMA cache_size = -65536")  # in KiB; many rows come in no order of their ids
        with self._writing():
            yield

    def clear(self) -> None:
        """Take every event and state of every exam away; only for a restore, which puts others in their place."""
        with self._writing():
            for table in ("reviews", "actions", "memories"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names

    def overwrite(self, events: Iterable[Event]) -> None:
        """Put events of this exam in the place of those with the same id and unit."""
        with self._writing():
            for event in events:
                table = "actions" if hasattr(event, "action") else "reviews"
                self._connection.execute(f"DELETE FROM {table} WHERE id = ?", (event.id,))  # noqa: S608 - as above
                self._append(table, event)
                self._refresh(Unit(event.card, event.part))

    def counts(self) -> tuple[int, int]:
        """Return the numbers of reviews and actions of all exams in this file."""
        from certdrill.history.backup import counted

        with self._reading():
            return counted(self._connection)

    def back_up(self, now: Moment, target: str | None = None) -> str:
        """Make a verified copy in the folder of backups, or at `target`, and return its path.

        Raises BackupFailedError, or DamagedHistoryError when it is the history itself that is not sound.
        """
        from certdrill.history import backup

        try:
            if target is None:
                return backup.make(self._connection, self.path, now).path
            backup.copy(self._connection, target)
        except backup.UnsoundCopyError as error:
            raise damaged(self.path, str(error), self.program) from error
        return target

    def keep_daily_backup(self, now: Moment) -> None:
        """Make the backup of this study day unless there is one; a failure is noted in `backup_failure`."""
        from certdrill.history import backup

        if self.path == ":memory:" or not backup.is_due(self.path, now):
            return
        with self._reading():
            begun = self._connection.execute(_LAST).fetchone()
        try:
            if begun:
                self.daily_backup = self.back_up(now)
        except BackupFailedError as error:
            self.backup_failure = str(error)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except migrations.TROUBLE as error:
            raise _refusal(self.path, error, self.program) from error
        except (ValueError, TypeError, LookupError, ArithmeticError, AssertionError) as error:
            fault = self._misfit()
            if not fault:
                raise  # no damage: a mistake of ours
            raise damaged(self.path, fault, self.program) from error

    def _check_place(self) -> None:
        """Refuse to write where nobody would find it again: into a file that was moved, deleted or replaced."""
        if _inode(self.path) != self._inode:
            raise ReplacedHistoryError(self.path)

    def _misfit(self) -> str:
        from certdrill.history.verify import misfit

        try:
            return misfit(self._connection)
        except migrations.TROUBLE as error:
            return str(error)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        is_part = self._connection.in_transaction  # of a larger change
        with self._reading():
            if is_part:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._check_place()
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def _row(exam: str, unit: Unit, state: UnitState, settings: Settings) -> tuple[Any, ...]:
    """Lay a state out as the columns of `memories`."""
    from certdrill.scheduling import MODEL

    blank = (0, None, None, None, 0, 0, 0, 0, 0, 0, 0)
    memory = tuple(state.memory) if state.memory else blank
    aside = (state.rev, int(state.suspended), state.buried_day, state.last_event)
    return (exam, *unit, *memory, *aside, MODEL, settings.hash)


def state_of_row(row: tuple[Any, ...]) -> UnitState:
    """Return the state that a row of `memories` holds."""
    from certdrill.scheduling import Memory, Phase, UnitState

    memory = Memory(Phase(row[3]), *row[4:14]) if row[3] else None
    return UnitState(memory, row[14], bool(row[15]), row[16], row[17])


@contextmanager
def open_history(
    path: str,
    exam: str,
    settings: Settings,
    *,
    write: bool,
    device: str = "",
    now: Moment | None = None,
    program: str = "certdrill",
) -> Iterator[History]:
    """Open the history of one exam and close it again.

    With `write` the file and its folder are made when missing, and migrated; states that were computed under other
    parameters are computed again. With `now` too, a backup is made first when this study day has none, and always
    before a migration. Without `write`, a missing file reads as an empty history and nothing is created. `program`
    is how the person calls certdrill on this file, for the commands that messages name.

    Raises NewerHistoryError, NotAHistoryError, DamagedHistoryError or HistoryUnavailableError.
    """
    is_there = os.path.exists(path)
    try:
        connection = connect(path, write=write)
    except (OSError, sqlite3.Error) as error:
        raise HistoryUnavailableError(path, str(error)) from error
    try:
        found = _checked_version(connection, path, write=write, program=program)
        if not found and is_there and _has_backups(path):
            raise damaged(path, "it is empty, and its backups are not", program)
        history = History(path, connection, exam, settings, device=device, program=program)
        if found < migrations.NEWEST:
            _bring_up_to_date(history, connection, found, now, write=write)
        elif write:
            _check_pages(connection, path, program)
            if now:
                history.keep_daily_backup(now)
        history.begin(write=write)
        yield history
    finally:
        connection.close()


def connect(path: str, *, write: bool) -> sqlite3.Connection:
    """Open a file as it is, for reading without creating anything, unchecked."""
    if write:
        os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o700, exist_ok=True)
        return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    if os.path.exists(path):
        name = os.path.abspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        address = f"file:{name}?mode=ro"
        return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    return _empty()


def _empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrations.migrate(connection)
    return connection


def _checked_version(connection: sqlite3.Connection, path: str, *, write: bool, program: str) -> int:
    """Make sure that the file is a history of a version this program knows, and return that version."""
    try:
        connection.executescript("PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF")
        filled = os.path.exists(path) and os.path.getsize(path) > 0
        # One look, since another process may be making the file just now; as a writer, to learn at once if it may not.
        connection.execute("BEGIN IMMEDIATE" if write and filled else "BEGIN")
        found = migrations.version(connection)
        mark = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        connection.execute("COMMIT")
    except migrations.TROUBLE as error:
        raise _refusal(path, error, program, write=write) from error
    if mark != migrations.APPLICATION_ID and (tables or found):
        if _has_backups(path):
            raise damaged(path, "its mark is not that of a history", program)
        raise NotAHistoryError(path, "it belongs to another program")
    if found > migrations.NEWEST:
        raise NewerHistoryError(path, found, migrations.NEWEST)
    if found and not tables:
        raise damaged(path, "its tables are gone", program)
    return found


def _check_pages(connection: sqlite3.Connection, path: str, program: str) -> None:
    """Refuse to add to a file whose pages are damaged; a large one is looked at with its backup of the day only."""
    if os.path.exists(path) and os.path.getsize(path) > _CHECKED_BYTES:
        return
    try:
        found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except migrations.TROUBLE as error:
        raise _refusal(path, error, program) from error
    if found != "ok":
        raise damaged(path, found, program)


def _bring_up_to_date(
    history: History, connection: sqlite3.Connection, found: int, now: Moment | None, *, write: bool
) -> None:
    if not write:
        raise HistoryUnavailableError(history.path, "it needs to be brought up to date by `certdrill review` first")
    if found and now:
        history.back_up(now)
    try:
        migrations.migrate(connection)
    except sqlite3.DatabaseError as error:
        raise HistoryUnavailableError(history.path, f"it cannot be brought up to date: {error}") from error


def damaged(path: str, reason: str, program: str) -> DamagedHistoryError:
    """Return the refusal of a damaged history, which names the newest backup that can be restored."""
    from certdrill.history.backup import newest_good

    found = newest_good(path)
    return DamagedHistoryError(path, reason, found.path if found else None, program)


def _refusal(path: str, error: Exception, program: str, *, write: bool = True) -> CertdrillError:
    """Return what to say about an error of SQLite's: damage, no history at all, or trouble that will pass."""
    code = str(getattr(error, "sqlite_errorname", ""))
    if code == "SQLITE_NOTADB" and not _has_backups(path):
        return NotAHistoryError(path, str(error))
    # Our own statements fit our own tables, and our texts are UTF-8: what says otherwise is damage too.
    if code.startswith(_DAMAGE) or any(sign in str(error) for sign in _SIGNS_OF_DAMAGE):
        return damaged(path, str(error), program)
    mend = "; `certdrill review` mends it after a crash" if "READONLY" in code and not write else ""
    return HistoryUnavailableError(path, f"{error}{mend}")


def _has_backups(path: str) -> bool:
    from certdrill.history.backup import listed

    return bool(listed(path))


def _inode(path: str) -> int:
    """Return the identity of a file; 0 for none, and for a history in memory."""
    try:
        return os.stat(path).st_ino
    except OSError:
        return 0


def _is_stale(connection: sqlite3.Connection, exam: str, settings: Settings) -> bool:
    query = "SELECT 1 FROM memories WHERE exam = ? AND parameters <> ? LIMIT 1"
    return connection.execute(query, (exam, settings.hash)).fetchone() is not None


def _device(connection: sqlite3.Connection, *, write: bool) -> str:
    """Return the id this file's machine gave itself, made on first use."""
    row = connection.execute("SELECT value FROM settings WHERE key = 'device'").fetchone()
    if row:
        return str(row[0])
    name = os.urandom(4).hex()
    if write:
        connection.execute("INSERT OR IGNORE INTO settings VALUES ('device', ?)", (name,))
    return name
