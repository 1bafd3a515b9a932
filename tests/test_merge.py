from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdrill.errors import ConflictingEventError, NewerHistoryError, UntrustedFileError
from certdrill.history import migrations
from certdrill.history.merge import apply, difference, read_log, restore, salvaged
from certdrill.history.replay import Event, Review, replay
from certdrill.history.store import History, open_history
from certdrill.history.transfer import from_text, to_csv, to_json_lines
from certdrill.history.verify import examine
from certdrill.model import Unit
from certdrill.scheduling import Moment, Rating, Settings, UnitState, plans, study_day

SETTINGS = Settings()
START_MS = 20_000 * 86_400_000 + 36_000_000
UNITS = [Unit("card-a"), Unit("card-b", "f"), Unit("card-b", "r")]
EXAMS = ["bar-exam", "other-exam"]
NOW = Moment(START_MS + 10**9)


@contextmanager
def opened(path: Path | str = ":memory:", exam: str = "bar-exam") -> Iterator[History]:
    with open_history(str(path), exam, SETTINGS, write=True, device="test") as history:
        yield history


def rate(history: History, unit: Unit, rating: Rating = Rating.GOOD, at: int = START_MS) -> str:
    """Rate a unit at `at` (UTC ms) as the drill does and return the event's id."""
    now = Moment(at)
    state = history.state(unit)
    day = max(study_day(now), state.memory.last_day if state.memory else 0)
    plan = plans(state.memory, now, day, SETTINGS, str(unit))[rating]
    return history.rate(unit, rating, plan, now, study_day(now), seen=state).id


def whole_log(history: History) -> list[Event]:
    return [event for exam in history.exams() for event in history.of(exam).events()]


def whole_state(history: History) -> dict[tuple[str, Unit], UnitState]:
    return {(exam, unit): state for exam in history.exams() for unit, state in history.of(exam).states().items()}


def merged(logs: Iterable[list[Event]]) -> tuple[set[Event], dict[tuple[str, Unit], UnitState]]:
    """Merge logs one after the other into an empty history."""
    with opened() as history:
        for log in logs:
            apply(history, difference(history, log))
        return set(whole_log(history)), whole_state(history)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),  # the machine
        st.sampled_from(["rate", "rate", "rate", "undo", "suspend", "unsuspend", "bury", "reset", "merge"]),
        st.sampled_from(EXAMS),
        st.sampled_from(UNITS),
        st.sampled_from(list(Rating)),
        st.sampled_from([0, 0, 1, 60_000, 86_400_000, 30 * 86_400_000, -60_000, -3 * 86_400_000]),  # the clock moves by
    ),
    max_size=30,
)
Steps = list[tuple[int, str, str, Unit, Rating, int]]


def told(steps: Steps) -> list[list[Event]]:
    """Let three machines, whose clocks begin alike, live through the steps; return their logs."""
    with opened() as one, opened() as two, opened() as three:
        machines, clocks = [one, two, three], [START_MS] * 3
        for number, (machine, what, exam, unit, rating, wait) in enumerate(steps):
            history = machines[machine].of(exam)
            # Ids that hypothesis can replay, in no order of time.
            history._new_id = lambda number=number: f"{(number + 1) * 2_654_435_761 % 2**32:032x}"
            clocks[machine] += wait
            now = Moment(clocks[machine])
            if what == "rate":
                rate(history, unit, rating, now.ms)
            elif what == "merge":
                apply(history, difference(history, whole_log(machines[(machine + 1) % 3])))
            elif what != "undo":
                history.act(unit, what, now, study_day(now))
            elif history._last_standing(None):
                history.undo(now, study_day(now))
        return [whole_log(history) for history in machines]


@given(STEPS)
def test_merging_has_one_result_whatever_the_order(steps: Steps) -> None:
    """Three machines' logs merge by union: any order, any grouping and any repetition give the same log and states."""
    logs = told(steps)
    events, states = merged(logs)
    assert events == {event for log in logs for event in log}
    for order in itertools.permutations(logs):
        assert merged(order) == (events, states)
    first, second, third = logs
    assert merged([first, list(merged([second, third])[0])]) == (events, states)
    assert merged([*logs, *logs]) == (events, states)


@given(STEPS)
def test_the_merged_state_is_the_replay_of_the_merged_log(steps: Steps) -> None:
    """Every unit's state follows from the joint events alone."""
    events, states = merged(told(steps))
    for (exam, unit), state in states.items():
        of_unit = [event for event in events if (event.exam, event.card, event.part) == (exam, *unit)]
        assert state == replay(of_unit, SETTINGS)
    assert set(states) == {(event.exam, Unit(event.card, event.part)) for event in events}


@given(STEPS, st.sampled_from([to_json_lines, to_csv]))
def test_what_is_exported_and_imported_is_the_same_history(
    steps: Steps, form: Callable[[Iterable[Event]], Iterator[str]]
) -> None:
    """JSON lines and CSV carry every column of every event of every exam, so that the states are identical."""
    events, states = merged(told(steps))
    text = "".join(f"{line}\n" for line in form(events))
    assert merged([from_text(text, "export")]) == (events, states)


@given(STEPS)
@settings(max_examples=15)
def test_a_merged_history_verifies(steps: Steps) -> None:
    """What merging leaves is sound by every rule that `verify` knows."""
    from certdrill.history.verify import inspect

    with opened() as history:
        for log in told(steps):
            apply(history, difference(history, log))
        assert inspect(history._connection, SETTINGS).faults == ()


def test_an_event_told_differently_is_refused_from_both_sides(tmp_path: Path) -> None:
    """One id is one event: a file in which a rating was changed merges neither way, and nothing is added."""
    with opened(tmp_path / "h.db") as history:
        rate(history, UNITS[0])
        log = whole_log(history)
        other = [log[0]._replace(rating=1), log[0]._replace(id="other", ordered_at=log[0].ordered_at + 5)]
        with pytest.raises(ConflictingEventError, match="not the same in both files"):
            difference(history, other)
    with opened() as reverse:
        apply(reverse, difference(reverse, other))
        with pytest.raises(ConflictingEventError):
            difference(reverse, log)


def test_reviews_from_anki_may_be_told_twice_and_the_order_does_not_matter() -> None:
    """Two machines that imported Anki's log at different times agree after merging, whoever merges first."""
    with opened() as history:
        rate(history, UNITS[0])
        (event,) = whole_log(history)
    assert isinstance(event, Review)
    early = event._replace(source="anki", device="anki", step=None, phase=2, interval=3, due_day=event.day + 3)
    late = early._replace(rev=2, interval=4, due_day=event.day + 4)
    assert merged([[early], [late]]) == merged([[late], [early]])
    with opened() as history:
        apply(history, difference(history, [early]))
        apply(history, difference(history, [late]))
        assert whole_log(history) == [late]
        assert not difference(history, [early])


def studied_file(path: Path) -> list[Event]:
    """Make a history with ratings, an undo and a suspension, and return its log."""
    with opened(path) as history:
        for number in range(30):
            rate(history, UNITS[number % 3], at=START_MS + number * 86_400_000)
        history.undo(Moment(START_MS + 40 * 86_400_000), 20_040)
        history.act(UNITS[1], "suspend", Moment(START_MS + 40 * 86_400_000), 20_040)
        return whole_log(history)


def test_reading_another_history_leaves_no_trace(tmp_path: Path) -> None:
    """The other file keeps its bytes and nothing appears beside it."""
    log = studied_file(tmp_path / "other.db")
    before = (tmp_path / "other.db").read_bytes()
    assert sorted(read_log(str(tmp_path / "other.db"))) == sorted(log)
    assert (tmp_path / "other.db").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["other.db"]


HOSTILE = {
    "a view": ("CREATE VIEW trap AS SELECT 1", "a view 'trap'"),
    "a changed view": ("DROP VIEW counted_reviews; CREATE VIEW counted_reviews AS SELECT 1", "is not as certdrill"),
    "a trigger": ("CREATE TRIGGER trap AFTER INSERT ON reviews BEGIN DELETE FROM actions; END", "a trigger 'trap'"),
    "a table": ("CREATE TABLE more (a)", "a table 'more'"),
    "a virtual table": ("CREATE VIRTUAL TABLE more USING fts5(a)", "a table 'more"),
    "a column": ("ALTER TABLE reviews ADD COLUMN more", "is not as certdrill makes it"),
    "a missing index": ("DROP INDEX reviews_by_day", "it lacks 'reviews_by_day'"),
    "text for a number": ("UPDATE reviews SET ordered_at = 'soon'", "ordered_at is 'soon'"),
    "bytes for a text": ("UPDATE reviews SET card = x'0102'", "card is b"),
    "a control character": ("UPDATE reviews SET card = 'a' || char(27) || '[2J'", "card is 'a"),
    "a huge text": ("UPDATE reviews SET card = hex(zeroblob(300000))", "too big"),
    "a long text": ("UPDATE reviews SET device = hex(zeroblob(300))", "device is '0"),
    "text that is no UTF-8": ("UPDATE reviews SET device = CAST(x'ff' AS TEXT)", "decode"),
    "a time past all clocks": ("UPDATE reviews SET ordered_at = 9223372036854775807 WHERE rowid = 1", "ordered_at is"),
    "a time before its own": ("UPDATE reviews SET ordered_at = ordered_at - 1 WHERE rowid = 1", "before its own time"),
    "a learning phase without a step": ("UPDATE reviews SET phase = 1, step = NULL", "without a step"),
    "an undo of nothing": ("UPDATE actions SET target = 'x' WHERE target IS NOT NULL", "an event that is not there"),
    "an undo of another unit": ("UPDATE actions SET card = 'x' WHERE target IS NOT NULL", "takes back an event of"),
    "an undo before its event": ("UPDATE actions SET ordered_at = 5, acted_at = 5", "stands before what it takes back"),
    "an id in both tables": ("UPDATE actions SET id = (SELECT id FROM reviews) WHERE target IS NULL", "stands twice"),
    "another program's mark": ("PRAGMA application_id = 7", "not a certdrill history"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_history_is_refused_with_its_reason(tmp_path: Path, name: str) -> None:
    """Only our tables with our columns and rows that certdrill could have written are taken in."""
    statement, reason = HOSTILE[name]
    studied_file(tmp_path / "other.db")
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.executescript(statement)
    connection.close()
    with pytest.raises(UntrustedFileError, match="nothing was changed") as refusal:
        read_log(str(tmp_path / "other.db"))
    assert reason in str(refusal.value)
    assert "\x1b" not in str(refusal.value)


def test_a_history_of_a_newer_certdrill_is_not_merged(tmp_path: Path) -> None:
    """Its schema number is named with what to do."""
    studied_file(tmp_path / "other.db")
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute(f"PRAGMA user_version = {migrations.NEWEST + 1}")
    connection.close()
    with pytest.raises(NewerHistoryError, match="update certdrill"):
        read_log(str(tmp_path / "other.db"))


@pytest.mark.parametrize("content", [b"", b"short", b"SQLite format 3\0" + bytes(4000), b"text" * 5000])
def test_a_file_that_is_no_history_is_refused(tmp_path: Path, content: bytes) -> None:
    """Whatever the bytes are, the answer is a sentence."""
    (tmp_path / "other.db").write_bytes(content)
    with pytest.raises(UntrustedFileError):
        read_log(str(tmp_path / "other.db"))


def test_a_history_being_written_is_not_read(tmp_path: Path) -> None:
    """A journal beside the file says that the file alone is not the whole."""
    studied_file(tmp_path / "other.db")
    (tmp_path / "other.db-journal").write_bytes(b"x" * 600)
    with pytest.raises(UntrustedFileError, match="being written, or was left by a crash"):
        read_log(str(tmp_path / "other.db"))


def test_an_older_history_is_brought_up_to_date_in_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of schema 1 merges into one of schema 2 and stays of schema 1 itself."""
    log = studied_file(tmp_path / "other.db")
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, "CREATE TABLE later (a);\n"))
    monkeypatch.setattr(migrations, "NEWEST", 2)
    assert sorted(read_log(str(tmp_path / "other.db"))) == sorted(log)
    connection = sqlite3.connect(tmp_path / "other.db")
    assert migrations.version(connection) == 1
    connection.close()


def test_restoring_a_sound_history_keeps_an_open_drill_right(tmp_path: Path) -> None:
    """The file is changed in place, so that a drill that has it open writes into what was restored."""
    with opened(tmp_path / "h.db") as history:
        first = rate(history, UNITS[0])
        kept = history.back_up(NOW)
        second = rate(history, UNITS[1])
        done = restore(str(tmp_path / "h.db"), kept, NOW, SETTINGS, "certdrill")
        assert [event.id for event in history.events()] == [first]
        third = rate(history, UNITS[2])
    assert {event.id for event in read_log(str(tmp_path / "h.db"))} == {first, third}
    assert {event.id for event in read_log(done.kept)} == {first, second}
    assert examine(str(tmp_path / "h.db"), SETTINGS).faults == ()


def test_restoring_over_a_damaged_history_saves_what_came_after_the_backup(tmp_path: Path) -> None:
    """Ratings made since the backup are read out of the damaged file; its bytes are kept."""
    path = tmp_path / "h.db"
    with opened(path) as history:
        for number in range(300):
            rate(history, Unit(f"card-{number}"), at=START_MS + number * 60_000)
        kept = history.back_up(NOW)
        after = [rate(history, Unit(f"late-{number}"), at=START_MS + 10**8 + number) for number in range(5)]
        before = {event.id for event in history.events()}
    pages = bytearray(path.read_bytes())
    root = next(
        number for number in range(2, len(pages) // 4096) if pages[number * 4096] == 0x0D  # a leaf of a table
    )  # fmt: skip
    pages[root * 4096 : root * 4096 + 200] = b"\xff" * 200
    path.write_bytes(pages)
    assert examine(str(path), SETTINGS).faults
    done = restore(str(path), kept, NOW, SETTINGS, "certdrill")
    assert Path(done.kept).read_bytes() == bytes(pages)
    assert "damaged" in done.kept
    restored = {event.id for event in read_log(str(path))}
    assert restored <= before
    assert {event.id for event in read_log(kept)} <= restored
    assert done.saved == len(restored & set(after)) > 0


def test_nothing_is_saved_from_a_file_that_is_no_history(tmp_path: Path) -> None:
    """Salvage gives what it can, here nothing, and never an error."""
    for content in (b"", b"text" * 5000, os.urandom(9000), b"SQLite format 3\0" + os.urandom(9000)):
        (tmp_path / "x.db").write_bytes(content)
        assert salvaged(str(tmp_path / "x.db"), []) == []


BAD_EXPORTS = {
    "empty": ("", "it is empty"),
    "no JSON": ("{", ":1 cannot be taken in: it is no JSON"),
    "another format": ('{"format": "x"}', "does not name the format"),
    "a later version": ('{"format": "certdrill-history", "version": 2}', "has version 2"),
    "an array": ('HEAD\n[1]', ":2 cannot be taken in: it is no JSON object"),
    "an unknown kind": ('HEAD\n{"type": "wish"}', "neither review nor action"),
    "a list as kind": ('HEAD\n{"type": []}', "neither review nor action"),
    "a missing field": ('HEAD\n{"type": "action", "id": "a"}', "this action has no 'acted_at'"),
    "deep nesting": ("HEAD\n" + "[" * 15_000, ":2 cannot be taken in: it is no JSON"),
    "a long line": ("HEAD\n" + "x" * 30_000, "a line that is too long"),
    "a huge number": ('HEAD\n{"type": ' + "9" * 10_000 + "}", "it is no JSON"),
    "other columns": ("type,id\n", "its first line is not type,"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_EXPORTS)
def test_a_bad_export_is_refused_with_its_line(name: str) -> None:
    """Nothing but our own format is imported, and the message says where it stops being that."""
    text, reason = BAD_EXPORTS[name]
    with pytest.raises(UntrustedFileError) as refusal:
        from_text(text.replace("HEAD", '{"format": "certdrill-history", "version": 1}'), "file")
    assert reason in str(refusal.value)


@pytest.mark.parametrize(("old", "new"), [
    ('"rating": 3', '"rating": 9'), ('"rating": 3', '"rating": true'), ('"rating": 3', '"rating": "3"'),
    ('"retention": 0.9', '"retention": NaN'), ('"part": ""', '"part": null'), ('"rev": 1', '"rev": 1, "more": 2'),
    ('"card": "card-a"', '"card": "\\u001b[2J"'), ('"source": "drill"', '"source": ["drill"]'),
])  # fmt: skip
def test_an_exported_event_with_a_senseless_value_is_refused(old: str, new: str) -> None:
    """Each value is of its type and within its range, as in the tables."""
    with opened() as history:
        rate(history, UNITS[0])
        text = "\n".join(to_json_lines(whole_log(history)))
    assert from_text(text, "file")
    assert old in text
    with pytest.raises(UntrustedFileError, match="file:2"):
        from_text(text.replace(old, new), "file")


def test_a_csv_with_a_cell_of_the_wrong_kind_is_refused() -> None:
    """Numbers are plain digits, and a review has no target."""
    with opened() as history:
        rate(history, UNITS[0])
        text = "\n".join(to_csv(whole_log(history)))
    assert from_text(text.replace("\n", "\r\n"), "file") == from_text(text, "file")
    for wrong in (
        text.replace(",0.9,", ",x,"),
        text + "x",
        text.replace(",drill,", ",\u0663,"),
        text + ",",
        text + '"',
    ):
        with pytest.raises(UntrustedFileError):
            from_text(wrong, "file")
