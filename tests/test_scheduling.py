from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import fsrs
import fsrs_rs_python
import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdrill.errors import BadRetentionError, TimeWentBackError
from certdrill.scheduling import (
    Memory,
    Moment,
    Phase,
    Rating,
    Settings,
    advance,
    checked,
    fuzz_range,
    interval,
    plans,
    rated,
    recall,
    study_day,
)

SETTINGS = Settings()
DAY_MS = 86_400_000
START = Moment(20_000 * DAY_MS + 10 * 3_600_000)  # 10:00 UTC on study day 20,000


def history(seed: int, most: int = 30) -> list[tuple[int, Rating]]:
    """Return a random log of one unit: (study day, rating), same-day ratings included."""
    chance = random.Random(seed)  # noqa: S311 - test data
    day, log = 20_000, []
    for _ in range(chance.randint(1, most)):
        log.append((day, Rating(chance.choices((1, 2, 3, 4), (15, 15, 60, 10))[0])))
        day += chance.choice((0, 0, 0, 1, 2, 5, 9, 20, 60, 200))
    return log


def replay(log: list[tuple[int, Rating]], settings: Settings = SETTINGS) -> Memory:
    """Rate a unit as the log says and return its memory."""
    memory = None
    for day, rating in log:
        now = Moment(day * DAY_MS + 36_000_000)
        memory = rated(memory, rating, day, plans(memory, now, day, settings, "unit")[rating], settings)
    assert memory is not None
    return memory


def test_a_thousand_random_histories_equal_py_fsrs() -> None:
    """Stability, difficulty and phase are py-fsrs's own when it is given one instant a study day."""
    scheduler = fsrs.Scheduler(enable_fuzzing=False)
    for seed in range(1000):
        log = history(seed)
        card = fsrs.Card(card_id=1, due=datetime(2020, 1, 1, tzinfo=UTC))
        for day, rating in log:
            noon = datetime(1970, 1, 1, 12, tzinfo=UTC).replace(tzinfo=fsrs_utc()) + timedelta(days=day)
            card, _ = scheduler.review_card(card, fsrs.Rating(int(rating)), noon)
        memory = replay(log)
        assert memory.stability == pytest.approx(card.stability, rel=1e-12)
        assert memory.difficulty == pytest.approx(card.difficulty, rel=1e-12)
        assert (int(memory.phase), memory.step) == (int(card.state), card.step)


def fsrs_utc() -> object:
    """Return the only time zone object py-fsrs accepts."""
    from datetime import timezone

    return timezone.utc  # noqa: UP017 - py-fsrs compares with this very object


def test_a_thousand_random_histories_equal_the_rust_engine() -> None:
    """A second engine, in Rust and 32-bit floats, gives the same stability and difficulty."""
    engine = fsrs_rs_python.FSRS(parameters=list(fsrs_rs_python.DEFAULT_PARAMETERS))
    for seed in range(1000):
        log = history(seed)
        reviews, before = [], log[0][0]
        for day, rating in log:
            reviews.append(fsrs_rs_python.FSRSReview(int(rating), day - before))
            before = day
        state = engine.memory_state(fsrs_rs_python.FSRSItem(reviews))
        memory = replay(log)
        assert memory.stability == pytest.approx(state.stability, rel=2e-5)
        assert memory.difficulty == pytest.approx(state.difficulty, rel=2e-5)


def test_evening_and_next_morning_are_two_study_days() -> None:
    """22:00 and 9:00 on the next day are a day apart, as Anki counts, although only 11 hours passed."""
    evening = Moment(int(datetime(2026, 11, 22, 22, tzinfo=UTC).timestamp() * 1000))
    morning = Moment(evening.ms + 11 * 3_600_000)
    assert study_day(morning) - study_day(evening) == 1


@pytest.mark.parametrize(
    ("hour", "offset", "days_later"),
    [(3, 0, -1), (4, 0, 0), (3, 60, 0), (12, -540, -1), (13, -540, 0), (22, 345, 0), (22, 360, 1), (23, 540, 1)],
)
def test_the_study_day_turns_over_at_four_local_time(hour: int, offset: int, days_later: int) -> None:
    """At each offset from UTC the day changes at 4:00 on the learner's own clock."""
    moment = Moment((20_000 * 24 + hour) * 3_600_000, offset)
    assert study_day(moment) == 20_000 + days_later


@given(st.integers(0, 10_000), st.booleans())
def test_intervals_grow_with_the_rating(seed: int, fuzz: bool) -> None:
    """Hard is shorter than Good, Good shorter than Easy, whatever fuzz draws."""
    memory = replay(history(seed))
    day = memory.last_day + seed % 40
    choices = plans(memory, START, day, SETTINGS, str(seed), fuzz=fuzz)
    lengths = [choices[rating].interval for rating in Rating if choices[rating].phase is Phase.REVIEW]
    assert lengths == sorted(set(lengths))


@given(st.integers(0, 10_000))
def test_a_passed_review_never_shortens_a_growing_interval(seed: int) -> None:
    """Where FSRS wants a longer interval than the last one, it becomes at least a day longer."""
    memory = replay(history(seed))
    if memory.phase is not Phase.REVIEW:
        return
    day = memory.due_day
    for rating, plan in plans(memory, START, day, SETTINGS, "unit").items():
        stability, _ = advance(memory, rating, day, SETTINGS)
        if rating is not Rating.AGAIN and round(interval(stability, SETTINGS)) > memory.interval:
            assert plan.interval > memory.interval


@given(st.floats(0.1, 2000), st.integers(0, 5))
def test_fuzz_stays_in_ankis_ranges(days: float, salt: int) -> None:
    """Fuzz moves an interval by at most one day plus 15, 10 and 5 % of its parts, and never below a day."""
    lower, upper = fuzz_range(days, 1, 36_500)
    spread = 1 + 0.15 * max(0, min(days, 7) - 2.5) + 0.1 * max(0, min(days, 20) - 7) + 0.05 * max(0, days - 20)
    assert 1 <= lower <= upper
    assert lower >= days - spread - 1
    assert upper <= days + spread + 1
    if days < 2.5:
        assert upper - lower <= (1 if days >= 2.5 else 0)
    del salt


def test_a_preview_shows_what_the_rating_will_do() -> None:
    """The same unit with the same number of ratings gets the same fuzz; another unit another one."""
    memory = replay([(20_000, Rating.EASY), (20_010, Rating.GOOD)])
    first = plans(memory, START, 20_060, SETTINGS, "unit")
    assert first == plans(memory, START, 20_060, SETTINGS, "unit")
    others = {plans(memory, START, 20_060, SETTINGS, f"unit-{number}")[Rating.GOOD].interval for number in range(40)}
    assert len(others) > 3


def test_learning_steps_are_one_and_ten_minutes() -> None:
    """A new unit waits 1, 5.5 or 10 minutes after Again, Hard, Good; a lapse waits 10."""
    fresh = plans(None, START, 20_000, SETTINGS)
    waits = [fresh[rating].due_at - START.ms for rating in (Rating.AGAIN, Rating.HARD, Rating.GOOD)]
    assert waits == [60_000, 330_000, 600_000]
    assert fresh[Rating.EASY].phase is Phase.REVIEW
    known = replay([(20_000, Rating.EASY)])
    lapse = plans(known, START, 20_020, SETTINGS)[Rating.AGAIN]
    assert (lapse.phase, lapse.due_at - START.ms) == (Phase.RELEARNING, 600_000)


def test_recall_is_the_desired_retention_when_the_interval_is_over() -> None:
    """R(S, S) is .9, and the unrounded interval is where the curve meets the desired retention."""
    memory = replay([(20_000, Rating.EASY)])._replace(stability=50.0)
    assert recall(memory, memory.last_day + 50, SETTINGS) == pytest.approx(0.9)
    strict = Settings(retention=0.95)
    whole = interval(50.0, strict)
    assert whole < 50
    decay = -0.1542
    factor = 0.9 ** (1 / decay) - 1
    assert (1 + factor * whole / 50.0) ** decay == pytest.approx(0.95)


@pytest.mark.parametrize("retention", [0, 0.5, 0.995, 1.5, float("nan"), float("inf")])
def test_a_senseless_retention_is_refused(retention: float) -> None:
    """Retention outside .70 to .99, also NaN, is refused before anything is scheduled."""
    with pytest.raises(BadRetentionError):
        checked(Settings(retention=retention))
    with pytest.raises(BadRetentionError):
        plans(None, START, 20_000, Settings(retention=retention))


def test_a_review_before_the_last_one_is_refused_by_name() -> None:
    """Time never goes backwards in the engine."""
    memory = replay([(20_000, Rating.GOOD)])
    with pytest.raises(TimeWentBackError, match="study day 19999"):
        advance(memory, Rating.GOOD, 19_999, SETTINGS)


def test_no_interval_passes_the_maximum() -> None:
    """A maximum interval holds for every rating, fuzz included."""
    settings = Settings(maximum_interval=5)
    memory = replay([(20_000, Rating.EASY), (20_030, Rating.EASY), (20_100, Rating.EASY)], settings)
    assert all(plan.interval <= 5 for plan in plans(memory, START, 20_200, settings, "unit").values())
