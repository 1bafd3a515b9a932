"""Whether a history can be trusted: its file, its schema, every event, the whole log and its states; only reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from math import isclose
from typing import Any, NamedTuple

from certdrill.history import migrations
from certdrill.history.replay import Action, Event, Review, replay
from certdrill.model import Unit
from certdrill.scheduling import NEVER, NEW, Settings, UnitState

LATEST_MS = 253_402_300_799_999  # the end of the year 9999
LATEST_DAY = 2_900_000
_TIME = (0, LATEST_MS)
_DAY = (-2, LATEST_DAY)
_RANGES: dict[str, tuple[int, int]] = {
    "ordered_at": _TIME, "reviewed_at": _TIME, "acted_at": _TIME, "rev": (1, 1_000_000), "rating": (1, 4),
    "utc_offset": (-1080, 1080), "day": _DAY, "duration": (0, 1_000_000_000), "phase": (1, 3), "step": (0, 1000),
    "interval": (0, 1_000_000), "due_day": (-2, LATEST_DAY + 1_000_000), "due_at": (0, 2 * LATEST_MS),
}  # fmt: skip
_CHOICES = {
    "source": {"drill", "mock", "anki"},
    "action": {"undo", "suspend", "unsuspend", "bury", "reset"},
}
_LENGTHS = {"id": (1, 100), "exam": (1, 200), "card": (1, 200), "model": (1, 50), "parameters": (1, 100)}
_ANY_LENGTH = (0, 200)
_LEARNING_PHASES = (1, 3)
NULLABLE = {"step", "target"}
MOST_FAULTS = 20


class Fault(NamedTuple):
    """One thing that is wrong, and what mends it: `rebuild`, `restore`, or nothing."""

    text: str
    remedy: str = "restore"


class Report(NamedTuple):
    """What was found: faults, numbers of reviews, actions and units, and the latest time of an event (UTC ms)."""

    faults: tuple[Fault, ...] = ()
    reviews: int = 0
    actions: int = 0
    units: int = 0
    exams: tuple[str, ...] = ()
    last_at: int = 0


def event_fault(event: Event) -> str:
    """Return why an event is none that certdrill writes, or an empty text."""
    values: tuple[Any, ...] = event
    for name, value, (kind, low, high) in zip(event._fields, values, _FORMS[type(event)], strict=True):
        if type(value) is not kind:
            fits = value is None and name in NULLABLE
        elif kind is str:
            fits = low <= len(value) <= high and value.isprintable() and value in _CHOICES.get(name, (value,))
        else:
            fits = low <= value <= high
        if not fits:
            return f"{name} is {repr(value)[:60]}"
    if isinstance(event, Review):
        if event.phase in _LEARNING_PHASES and event.step is None:
            return "a learning phase without a step"
    elif (event.action == "undo") != (event.target is not None):
        return f"target {event.target!r} for {event.action}"
    at = raw_time(event)
    return f"ordered_at {event.ordered_at} is before its own time {at}" if event.ordered_at < at else ""


def _form(name: str) -> tuple[type, float, float]:
    """Return the type of a field and the range of its value, or of its length."""
    if name in _RANGES:
        return (int, *_RANGES[name])
    return (float, 0.5, 1) if name == "retention" else (str, *_LENGTHS.get(name, _ANY_LENGTH))


_FORMS: dict[type, tuple[tuple[Any, float, float], ...]] = {
    kind: tuple(map(_form, kind._fields)) for kind in (Review, Action)
}


def raw_time(event: Event) -> int:
    """Return when an event happened by the clock of its machine, UTC ms."""
    return event.reviewed_at if isinstance(event, Review) else event.acted_at


def log_faults(events: Iterable[Event]) -> list[Fault]:
    """Return what is wrong with the undos of a whole log: each has to name an earlier event of its own unit."""
    log = list(events)
    known = {event.id: event for event in log}
    faults = []
    for event in log:
        if isinstance(event, Action) and event.action == "undo":
            target = known.get(event.target or "")
            if target is None:
                faults.append(Fault(f"undo {event.id} of {event.card} takes back an event that is not there"))
            elif (target.exam, target.card, target.part) != (event.exam, event.card, event.part):
                faults.append(Fault(f"undo {event.id} of {event.card} takes back an event of {target.card}"))
            elif target.ordered_at > event.ordered_at:
                faults.append(Fault(f"undo {event.id} of {event.card} stands before what it takes back"))
    return faults


def schema_fault(connection: sqlite3.Connection) -> str:
    """Return how the tables, indexes and views of a file differ from ours, or an empty text."""
    number = migrations.version(connection)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
        migrations.migrate(model, up_to=number)
        wanted, found = _schema(model), _schema(connection)
    for key, text in found.items():
        if key not in wanted:
            kind, name = key
            return f"it holds a {kind} {name!r}, which no history has; DROP {kind.upper()} {name} takes it out"
        if wanted[key] != text:
            return f"its {key[0]} {key[1]!r} is not as certdrill makes it"
    missing = [name for _, name in wanted.keys() - found.keys()]
    return f"it lacks {min(missing)!r}" if missing else ""


def _schema(connection: sqlite3.Connection) -> dict[tuple[str, str], str | None]:
    rows = connection.execute("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'")
    return {(str(kind), str(name)): sql for kind, name, sql in rows}


def rows_of(connection: sqlite3.Connection) -> list[Event]:
    """Return every event of every exam as it stands, unordered and unchecked."""
    columns = {kind: ", ".join(kind._fields) for kind in (Review, Action)}
    reviews = connection.execute(f"SELECT {columns[Review]} FROM reviews").fetchall()  # noqa: S608 - our own names
    actions = connection.execute(f"SELECT {columns[Action]} FROM actions").fetchall()  # noqa: S608 - as above
    return [*(Review(*row) for row in reviews), *(Action(*row) for row in actions)]


def misfit(connection: sqlite3.Connection) -> str:
    """Return the first row of an open file that certdrill cannot have written, or an empty text."""
    for event in rows_of(connection):
        fault = event_fault(event)
        if fault:
            return f"event {event.id!r}: {fault}"
    for row in connection.execute("SELECT * FROM memories"):
        fault = memory_fault(row)
        if fault:
            return f"state of {row[1]!r}: {fault}"
    return ""


def memory_fault(row: Sequence[Any]) -> str:
    """Return why a row of `memories` is none that certdrill writes, or an empty text."""
    exam, card, part, phase, step, stability, difficulty, *numbers, last_event, model, parameters = row
    texts = (exam, card, part, last_event, model, parameters)
    if not all(isinstance(text, str) and text.isprintable() for text in texts):
        return "a text is no text"
    if not all(type(number) is int and abs(number) <= 2 * LATEST_MS for number in (phase, *numbers)):
        return "a number is no number"
    if not 0 <= phase <= max(_LEARNING_PHASES) or (phase in _LEARNING_PHASES and type(step) is not int):
        return f"phase {phase} with step {step!r}"
    if phase and not (type(stability) is float and type(difficulty) is float and stability > 0):
        return f"stability {stability!r}, difficulty {difficulty!r}"
    if not NEVER <= numbers[-1] <= LATEST_DAY:
        return f"buried_day {numbers[-1]}"
    return ""


def inspect(connection: sqlite3.Connection, settings: Settings, *, replayed: bool = True) -> Report:
    """Return what is wrong with an open history; raises sqlite3.Error where it cannot even be read.

    Without `replayed`, states are not compared with their log, which takes longest and finds nothing to restore.
    """
    found = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({MOST_FAULTS})")]
    faults = [Fault(text.removeprefix("*** in database main ***\n")) for text in found if text != "ok"]
    fault = schema_fault(connection)
    if fault:
        faults.append(Fault(fault))
    events = rows_of(connection)
    misfits = [(event, event_fault(event)) for event in events]
    faults += [Fault(f"event {event.id!r} of {event.card!r}: {text}") for event, text in misfits if text]
    if not any(text for _, text in misfits):
        faults += log_faults(events)
        if replayed and not faults:
            faults += _state_faults(connection, events, settings)
    reviews = sum(isinstance(event, Review) for event in events)
    units = {(event.exam, event.card, event.part) for event in events}
    exams = tuple(sorted({event.exam for event in events if isinstance(event.exam, str)}))
    last = max(map(raw_time, events), default=0) if not faults else 0
    return Report(tuple(faults), reviews, len(events) - reviews, len(units), exams, last)


def _state_faults(connection: sqlite3.Connection, events: Iterable[Event], settings: Settings) -> list[Fault]:
    """Return the units whose state is not the replay of their events; states of other parameters are passed over."""
    from certdrill.history.store import state_of_row

    logs: dict[tuple[str, Unit], list[Event]] = {}
    for event in events:
        logs.setdefault((event.exam, Unit(event.card, event.part)), []).append(event)
    faults, seen = [], set()
    for row in connection.execute("SELECT * FROM memories"):
        key = (row[0], Unit(row[1], row[2]))
        seen.add(key)
        fault = memory_fault(row)
        if fault:
            faults.append(Fault(f"the state of {key[1]} cannot be: {fault}", "rebuild"))
        elif key not in logs:
            if state_of_row(row) != NEW:
                faults.append(Fault(f"{key[1]} has a state and no event", "rebuild"))
        elif row[-1] == settings.hash and not same(state_of_row(row), replay(logs[key], settings)):
            faults.append(Fault(f"the state of {key[1]} is not what its log leads to", "rebuild"))
    faults += [Fault(f"{unit} has events and no state", "rebuild") for exam, unit in logs if (exam, unit) not in seen]
    return faults


def same(one: UnitState, other: UnitState) -> bool:
    """Tell whether two states agree; stability and difficulty to nine digits, as machines differ in the last."""
    if one.memory is None or other.memory is None:
        return one == other
    rounded = one.memory._replace(stability=other.memory.stability, difficulty=other.memory.difficulty)
    return (
        one._replace(memory=rounded) == other
        and isclose(one.memory.stability, other.memory.stability, rel_tol=1e-9)
        and isclose(one.memory.difficulty, other.memory.difficulty, rel_tol=1e-9)
    )


def examine(path: str, settings: Settings, *, replayed: bool = True) -> Report:
    """Return what is wrong with a history file, whatever state it is in; a file that is not there is sound."""
    import os

    from certdrill.history.backup import listed
    from certdrill.history.store import connect

    if not os.path.exists(path):
        return Report()
    try:
        # Reading only, unless a crash left a journal: SQLite then has to put the file right first.
        write = os.path.exists(f"{path}-journal") and os.access(path, os.W_OK)
        with closing(connect(path, write=write)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            fault = _mark_fault(connection)
            if fault:
                is_begun_anew = not os.path.getsize(path) and not listed(path)
                return Report() if is_begun_anew else Report((Fault(fault),))
            report = inspect(connection, settings, replayed=replayed)
            if any(fault.remedy == "restore" for fault in report.faults):
                return report
            # A backup that tells an event otherwise comes first: states computed from a wrong log would be wrong too.
            return report._replace(faults=(*_changed_since_backup(connection, path), *report.faults))
    except migrations.TROUBLE as error:
        return Report((Fault(str(error)),))


def _changed_since_backup(connection: sqlite3.Connection, path: str) -> list[Fault]:
    """Return the events that the newest good backup tells otherwise; those from Anki may be told better later."""
    from certdrill.history.backup import newest_good
    from certdrill.history.store import connect

    backup = newest_good(path)
    if backup is None:
        return []
    with closing(connect(backup.path, write=False)) as copy:
        kept = {event.id: event for event in rows_of(copy)}
    return [
        Fault(f"event {event.id} of {event.card} is not as the backup {backup.path} has it")
        for event in rows_of(connection)
        if event.device != "anki" and kept.get(event.id, event) != event
    ]


def _mark_fault(connection: sqlite3.Connection) -> str:
    found = migrations.version(connection)
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if not tables:
        return "it is empty"
    if connection.execute("PRAGMA application_id").fetchone()[0] != migrations.APPLICATION_ID:
        return "its mark is not that of a history"
    if found > migrations.NEWEST:
        return f"its schema {found} is newer than this certdrill knows ({migrations.NEWEST}); update certdrill, if so"
    return ""
