from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from certdrill.model import Card, Unit
from certdrill.scheduling import NEVER, Memory, Phase, UnitState
from certdrill.study.queue import build, is_due, mix, status

TODAY = 20_000
EXAM = {"design": 14, "data": 14, "app": 30, "deploy": 22, "gov": 8, "eval": 12}


def cards(domain: str, number: int, **fields: Any) -> list[Card]:
    """Return `number` cards of a domain, in its list's order."""
    units = fields.get("units", ("",))
    return [
        Card(
            f"{domain}-{index}",
            "basic",
            domain,
            order=tuple(index + 100 * part for part in range(len(units))),
            **fields,
        )
        for index in range(number)
    ]


def known(phase: Phase = Phase.REVIEW, *, due_day: int = TODAY, due_at: int = 0, first_day: int = 19_000) -> UnitState:
    """Return the state of a unit rated before."""
    return UnitState(Memory(phase, None, 5.0, 5.0, 5, due_day, due_at, first_day, 19_990, 3, 0))


def queue(pool: list[Card], states: dict[Unit, UnitState] | None = None, **options: Any) -> Any:
    """Build today's queue of a pool that is the whole corpus."""
    defaults: dict[str, Any] = {"day": TODAY, "weights": EXAM, "rated_today": set()}
    return build(pool, options.pop("everything", pool), states or {}, **{**defaults, **options})


def domains(units: tuple[Unit, ...]) -> Counter[str]:
    return Counter(unit.card.split("-")[0] for unit in units)


ALL = [card for domain in EXAM for card in cards(domain, 60)]


def test_twenty_new_cards_fall_by_the_exams_weights() -> None:
    """The first day's twenty are 3, 3, 6, 4, 2 and 2, each domain in its own order."""
    first = queue(ALL)
    assert domains(first.fresh) == {"design": 3, "data": 3, "app": 6, "deploy": 4, "gov": 2, "eval": 2}
    assert [unit.card for unit in first.fresh if unit.card.startswith("app")] == [f"app-{n}" for n in range(6)]


def test_ten_days_are_exact_with_the_history_alone() -> None:
    """What a domain is owed is read from the log's first ratings; no other state is kept."""
    states: dict[Unit, UnitState] = {}
    total: Counter[str] = Counter()
    for day in range(TODAY, TODAY + 10):
        fresh = queue(ALL, states, day=day).fresh
        total += domains(fresh)
        states.update({unit: known(due_day=TODAY + 99, first_day=day) for unit in fresh})
    assert total == {"design": 28, "data": 28, "app": 60, "deploy": 44, "gov": 16, "eval": 24}


def test_new_cards_already_introduced_today_count_against_the_limit() -> None:
    """A second session of the day has only what is left, and the same domains as one session would have had."""
    first = queue(ALL, daily_new=8).fresh
    states = {unit: known(due_day=TODAY + 1, first_day=TODAY) for unit in first}
    second = queue(ALL, states).fresh
    assert len(second) == 12
    assert domains(first) + domains(second) == domains(queue(ALL).fresh)


def test_days_off_do_not_add_up() -> None:
    """After a month without a session the day still has twenty new cards."""
    states = {unit: known(due_day=TODAY + 99, first_day=TODAY - 30) for unit in queue(ALL).fresh}
    assert len(queue(ALL, states).fresh) == 20


def test_a_filter_renormalises_and_counts_against_the_same_limit() -> None:
    """Two of the domains share the whole day by their own weights; what was introduced elsewhere is taken off."""
    pool = [card for card in ALL if card.domain in ("app", "deploy")]
    assert domains(queue(pool, everything=ALL, daily_new=26).fresh) == {"app": 15, "deploy": 11}
    states = {Unit("gov-0"): known(due_day=TODAY + 9, first_day=TODAY)}
    assert len(queue(pool, states, everything=ALL, daily_new=26).fresh) == 25


def test_due_reviews_interleave_their_domains() -> None:
    """Ten and five due cards of two domains alternate two to one, not in blocks."""
    states = {Unit(f"app-{n}"): known() for n in range(10)} | {Unit(f"gov-{n}"): known() for n in range(5)}
    due = queue(ALL, states, daily_new=0).due
    assert len(due) == 15
    for start in range(0, 15, 3):
        assert domains(due[start : start + 3]) == {"app": 2, "gov": 1}


def test_the_longest_overdue_come_first_within_a_domain() -> None:
    """With a limit, what has waited longest is not left out."""
    states = {Unit(f"app-{n}"): known(due_day=TODAY - n) for n in range(10)}
    assert [unit.card for unit in queue(ALL, states, daily_new=0, limit=3).due] == ["app-9", "app-8", "app-7"]


def test_the_seed_fixes_the_order_and_another_seed_changes_it() -> None:
    """Equal due days are shuffled by the seed only."""
    states = {Unit(f"app-{n}"): known() for n in range(30)}
    assert queue(ALL, states, seed=1).main == queue(ALL, states, seed=1).main
    assert queue(ALL, states, seed=1).main != queue(ALL, states, seed=2).main


def test_siblings_never_come_on_the_same_day() -> None:
    """Of a card's two sides one is shown, the due one before the new one; none when the card was rated today."""
    pool = cards("app", 3, units=("f", "r"))
    assert len(queue(pool).main) == 3
    states = {Unit("app-1", "r"): known()}
    assert [str(unit) for unit in queue(pool, states).due] == ["app-1#r"]
    assert "app-1#f" not in map(str, queue(pool, states).main)
    assert [unit.card for unit in queue(pool, states, rated_today={"app-1"}).main] == ["app-0", "app-2"]


def test_a_unit_still_learning_comes_again_on_the_day_its_card_was_rated() -> None:
    """The sibling rule never cuts a learning step short."""
    pool = cards("app", 1, units=("f", "r"))
    states = {Unit("app-0", "f"): known(Phase.LEARNING, due_at=123, first_day=TODAY)}
    assert queue(pool, states, rated_today={"app-0"}).learning == ((123, Unit("app-0", "f")),)


def test_suspended_and_buried_units_stay_out() -> None:
    """Suspension lasts, burial lasts for its day."""
    states = {
        Unit("app-0"): UnitState(suspended=True),
        Unit("app-1"): UnitState(buried_day=TODAY),
        Unit("app-2"): UnitState(buried_day=TODAY - 1),
        Unit("app-3"): known()._replace(suspended=True),
    }
    assert [unit.card for unit in queue(cards("app", 4), states).main] == ["app-2"]


def test_a_raised_rev_makes_a_review_due_now() -> None:
    """A changed answer is asked at once; its history stays."""
    state = known(due_day=TODAY + 100)
    old, new = cards("app", 1)[0], cards("app", 1, rev=2)[0]
    assert (is_due(old, state, TODAY), is_due(new, state, TODAY)) == (False, True)


def test_the_limit_counts_learning_reviews_and_new_cards() -> None:
    """At most `limit` units are in a session, learning ones first."""
    states = {Unit("app-0"): known(Phase.LEARNING), Unit("app-1"): known()}
    limited = queue(ALL, states, limit=4)
    assert (len(limited.learning), len(limited.main)) == (1, 3)


def test_states_can_be_asked_for() -> None:
    """`--state new` leaves reviews out, `--state due` leaves new cards out."""
    states = {Unit("app-0"): known(), Unit("app-1"): known(due_day=TODAY + 5)}
    assert [unit.card for unit in queue(ALL, states, wanted=("due",)).main] == ["app-0"]
    assert queue(ALL, states, wanted=("new",)).due == ()
    assert [status(UnitState(suspended=True)), status(known()), status(UnitState())] == ["suspended", "review", "new"]
    assert UnitState().buried_day == NEVER


@given(st.lists(st.integers()), st.lists(st.text(), max_size=9))
def test_mixing_keeps_everything_in_order_and_spreads_new_cards(reviews: list[int], new: list[str]) -> None:
    """Nothing is lost, both orders stay, and no stretch of reviews is longer than its share."""
    mixed = list(mix(reviews, new))
    assert [one for one in mixed if isinstance(one, int)] == reviews
    assert [one for one in mixed if isinstance(one, str)] == new
