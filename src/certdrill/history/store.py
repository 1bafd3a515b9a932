"""The history file: append an event and its unit's state in one transaction, read states; alone opens it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from certdrill.errors import (
    ChangedElsewhereError,
    HistoryUnavailableError,
    NewerHistoryError,
    NotAHistoryError,
    NothingToUndoError,
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
_OF_UNIT = " AND card = ? AND part = ?"


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
    ) -> None:
        self.path, self.exam, self.settings, self.device = path, exam, settings, device
        self._connection, self._new_id = connection, new_id
        self._clock_went_back_by = 0

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
        return {Unit(row[1], row[2]): _state(row) for row in rows}

    def state(self, unit: Unit) -> UnitState:
        """Return one unit's state; that of a new unit when nothing is known."""
        from certdrill.scheduling import NEW

        with self._reading():
            row = self._connection.execute(_MEMORIES + _OF_UNIT, (self.exam, *unit)).fetchone()
        return _state(row) if row else NEW

    def events(self, unit: Unit | None = None) -> list[Event]:
        """Return the log of one unit or of the whole exam, oldest first, undone events included."""
        from certdrill.history.replay import Action, Review

        of_unit, values = (_OF_UNIT, (self.exam, *unit)) if unit else ("", (self.exam,))
        with self._reading():
            reviews = self._connection.execute(_REVIEWS + of_unit, values).fetchall()
            actions = self._connection.execute(_ACTIONS + of_unit, values).fetchall()
        log: list[Event] = [*(Review(*row) for row in reviews), *(Action(*row) for row in actions)]
        return sorted(log, key=lambda event: (event.ordered_at, event.id))

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

    def rebuild(self) -> int:
        """Compute every state of this exam again from the log; return the number of units."""
        with self._writing():
            self._connection.execute("DELETE FROM memories WHERE exam = ?", (self.exam,))
            units = {Unit(event.card, event.part) for event in self.events()}
            for unit in sorted(units):
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

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise HistoryUnavailableError(self.path, str(error)) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._reading():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
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


def _state(row: tuple[Any, ...]) -> UnitState:
    from certdrill.scheduling import Memory, Phase, UnitState

    memory = Memory(Phase(row[3]), *row[4:14]) if row[3] else None
    return UnitState(memory, row[14], bool(row[15]), row[16], row[17])


@contextmanager
def open_history(path: str, exam: str, settings: Settings, *, write: bool, device: str = "") -> Iterator[History]:
    """Open the history of one exam and close it again.

    With `write` the file and its folder are made when missing, and migrated; states that were computed under other
    parameters are computed again. Without, a missing file reads as an empty history and nothing is created.

    Raises NewerHistoryError, NotAHistoryError or HistoryUnavailableError.
    """
    try:
        connection = _connect(path, write=write)
    except (OSError, sqlite3.Error) as error:
        raise HistoryUnavailableError(path, str(error)) from error
    try:
        _prepare(connection, path, write=write)
        history = History(path, connection, exam, settings, device=device)
        history.begin(write=write)
        yield history
    finally:
        connection.close()


def _connect(path: str, *, write: bool) -> sqlite3.Connection:
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


def _prepare(connection: sqlite3.Connection, path: str, *, write: bool) -> None:
    """Make sure that the file is a history of a version this program knows; migrate it when writing."""
    try:
        connection.executescript("PRAGMA synchronous=FULL; PRAGMA trusted_schema=OFF")
        filled = write and os.path.exists(path) and os.path.getsize(path) > 0
        # One look, since another process may be making the file just now; as a writer, to learn at once if it may not.
        connection.execute("BEGIN IMMEDIATE" if filled else "BEGIN")
        found = migrations.version(connection)
        mark = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        connection.execute("COMMIT")
        if mark != migrations.APPLICATION_ID and (tables or found):
            raise NotAHistoryError(path, "it belongs to another program")
        if found > migrations.NEWEST:
            raise NewerHistoryError(path, found, migrations.NEWEST)
        if found < migrations.NEWEST and write:
            migrations.migrate(connection)
        elif found < migrations.NEWEST:
            raise HistoryUnavailableError(path, "it needs to be brought up to date by `certdrill review` first")
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error):
            raise NotAHistoryError(path, str(error)) from error
        mend = "; `certdrill review` mends it after a crash" if "readonly" in str(error) and not write else ""
        raise HistoryUnavailableError(path, f"{error}{mend}") from error


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
