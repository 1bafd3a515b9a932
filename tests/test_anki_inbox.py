"""Reviews made in a real Anki come home in every format, once, with Anki's due days and memories."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from anki.collection import Collection, ExportAnkiPackageOptions
from hypothesis import given
from hypothesis import strategies as st

from anki_sample import bring_in, collection
from certdrill.anki.deck import template_number, unit_part
from certdrill.anki.identity import guid
from certdrill.anki.inbox import Arrivals, Inbox, Studied, arrivals, open_inbox
from certdrill.anki.package import write
from certdrill.anki.progress import LogRow, log_ids, studies
from certdrill.anki.rows import AnkiState
from certdrill.errors import LiveCollectionError, NoAnkiReviewsError, NoNotesOfOursError
from certdrill.history.replay import Event, Review, replay
from certdrill.history.store import History, open_history
from certdrill.model import Exam, Unit
from certdrill.scheduling import Moment, Phase, Rating, Settings, study_day
from conftest import Run, basic_cards
from deck_sample import EXAM, Cards, card, deck, locked, sample
from study_sample import MINUTE, action, review, states_of, studied
from test_anki_progress import time_zone

SETTINGS = Settings()
FORMATS = ("new.apkg", "old.apkg", "new.colpkg", "old.colpkg", "collection.anki2")
DAY = 1440 * MINUTE


class Home(NamedTuple):
    """A learner who went to Anki with progress and studied on there."""

    folder: Path
    cards: Cards
    events: list[Event]
    now: Moment
    offset: int
    due: dict[Unit, tuple[int, int, int, int]]
    memories: dict[Unit, tuple[float, float]]
    rows: int


def here(offset: int = 0) -> Moment:
    return Moment(int(time.time() * 1000), offset)


def answer_on(col: Collection, number: int, seed: int = 0) -> int:
    """Answer cards as the reviewer does, as many as the queue gives; return how many."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    col.decks.select(col.decks.id_for_name(EXAM.title))
    for done in range(number):
        card = col.sched.getCard()
        if card is None:
            return done
        col.sched.answerCard(card, rng.choices([1, 2, 3, 4], [3, 2, 8, 3])[0])
    return number


def answered(col: Collection, rating: int) -> Any:
    """Answer the next card and return it as it stands then."""
    card = col.sched.getCard()
    assert card
    col.sched.answerCard(card, rating)
    card.load()
    return card


def export(col: Collection, path: Path, *, scheduling: bool = True) -> Path:
    """Export a collection in the format that the file's name says; a package of everything closes it."""
    old = path.name.startswith("old")
    if path.suffix == ".colpkg":
        col.export_collection_package(str(path), include_media=False, legacy=old)
        col.reopen(after_full_sync=False)
    else:
        options = ExportAnkiPackageOptions(
            with_scheduling=scheduling, with_deck_configs=False, with_media=False, legacy=old
        )
        col.export_anki_package(out_path=str(path), options=options, limit=None)
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """200 cards, 150 of their units studied out, then 200 answers in Anki; and the files of all formats."""
    folder = tmp_path_factory.mktemp("anki")
    cards = sample({"apps": 100, "govern": 100})
    units = [Unit(head.id, part) for head, _ in cards for part in head.units]
    offset = time.localtime().tm_gmtoff // 60
    now = here(offset)
    events = studied(units[:150], now, SETTINGS)
    progress, origin = studies(states_of(events, SETTINGS), events, now, SETTINGS)
    write(deck(cards, progress=progress, origin=origin), str(folder / "out.apkg"))
    due, memories = {}, {}
    with collection(folder) as col:
        bring_in(col, folder / "out.apkg", progress=True)
        assert answer_on(col, 200) == 200
        for name in FORMATS[:-1]:
            export(col, folder / name)
        export(col, folder / "bare.apkg", scheduling=False)
        for unit in units:
            known = locked(cards).cards[unit.card]
            found = col.get_card(known.seen + 1 + template_number(unit.part))
            if found.memory_state:
                due[unit] = (found.type, found.due, found.ivl, found.due - col.sched.today)
                memories[unit] = (found.memory_state.stability, found.memory_state.difficulty)
        rows = col.db.scalar("select count() from revlog")
    return Home(folder, cards, events, here(offset), offset, due, memories, rows)


def inbox_of(home: Home, name: str, gone: tuple[str, ...] = ()) -> Inbox:
    heads = [head for head, _ in home.cards if head.id not in gone]
    return open_inbox(str(home.folder / name), EXAM, heads, gone, home.offset)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with open_history(str(tmp_path / "h.db"), EXAM.id, SETTINGS, write=True, device="here") as opened:
        yield opened


def bring_home(history: History, inbox: Inbox, now_ms: int) -> Arrivals:
    found = arrivals(inbox, EXAM.id, history.events(), SETTINGS, now_ms)
    assert history.add(found.events) == len(found.events)
    return found


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_brings_the_same_reviews_home(name: str, home: Home, history: History) -> None:
    """Due days, intervals, stability and difficulty are Anki's on every card; a second import adds nothing."""
    history.add(home.events)
    inbox = inbox_of(home, name)
    found = bring_home(history, inbox, home.now.ms)
    assert (len(found.reviews), len(found.resets), found.known) == (200, 0, len(home.events))
    assert (found.later, found.differing, inbox.foreign, inbox.gone) == (0, 0, 0, 0)
    states = history.states()
    assert {unit for unit, state in states.items() if state.memory} == set(home.due)
    today, phases = study_day(home.now), set()
    for unit, (kind, due, interval, ahead) in home.due.items():
        memory = states[unit].memory
        assert memory
        phases.add(memory.phase)
        if kind == 2:
            assert (memory.phase, memory.due_day - today, memory.interval) == (Phase.REVIEW, ahead, interval)
        else:
            assert (memory.phase, memory.due_at // 1000) == (Phase.LEARNING if kind == 1 else Phase.RELEARNING, due)
        stability, difficulty = home.memories[unit]
        assert memory.stability == pytest.approx(stability, rel=1e-3, abs=1e-4)
        assert memory.difficulty == pytest.approx(difficulty, rel=1e-3, abs=1e-3)
    assert phases == {Phase.LEARNING, Phase.REVIEW, Phase.RELEARNING}
    again = bring_home(history, inbox, home.now.ms)
    assert (again.events, again.known) == ((), home.rows)
    assert history.states() == states


@pytest.mark.parametrize(("zone", "offset"), [("Asia/Kathmandu", 345), ("Etc/GMT+8", -480)])
def test_due_days_are_ankis_in_other_time_zones(
    zone: str, offset: int, tmp_path: Path, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anki counts days from a moment of its own in its own zone, which every file says."""
    cards = sample({"apps": 40})
    units = [Unit(head.id, part) for head, _ in cards for part in head.units]
    with time_zone(zone, monkeypatch), collection(tmp_path) as col:
        history.add(studied(units[:30], here(offset), SETTINGS))
        progress, origin = studies(history.states(), history.events(), here(offset), SETTINGS)
        write(deck(cards, progress=progress, origin=origin), str(tmp_path / "out.apkg"))
        bring_in(col, tmp_path / "out.apkg", progress=True)
        answer_on(col, 40)
        today = study_day(here(offset))
        for name in ("new.apkg", "old.colpkg"):
            inbox = open_inbox(str(export(col, tmp_path / name)), EXAM, [head for head, _ in cards], (), 0)
            found = bring_home(history, inbox, here().ms)
            assert (len(found.events), found.differing) == (40 if name == "new.apkg" else 0, 0)
        for unit, known in history.states().items():
            there = col.get_card(locked(cards).cards[unit.card].seen + 1 + template_number(unit.part))
            assert known.memory
            if there.type == 2:
                assert known.memory.due_day - today == there.due - col.sched.today
            assert known.memory.stability == pytest.approx(there.memory_state.stability, rel=1e-3, abs=1e-4)


def test_all_formats_are_one_and_the_same_to_the_history(home: Home, history: History) -> None:
    """The events of all five files are equal, so that files overlap freely."""
    history.add(home.events)
    found = {arrivals(inbox_of(home, name), EXAM.id, home.events, SETTINGS, home.now.ms) for name in FORMATS}
    assert len(found) == 1
    (one,) = found
    assert {(event.source, event.device) for event in one.reviews} == {("anki", "anki")}
    assert all(len(event.id) == 32 and event.ordered_at == event.reviewed_at for event in one.reviews)


def test_a_learner_without_a_history_gets_the_whole_log(home: Home, history: History) -> None:
    """On another machine nothing is known, and the memories still are Anki's."""
    found = bring_home(history, inbox_of(home, "new.apkg"), home.now.ms)
    assert (len(found.events), found.known, found.differing) == (home.rows, 0, 0)
    for unit, state in history.states().items():
        assert state.memory
        assert state.memory.stability == pytest.approx(home.memories[unit][0], rel=1e-3, abs=1e-4)


def test_what_was_undone_here_does_not_come_back(home: Home, history: History) -> None:
    """A rating that went out and was taken back since is known, and so is an imported one."""
    history.add(home.events)
    last = home.events[-1]
    history.undo(home.now, study_day(home.now), event=max(history.events(Unit(last.card, last.part)), key=when))
    found = bring_home(history, inbox_of(home, "old.apkg"), home.now.ms)
    assert (len(found.events), found.known) == (200, len(home.events))
    undone = history.undo(home.now, study_day(home.now))
    assert undone.device == "anki"
    assert bring_home(history, inbox_of(home, "new.apkg"), home.now.ms).events == ()


def when(event: Event) -> tuple[int, str]:
    return event.ordered_at, event.id


def test_two_exports_home_are_the_same_in_either_order(home: Home, tmp_path: Path) -> None:
    """An earlier file (the log before Anki) and a later one give equal states whichever comes first."""
    now = home.now.ms
    states = []
    for names in (("out.apkg", "new.apkg"), ("new.apkg", "out.apkg")):
        with open_history(str(tmp_path / names[0]), EXAM.id, SETTINGS, write=True) as history:
            for name in names:
                bring_home(history, inbox_of(home, name), now)
            states.append(history.states())
    assert states[0] == states[1]


def test_an_export_without_scheduling_says_what_to_tick(home: Home) -> None:
    """Notes of ours without a single review, as certdrill's own package has them too, are explained."""
    write(deck(home.cards), str(home.folder / "fresh.apkg"))
    for name in ("bare.apkg", "fresh.apkg"):
        with pytest.raises(NoAnkiReviewsError, match=r'200 notes .* tick "Include scheduling information"'):
            inbox_of(home, name)


def test_a_file_of_another_exam_says_so(home: Home) -> None:
    """Without a note of ours, the exam is named, and how many notes there are."""
    other = Exam("other-exam", "Other Exam", EXAM.domains)
    with pytest.raises(NoNotesOfOursError, match=r"no note of Other Exam \(200 other notes\)"):
        open_inbox(str(home.folder / "new.apkg"), other, [head for head, _ in home.cards], (), 0)


def test_cards_that_are_gone_and_foreign_notes_are_counted(home: Home) -> None:
    """A retired card's reviews stay in Anki; notes that are not ours are only counted."""
    whole = inbox_of(home, "new.colpkg")
    gone = ("apps-card-0", "apps-card-1")
    less = inbox_of(home, "new.colpkg", gone)
    assert (less.gone, less.foreign) == (2, 0)
    assert {one.unit.card for one in whole.studied} - {one.unit.card for one in less.studied} == set(gone)
    first = [head._replace(units=head.units[:1]) for head, _ in home.cards]  # second sides have been taken out
    halves = {one.unit for one in open_inbox(str(home.folder / "new.colpkg"), EXAM, first, (), 0).studied}
    units = {one.unit for one in whole.studied}
    assert halves == units & {Unit(head.id, head.units[0]) for head in first} != units
    heads = [head for head, _ in home.cards][:50]
    assert open_inbox(str(home.folder / "new.colpkg"), EXAM, heads, (), 0).foreign == 150


HOLDER = """
import sys
from anki.collection import Collection
col = Collection(sys.argv[1])
if sys.argv[2] == "written":
    col.set_config("touched", True)
print("open", flush=True)
sys.stdin.read()
col.close()
"""


@pytest.mark.parametrize("state", ["written", "untouched"])
def test_a_collection_that_anki_has_open_is_left_alone(state: str, home: Home, tmp_path: Path) -> None:
    """While Anki runs the file is not all of it; closed again it can be read."""
    path = tmp_path / "collection.anki2"
    path.write_bytes((home.folder / "collection.anki2").read_bytes())
    heads = [head for head, _ in home.cards]
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), state], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as anki:
        assert anki.stdout
        assert anki.stdout.readline() == "open\n"
        with pytest.raises(LiveCollectionError, match="close Anki first"):
            open_inbox(str(path), EXAM, heads, (), 0)
        anki.communicate("")
    assert open_inbox(str(path), EXAM, heads, (), 0).studied


def test_a_collection_left_by_a_crash_is_not_read_without_its_journal(home: Home, tmp_path: Path) -> None:
    """A write-ahead log beside the file holds the newest reviews."""
    path = tmp_path / "collection.anki2"
    path.write_bytes((home.folder / "collection.anki2").read_bytes())
    (tmp_path / "collection.anki2-wal").write_bytes(b"x")
    with pytest.raises(LiveCollectionError, match="after a crash, open and close it once"):
        open_inbox(str(path), EXAM, [head for head, _ in home.cards], (), 0)


def test_forgetting_and_moving_a_card_in_anki_come_home(tmp_path: Path, history: History) -> None:
    """Forget is a reset; a due day set by hand is the due day here; a suspension stays in Anki."""
    names = ("forgotten-card", "moved-card", "suspended-card")
    cards = [card("basic", name) for name in names]
    start = here()
    events: list[Event] = []
    for number, name in enumerate(names):
        events.append(review(Unit(name), Rating.EASY, Moment(start.ms - 30 * DAY - number), None, SETTINGS)[0])
    history.add(events)
    progress, origin = studies(history.states(), history.events(), start, SETTINGS)
    write(deck(cards, progress=progress, origin=origin), str(tmp_path / "out.apkg"))
    with collection(tmp_path) as col:
        bring_in(col, tmp_path / "out.apkg", progress=True)
        assert answer_on(col, 3) == 3
        ids = {name: col.find_cards(f"Uid:{name}")[0] for name in names}
        time.sleep(0.01)
        col.sched.schedule_cards_as_new([ids["forgotten-card"]])
        col.sched.set_due_date([ids["moved-card"]], "77")
        col.sched.suspend_cards([ids["suspended-card"]])
        export(col, tmp_path / "new.apkg")
    inbox = open_inbox(str(tmp_path / "new.apkg"), EXAM, [head for head, _ in cards], (), 0)
    found = bring_home(history, inbox, here().ms + 1000)
    assert ([event.card for event in found.resets], len(found.reviews)) == (["forgotten-card"], 3)
    states = history.states()
    assert states[Unit("forgotten-card")].memory is None
    moved = states[Unit("moved-card")].memory
    assert moved
    assert moved.due_day == study_day(here()) + 77
    assert not states[Unit("suspended-card")].suspended


def test_cards_in_a_filtered_deck_are_due_at_home(tmp_path: Path, history: History) -> None:
    """A whole collection may hold cards away from home, where their due number is a place in a queue."""
    cards = sample({"apps": 60})
    kinds = {head.id: head.kind for head, _ in cards}
    start = here()
    events = studied([Unit(head.id, part) for head, _ in cards for part in head.units], start, SETTINGS)
    states = states_of(events, SETTINGS)
    progress, origin = studies(states, events, start, SETTINGS)
    write(deck(cards, progress=progress, origin=origin), str(tmp_path / "out.apkg"))
    with collection(tmp_path) as col:
        bring_in(col, tmp_path / "out.apkg", progress=True)
        filtered = col.decks.new_filtered("Cram")
        cram = col.decks.get(filtered)
        cram["terms"] = [["is:review", 500, 6]]
        col.decks.save(cram)
        col.sched.rebuild_filtered_deck(filtered)
        assert col.db.scalar("select count() from cards where odid and due < 0") > 30
        col.decks.select(filtered)
        failed = [(one.note()["Uid"], one) for one in (answered(col, 1) for _ in range(4))]
        dues = {Unit(name, unit_part(kinds[name], one.ord)): one.due for name, one in failed}
        export(col, tmp_path / "new.colpkg")
    inbox = open_inbox(str(tmp_path / "new.colpkg"), EXAM, [head for head, _ in cards], (), 0)
    assert bring_home(history, inbox, here().ms).differing == 0
    for unit, state in history.states().items():
        there, memory = states[unit].memory, state.memory
        assert there
        assert memory
        if unit in dues:
            assert (memory.phase, memory.due_at // 1000) == (Phase.RELEARNING, dues[unit])
            continue
        assert (memory.phase, memory.due_day, memory.interval) == (there.phase, there.due_day, there.interval)


# Made-up rows, to which the rules of the way home apply.
NOON = 20_000 * DAY + 12 * 60 * MINUTE
UNIT = Unit("just-one-card")


def state(*log: LogRow, **more: object) -> AnkiState:
    fields = {"type": 2, "queue": 2, "due": 0, "interval": 1, "left": 0, **more}
    return AnkiState(guid(EXAM.id, UNIT.card), 0, log=log, **fields)  # type: ignore[arg-type]


def box(card: AnkiState, offset: int = 0) -> Inbox:
    return Inbox((Studied(UNIT, 3, card),), 19_990, offset)


def row(id_: int, ease: int = 3, interval: int = 5, kind: int = 1, factor: int = 500) -> LogRow:
    return LogRow(id_, ease, interval, 0, factor, 4000, kind)


@pytest.mark.parametrize(
    ("made", "counts"),
    [
        (row(NOON, kind=0), True),
        (row(NOON, kind=1), True),
        (row(NOON, kind=2), True),
        (row(NOON, kind=3), True),
        (row(NOON, kind=3, factor=0), False),
        (row(NOON, kind=4), False),
        (row(NOON, kind=5), False),
        (row(NOON, ease=0), False),
        (row(NOON, ease=0, kind=4, factor=300), False),
        (row(NOON, ease=0, kind=4, factor=0), True),
        (row(NOON, ease=5), False),
    ],
)
def test_only_ratings_and_resets_count(made: LogRow, counts: bool) -> None:
    """Crams, reschedules and rows without an answer are no reviews; Forget is a reset."""
    found = arrivals(box(state(made)), EXAM.id, [], SETTINGS, NOON)
    assert len(found.events) == counts
    assert len(found.resets) == (made.ease == 0 and counts)


def test_a_row_becomes_a_review_with_all_it_says() -> None:
    """Every column of the event follows from the row, the corpus and the offset; the last one's due from the card."""
    first = row(NOON, 1, -60, 0)
    second = row(NOON + 60_000, 3, -600, 0)
    third = row(NOON + DAY, 4, 9, 0)
    card = state(first, second, third, due=21, interval=10, retention=0.85)
    one, two, three = arrivals(box(card, 60), EXAM.id, [], SETTINGS, NOON + 2 * DAY).reviews
    assert one == Review(
        one.id, NOON, EXAM.id, *UNIT, 3, 1, NOON, 60, 20_000, 4000, "anki", "anki", "FSRS-6", "default", 0.85,
        1, 0, 0, 20_000, NOON + 60_000,
    )  # fmt: skip
    assert (two.phase, two.step, two.due_at) == (1, 1, NOON + 660_000)
    assert (three.phase, three.step, three.interval, three.due_day, three.due_at) == (2, None, 10, 20_011, 0)
    assert len({one.id, two.id, three.id}) == 3


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ({"type": 1, "queue": 1, "due": NOON // 1000 + 90, "left": 2002}, (1, 0, 0, 20_000, NOON + 90_000)),
        ({"type": 1, "queue": 1, "due": NOON // 1000 + 90, "left": 1001}, (1, 1, 0, 20_000, NOON + 90_000)),
        ({"type": 3, "queue": -1, "due": NOON // 1000 + 90, "left": 5}, (3, 0, 0, 20_000, NOON + 90_000)),
        ({"type": 3, "queue": 3, "due": 12, "left": 1}, (3, 0, 0, 20_002, 20_002 * DAY + 240 * MINUTE)),
        ({"type": 2, "queue": -1, "due": 12, "interval": 0}, (2, None, 1, 20_002, 0)),
        ({"type": 0, "queue": 0, "due": 3}, (1, 1, 0, 20_000, NOON + 600_000)),
    ],
)
def test_the_last_review_leads_to_what_the_card_says(card: dict[str, object], expected: tuple[object, ...]) -> None:
    """Learning by seconds and by days, suspended or not, a review, and a card that says nothing."""
    (found,) = arrivals(box(state(row(NOON, 3, -600, 0), **card)), EXAM.id, [], SETTINGS, NOON).reviews
    assert (found.phase, found.step, found.interval, found.due_day, found.due_at) == expected


def test_a_later_rating_here_keeps_its_own_due_day() -> None:
    """Anki's card says nothing about a rating it has not seen; one taken back here does not stand in its way."""
    later, memory = review(UNIT, Rating.GOOD, Moment(NOON + DAY), None, SETTINGS)
    away = state(row(NOON, 3, 5), due=700, interval=700)
    (found,) = arrivals(box(away), EXAM.id, [later], SETTINGS, NOON + 2 * DAY).reviews
    assert (found.interval, found.due_day) == (5, 20_005)
    after = replay([later, found], SETTINGS).memory
    assert after
    assert (after.due_at, after.reps) == (memory.due_at, 2)
    taken_back = action(UNIT, "undo", Moment(NOON + DAY + 1), later.id)
    (found,) = arrivals(box(away), EXAM.id, [later, taken_back], SETTINGS, NOON + 2 * DAY).reviews
    assert (found.interval, found.due_day) == (700, 20_690)


def test_rows_that_went_out_are_known_under_their_number_there() -> None:
    """Two ratings of one millisecond went out under two numbers, and both are known; a reset too."""
    other = Unit("an-other-card")
    one, _ = review(UNIT, Rating.GOOD, Moment(NOON), None, SETTINGS)
    two, _ = review(other, Rating.GOOD, Moment(NOON), None, SETTINGS)
    reset = action(UNIT, "reset", Moment(NOON + 5))
    numbers = log_ids([one, two, reset])
    assert sorted(numbers.values()) == [NOON, NOON + 1, NOON + 5]
    log = [row(numbers[one.id], 3, -600, 0), row(numbers[reset.id], 0, 0, 4, 0)]
    found = arrivals(box(state(*log)), EXAM.id, [one, two, reset], SETTINGS, NOON + DAY)
    assert (found.events, found.known) == ((), 2)


def test_reviews_of_a_clock_ahead_stay_out() -> None:
    """A review of next year would push every later rating behind it, so it waits, and is counted."""
    log = (row(NOON, 3, 5, 0), row(NOON + 400 * DAY))
    found = arrivals(box(state(*log, due=900)), EXAM.id, [], SETTINGS, NOON + 1000)
    assert (len(found.events), found.later) == (1, 1)
    assert found.reviews[0].due_day == 20_005
    assert len(arrivals(box(state(*log)), EXAM.id, found.events, SETTINGS, NOON + 400 * DAY).events) == 1


@pytest.mark.parametrize(("stability", "differing"), [(8.2956, 0), (8.3, 0), (9.0, 1), (None, 0)])
def test_memories_that_are_not_ankis_are_counted(stability: float | None, differing: int) -> None:
    """Easy on a new card is a stability of 8.2956 days under the default parameters."""
    ours = replay(arrivals(box(state(row(NOON, 4, 8, 0))), EXAM.id, [], SETTINGS, NOON).events, SETTINGS).memory
    assert ours
    card = state(row(NOON, 4, 8, 0), stability=stability, difficulty=ours.difficulty)
    assert arrivals(box(card), EXAM.id, [], SETTINGS, NOON).differing == differing


LOGS = st.lists(
    st.tuples(st.integers(1, 40 * 1440), st.integers(0, 4), st.integers(-1200, 60), st.integers(0, 5)),
    min_size=1,
    max_size=12,
    unique_by=lambda made: made[0],
).map(
    lambda made: [
        LogRow(NOON + minute * MINUTE, ease, ivl or 1, 0, 500 if ease else 0, 900, kind)
        for minute, ease, ivl, kind in sorted(made)
    ]
)


@given(LOGS, st.data())
def test_two_files_give_the_same_history_in_either_order(log: list[LogRow], data: st.DataObject) -> None:
    """Any two exports of one growing log merge to equal states, and a second time nothing is added.

    The card says what its last review led to, on another day than the row's interval would.
    """
    now = NOON + 50 * DAY

    def at(length: int) -> Inbox:
        reviews = arrivals(box(state(*log[:length], type=0)), EXAM.id, [], SETTINGS, now).reviews
        learns = bool(reviews) and reviews[-1].phase != Phase.REVIEW
        card = {"due": len(reviews) + 20 + 2_000_000_000 * learns, "interval": 1 + len(reviews), "left": 1001}
        kind = {Phase.LEARNING: 1, Phase.REVIEW: 2, Phase.RELEARNING: 3}[Phase(reviews[-1].phase)] if reviews else 0
        return box(state(*log[:length], type=kind, queue=1 if learns else 2, **card))

    sizes = [data.draw(st.integers(1, len(log))) for _ in range(2)]
    outcomes = []
    for order in (sizes, sizes[::-1]):
        with open_history(":memory:", EXAM.id, SETTINGS, write=True) as history:
            for size in order:
                bring_home(history, at(size), now)
            assert all(not bring_home(history, at(size), now).events for size in order)
            outcomes.append((history.states(), [event[:15] for event in history.events()]))
            assert history.state(UNIT) == replay(history.events(), SETTINGS)
    assert outcomes[0] == outcomes[1]


# The command.


@pytest.fixture
def exported(certdrill: Run, corpus: Callable[..., Path], tmp_path: Path) -> tuple[str, ...]:
    """A corpus of nine cards, three of them drilled, exported with progress, five answers in Anki, exported there."""
    options = ("--cards", str(corpus(law=basic_cards("law", 9))), "--history", str(tmp_path / "h.db"))
    assert certdrill(*options, "review", "--plain", "--limit", 3, stdin="\n4\n" * 3).returncode == 0
    done = certdrill(*options, "export", "--with-progress", "-o", tmp_path / "out.apkg")
    assert done.returncode == 0, done.stderr
    with collection(tmp_path) as col:
        bring_in(col, tmp_path / "out.apkg", progress=True)
        note = col.new_note(col.models.by_name("Basic"))
        note["Front"] = "mine"
        col.add_note(note, 1)
        col.decks.select(col.decks.id_for_name("Bar Exam"))
        for _ in range(5):
            col.sched.answerCard(col.sched.getCard(), 4)
        export(col, tmp_path / "new.colpkg")
        export(col, tmp_path / "bare.apkg", scheduling=False)
    return options


def test_the_command_says_what_it_adds_and_adds_it(certdrill: Run, exported: tuple[str, ...], tmp_path: Path) -> None:
    """A dry run says the same and adds nothing; the second import knows all; the list shows the reviews."""
    before = (tmp_path / "h.db").read_bytes()
    dry = certdrill(*exported, "anki", "import", tmp_path / "new.colpkg", "--dry-run")
    assert (dry.returncode, dry.stderr) == (0, "")
    said = dry.stdout.splitlines()
    assert said[0].startswith("5 reviews of 5 cards to add, on 20")
    assert said[1:] == [
        "3 rows of Anki's log known already",
        "1 note not of this exam",
        "A dry run: nothing was added.",
    ]
    assert (tmp_path / "h.db").read_bytes() == before
    unheard = tmp_path / "none.db"
    assert (
        certdrill(
            *exported[:2], "--history", unheard, "anki", "import", "--dry-run", tmp_path / "new.colpkg"
        ).returncode
        == 0
    )
    assert not unheard.exists()
    real = certdrill(*exported, "anki", "import", tmp_path / "new.colpkg")
    assert real.stdout.splitlines() == [*said[:-1], f"Added to {tmp_path / 'h.db'}"]
    again = certdrill(*exported, "anki", "import", tmp_path / "new.colpkg")
    assert again.stdout.splitlines()[:2] == ["No new review", "8 rows of Anki's log known already"]
    listed = json.loads(certdrill(*exported, "cards", "--state", "review", "--json").stdout)
    assert len(listed["cards"]) == 8


def test_json_tells_the_same(certdrill: Run, exported: tuple[str, ...], tmp_path: Path) -> None:
    """One object with every count, and what was added."""
    for options, added in ((("--dry-run",), 0), ((), 5)):
        told = json.loads(certdrill(*exported, "anki", "import", tmp_path / "new.colpkg", "--json", *options).stdout)
        assert {name: told[name] for name in ("reviews", "cards", "resets", "known", "foreign_notes", "added")} == {
            "reviews": 5, "cards": 5, "resets": 0, "known": 3, "foreign_notes": 1, "added": added,
        }  # fmt: skip
        assert told["from"] == told["to"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bare.apkg", 'tick "Include scheduling information"'),
        ("missing.apkg", "No such file or directory"),
        (".", "it is no file"),
        ("h.db", "is no Anki file"),
        ("corpus/exam.yaml", "is no Anki file"),
    ],
)
def test_refusals_leave_the_history_alone(
    name: str, words: str, certdrill: Run, exported: tuple[str, ...], tmp_path: Path
) -> None:
    """Code 1, the reason, and not a byte changed."""
    before = (tmp_path / "h.db").read_bytes()
    refused = certdrill(*exported, "anki", "import", tmp_path / name)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr
    assert (tmp_path / "h.db").read_bytes() == before


def test_a_made_up_time_needs_a_history_of_its_own(certdrill: Run, exported: tuple[str, ...], tmp_path: Path) -> None:
    """--now with an import writes only into a history that was named; without a file nothing is imported."""
    refused = certdrill(*exported[:2], "--now", "2036-01-01T10:00Z", "anki", "import", tmp_path / "new.colpkg")
    assert (refused.returncode, "needs --history FILE" in refused.stderr) == (1, True)
    assert certdrill(*exported, "anki", "import").returncode == 2
    assert not (Path(os.environ["HOME"]) / "xdg_data_home").exists()
