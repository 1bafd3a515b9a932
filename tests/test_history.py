from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from certdrill.errors import (
    ChangedElsewhereError,
    HistoryUnavailableError,
    NewerHistoryError,
    NotAHistoryError,
    NothingToUndoError,
)
from certdrill.history import migrations
from certdrill.history.replay import Event, replay
from certdrill.history.store import History, open_history
from certdrill.model import Unit
from certdrill.scheduling import NEW, Moment, Phase, Rating, Settings, plans, study_day
from certdrill.study.queue import rated_on

SETTINGS = Settings()
START_MS = 20_000 * 86_400_000 + 36_000_000
UNITS = [Unit("card-a"), Unit("card-b", "f"), Unit("card-b", "r")]


@contextmanager
def opened(path: Path | str, *, write: bool = True, exam: str = "bar-exam") -> Iterator[History]:
    with open_history(str(path), exam, SETTINGS, write=write, device="test") as history:
        yield history


def rate(history: History, unit: Unit, rating: Rating = Rating.GOOD, at: int = START_MS) -> str:
    """Rate a unit at `at` (UTC ms) as the drill does and return the event's id."""
    now = Moment(at)
    state = history.state(unit)
    day = max(study_day(now), state.memory.last_day if state.memory else 0)
    plan = plans(state.memory, now, day, SETTINGS, str(unit))[rating]
    return history.rate(unit, rating, plan, now, study_day(now), seen=state).id


def test_a_rating_is_on_disk_when_rate_returns(tmp_path: Path) -> None:
    """A second connection sees the review and the new state at once."""
    with opened(tmp_path / "h.db") as history:
        event = rate(history, UNITS[0])
        with opened(tmp_path / "h.db", write=False) as other:
            assert [review.id for review in other.events()] == [event]
            assert other.state(UNITS[0]).memory == history.state(UNITS[0]).memory


def test_undo_restores_the_exact_state(tmp_path: Path) -> None:
    """After an undo, memory, rev, suspension and burial are what they were, and so are the rows by day."""
    with opened(tmp_path / "h.db") as history:
        rate(history, UNITS[0], Rating.EASY)
        before = history.state(UNITS[0])
        later = START_MS + 30 * 86_400_000
        rate(history, UNITS[0], Rating.AGAIN, later)
        assert history.state(UNITS[0]).memory != before.memory
        history.undo(Moment(later + 1000), study_day(Moment(later)))
        after = history.state(UNITS[0])
        assert after._replace(last_event="") == before._replace(last_event="")
        assert rated_on(history.states(), study_day(Moment(later))) == set()


def test_undo_goes_back_through_several_kinds_of_events(tmp_path: Path) -> None:
    """Suspend, bury and reset are taken back one by one, the latest first, down to an untouched history."""
    with opened(tmp_path / "h.db") as history:
        states = [history.state(UNITS[0])]
        rate(history, UNITS[0])
        for action in ("bury", "suspend", "reset", "unsuspend"):
            states.append(history.state(UNITS[0]))
            history.act(UNITS[0], action, Moment(START_MS), 20_000)
        for before in reversed(states):
            history.undo(Moment(START_MS), 20_000)
            assert history.state(UNITS[0])._replace(last_event="") == before._replace(last_event="")
        with pytest.raises(NothingToUndoError):
            history.undo(Moment(START_MS), 20_000)


def test_a_rating_of_a_unit_changed_elsewhere_is_refused(tmp_path: Path) -> None:
    """Two terminals showing one card: the second rating is refused and nothing of it is kept."""
    with opened(tmp_path / "h.db") as one, opened(tmp_path / "h.db") as two:
        seen = two.state(UNITS[0])
        rate(one, UNITS[0])
        plan = plans(None, Moment(START_MS), 20_000, SETTINGS)[Rating.GOOD]
        with pytest.raises(ChangedElsewhereError, match="card-a was changed in another terminal"):
            two.rate(UNITS[0], Rating.GOOD, plan, Moment(START_MS), 20_000, seen=seen)
        assert len(two.events()) == 1
        rate(two, UNITS[0])
        assert len(one.events()) == 2


def test_an_undo_of_an_event_that_is_not_the_units_last_is_refused(tmp_path: Path) -> None:
    """Taking back an earlier rating under a later one would rewrite what the later one was based on."""
    with opened(tmp_path / "h.db") as history:
        rate(history, UNITS[0])
        first = history.events()[0]
        rate(history, UNITS[0], at=START_MS + 600_000)
        with pytest.raises(ChangedElsewhereError):
            history.undo(Moment(START_MS), 20_000, event=first)


def test_a_clock_that_went_back_costs_no_rating(tmp_path: Path) -> None:
    """The rating is saved with the raw time, counts as made on the unit's last day, and the jump is said."""
    with opened(tmp_path / "h.db") as history:
        rate(history, UNITS[0], Rating.EASY)
        rate(history, UNITS[0], Rating.GOOD, START_MS - 5 * 86_400_000)
        assert history.clock_went_back_by == 5 * 86_400_000
        first, second = history.events(UNITS[0])
        assert (second.day, first.ordered_at < second.ordered_at) == (19_995, True)
        memory = history.state(UNITS[0]).memory
        assert memory is not None
        assert memory.last_day == 20_000
        assert replay(history.events(UNITS[0]), SETTINGS) == history.state(UNITS[0])


def test_events_of_one_millisecond_are_no_clock_going_back(tmp_path: Path) -> None:
    """Order is kept by pushing the ordering time, which is not mistaken for the clock."""
    with opened(tmp_path / "h.db") as history:
        for _ in range(4):
            history.act(UNITS[0], "bury", Moment(START_MS), 20_000)
            assert history.clock_went_back_by == 0
        rate(history, UNITS[1], at=START_MS + 10**9)
        rate(history, UNITS[2], at=START_MS + 10**9 - 5)
        assert history.clock_went_back_by == 5
        rate(history, UNITS[0], at=START_MS + 10**9)
        assert history.clock_went_back_by == 0
        orders = [event.ordered_at for event in history.events()]
        assert len(set(orders)) == len(orders)


def test_other_parameters_rebuild_every_state(tmp_path: Path) -> None:
    """States carry the hash of their parameters; opening under others replays the log, due days stay."""
    with opened(tmp_path / "h.db") as history:
        rate(history, UNITS[0], Rating.EASY)
        before = history.state(UNITS[0]).memory
    other = Settings(parameters=tuple(number * 1.05 for number in DEFAULTS))
    with open_history(str(tmp_path / "h.db"), "bar-exam", other, write=True) as history:
        after = history.state(UNITS[0]).memory
    assert before is not None
    assert after is not None
    assert after.stability == pytest.approx(before.stability * 1.05)
    assert after.due_day == before.due_day


DEFAULTS = (
    0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796,
    1.4835, 0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
)  # fmt: skip


def test_two_exams_in_one_file_never_meet(tmp_path: Path) -> None:
    """The exam's id is part of every key."""
    with opened(tmp_path / "h.db") as law, opened(tmp_path / "h.db", exam="other-exam") as other:
        rate(law, UNITS[0])
        assert other.state(UNITS[0]) == NEW
        assert other.events() == []
        with pytest.raises(NothingToUndoError):
            other.undo(Moment(START_MS), 20_000)


def test_a_reader_creates_nothing(tmp_path: Path) -> None:
    """Reading a history that does not exist gives an empty one and leaves the folder as it was."""
    with opened(tmp_path / "folder" / "h.db", write=False) as history:
        assert history.states() == {}
    assert list(tmp_path.iterdir()) == []


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    """A history opened for reading refuses a rating with a sentence, and the file keeps its bytes."""
    path = tmp_path / "h.db"
    with opened(path) as history:
        rate(history, UNITS[0])
    before = path.read_bytes()
    with opened(path, write=False) as history, pytest.raises(HistoryUnavailableError, match="readonly database"):
        rate(history, UNITS[1])
    assert path.read_bytes() == before


def test_a_newer_history_is_refused_and_left_alone(tmp_path: Path) -> None:
    """A file of a later certdrill names both schema numbers and what to do."""
    path = tmp_path / "h.db"
    with opened(path) as history:
        rate(history, UNITS[0])
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {migrations.NEWEST + 1}")
    connection.close()
    before = path.read_bytes()
    for write in (True, False):
        with pytest.raises(NewerHistoryError, match="update certdrill"), opened(path, write=write):
            pass
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database, but long enough to be read as one" * 50, b"short"])
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    """Naming some other file as the history is refused, and its bytes stay."""
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(NotAHistoryError), opened(path):
        pass
    assert path.read_bytes() == content


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    """A SQLite file without our mark is never migrated."""
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(NotAHistoryError, match="another program"), opened(path):
        pass
    assert path.read_bytes() == before


def test_a_failed_migration_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that breaks in the middle changes neither tables nor number."""
    path = tmp_path / "h.db"
    with opened(path) as history:
        rate(history, UNITS[0])
    steps = (*migrations.MIGRATIONS, "CREATE TABLE half (a);\nCREATE TABLE half (a);\n")
    monkeypatch.setattr(migrations, "MIGRATIONS", steps)
    monkeypatch.setattr(migrations, "NEWEST", len(steps))
    with pytest.raises(HistoryUnavailableError), opened(path):
        pass
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone()[0] == len(steps) - 1
    assert not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'half'").fetchall()
    connection.close()


@pytest.mark.parametrize(
    "column",
    ["rating = 5", "rating = 0", "source = 'guess'", "phase = 0", "duration = -1", "utc_offset = 2000", "rev = 0"],
)
def test_the_schema_itself_refuses_senseless_rows(tmp_path: Path, column: str) -> None:
    """CHECK constraints hold against any program that writes to the file."""
    path = tmp_path / "h.db"
    with opened(path) as history:
        rate(history, UNITS[0])
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(f"UPDATE reviews SET {column}")
    connection.close()


def test_counted_reviews_leave_undone_ones_out(tmp_path: Path) -> None:
    """The view people query holds the ratings that stand; the log keeps them all."""
    with opened(tmp_path / "h.db") as history:
        rate(history, UNITS[0])
        rate(history, UNITS[1])
        history.undo(Moment(START_MS), 20_000)
    connection = sqlite3.connect(tmp_path / "h.db")
    assert connection.execute("SELECT count(*) FROM reviews").fetchone() == (2,)
    assert connection.execute("SELECT card FROM counted_reviews").fetchall() == [("card-a",)]
    connection.close()


class Operations(RuleBasedStateMachine):
    """Any sequence of ratings, actions and undos, with time going forth and back."""

    def __init__(self) -> None:
        super().__init__()
        self.scope = open_history(":memory:", "bar-exam", SETTINGS, write=True, device="test")
        self.history = self.scope.__enter__()
        self.now = START_MS
        self.before: list[dict[Unit, object]] = []

    @initialize()
    def begin(self) -> None:
        assert self.history.states() == {}

    @rule(unit=st.sampled_from(UNITS), rating=st.sampled_from(list(Rating)), minutes=st.integers(-3000, 60_000))
    def rates(self, unit: Unit, rating: Rating, minutes: int) -> None:
        self.now += minutes * 60_000
        self.before.append(self.memories())
        rate(self.history, unit, rating, self.now)

    @rule(unit=st.sampled_from(UNITS), action=st.sampled_from(["suspend", "unsuspend", "bury", "reset"]))
    def acts(self, unit: Unit, action: str) -> None:
        self.before.append(self.memories())
        self.history.act(unit, action, Moment(self.now), study_day(Moment(self.now)))

    @rule()
    def undoes(self) -> None:
        if self.before:
            self.history.undo(Moment(self.now), study_day(Moment(self.now)))
            expected = self.before.pop()
            assert {unit: state for unit, state in self.memories().items() if state != NEW} == {
                unit: state for unit, state in expected.items() if state != NEW
            }

    def memories(self) -> dict[Unit, object]:
        return {unit: state._replace(last_event="") for unit, state in self.history.states().items()}

    @invariant()
    def cache_equals_replay(self) -> None:
        for unit in UNITS:
            assert self.history.state(unit) == replay(self.history.events(unit), SETTINGS)

    @invariant()
    def rebuilding_changes_nothing(self) -> None:
        before = self.history.states()
        self.history.rebuild()
        assert self.history.states() == before

    def teardown(self) -> None:
        self.scope.__exit__(None, None, None)


def test_the_cache_is_the_replay_after_any_sequence_of_operations() -> None:
    """States equal the replay of the log, and undo restores what was there, whatever was done in what order."""
    run_state_machine_as_test(Operations, settings=settings(max_examples=40, stateful_step_count=25, deadline=None))


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from(UNITS), st.sampled_from(list(Rating))), min_size=1, max_size=12), st.randoms()
)
def test_replay_does_not_depend_on_the_order_events_arrive_in(
    ratings: list[tuple[Unit, Rating]], chance: random.Random
) -> None:
    """The union of two machines' logs has one meaning: events are ordered by their own keys."""
    with opened(":memory:") as history:
        for number, (unit, rating) in enumerate(ratings):
            rate(history, unit, rating, START_MS + number * 7_200_000)
        for unit in UNITS:
            events = history.events(unit)
            chance.shuffle(events)
            assert replay(events, SETTINGS) == history.state(unit)


WRITER = """
import sys
from certdrill.history.store import open_history
from certdrill.model import Unit
from certdrill.study.queue import rated_on
from certdrill.scheduling import Moment, Rating, Settings, plans
with open_history(sys.argv[1], "bar-exam", Settings(), write=True) as history:
    number = 0
    while True:
        unit = Unit(f"card-{number}")
        plan = plans(None, Moment(0), 0, Settings())[Rating.GOOD]
        history.rate(unit, Rating.GOOD, plan, Moment(number), 0, seen=history.state(unit))
        print(number, flush=True)
        number += 1
"""


@pytest.mark.slow
def test_kill_minus_nine_loses_no_acknowledged_rating(tmp_path: Path) -> None:
    """A writer killed at twenty moments: every rating it reported is there, with its state, and at most one more."""
    for round_number in range(20):
        path = tmp_path / f"{round_number}.db"
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            told = [int(process.stdout.readline()) for _ in range(3 + round_number * 2)]
            process.kill()
            told += [int(line) for line in process.stdout if line.endswith("\n")]
        with opened(path) as history:
            kept = {event.card for event in history.events()}
            assert {f"card-{number}" for number in told} <= kept
            assert len(kept) <= len(told) + 1
            assert {unit.card for unit in history.states()} == kept
            assert all(state.memory and state.memory.phase is Phase.LEARNING for state in history.states().values())


def logged(tmp_path: Path) -> list[Event]:
    """Return what another machine's history holds: ratings, a reset, a rating that was undone."""
    with opened(tmp_path / "other.db") as history:
        for number, unit in enumerate(UNITS):
            rate(history, unit, at=START_MS + number * 86_400_000)
        history.act(UNITS[0], "reset", Moment(START_MS + 4 * 86_400_000), 20_004)
        rate(history, UNITS[1], Rating.AGAIN, at=START_MS + 5 * 86_400_000)
        history.undo(Moment(START_MS + 6 * 86_400_000), 20_006)
        return history.events()


def test_added_events_are_here_once(tmp_path: Path) -> None:
    """Events from elsewhere join the log with their states; what is here already, its own events too, stays."""
    events = logged(tmp_path)
    with opened(tmp_path / "h.db") as history:
        own = rate(history, UNITS[1], Rating.EASY, at=START_MS + 86_400_000 // 2)
        assert history.add(events) == len(events) == 6
        assert {event.id for event in history.events()} == {own, *(event.id for event in events)}
        states = history.states()
        assert states[UNITS[0]].memory is None
        assert states[UNITS[1]].memory is not None
        assert states[UNITS[1]].memory.reps == 2
        assert history.add(reversed(events)) == 0
        assert history.states() == states
        history.rebuild()
        assert history.states() == states


def test_events_are_added_in_any_order_and_in_parts(tmp_path: Path) -> None:
    """Three parts that overlap, the last first, lead to the states of the whole log."""
    events = logged(tmp_path)
    with opened(tmp_path / "h.db") as history:
        assert [history.add(part) for part in (events[3:], events[1:4], events)] == [3, 2, 1]
        with opened(tmp_path / "other.db", write=False) as other:
            assert history.states() == other.states()
            assert history.events() == other.events()


def test_one_senseless_event_keeps_all_of_them_out(tmp_path: Path) -> None:
    """All or none: a row the schema refuses, or one of another exam, leaves the history as it was."""
    first, *others = logged(tmp_path)
    with opened(tmp_path / "h.db") as history:
        rate(history, UNITS[2])
        before = (history.events(), history.states())
        with pytest.raises(HistoryUnavailableError, match="CHECK constraint failed"):
            history.add([*others, first._replace(rating=7)])
        with pytest.raises(ValueError, match="an event of other-exam"):
            history.add([*others, first._replace(exam="other-exam")])
        assert (history.events(), history.states()) == before
