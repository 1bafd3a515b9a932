"""A learner's schedule and review log in Anki: the same due days, the same memories, Anki's own replay agrees."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from anki.collection import Collection

from anki_sample import bring_in, collection
from certdrill.anki.deck import template_number
from certdrill.anki.package import write
from certdrill.anki.progress import FIXED, log_ids, studies
from certdrill.history.replay import Event
from certdrill.model import Unit
from certdrill.scheduling import Moment, Phase, Rating, Settings, UnitState, study_day
from deck_sample import Cards, card, deck, locked, sample
from study_sample import MINUTE, action, review, states_of, studied

SETTINGS = Settings()
ZONES = ["UTC", "Asia/Tokyo", "Asia/Kathmandu", "America/Los_Angeles"]


@contextmanager
def time_zone(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process, and so Anki's backend, live in a time zone; the backend looks for a new one once a second."""
    before = time.localtime().tm_gmtoff
    monkeypatch.setenv("TZ", name)
    time.tzset()
    moved = time.localtime().tm_gmtoff != before
    time.sleep(1.1 * moved)
    try:
        yield
    finally:
        monkeypatch.undo()
        time.tzset()
        time.sleep(1.1 * moved)


def here() -> Moment:
    return Moment(int(time.time() * 1000), time.localtime().tm_gmtoff // 60)


def send(col: Collection, folder: Path, cards: Cards, events: list[Event], now: Moment) -> dict[Unit, UnitState]:
    """Export cards with their progress, import them, and return our own states."""
    states = states_of(events, SETTINGS)
    progress, origin = studies(states, events, now, SETTINGS)
    write(deck(cards, progress=progress, origin=origin), str(folder / "deck.apkg"))
    log = bring_in(col, folder / "deck.apkg", progress=True)
    assert (len(log.new), len(log.conflicting)) == (len(cards), 0)
    return states


def card_id(cards: Cards, unit: Unit) -> int:
    """Return the id of a unit's Anki card."""
    return locked(cards).cards[unit.card].seen + 1 + template_number(unit.part)


def units_of(cards: Cards) -> list[Unit]:
    return [Unit(head.id, part) for head, _ in cards for part in head.units]


@pytest.mark.parametrize("zone", ZONES)
def test_anki_shows_the_same_schedule(zone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Due day, interval, stability and difficulty are ours, and Anki's replay of the log agrees within 0.1 %."""
    cards = sample({"apps": 60, "govern": 60})
    with time_zone(zone, monkeypatch), collection(tmp_path) as col:
        now = here()
        events = studied(units_of(cards)[:150], now, SETTINGS)
        states = send(col, tmp_path, cards, events, now)
        today = study_day(now)
        phases = set()
        for unit, state in states.items():
            memory = state.memory
            assert memory
            found = col.get_card(card_id(cards, unit))
            phases.add(memory.phase)
            if memory.phase is Phase.REVIEW:
                assert (found.type, found.queue) == (2, 2)
                assert found.due - col.sched.today == memory.due_day - today
                assert found.ivl == memory.interval
            else:
                assert (found.type, found.queue, found.due) == (
                    3 if memory.phase is Phase.RELEARNING else 1,
                    1,
                    memory.due_at // 1000,
                )
            assert (found.reps, found.lapses) == (memory.reps, memory.lapses)
            assert found.memory_state.stability == pytest.approx(memory.stability, abs=6e-5, rel=1e-5)
            assert found.memory_state.difficulty == pytest.approx(memory.difficulty, abs=6e-4)
            theirs = col.compute_memory_state(found.id)
            assert theirs.stability == pytest.approx(memory.stability, rel=1e-3)
            assert theirs.difficulty == pytest.approx(memory.difficulty, rel=1e-3)
        assert phases == {Phase.LEARNING, Phase.REVIEW, Phase.RELEARNING}
        assert col.db.scalar("select count() from revlog") == len(events)
        before = col.db.all("select * from cards order by id")
        assert col.fix_integrity()[1]
        assert col.db.all("select * from cards order by id") == before


def test_a_change_of_the_clock_moves_anki_by_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anki bins the whole log by today's offset: an answer at 3:30 summer time falls on the day before in winter.

    Our own log keeps the offset of each answer. So equality with Anki's replay holds for logs with one offset only,
    and is a matter of the one night hour between the two; the schedule itself is the same.
    """
    cards = [card("basic", "just-one-card")]
    unit = Unit("just-one-card")
    with time_zone("UTC", monkeypatch), collection(tmp_path) as col:
        now = here()
        turn = (study_day(now) - 10) * 1440 * MINUTE + 240 * MINUTE  # 4:00 UTC ten days ago
        summer, later = Moment(turn - 30 * MINUTE, 60), Moment(turn + (8 * 1440 + 60) * MINUTE, 0)
        first, memory = review(unit, Rating.EASY, summer, None, SETTINGS)
        second, memory = review(unit, Rating.GOOD, later, memory, SETTINGS)
        states = send(col, tmp_path, cards, [first, second], now)
        assert (first.day, second.day - first.day) == (study_day(now) - 10, 8)
        found = col.get_card(card_id(cards, unit))
        assert found.due - col.sched.today == memory.due_day - study_day(now)
        assert found.memory_state.stability == pytest.approx(memory.stability, abs=6e-5)
        theirs = col.compute_memory_state(found.id)
        assert states[unit].memory == memory
        assert theirs.stability != pytest.approx(memory.stability, rel=1e-3)  # nine days to Anki, eight to us


def test_what_was_undone_or_reset_reads_the_same_in_anki(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An undone rating stays out, a reset makes Anki's replay start anew, aside is aside."""
    names = ("undone-card", "reset-card", "reset-and-learnt", "suspended-card", "buried-card")
    cards = [card("basic", name) for name in names]
    with time_zone("UTC", monkeypatch), collection(tmp_path) as col:
        now = here()
        events: list[Event] = []
        for number, name in enumerate(names):
            unit = Unit(name)
            start = now.ms - (20 * 1440 + number) * MINUTE
            first, memory = review(unit, Rating.EASY, Moment(start), None, SETTINGS)
            events.append(first)
            if name == "undone-card":
                again, _ = review(unit, Rating.AGAIN, Moment(now.ms - 9 * MINUTE), memory, SETTINGS)
                events += [again, action(unit, "undo", Moment(now.ms - 8 * MINUTE), again.id)]
            if name.startswith("reset"):
                events.append(action(unit, "reset", Moment(now.ms - 5 * 1440 * MINUTE + number)))
            if name == "reset-and-learnt":
                events.append(review(unit, Rating.GOOD, Moment(now.ms - 7 * MINUTE), None, SETTINGS)[0])
            if name == "suspended-card":
                events.append(action(unit, "suspend", Moment(now.ms - 6 * MINUTE)))
            if name == "buried-card":
                events.append(action(unit, "bury", Moment(now.ms - 5 * MINUTE)))
        states = send(col, tmp_path, cards, events, now)
        found = {name: col.get_card(card_id(cards, Unit(name))) for name in names}
        assert [(one.type, one.queue) for one in found.values()] == [(2, 2), (0, 0), (1, 1), (2, -1), (2, -3)]
        for name in ("undone-card", "reset-and-learnt", "suspended-card", "buried-card"):
            memory = states[Unit(name)].memory
            assert memory
            assert col.compute_memory_state(found[name].id).stability == pytest.approx(memory.stability, rel=1e-3)
        assert not col.compute_memory_state(found["reset-card"].id).stability
        assert col.db.scalar("select count() from revlog where type = 4") == 2
        assert col.fix_integrity()[1]


def test_studied_cards_keep_their_place_without_progress(tmp_path: Path) -> None:
    """Who leaves learning progress off gets all cards as new ones, each at its place in the exam's proportions."""
    cards = sample({"apps": 24, "govern": 12})
    now = here()
    events = studied(units_of(cards)[:30], now, SETTINGS)
    progress, origin = studies(states_of(events, SETTINGS), events, now, SETTINGS)
    built = deck(cards, progress=progress, origin=origin)
    write(built, str(tmp_path / "deck.apkg"))
    with collection(tmp_path) as col:
        bring_in(col, tmp_path / "deck.apkg")
        for note in built.notes:
            assert [(one.type, one.due) for one in col.get_note(note.id).cards()] == [
                (0, one.position) for one in note.cards
            ]


def test_rows_of_one_millisecond_are_kept_apart() -> None:
    """Anki silently drops a row whose number is taken, so merged logs give each event another one."""
    events = [review(Unit(f"card-{at}"), Rating.GOOD, Moment(1_790_000_000_000), None, SETTINGS)[0] for at in range(3)]
    ids = log_ids(reversed(events))
    assert sorted(ids.values()) == [1_790_000_000_000 + at for at in range(3)]
    assert ids == log_ids(events)


def test_a_deck_without_progress_has_no_trace_of_it() -> None:
    """Nothing studied: no data, no log, the fixed day of making."""
    assert studies({}, [], here(), SETTINGS) == ({}, FIXED)
    assert all(one.study is None for note in deck(sample({"apps": 6})).notes for one in note.cards)
    assert FIXED.created == 1_767_240_000
