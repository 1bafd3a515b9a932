from __future__ import annotations

from pathlib import Path

import pytest
from anki.collection import Collection
from hypothesis import given
from hypothesis import strategies as st

from certdrill.cli.due import iso_day
from certdrill.history.replay import Event, Review, steps
from certdrill.history.store import open_history
from certdrill.model import Card, Domain, Exam, Objective, Unit
from certdrill.scheduling import NEVER, NEW, Memory, Moment, Phase, Rating, Settings, UnitState, recall
from certdrill.screen.charts import bars, bounds, year
from certdrill.screen.lines import Paint, width_of
from certdrill.screen.overview import overview
from certdrill.study.queue import is_due
from certdrill.study.stats import FORECAST_DAYS, MATURE_DAYS, Answer, Share, Stats, compute, due_on
from study_sample import EXAM_ID, MINUTE, action, states_of, studied

SETTINGS = Settings()
TODAY = 20_779  # Sunday 2026-11-22
EXAM = Exam(
    "bar-exam",
    "Bar Exam",
    (Domain("law", "Law of Contracts", 60), Domain("ethics", "Ethics 道徳", 40)),
    (Objective("1.1", "law", "Offer"), Objective("1.2", "law", "Acceptance"), Objective("2.1", "ethics", "Duty")),
)
CARDS = {
    Unit("offer"): Card("offer", "basic", "law", objective="1.1"),
    Unit("accept"): Card("accept", "basic", "law", objective="1.2"),
    Unit("duty", "f"): Card("duty", "reversed", "ethics", ("f", "r"), objective="2.1"),
    Unit("duty", "r"): Card("duty", "reversed", "ethics", ("f", "r"), objective="2.1"),
}


def memory(due_day: int, interval: int = 5, last_day: int = TODAY - 5, stability: float = 5.0) -> Memory:
    phase = Phase.REVIEW if interval else Phase.LEARNING
    return Memory(phase, None, stability, 5.0, interval, due_day, 0, last_day, last_day, 1, 0)


def answer(
    unit: Unit, day: int, rating: int = 3, before: int = 2, duration: int = 6000, retention: float = 0.9
) -> Answer:
    return Answer(*unit, day, rating, duration, before, retention)


def of(states: dict[Unit, UnitState] | None = None, answers: tuple[Answer, ...] = (), window: int = 30) -> Stats:
    return compute(EXAM, CARDS, states or {}, answers, day=TODAY, settings=SETTINGS, window=window)


OFFER, ACCEPT, DUTY, DUTY_BACK = CARDS


def test_a_small_history_gives_the_numbers_computed_by_hand() -> None:
    """Six answers on four days, one of them before the window, give every number of answers, time and streaks."""
    found = of(
        answers=(
            answer(OFFER, TODAY - 31, 4),
            answer(OFFER, TODAY - 3, 1, duration=10_000),
            answer(ACCEPT, TODAY - 1, 2, duration=4_000, before=0),
            answer(DUTY, TODAY - 1, 3),
            answer(OFFER, TODAY, 1),
            answer(OFFER, TODAY, 3, before=3, duration=2_000, retention=0.85),
        )
    )
    assert found.ever == 6
    assert found.today == Share(1, 2)
    assert found.today_duration == 8_000
    assert (found.streak, found.longest_streak) == (2, 2)
    assert found.target == 0.85
    assert found.retention == {"law": Share(0, 2), "ethics": Share(1, 1)}
    assert found.retained == Share(1, 3)
    assert found.answers == {1: 2, 2: 1, 3: 2, 4: 0}
    assert (found.answered, found.duration, found.days_studied) == (5, 28_000, 3)
    assert {found.year_begins + at: number for at, number in enumerate(found.year) if number} == {
        TODAY - 31: 1, TODAY - 3: 1, TODAY - 1: 2, TODAY: 2,
    }  # fmt: skip


def test_true_retention_counts_the_first_answer_of_a_day_to_a_unit_that_was_in_review() -> None:
    """Answers while learning or relearning, and later ones of the day, leave it as it is."""
    found = of(
        answers=(
            answer(OFFER, TODAY, 1),
            answer(OFFER, TODAY, 3, before=Phase.RELEARNING),
            answer(OFFER, TODAY, 3),
            answer(ACCEPT, TODAY, 3, before=0),
            answer(ACCEPT, TODAY, 3, before=Phase.REVIEW),
            answer(DUTY, TODAY, 3),
            answer(DUTY_BACK, TODAY, 2),
        )
    )
    assert found.retention == {"law": Share(0, 1), "ethics": Share(2, 2)}


@pytest.mark.parametrize(
    ("days", "streak", "longest"),
    [
        ([0], 1, 1),
        ([1], 1, 1),
        ([2], 0, 1),
        ([0, 1, 2], 3, 3),
        ([1, 2, 3], 3, 3),
        ([0, 5, 6, 7, 8, 20], 1, 4),
        ([], 0, 0),
    ],
)
def test_a_streak_is_alive_until_a_whole_day_was_missed(days: list[int], streak: int, longest: int) -> None:
    """Today counts once something was rated; until then yesterday's streak stands."""
    found = of(answers=tuple(answer(OFFER, TODAY - ago) for ago in sorted(days, reverse=True)))
    assert (found.streak, found.longest_streak) == (streak, longest)


def test_the_forecast_has_overdue_units_today_and_sets_those_aside_that_wait() -> None:
    """Overdue is today, a buried unit is tomorrow, a raised rev is today, a suspended or new one is nowhere."""
    states = {
        OFFER: UnitState(memory(TODAY - 9)),
        ACCEPT: UnitState(memory(TODAY - 9), buried_day=TODAY),
        DUTY: UnitState(memory(TODAY + 29)),
        DUTY_BACK: UnitState(memory(TODAY), suspended=True),
    }
    assert of(states).forecast == (1, 1, *[0] * 27, 1)
    assert of({OFFER: UnitState(memory(TODAY + 30), rev=0)}).forecast == (1, *[0] * 29)
    assert of({OFFER: UnitState(memory(TODAY + 30))}).forecast == (0,) * 30


def test_maturity_goes_by_the_interval() -> None:
    """Twenty days are young, twenty-one mature; suspended units are counted as that whatever they know."""
    states = {
        OFFER: UnitState(memory(TODAY, MATURE_DAYS - 1)),
        ACCEPT: UnitState(memory(TODAY, MATURE_DAYS)),
        DUTY: UnitState(memory(TODAY, 0)),
        DUTY_BACK: UnitState(memory(TODAY, 50), suspended=True),
    }
    assert of(states).maturity == {"new": 0, "learning": 1, "young": 1, "mature": 1, "suspended": 1}
    assert of().maturity == {"new": 4, "learning": 0, "young": 0, "mature": 0, "suspended": 0}


def test_weak_objectives_are_those_with_most_of_the_exam_at_stake() -> None:
    """A domain's share is split over its objectives; unseen units count as not recalled, suspended ones not at all."""
    known = memory(TODAY + 5)  # nine in ten on the day its stability is reached
    assert recall(known, TODAY, SETTINGS) == pytest.approx(0.9)
    states = {OFFER: UnitState(known), DUTY: UnitState(known), DUTY_BACK: NEW}
    found = of(states).weak
    assert [(weak.objective, weak.units, weak.seen) for weak in found] == [("1.2", 1, 0), ("2.1", 2, 1), ("1.1", 1, 1)]
    assert [weak.share for weak in found] == pytest.approx([0.3, 0.4, 0.3])
    assert [weak.recall for weak in found] == pytest.approx([0, 0.45, 0.9])
    assert [weak.at_stake for weak in found] == pytest.approx([0.3, 0.22, 0.03])
    aside = of({**states, DUTY_BACK: UnitState(suspended=True)}).weak
    assert [(weak.objective, weak.units) for weak in aside] == [("1.2", 1), ("2.1", 1), ("1.1", 1)]
    assert aside[1].recall == pytest.approx(0.9)


def test_without_objectives_domains_are_weighed() -> None:
    """A blueprint of domains alone has weak domains."""
    exam = EXAM._replace(objectives=())
    cards = {unit: card._replace(objective="") for unit, card in CARDS.items()}
    found = compute(exam, cards, {}, (), day=TODAY, settings=SETTINGS).weak
    assert [(weak.domain, weak.share, weak.recall) for weak in found] == [("law", 0.6, 0), ("ethics", 0.4, 0)]


@pytest.mark.parametrize(
    ("share", "low"), [(Share(0, 9), False), (Share(8, 10), False), (Share(7, 10), True), (Share(860, 1000), True)]
)
def test_a_share_is_low_only_beyond_chance(share: Share, low: bool) -> None:
    """Few reviews may miss the target by luck; many may not."""
    assert share.is_low(0.9) is low


UNIT = st.sampled_from([*CARDS, Unit("foreign")])
DAYS = st.integers(TODAY - 500, TODAY) | st.integers(TODAY - 2, TODAY + 3)
ANSWERS = st.lists(
    st.builds(answer, UNIT, DAYS, st.integers(1, 4), st.integers(0, 3), st.integers(0, 90_000)),
    max_size=40,
)
STATES = st.dictionaries(
    UNIT,
    st.builds(
        UnitState,
        st.none() | st.builds(memory, st.integers(TODAY - 50, TODAY + 50), st.integers(0, 60)),
        st.integers(0, 1),
        st.booleans(),
        st.just(NEVER) | st.integers(TODAY - 1, TODAY + 1),
    ),
)


@given(STATES, ANSWERS, st.integers(1, 400))
def test_parts_sum_to_wholes(states: dict[Unit, UnitState], answers: list[Answer], window: int) -> None:
    """Whatever was studied, no answer and no unit is counted twice or lost."""
    found = of(states, tuple(answers), window)
    own = [one for one in answers if one.card != "foreign" and one.day <= TODAY]
    assert found.ever == len(own)
    assert found.answered == sum(one.day > TODAY - window for one in own)
    assert found.duration == sum(one.duration for one in own if one.day > TODAY - window)
    assert sum(found.year) == sum(one.day >= found.year_begins for one in own)
    assert found.year[-1] == found.today.number
    assert sum(found.maturity.values()) == len(CARDS)
    due = [due_on(card, states.get(unit, NEW), TODAY) for unit, card in CARDS.items()]
    assert sum(found.forecast) == sum(one is not None and one < TODAY + FORECAST_DAYS for one in due)
    assert found.forecast[0] == sum(is_due(card, states.get(unit, NEW), TODAY) for unit, card in CARDS.items())
    assert found.retained.number <= sum(one.before == Phase.REVIEW for one in own)
    assert 0 <= found.streak <= found.longest_streak <= len({one.day for one in own})
    assert all(0 <= weak.at_stake <= weak.share and 0 <= weak.recall <= 1 for weak in found.weak)


@given(STATES, ANSWERS, st.integers(1, 150), st.integers(1, 60), st.booleans())
def test_no_line_is_wider_than_the_terminal(
    states: dict[Unit, UnitState], answers: list[Answer], columns: int, rows: int, fancy: bool
) -> None:
    """Any history fits any terminal, with wide letters in a title; plain letters suffice where others cannot be."""
    paint = Paint(fancy, fancy, fancy)
    lines = overview("Bar Exam 道徳 - 3 cards", EXAM, of(states, tuple(answers)), columns, rows, paint)
    assert max(map(width_of, lines)) <= columns
    assert fancy or "".join(lines).translate({ord(letter): "" for letter in "道徳"}).isascii()


def test_big_numbers_do_not_break_the_screen() -> None:
    """Ten thousand units and hours of study still fit 80 columns."""
    found = of()._replace(
        maturity={"new": 123_456, "learning": 1, "young": 2, "mature": 3, "suspended": 4},
        forecast=(12_345, *[9_999] * 29),
        answers={Rating(rating): 123_456 for rating in Rating},
        duration=10**9,
        days_studied=30,
        year=(1_234,) * 371,
        retention={"law": Share(90_000, 100_000), "ethics": Share()},
    )
    for columns in (78, 80, 112):
        assert max(map(width_of, overview("Bar Exam", EXAM, found, columns, 24, Paint(symbols=True)))) <= columns


def test_six_domains_fit_a_terminal_of_80_by_24_with_its_prompt() -> None:
    """The screen is 23 lines high, so that the shell's prompt does not push its first line out."""
    names = "abcdef"
    exam = Exam("x", "X", tuple(Domain(name, f"Domain {name}", 10) for name in names))
    units = {Unit(name): Card(name, "basic", name) for name in names}
    found = compute(exam, units, {}, [answer(Unit("a"), TODAY)], day=TODAY, settings=SETTINGS)
    assert len(overview("X", exam, found, 80, 24, Paint())) == 23
    assert "" in overview("X", exam, found, 80, 24, Paint())
    assert 23 < len(overview("X", exam, found, 80, 40, Paint())) < 40


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.integers(1, 4), st.integers(1, 3), st.booleans())
def test_a_bar_is_empty_only_for_zero_and_full_only_for_the_greatest(
    values: list[int], height: int, cell: int, symbols: bool
) -> None:
    """What is small still shows."""
    lines = [f"{line:{len(values) * cell}}" for line in bars(values, height, cell, Paint(symbols=symbols))]
    full = "█" if symbols else "#"
    for at, value in enumerate(values):
        column = [line[at * cell] for line in lines]
        assert (column[-1] == " ") == (value == 0)
        if value == max(values) > 0:
            assert set(column) == {full}


@pytest.mark.parametrize(("day", "begins"), [(20_779, "2025-11-17"), (20_780, "2025-11-24"), (20_786, "2025-11-24")])
def test_the_year_begins_on_the_monday_of_52_weeks_ago(day: int, begins: str) -> None:
    """On a Sunday the week is full; the Monday after it begins a new one."""
    found = compute(EXAM, CARDS, {}, (), day=day, settings=SETTINGS)
    assert iso_day(found.year_begins) == begins
    assert len(found.year) == day - found.year_begins + 1


def test_a_year_shows_each_day_in_its_week_under_its_month() -> None:
    """Four shades go by quarters of a busy day, nothing is a dot or a space, days to come are blank."""
    begins = TODAY - 6 - 7 * 52  # Monday 2025-11-17
    counts = [0] * 370
    counts[0], counts[7 * 6 + 3], counts[-1] = 1, 30, 40  # Monday; a Thursday in the week of 2026-01-01; Saturday
    lines = year(begins, counts, 80, Paint(symbols=True))
    assert bounds(counts) == (1, 8, 15, 23)
    assert lines[0] == "      Dec Jan Feb Mar  Apr May  Jun Jul Aug  Sep Oct Nov"
    assert lines[1] == "Mon ░" + "·" * 52
    assert lines[4] == "    " + "·" * 6 + "█" + "·" * 46
    assert lines[6].endswith("█")
    assert [width_of(line) for line in lines[1:]] == [57] * 6 + [56]
    bare = year(begins, counts, 80, Paint())
    assert (bare[1].rstrip(), bare[6][-1]) == ("Mon .", "#")
    assert year(begins, counts, 20, Paint(symbols=True))[6] == "    " + lines[6][-16:]
    assert year(begins, counts, 110, Paint(symbols=True))[1].startswith("Mon ░░· ·")


@given(st.lists(st.integers(0, 300), max_size=60))
def test_shades_have_growing_bounds(counts: list[int]) -> None:
    """However few were rated, each of the four shades begins later than the one before."""
    limits = bounds(counts)
    assert limits[0] == 1
    assert list(limits) == sorted(set(limits))


def test_counted_reviews_know_the_phase_before_and_leave_out_what_was_undone(tmp_path: Path) -> None:
    """For a made-up log with resets and undos, `counted` says what the replay of every unit says."""
    now = Moment(TODAY * 86_400_000 + 12 * 60 * MINUTE)
    units = [Unit(f"card-{number}") for number in range(12)]
    log: list[Event] = studied(units, Moment(now.ms - 10 * MINUTE), SETTINGS)
    for number, unit in enumerate(units):
        of_unit = [event for event in log if event.card == unit.card]
        middle = of_unit[len(of_unit) // 2]
        reset = action(unit, "reset", Moment(middle.ordered_at + 1))
        last = max(of_unit, key=lambda event: event.ordered_at)
        log += [reset] if number % 3 else [action(unit, "undo", now, last.id)]
        log += [action(unit, "undo", now, reset.id)] if number % 3 == 1 else []
    undone = {getattr(event, "target", None) for event in log}
    expected = []
    for unit in units:
        before = 0
        for event, state in steps([event for event in log if event.card == unit.card], SETTINGS):
            if isinstance(event, Review) and event.id not in undone:
                expected.append((*unit, event.day, event.rating, event.duration, before, event.retention))
            before = int(state.memory.phase) if state.memory else 0
    with open_history(str(tmp_path / "h.db"), EXAM_ID, SETTINGS, write=True, device="here") as history:
        history.add(log)
        counted = history.counted(NEVER)
        assert sorted(counted) == sorted(expected)
        assert 0 < len(counted) < sum(isinstance(event, Review) for event in log)
        assert history.counted(TODAY - 10) == [row for row in counted if row[2] >= TODAY - 10]
        assert {Unit(*row[:2]) for row in counted} <= set(history.states()) == set(states_of(log, SETTINGS))


def test_true_retention_is_what_anki_shows_for_the_same_log(tmp_path: Path) -> None:
    """Of two months of drills, Anki's own table has the same numbers of passed and failed reviews in 30 days."""
    collection = Collection(str(tmp_path / "true.anki2"))
    try:
        cutoff = collection.sched.day_cutoff  # seconds at which Anki's day ends
        day_end = Moment(TODAY * 86_400_000 + 28 * 60 * MINUTE)
        shift = cutoff * 1000 - day_end.ms
        units = [Unit(f"card-{number}") for number in range(40)]
        log = studied(units, Moment(day_end.ms - 12 * 60 * MINUTE), SETTINGS, seed=3)
        cards = {unit: Card(unit.card, "basic", "law") for unit in units}
        with open_history(str(tmp_path / "h.db"), EXAM_ID, SETTINGS, write=True, device="here") as history:
            history.add(log)
            answers = [Answer(*row) for row in history.counted(NEVER)]
        at = sorted(event.ordered_at for event in log if isinstance(event, Review))
        for ms, one in zip(at, answers, strict=True):
            kind = {0: 0, 1: 0, 2: 1, 3: 2}[one.before]
            row = (ms + shift, 1 + units.index(Unit(one.card)), -1, one.rating, 1, 0, 2500, 1000, kind)
            collection.db.execute("insert or replace into revlog values (?,?,?,?,?,?,?,?,?)", *row)
        exam = EXAM._replace(objectives=())
        found = compute(exam, cards, {}, answers, day=TODAY, settings=SETTINGS)
        theirs = collection._backend.graphs(search="", days=0).true_retention.month
        passed, failed = theirs.young_passed + theirs.mature_passed, theirs.young_failed + theirs.mature_failed
        assert found.retained == Share(passed, passed + failed)
        assert found.retained.number > 50
    finally:
        collection.close()
