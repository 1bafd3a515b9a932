from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdrill.errors import BackupFailedError, DamagedHistoryError, HistoryUnavailableError, NotAHistoryError
from certdrill.history import backup, migrations, store
from certdrill.history.backup import Backup, listed, newest_good, outdated
from certdrill.history.merge import read_log, restore
from certdrill.history.store import History, open_history
from certdrill.history.verify import examine
from certdrill.model import Unit
from certdrill.scheduling import Moment, Rating, Settings, plans, study_day

SETTINGS = Settings()
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY_MS = 86_400_000


def moment(when: datetime = NOON, offset: int = 0) -> Moment:
    return Moment(int(when.timestamp() * 1000), offset)


@contextmanager
def opened(path: Path, now: Moment | None = None, *, write: bool = True) -> Iterator[History]:
    with open_history(str(path), "bar-exam", SETTINGS, write=write, now=now, device="test") as history:
        yield history


def rate(history: History, card: str, now: Moment) -> str:
    plan = plans(None, now, study_day(now), SETTINGS)[Rating.GOOD]
    unit = Unit(card)
    return history.rate(unit, Rating.GOOD, plan, now, study_day(now), seen=history.state(unit)).id


def names(path: Path) -> list[str]:
    return [Path(found.path).name for found in listed(str(path))]


def study(path: Path, *days: int) -> None:
    """Open the history for writing at noon of each day after the first, and rate one card."""
    for day in days:
        now = Moment(moment().ms + day * DAY_MS)
        with opened(path, now) as history:
            rate(history, f"card-{day}", now)


def test_a_copy_is_verified_and_has_every_row(tmp_path: Path) -> None:
    """The copy holds the same log and states, is named by local time, and nothing else is left in its folder."""
    path = tmp_path / "history.sqlite"
    with opened(path) as history:
        rate(history, "card-a", moment())
        made = history.back_up(moment(offset=120))
        assert made == str(tmp_path / "backups" / "history-20261122-140000.sqlite")
        assert read_log(made) == history.events()
        assert list((tmp_path / "backups").iterdir()) == [Path(made)]
        with opened(Path(made), write=False) as copy:
            assert copy.states() == history.states()


def test_two_copies_of_one_second_are_both_kept(tmp_path: Path) -> None:
    """A name in use gets a number, so that no copy overwrites another."""
    path = tmp_path / "history.sqlite"
    with opened(path) as history:
        rate(history, "card-a", moment())
        history.back_up(moment())
        rate(history, "card-b", moment())
        history.back_up(moment())
    assert names(path) == ["history-20261122-120000.sqlite", "history-20261122-120000-2.sqlite"]
    assert [len(read_log(found.path)) for found in listed(str(path))] == [1, 2]


def test_histories_in_one_folder_keep_their_backups_apart(tmp_path: Path) -> None:
    """The name of the history is part of the name of its backup."""
    for name in ("a.db", "b.db", "a"):
        with opened(tmp_path / name) as history:
            rate(history, "card", moment())
            history.back_up(moment())
    assert names(tmp_path / "a.db") == ["a.db-20261122-120000.sqlite"]
    assert names(tmp_path / "a") == ["a-20261122-120000.sqlite"]


def test_the_first_writing_of_a_study_day_makes_the_backup(tmp_path: Path) -> None:
    """Each day's backup holds what the days before left; a day has one; a reader and an empty history make none."""
    path = tmp_path / "history.sqlite"
    study(path, 0)
    assert names(path) == []
    study(path, 1, 1, 1)
    assert [len(read_log(found.path)) for found in listed(str(path))] == [1]
    study(path, 2)
    assert [len(read_log(found.path)) for found in listed(str(path))] == [1, 4]
    with opened(path, Moment(moment().ms + 9 * DAY_MS), write=False):
        pass
    assert len(names(path)) == 2


def test_a_night_before_four_belongs_to_the_day_before(tmp_path: Path) -> None:
    """Study days turn over at 4:00, in the name's local time too."""
    path = tmp_path / "history.sqlite"
    study(path, 0)
    for hours in (1, 15, 17):  # 13:00, 3:00 and 5:00
        with opened(path, moment(NOON + timedelta(hours=hours))):
            pass
    assert names(path) == ["history-20261122-130000.sqlite", "history-20261123-050000.sqlite"]


def test_a_backup_that_cannot_be_written_does_not_stop_the_drill(tmp_path: Path) -> None:
    """The reason is noted for the one line that says so, and the rating is taken."""
    path = tmp_path / "history.sqlite"
    study(path, 0)
    (tmp_path / "backups").write_text("in the way")
    now = Moment(moment().ms + DAY_MS)
    with opened(path, now) as history:
        assert "no backup was made" in history.backup_failure
        rate(history, "card-1", now)
    assert len(read_log(str(path))) == 2


@pytest.mark.parametrize("always_checked", [0, 1_000_000])
def test_damage_is_found_before_anything_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, always_checked: int
) -> None:
    """A small file is looked at whenever it is written to, a large one with its backup of the day."""
    monkeypatch.setattr(store, "_CHECKED_BYTES", always_checked)
    path = tmp_path / "history.sqlite"
    study(path, 0, 1)
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA ignore_check_constraints = ON; UPDATE reviews SET rating = 9")
    connection.close()
    good = listed(str(path))[-1].path
    with pytest.raises(DamagedHistoryError, match="CHECK constraint failed") as refusal:
        study(path, 2)
    assert f"`certdrill history restore {good}`" in str(refusal.value)
    assert len(names(path)) == 1
    if always_checked:
        with pytest.raises(DamagedHistoryError), opened(path):
            pass


def test_a_backup_comes_before_a_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is copied in its old schema, even when the day has a backup, and not migrated when it cannot be."""
    path = tmp_path / "history.sqlite"
    study(path, 0, 1)
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, "CREATE TABLE later (a);\n"))
    monkeypatch.setattr(migrations, "NEWEST", 2)
    with monkeypatch.context() as context:
        context.setattr(backup, "FOLDER", "history.sqlite")  # a file is in the way
        with pytest.raises((BackupFailedError, HistoryUnavailableError)):
            study(path, 1)
    study(path, 1)
    connection = sqlite3.connect(path)
    assert migrations.version(connection) == 2
    connection.close()
    connection = sqlite3.connect(listed(str(path))[-1].path)
    assert (len(names(path)), migrations.version(connection)) == (2, 1)
    connection.close()


def backup_of(when: datetime, number: int = 1) -> Backup:
    stamp = when.strftime("%Y%m%d-%H%M%S")
    return Backup(f"history-{stamp}-{number}.sqlite", stamp, number, study_day(moment(when)))


def test_a_year_of_daily_backups_thins_out(tmp_path: Path) -> None:
    """After 400 days there are the last 7 days, 4 weeks and 12 months, each by its newest."""
    del tmp_path
    kept: list[Backup] = []
    for day in range(400):
        made = backup_of(NOON + timedelta(days=day))
        kept.append(made)
        kept = [found for found in kept if found not in outdated(kept, made)]
    dates = [datetime.strptime(found.stamp, "%Y%m%d-%H%M%S").date() for found in kept]  # noqa: DTZ007 - local by name
    last = (NOON + timedelta(days=399)).date()
    assert dates[-7:] == [last - timedelta(days=back) for back in range(6, -1, -1)]
    assert len({day.isocalendar()[:2] for day in dates if day > last - timedelta(days=28)}) >= 4
    assert {(day.year, day.month) for day in dates} >= {(2027, month) for month in range(1, 13)}
    assert date(2027, 6, 30) in dates
    assert len(kept) <= 7 + 4 + 12


@given(
    st.lists(st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)), min_size=1, max_size=80, unique=True),  # noqa: DTZ001
    st.data(),
)
def test_thinning_out_keeps_what_it_promises(times: list[datetime], data: st.DataObject) -> None:
    """For any set of names: the just verified copy stays, so do the newest of 7 days, 4 weeks and 12 months."""
    backups = [backup_of(time.replace(tzinfo=UTC)) for time in times]
    made = data.draw(st.sampled_from(backups))
    gone = set(outdated(backups, made))
    kept = [found for found in backups if found not in gone]
    assert made in kept
    for number, period in (
        (7, lambda found: found.day),
        (4, lambda found: date.fromordinal(found.day + 719_163).isocalendar()[:2]),
        (12, lambda found: date.fromordinal(found.day + 719_163).strftime("%Y-%m")),
    ):
        newest = {period(found): found for found in sorted(backups, key=lambda found: found.stamp)}
        assert set(list(newest.values())[-number:]) <= set(kept)
    of_newest_day = [found for found in backups if found.day == max(found.day for found in backups)]
    assert len(kept) <= 7 + 4 + 12 + len(of_newest_day) + 1
    assert outdated(kept, made) == []


def test_old_backups_are_deleted_from_the_folder_and_nothing_else(tmp_path: Path) -> None:
    """Other files stay, a half-made copy of yesterday goes."""
    path = tmp_path / "history.sqlite"
    folder = tmp_path / "backups"
    folder.mkdir()
    others = ["notes.txt", "history-20200101.sqlite", "history-99999999-999999.sqlite", "other-20200101-000000.sqlite"]
    for name in others:
        (folder / name).write_text("mine")
    study(path, *range(40))
    half = folder / "history-20200101-000000.sqlite.77.partial"
    half.write_text("half")
    study(path, 365 * 30)  # by this time's clock the half-made copy is old
    left = {found.name for found in folder.iterdir()}
    assert set(others) <= left
    assert half.name not in left
    assert len(left) - len(others) < 16


def test_the_newest_good_backup_is_found_behind_bad_ones(tmp_path: Path) -> None:
    """A backup that was cut off or spoilt is passed over."""
    path = tmp_path / "history.sqlite"
    study(path, 0, 1, 2, 3)
    first, second, third = (Path(found.path) for found in listed(str(path)))
    third.write_bytes(third.read_bytes()[:-4096])
    second.write_bytes(b"")
    assert newest_good(str(path)) == listed(str(path))[0]
    first.unlink()
    assert newest_good(str(path)) is None


def test_a_clock_that_went_back_still_gets_a_backup_that_stays(tmp_path: Path) -> None:
    """A copy made under an old date is not thinned out at once, though newer names abound."""
    path = tmp_path / "history.sqlite"
    study(path, *range(30))
    study(path, -3000)
    assert names(path)[0].startswith("history-2018")


def test_a_restore_is_undone_by_restoring_what_it_kept(tmp_path: Path) -> None:
    """Before a restore the present is backed up, so that nothing is lost by it."""
    path = tmp_path / "history.sqlite"
    study(path, 0, 1, 2)
    everything = read_log(str(path))
    done = restore(str(path), listed(str(path))[0].path, moment(), SETTINGS, "certdrill")
    assert (done.reviews, len(read_log(str(path)))) == (1, 1)
    restore(str(path), done.kept, moment(), SETTINGS, "certdrill")
    assert read_log(str(path)) == everything
    assert examine(str(path), SETTINGS).faults == ()


def test_a_restore_never_replaces_another_programs_file(tmp_path: Path) -> None:
    """Pointed at notes or at someone's database, it refuses and leaves the bytes."""
    study(tmp_path / "h.db", 0)
    connection = sqlite3.connect(tmp_path / "recipes.db")
    connection.executescript("CREATE TABLE recipes (name); INSERT INTO recipes VALUES ('soup')")
    connection.close()
    (tmp_path / "notes.txt").write_text("remember the milk" * 100)
    for name in ("recipes.db", "notes.txt"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(NotAHistoryError):
            restore(str(tmp_path / name), str(tmp_path / "h.db"), moment(), SETTINGS, "certdrill")
        assert (tmp_path / name).read_bytes() == before


def test_an_emptied_history_is_damage_and_a_missing_one_is_not(tmp_path: Path) -> None:
    """A file of no bytes beside backups was cut off; where no file is, a new history begins."""
    path = tmp_path / "history.sqlite"
    study(path, 0, 1)
    path.write_bytes(b"")
    for write in (True, False):
        with pytest.raises(DamagedHistoryError, match="history restore"), opened(path, write=write):
            pass
    path.unlink()
    with opened(path) as history:
        assert history.events() == []


def test_a_view_of_ones_own_in_the_history_stops_backups_and_no_drill(tmp_path: Path) -> None:
    """A backup holds only what can be restored, so the line names the view and how to take it out."""
    path = tmp_path / "history.sqlite"
    study(path, 0, 1)
    connection = sqlite3.connect(path)
    connection.execute("CREATE VIEW mine AS SELECT card FROM reviews")
    connection.close()
    now = Moment(moment().ms + 2 * DAY_MS)
    with opened(path, now) as history:
        assert "it holds a view 'mine'" in history.backup_failure
        assert "DROP VIEW mine takes it out" in history.backup_failure
        rate(history, "card-2", now)
    assert len(names(path)) == 1
    assert [fault.text.split(",")[0] for fault in examine(str(path), SETTINGS).faults] == ["it holds a view 'mine'"]


def test_a_backup_that_cannot_be_restored_is_not_called_good(tmp_path: Path) -> None:
    """Whole pages are not enough: every row has to be one that a restore takes in."""
    path = tmp_path / "history.sqlite"
    study(path, 0, 1, 2)
    connection = sqlite3.connect(listed(str(path))[-1].path)
    with connection:
        connection.execute("UPDATE reviews SET ordered_at = 0")
    connection.close()
    assert backup.looked_at(listed(str(path))[-1].path)[0] == ""
    assert newest_good(str(path)) == listed(str(path))[0]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE actions SET target = 'x'", "takes back an event that is not there"),
        ("UPDATE actions SET card = 'x'", "takes back an event of card-1"),
        ("UPDATE actions SET ordered_at = 5, acted_at = 5", "stands before what it takes back"),
        ("UPDATE reviews SET ordered_at = ordered_at - 1", "is before its own time"),
        ("UPDATE reviews SET device = char(27)", "device is"),
        ("DELETE FROM reviews", "takes back an event that is not there"),
        ("DROP INDEX reviews_by_day", "it lacks 'reviews_by_day'"),
        ("INSERT INTO memories SELECT exam, 'x', part, phase, step, stability, difficulty, interval, due_day, due_at, "
         "first_day, last_day, reps, lapses, rev, suspended, buried_day, last_event, model, parameters FROM memories "
         "LIMIT 1", "x has a state and no event"),
    ],
)  # fmt: skip
def test_verify_names_what_is_wrong_in_the_log(tmp_path: Path, change: str, fault: str) -> None:
    """Undos name an earlier event of their unit, events are in order, tables are ours, states have events."""
    path = tmp_path / "history.sqlite"
    study(path, 0, 1)
    with opened(path) as history:
        history.undo(Moment(moment().ms + DAY_MS), 20_000)
    assert examine(str(path), SETTINGS).faults == ()
    connection = sqlite3.connect(path)
    connection.executescript(change)
    connection.close()
    found = examine(str(path), SETTINGS).faults
    assert [True for one in found if fault in one.text], found


def test_a_leftover_journal_is_not_played_into_a_restored_file(tmp_path: Path) -> None:
    """What stood beside a damaged history goes with it, so that SQLite rolls nothing back into the new one."""
    path = tmp_path / "history.sqlite"
    study(path, 0, 1)
    wanted = read_log(listed(str(path))[0].path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA cache_size = 1; BEGIN; UPDATE reviews SET device = hex(zeroblob(9000))")
    journal = Path(f"{path}-journal").read_bytes()
    connection.execute("ROLLBACK")
    connection.close()
    path.write_bytes(path.read_bytes()[:5000])
    Path(f"{path}-journal").write_bytes(journal)
    done = restore(str(path), listed(str(path))[0].path, moment(), SETTINGS, "certdrill")
    assert not Path(f"{path}-journal").exists()
    assert read_log(str(path))[: len(wanted)] == wanted
    assert examine(str(path), SETTINGS).faults == ()
    assert Path(done.kept).exists()
