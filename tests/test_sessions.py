from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdrill.corpus.load import Corpus, load
from certdrill.history.store import History, open_history
from certdrill.model import Card, Unit
from certdrill.scheduling import NEW, Memory, Moment, Phase, Rating, Settings, UnitState, advance, recall
from certdrill.screen.drill import Answer, Command, Cram, Drill, Rated
from certdrill.screen.view import View, ratings
from certdrill.study.queue import ORDINARY, Queue, States, Wishes, build, is_leech_now
from certdrill.study.session import Session, start
from certdrill.study.value import HORIZON_DAYS, most_forgotten, predicted_loss, unit_shares, value
from conftest import Run, basic_cards
from history_sample import SETTINGS, START, at, due_day, lapse, learn, now, opened

TODAY = 20_000
WEIGHTS = {"law": 60, "ethics": 40}


def cards(domain: str, number: int, units: tuple[str, ...] = ("",)) -> list[Card]:
    """Return `number` cards of a domain, in its list's order."""
    return [
        Card(f"{domain}-{index}", "basic", domain, units, order=tuple(index + 100 * part for part in range(len(units))))
        for index in range(number)
    ]


POOL = [*cards("law", 30), *cards("ethics", 30)]


def review(
    *, due: int = 0, stability: float = 10.0, last: int = 10, first_day: int = TODAY - 99, lapses: int = 0
) -> UnitState:
    """Return the state of a review unit due in `due` days, reviewed `last` days ago."""
    memory = Memory(
        Phase.REVIEW, None, stability, 5.0, 10, TODAY + due, 0, first_day, TODAY - last, 5, lapses
    )  # fmt: skip
    return UnitState(memory)


def queue(states: States, wishes: Wishes = ORDINARY, pool: list[Card] = POOL, **options: Any) -> Queue:
    """Build today's queue of a pool that is the whole corpus."""
    rated = {unit.card for unit, state in states.items() if state.memory and state.memory.last_day == TODAY}
    return build(pool, pool, states, day=TODAY, weights=WEIGHTS, rated_today=rated, wishes=wishes, **options)


def names(units: tuple[Unit, ...]) -> list[str]:
    return list(map(str, units))


# --- the queue


def test_a_query_leaves_units_out_of_the_queue() -> None:
    """Of a card's units only the matching ones come, new or due."""
    pool = cards("law", 3, ("f", "r"))
    wishes = Wishes(only=lambda card, unit: unit.part == "r" and card.id != "law-1")
    assert names(queue({Unit("law-2", "f"): review()}, wishes, pool).main) == ["law-0#r", "law-2#r"]


def test_ahead_brings_reviews_before_they_are_due() -> None:
    """Within as many days, and no learning steps of another day, nothing rated today and nothing set aside."""
    states = {
        Unit("law-0"): review(due=0),
        Unit("law-1"): review(due=3),
        Unit("law-2"): review(due=4),
        Unit("law-3"): review(due=2, last=0),
        Unit("law-4"): review(due=2)._replace(suspended=True),
        Unit("law-5"): review(due=2)._replace(buried_day=TODAY),
        Unit("law-6"): UnitState(Memory(Phase.LEARNING, 0, 2.0, 5.0, 0, TODAY + 1, 0, TODAY - 1, TODAY - 1, 1, 0)),
    }
    assert names(queue(states, daily_new=0).due) == ["law-0"]
    ahead = queue(states, Wishes(ahead=3), daily_new=0)
    assert (names(ahead.due), ahead.learning) == (["law-0", "law-1"], ())


@pytest.mark.parametrize(("reviews", "due", "new"), [(40, 12, 20), (20, 12, 8), (12, 12, 0), (7, 7, 0)])
def test_due_and_new_cards_share_the_budget_of_a_day(reviews: int, due: int, new: int) -> None:
    """Due ones take what they need of `--reviews`, new ones what is left, at most the day's new cards."""
    states = {Unit(f"law-{index}"): review() for index in range(12)}
    today = queue(states, Wishes(reviews=reviews))
    assert (len(today.due), len(today.fresh), len(today.main)) == (due, new, due + new)


def test_what_was_studied_today_counts_against_the_budget() -> None:
    """A second session has only what is left of the day; steps left from yesterday are part of it."""
    states = {Unit(f"law-{index}"): review() for index in range(12)}
    done = {Unit(f"ethics-{index}"): review(due=9, last=0) for index in range(4)}
    step = Memory(Phase.LEARNING, 0, 2.0, 5.0, 0, TODAY, 5, TODAY - 1, TODAY - 1, 1, 0)
    left = {Unit("ethics-9"): UnitState(step)}
    assert len(queue({**states, **done}, Wishes(reviews=10)).main) == 6
    assert len(queue({**states, **done, **left}, Wishes(reviews=10)).main) == 5
    assert queue({**states, **done}, Wishes(reviews=3)).main == ()


def test_without_a_budget_new_cards_come_beside_any_backlog() -> None:
    """There is no limit unless it is asked for."""
    assert len(queue({Unit(f"law-{index}"): review() for index in range(30)}).main) == 50


def test_a_backlog_too_large_is_shown_most_valuable_first() -> None:
    """By `--reviews` and by `--limit`; what fits keeps its usual order, domains in turn."""
    states = {Unit(f"law-{index}"): review() for index in range(6)}
    states |= {Unit(f"ethics-{index}"): review() for index in range(6)}
    worth = {unit: float(number * 7 % 12) for number, unit in enumerate(states)}
    best = sorted(states, key=lambda unit: -worth[unit])
    for options in ({"daily_new": 0, "limit": 5}, {"wishes": Wishes(reviews=5)}):
        wishes = options.pop("wishes", ORDINARY)._replace(worth=worth.__getitem__)  # type: ignore[attr-defined]
        assert names(queue(states, wishes, **options).main) == names(tuple(best[:5]))
    roomy = queue(states, Wishes(worth=worth.__getitem__, reviews=12), daily_new=0, limit=12).main
    assert roomy == queue(states, daily_new=0).main
    assert Counter(unit.card.split("-")[0] for unit in roomy[:4]) == {"law": 2, "ethics": 2}


def test_weak_domains_are_studied_one_after_the_other() -> None:
    """Due and new cards of the first, then those of the next; the day's new cards go to the first as well."""
    states = {Unit("law-0"): review(), Unit("law-1"): review(), Unit("ethics-0"): review()}
    weak = queue(states, Wishes(domains=("ethics", "law")), daily_new=3)
    assert names(weak.main[:4]) == ["ethics-0", "ethics-1", "ethics-2", "ethics-3"]
    assert {unit.card for unit in weak.main[4:]} == {"law-0", "law-1"}


LOOK_ALIKES = {"law-0": ["law-1"], "law-2": ["ethics-0"], "ethics-5": ["law-9"]}


def contrast(card: str) -> list[str]:
    return LOOK_ALIKES.get(card, [])


def test_new_cards_that_contrast_do_not_come_on_one_day() -> None:
    """Of a pair one is introduced, whichever names the other; the next of the domain takes its place."""
    usual = queue({}, daily_new=5)
    assert names(usual.fresh) == ["law-0", "ethics-0", "law-1", "ethics-1", "law-2"]
    apart = queue({}, Wishes(contrast=contrast), daily_new=5)
    assert names(apart.fresh) == ["law-0", "ethics-0", "law-3", "ethics-1", "law-4"]


def test_a_new_card_waits_while_its_look_alike_was_introduced_today() -> None:
    """In an earlier session of the day; tomorrow it comes, beside the other's review."""
    states = {Unit("law-0"): review(due=1, last=0, first_day=TODAY)}
    wishes = Wishes(contrast=contrast)
    assert "law-1" not in names(queue(states, wishes).fresh)
    yesterday = {Unit("law-0"): review(due=1, last=1, first_day=TODAY - 1)}
    assert "law-1" in names(queue(yesterday, wishes).fresh)


def test_due_cards_that_contrast_come_one_right_after_the_other() -> None:
    """Over domains and new cards, in the order of the first; nothing is lost or doubled."""
    states = {Unit(f"{domain}-{index}"): review() for domain in WEIGHTS for index in range(10)}
    usual, paired = queue(states), queue(states, Wishes(contrast=contrast))
    assert sorted(paired.main) != list(paired.main)
    assert sorted(paired.due) == sorted(usual.due)
    shown = names(paired.main)
    for one, other in (("law-0", "law-1"), ("law-2", "ethics-0"), ("ethics-5", "law-9")):
        assert abs(shown.index(one) - shown.index(other)) == 1
    apart = queue(states, Wishes(contrast=contrast, together=False))
    assert len(apart.main) == len(paired.main) == len(set(shown))


@given(
    st.dictionaries(
        st.sampled_from([card.id for card in POOL]), st.lists(st.sampled_from([c.id for c in POOL])), max_size=30
    )
)
def test_no_two_new_cards_of_a_day_contrast_and_no_review_is_lost(pairs: dict[str, list[str]]) -> None:
    """Whatever names what, in whichever direction, even a card itself."""
    wishes = Wishes(contrast=lambda card: pairs.get(card, []))
    fresh = [unit.card for unit in queue({}, wishes).fresh]
    assert all(other not in pairs.get(card, []) for card in fresh for other in fresh if other != card)
    states = {Unit(card.id): review() for card in POOL[::2]}
    assert sorted(queue(states, wishes, daily_new=0).main) == sorted(states)


# --- what a unit is worth


def test_value_is_the_gain_in_recall_of_a_second_as_the_formula_says() -> None:
    """w (p E[R(H; S_g)] + (1 - p) R(H; S_1) - R(e + H; S)) / (8 p + 20 (1 - p)), computed here once more."""
    memory = review(stability=12.0, last=9).memory
    assert memory is not None
    elapsed_then = memory._replace(last_day=TODAY)

    def later(rating: Rating) -> float:
        stability, _ = advance(memory, rating, TODAY, SETTINGS)
        return recall(elapsed_then._replace(stability=stability), TODAY + HORIZON_DAYS, SETTINGS)

    p = recall(memory, TODAY, SETTINGS)
    passed = 0.224 * later(Rating.HARD) + 0.631 * later(Rating.GOOD) + 0.145 * later(Rating.EASY)
    gain = p * passed + (1 - p) * later(Rating.AGAIN) - recall(memory, TODAY + HORIZON_DAYS, SETTINGS)
    assert value(memory, 0.25, TODAY, SETTINGS) == pytest.approx(0.25 * gain / (8 * p + 20 * (1 - p)))


def test_value_grows_with_the_domains_weight_and_falls_with_its_number_of_cards() -> None:
    """A unit's share is its domain's weight over the domain's units, mock items aside."""
    pool = [*cards("law", 10), *cards("ethics", 5, ("f", "r")), Card("mock-item", "choice", "law", form="a")]
    assert unit_shares(pool, WEIGHTS) == pytest.approx({"law": 0.06, "ethics": 0.04})
    memory = review().memory
    assert memory is not None
    assert value(memory, 0.06, TODAY, SETTINGS) == pytest.approx(1.5 * value(memory, 0.04, TODAY, SETTINGS))


def test_a_unit_just_reviewed_is_worth_less_than_one_fading() -> None:
    """Studying again at once wins next to nothing; one nearly forgotten costs more time than one half remembered."""
    fresh, fading = review(stability=10, last=1).memory, review(stability=10, last=12).memory
    assert fresh is not None
    assert fading is not None
    assert 0 < value(fresh, 1, TODAY, SETTINGS) < value(fading, 1, TODAY, SETTINGS)


def test_a_clock_that_went_back_does_not_break_the_ranking() -> None:
    """A review dated tomorrow counts as of its day."""
    memory = review(last=-1).memory
    assert memory is not None
    assert value(memory, 1, TODAY, SETTINGS) == value(memory, 1, TODAY + 1, SETTINGS)


def test_predicted_loss_weighs_what_is_forgotten_and_never_seen() -> None:
    """A domain without a card loses nothing; the worst comes first; suspended units do not count."""
    pool = [*cards("law", 2), *cards("ethics", 2)]
    states = {
        Unit("law-0"): review(stability=1000, last=0),
        Unit("law-1"): review(stability=1000, last=0),
        Unit("ethics-0"): review(stability=1000, last=0),
        Unit("ethics-1"): NEW,
    }
    loss = predicted_loss(pool, {**WEIGHTS, "empty": 100}, states, TODAY, SETTINGS)
    assert list(loss) == ["ethics", "law"]
    assert loss == pytest.approx({"ethics": 0.2 * 0.5, "law": 0.0})
    states[Unit("ethics-1")] = UnitState(suspended=True)
    assert predicted_loss(pool, WEIGHTS, states, TODAY, SETTINGS)["ethics"] == pytest.approx(0.0)


def test_the_most_forgotten_come_first_and_those_never_seen_last() -> None:
    """What was never known cannot be forgotten."""
    states = {Unit("law-0"): review(last=5), Unit("law-1"): review(last=50), Unit("law-2"): review(last=20)}
    units = [Unit("law-9"), Unit("law-0"), Unit("law-1"), Unit("law-8"), Unit("law-2")]
    assert names(tuple(most_forgotten(units, states, TODAY, SETTINGS))) == ["law-1", "law-2", "law-0", "law-9", "law-8"]


# --- the drill


class Script:
    """A face that does as it is told, one entry a card: a rating, or a command given at the question."""

    def __init__(self, steps: list[Rating | str], after: Callable[[], None] = lambda: None) -> None:
        self.steps, self.after = steps, after
        self.shown: list[str] = []
        self.notes: list[str] = []
        self.details: list[str] = []

    def ask(self, view: View) -> Answer | Command:
        self.notes.append(view.note)
        if not self.steps:
            raise EOFError
        if isinstance(self.steps[0], str):
            return Command(self.steps.pop(0))  # type: ignore[arg-type]
        self.shown.append(str(view.prompt.unit))
        return Answer("")

    def tell(self, view: View) -> Rated | Command:
        self.details += [hint.detail for hint in ratings(view)]
        self.after()
        step = self.steps.pop(0)
        return Rated(step) if isinstance(step, Rating) else Command(step)

    def wait(self, until_ms: int, now: Callable[[], Moment], *, undoable: bool) -> Command | None:
        del until_ms, now
        return Command("undo" if undoable and self.steps and self.steps.pop(0) == "undo" else "quit")

    def end(self, text: str, *, undoable: bool) -> Command:
        self.notes.append(text)
        return Command("undo" if undoable and self.steps and self.steps.pop(0) == "undo" else "quit")


@contextmanager
def drilled(corpus: Corpus, path: Path | str, script: Script, **options: Any) -> Iterator[tuple[Drill, History]]:
    """Return a drill over a real history, its clock standing at noon unless the script moves it."""
    clock = options.pop("clock", lambda: at(START))
    kind = options.pop("kind", Drill)
    with open_history(str(path), "bar-exam", Settings(), write=True, device="test") as history:
        yield kind(corpus, history, clock, script, **options), history


@pytest.fixture
def five(corpus: Callable[..., Path]) -> Corpus:
    """Five cards of law, fact-law-a to -e."""
    return load(str(corpus(law=basic_cards("law", 5))), "here")


FIVE = tuple(Unit(f"fact-law-{letter}") for letter in "abcde")


@pytest.mark.parametrize(
    ("threshold", "lapses"), [(6, [6, 9, 12, 15]), (4, [4, 7, 10, 13, 16]), (0, []), (1, [1, 4, 7, 10, 13, 16])]
)
def test_a_leech_is_named_at_its_threshold_and_every_three_lapses_after(threshold: int, lapses: list[int]) -> None:
    """Zero switches leeches off."""
    assert [number for number in range(17) if is_leech_now(number, threshold)] == lapses


def test_a_leech_is_suspended_at_once_by_an_event_of_its_own(five: Corpus, tmp_path: Path) -> None:
    """Right after the rating, said with the next card and in the summary; its relearning step does not come."""
    path = tmp_path / "h.db"
    with opened(path) as history:
        due = lapse(history, "fact-law-a", 5)
        before = history.state(FIVE[0])
    script = Script([Rating.AGAIN, Rating.EASY, Rating.EASY])
    with drilled(five, path, script, clock=lambda: at(due)) as (drill, history):
        summary = drill.run(Session(FIVE[:2], ()))
        last = history.events(FIVE[0])[-2:]
        assert [getattr(event, "rating", 0) or getattr(event, "action", "") for event in last] == [1, "suspend"]
        state = history.state(FIVE[0])
        assert (state.suspended, state.memory.lapses if state.memory else 0) == (True, 6)
        assert script.shown == ["fact-law-a", "fact-law-b"]
        assert script.notes[1] == "Leech: fact-law-a was forgotten 6 times and is suspended."
        assert (summary.leeches, summary.total) == ([FIVE[0]], 2)
        assert before.memory is not None
        for _ in range(2):
            history.undo(at(due), due)  # the rating of the second card, then the suspension
        assert not history.state(FIVE[0]).suspended
        history.undo(at(due), due)
        assert history.state(FIVE[0]).memory == before.memory


@pytest.mark.parametrize(("leech", "lapses", "suspended"), [
    (6, 4, False), (6, 5, True), (6, 6, False), (6, 8, True), (0, 5, False), (3, 2, True), (3, 3, False),
])  # fmt: skip
def test_only_the_lapse_that_counts_suspends(
    five: Corpus, tmp_path: Path, leech: int, lapses: int, suspended: bool
) -> None:
    """A card brought back after its sixth lapse has three more before it is suspended again."""
    with opened(tmp_path / "h.db") as history:
        due = lapse(history, "fact-law-a", lapses)
    options: dict[str, Any] = {"clock": lambda: at(due), "leech": leech}
    with drilled(five, tmp_path / "h.db", Script([Rating.AGAIN]), **options) as (drill, history):
        drill.run(Session(FIVE[:1], ()))
        assert history.state(FIVE[0]).suspended is suspended


def test_a_failed_step_of_learning_is_no_lapse(five: Corpus, tmp_path: Path) -> None:
    """Again on a card that is still being learnt never makes a leech."""
    script = Script([Rating.AGAIN] * 8)
    with drilled(five, tmp_path / "h.db", script, leech=1) as (drill, history):
        drill.run(Session(FIVE[:1], ()))
        assert not history.state(FIVE[0]).suspended
        assert drill.summary.leeches == []


def test_undo_of_a_leech_takes_back_suspension_and_rating_together(five: Corpus, tmp_path: Path) -> None:
    """One key, both events; the card is shown again and the summary forgets it."""
    with opened(tmp_path / "h.db") as history:
        due = lapse(history, "fact-law-a", 5)
        before = history.state(FIVE[0])
    script = Script([Rating.AGAIN, "undo", Rating.GOOD])
    with drilled(five, tmp_path / "h.db", script, clock=lambda: at(due)) as (drill, history):
        summary = drill.run(Session(FIVE[:2], ()))
        after = history.state(FIVE[0])
        assert (script.shown[:2], after.suspended, summary.leeches) == (["fact-law-a", "fact-law-a"], False, [])
        assert before.memory is not None
        assert after.memory is not None
        assert (after.memory.lapses, after.memory.reps) == (before.memory.lapses, before.memory.reps + 1)
        assert summary.total == summary.right == 1


def test_the_session_ends_when_its_minutes_are_over(five: Corpus, tmp_path: Path) -> None:
    """The card on the screen is rated and saved, no further one is shown, and what is left is counted."""
    clock = [at(START).ms]

    def think() -> None:
        clock[0] += 45_000

    script = Script([Rating.EASY] * 5, think)
    options: dict[str, Any] = {"clock": lambda: Moment(clock[0]), "minutes": 2}
    with drilled(five, tmp_path / "h.db", script, **options) as (drill, history):
        summary = drill.run(Session(FIVE, ()))
        assert (len(script.shown), summary.total, summary.left) == (3, 3, 2)
        assert len(history.events()) == 3


def test_a_session_done_in_time_ends_as_ever(five: Corpus, tmp_path: Path) -> None:
    """Nothing was left when the minutes were over, so nothing is said of time."""
    clock = [at(START).ms]

    def think() -> None:
        clock[0] += 45_000

    script = Script([Rating.EASY] * 2, think)
    options: dict[str, Any] = {"clock": lambda: Moment(clock[0]), "minutes": 1.5}
    with drilled(five, tmp_path / "h.db", script, **options) as (drill, _):
        assert drill.run(Session(FIVE[:2], ())).left == 0
    assert script.notes[-1] == "Done for now."


def test_waiting_for_a_step_ends_with_the_minutes(five: Corpus, tmp_path: Path) -> None:
    """The wait is asked for until the earlier of the two."""
    waits: list[int] = []

    class Patient(Script):
        def wait(self, until_ms: int, now: Callable[[], Moment], *, undoable: bool) -> Command | None:
            del now, undoable
            waits.append(until_ms)
            clock[0] = until_ms
            return None

    clock = [at(START).ms]
    options: dict[str, Any] = {"clock": lambda: Moment(clock[0]), "minutes": 3, "ahead_minutes": 0}
    with drilled(five, tmp_path / "h.db", Patient([Rating.GOOD]), **options) as (drill, _):
        summary = drill.run(Session(FIVE[:1], ()))
    assert (waits, summary.left) == ([at(START, 3).ms], 1)


def test_cards_ahead_are_reviewed_for_real(five: Corpus, tmp_path: Path) -> None:
    """The days that passed count, not those that were to pass; without the option the card is passed over."""
    with opened(tmp_path / "h.db") as history:
        due = learn(history, "fact-law-a")
        before = history.state(FIVE[0]).memory
    early = due - 3
    for ahead, shown in ((2, []), (3, ["fact-law-a"])):
        script = Script([Rating.GOOD])
        options: dict[str, Any] = {"clock": lambda: at(early), "ahead_days": ahead}
        with drilled(five, tmp_path / "h.db", script, **options) as (drill, history):
            drill.run(Session(FIVE[:1], ()))
            after = history.state(FIVE[0]).memory
        assert script.shown == shown
    assert before is not None
    assert after is not None
    assert (after.stability, after.difficulty) == advance(before, Rating.GOOD, early, SETTINGS)
    assert (after.last_day, after.due_day > due) == (early, True)


def test_cramming_writes_nothing(five: Corpus, tmp_path: Path) -> None:
    """What was forgotten comes again until it is known, also cards not due; the file keeps its bytes."""
    path = tmp_path / "h.db"
    with opened(path) as history:
        learn(history, "fact-law-a")
    before = path.read_bytes()
    script = Script([Rating.AGAIN, Rating.GOOD, Rating.AGAIN, Rating.EASY])
    with drilled(five, path, script, kind=Cram) as (drill, _):
        summary = drill.run(Session(FIVE[:2], ()))
    assert script.shown == ["fact-law-a", "fact-law-b", "fact-law-a", "fact-law-a"]
    assert (summary.total, summary.right) == (4, 2)
    assert path.read_bytes() == before
    assert set(script.details) == {""}


def test_undo_in_a_cram_session_goes_back_without_the_history(five: Corpus, tmp_path: Path) -> None:
    """Card by card to the first; suspending and burying are refused with a note."""
    script = Script(["suspend", Rating.AGAIN, "bury", Rating.GOOD, "undo", "undo", "undo", Rating.GOOD, Rating.GOOD])
    with drilled(five, tmp_path / "h.db", script, kind=Cram) as (drill, history):
        summary = drill.run(Session(FIVE[:2], ()))
        assert history.events() == []
    assert script.shown == ["fact-law-a", "fact-law-b", "fact-law-a", "fact-law-b"]
    assert (summary.total, summary.right) == (2, 2)
    assert script.notes[1] == script.notes[3] == "Nothing is saved with --cram, so nothing is set aside."
    assert "Nothing to undo in this session." in script.notes


STEPS = st.lists(st.sampled_from([*Rating, "suspend", "bury", "undo"]), max_size=25)


@settings(max_examples=60)
@given(STEPS)
def test_u_goes_back_as_far_as_the_session(five_cards: Corpus, steps: list[Rating | str]) -> None:
    """After any session, as many undos as there were steps leave every unit as it was and show the first card."""
    script = Script([*steps, *["undo"] * 30])
    with drilled(five_cards, ":memory:", script, leech=1) as (drill, history):
        learn(history, "fact-law-b", START - 40)
        lapse(history, "fact-law-c", 1, START - 60)
        before = {unit: state._replace(last_event="") for unit, state in history.states().items()}
        log = len(history.events())
        summary = drill.run(Session(FIVE, ()))
        left = {unit: state._replace(last_event="") for unit, state in history.states().items()}
        if not script.steps:
            script.steps = ["undo"] * 30
        assert len(history.events()) >= log
        while drill._steps:
            drill._undo(Session((), ()))
            left = {unit: state._replace(last_event="") for unit, state in history.states().items()}
        assert {unit: state for unit, state in left.items() if state != NEW} == before
        assert (summary.total, summary.right, summary.leeches) == (0, 0, [])


@pytest.fixture(scope="module")
def five_cards(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """The same five cards, read once."""
    folder = tmp_path_factory.mktemp("five")
    exam = "id: bar-exam\ntitle: Bar Exam\ndomains:\n  - {id: law, title: Law, weight: 1}\n"
    (folder / "exam.yaml").write_text(exam)
    (folder / "law.yaml").write_text(basic_cards("law", 5))
    return load(str(folder), "here")


def test_undo_through_a_whole_session_shows_every_card_again_in_turn(five: Corpus, tmp_path: Path) -> None:
    """Rating, suspension, burial and rating are gone back over one by one, the last card first."""
    script = Script([Rating.EASY, "suspend", "bury", Rating.GOOD, *["undo"] * 4, *[Rating.EASY] * 5])
    with drilled(five, tmp_path / "h.db", script) as (drill, history):
        summary = drill.run(Session(FIVE, ()))
        states = [history.state(unit) for unit in FIVE]
        assert all(state.memory and not state.suspended and state.buried_day < START for state in states)
        assert summary.total == 5
    assert script.shown == [f"fact-law-{letter}" for letter in "adabcde"]
    assert script.notes.count("Undone.") == 4


def test_undo_goes_on_after_a_step_that_another_terminal_has_changed(five: Corpus, tmp_path: Path) -> None:
    """That unit is left as it is; the one before is taken back."""
    path = tmp_path / "h.db"

    class Meddled(Script):
        def ask(self, view: View) -> Answer | Command:
            if self.steps[:1] == ["undo"] and not self.meddled:
                self.meddled = True
                with opened(path) as other:
                    other.act(FIVE[1], "suspend", at(START), START)
            return super().ask(view)

        meddled = False

    script = Meddled([Rating.EASY, Rating.EASY, "undo", "undo", "quit"])
    with drilled(five, path, script) as (drill, history):
        summary = drill.run(Session(FIVE, ()))
        assert history.state(FIVE[0]).memory is None
        assert (history.state(FIVE[1]).memory is None, history.state(FIVE[1]).suspended) == (False, True)
    assert "fact-law-b was changed in another terminal and is left as it is." in script.notes
    assert summary.total == 1


def test_a_queue_made_ahead_starts_a_session() -> None:
    """The units of a wish are shown like any others."""
    session = start(queue({Unit("law-1"): review(due=2)}, Wishes(ahead=2), daily_new=0))
    assert session.waiting == (Unit("law-1"),)


# --- the command


@pytest.fixture
def folder(corpus: Callable[..., Path]) -> Path:
    """Ten cards of law and ten of ethics; two of law are easily mistaken for each other."""
    law = basic_cards("law", 10).replace(
        "id: fact-law-a\n", "id: fact-law-a\n    contrast: [fact-law-b]\n"
    )  # fmt: skip
    return corpus(law=law, ethics=basic_cards("ethics", 10))


@pytest.fixture
def program(folder: Path, certdrill: Run, tmp_path: Path) -> Run:
    """Run certdrill on the small corpus with a history of its own, at noon of a study day."""

    def run(*words: object, day: int = START + 30, **more: Any) -> Any:
        return certdrill("--cards", folder, "--history", tmp_path / "h.db", "--now", now(day), *words, **more)

    return run


def rated(path: Path) -> list[str]:
    """Return the cards of the ratings that stand, in order."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT card FROM counted_reviews ORDER BY ordered_at").fetchall()
    connection.close()
    return [card for (card,) in rows]


@pytest.mark.parametrize("words", [
    ["--cram", "--ahead", 3], ["--cram", "--weak"], ["--cram", "--new", 5], ["--cram", "--reviews", 5],
    ["--cram", "--leech", 4], ["--cram", "--learn-ahead", 5], ["--cram", "--retention", 0.8],
    ["--cram", "--weights", "default"], ["--minutes", 0], ["--minutes", -1], ["--ahead", 0], ["--reviews", 0],
    ["--leech", -1],
])  # fmt: skip
def test_options_that_say_nothing_together_are_wrong_usage(program: Run, tmp_path: Path, words: list[object]) -> None:
    """Exit code 2, with both options named, and no history is made."""
    wrong = program("review", *words, stdin="q\n")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert str(words[-2] if len(words) > 2 else words[-1 if words[-1] == "--weak" else 0]) in wrong.stderr
    assert not (tmp_path / "h.db").exists()


def test_review_ahead_studies_what_comes_due_within_days(program: Run, tmp_path: Path) -> None:
    """As real reviews; with a query, a limit and no new cards it takes what they leave."""
    with opened(tmp_path / "h.db") as history:
        due = max(learn(history, f"fact-law-{letter}", START + 25) for letter in "cde")
    options = ("review", "--new", 0)
    assert "Nothing to study now" in program(*options, day=due - 10).stdout
    assert "Nothing to study now" in program(*options, "--ahead", 5, day=due - 10).stdout
    done = program(*options, "--ahead", 10, "-fact-law-d", "--limit", 2, day=due - 10, stdin="\n3\n" * 3)
    assert "2 rated" in done.stdout
    assert len(rated(tmp_path / "h.db")) == 5
    assert Counter(rated(tmp_path / "h.db"))["fact-law-d"] == 1
    report = json.loads(program("due", "--json", day=due).stdout)
    assert report["total"]["due"] == 1


def test_cram_says_that_nothing_is_saved_and_saves_nothing(program: Run, tmp_path: Path) -> None:
    """Most forgotten first, then those never seen; suspended ones only when asked for."""
    with opened(tmp_path / "h.db") as history:
        learn(history, "fact-law-c", START + 20)
        learn(history, "fact-law-d", START + 2)
        learn(history, "fact-law-e", START + 1)
        history.act(Unit("fact-law-e"), "suspend", at(START + 2), START + 2)
    before = (tmp_path / "h.db").read_bytes()
    done = program("review", "--cram", "domain:law", "--limit", 3, stdin="\n1\n\n3\n\n3\n\n4\n")
    assert done.stdout.splitlines()[-1] == ("4 rated, 3 remembered. Nothing was saved: --cram changes no schedule.")
    assert "Cramming: nothing is saved" in done.stderr
    shown = [line for line in done.stdout.splitlines() if line.startswith("What is fact")]
    assert shown == [f"What is fact {number} of law?" for number in (3, 2, 0, 3)]
    assert "1 Again  2 Hard  3 Good  4 Easy" in done.stdout
    asked = program("review", "--cram", "is:suspended", stdin="\n4\n")
    assert "What is fact 4 of law?" in asked.stdout
    nothing = program("review", "--cram", "is:leech", stdin="\n4\n")
    assert (nothing.returncode, "no card matches" in nothing.stderr) == (1, True)
    assert (tmp_path / "h.db").read_bytes() == before


def test_cram_makes_no_history(folder: Path, certdrill: Run, own_home: Path) -> None:
    """On a machine that never saw certdrill, and under a made-up time, since nothing is written."""
    done = certdrill("--cards", folder, "--now", now(START), "review", "--cram", "--limit", 1, stdin="\n3\n")
    assert "1 rated, 1 remembered." in done.stdout
    assert not list(own_home.rglob("history.sqlite"))


def test_weak_begins_with_the_domain_that_has_most_to_lose(program: Run, tmp_path: Path) -> None:
    """Weight times what is forgotten or never seen: ethics with 40 % unseen before law with 60 % well known."""
    with opened(tmp_path / "h.db") as history:
        for letter in "abcdefghij":
            learn(history, f"fact-law-{letter}", START + 29)
    done = program("review", "--weak", "--limit", 2, stdin="\n4\n" * 2)
    assert done.stdout.startswith("Most to lose in the exam first: Ethics 40.0%, Law of Contracts 1.0%\n")
    assert [card.split("-")[1] for card in rated(tmp_path / "h.db")[10:]] == ["ethics", "ethics"]


def test_minutes_end_a_session_in_time(folder: Path, tmp_path: Path) -> None:
    """The card shown when the time runs out is still rated; the end says how many are left."""
    history = tmp_path / "h.db"
    command = [sys.executable, "-m", "certdrill", "--cards", str(folder), "--history", str(history), "review"]
    with subprocess.Popen(
        [*command, "--minutes", "0.02", "--new", "7"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL, cwd=tmp_path,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        while "0 done" not in process.stdout.readline():
            pass
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.3)  # thinking it over
        shown, _ = process.communicate("\n4\n\n4\n\n4\n")
    assert "1 rated, 1 remembered." in shown
    assert "Time is up, with 6 still to come in this session." in shown
    assert len(rated(history)) == 1


def test_a_leech_is_told_at_once_and_at_the_end(program: Run, tmp_path: Path) -> None:
    """`--leech` sets the number and 0 leaves the card in."""
    with opened(tmp_path / "h.db") as history:
        due = lapse(history, "fact-law-a", 3)
    quiet = program("review", "--new", 1, "domain:law", "--leech", 0, day=due, stdin="\n1\nq\n")
    assert "eech" not in quiet.stdout
    program("undo", day=due)
    done = program("review", "--new", 1, "domain:law", "--leech", 4, day=due, stdin="\n1\nq\n")
    assert "Leech: fact-law-a was forgotten 4 times and is suspended." in done.stdout
    assert done.stdout.splitlines()[-1] == (
        "1 leech suspended: fact-law-a. `certdrill cards 'is:suspended prop:lapses>=4'` lists them."
    )
    listing = json.loads(program("cards", "is:suspended prop:lapses>=4", "--json", day=due).stdout)
    assert [card["id"] for card in listing["cards"]] == ["fact-law-a"]
    assert program("undo", "--steps", 2, day=due).stdout.splitlines() == [
        "Taken back: suspend of fact-law-a",
        "Taken back: Again of fact-law-a",
    ]


def test_the_sixth_lapse_makes_a_leech_by_default(program: Run, tmp_path: Path) -> None:
    """And the list of leeches has it."""
    with opened(tmp_path / "h.db") as history:
        due = lapse(history, "fact-law-a", 5)
    done = program("review", "id:fact-law-a", day=due, stdin="\n1\n")
    assert done.stdout.splitlines()[-1] == "1 leech suspended: fact-law-a. `certdrill cards is:leech` lists them."
    assert "fact-law-a" in program("cards", "is:leech", "is:suspended", day=due).stdout


def test_a_backlog_over_the_days_budget_comes_by_value_without_new_cards(program: Run, tmp_path: Path) -> None:
    """The ten longest learnt of both domains are due; five a day are the most valuable, and tomorrow five more."""
    with opened(tmp_path / "h.db") as history:
        for number, letter in enumerate("abcdefgh"):
            for domain in ("law", "ethics"):
                learn(history, f"fact-{domain}-{letter}", START + number)
        day = START + 40
        states = history.states()
        share = {"law": 0.06, "ethics": 0.04}
        worth = {
            unit.card: value(state.memory, share[unit.card.split("-")[1]], day, history.settings)
            for unit, state in states.items()
            if state.memory
        }
    assert all(state.memory and state.memory.due_day <= day for state in states.values())
    best = sorted(worth, key=lambda card: -worth[card])
    program("review", "--reviews", 5, day=day, stdin="\n4\n" * 9)
    first = rated(tmp_path / "h.db")[16:]
    assert len(first) == 5
    expected = set(best[:5])
    assert len(expected.symmetric_difference(first)) <= 2  # a look-alike is drawn up beside its partner
    assert "Nothing to study now" in program("review", "--reviews", 5, day=day).stdout
    program("review", "--reviews", 5, day=day + 1, stdin="\n4\n" * 9)
    assert len(rated(tmp_path / "h.db")) == 26
    assert not set(first) & set(rated(tmp_path / "h.db")[21:])


def test_look_alikes_are_introduced_on_different_days_and_reviewed_together(program: Run, tmp_path: Path) -> None:
    """The first day has one of the pair in all its sessions, the second day the other; due, they follow each other."""
    for _ in range(2):
        program("review", "domain:law", "--new", 4, "--limit", 2, day=START, stdin="\n4\n" * 2)
    assert sorted(rated(tmp_path / "h.db")) == [f"fact-law-{letter}" for letter in "acde"]
    report = json.loads(program("due", "domain:law", "--new", 20, "--json", day=START).stdout)
    assert (report["total"]["new"], report["total"]["unseen"]) == (5, 6)
    program("review", "id:fact-law-b", "--new", 5, day=START + 1, stdin="\n4\n")
    assert rated(tmp_path / "h.db")[-1] == "fact-law-b"
    with opened(tmp_path / "h.db") as history:
        day = due_day(history, "fact-law-b") + 10
    program("review", "--new", 0, day=day, stdin="\n4\n" * 5)
    shown = rated(tmp_path / "h.db")[5:]
    assert len(shown) == 5
    assert abs(shown.index("fact-law-a") - shown.index("fact-law-b")) == 1
