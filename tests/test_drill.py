from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from certdrill.corpus.load import load
from certdrill.history.store import open_history
from certdrill.model import Unit
from certdrill.scheduling import Moment, Rating, Settings, study_day
from certdrill.screen.drill import Answer, Command, Drill, Rated
from certdrill.screen.view import View
from certdrill.study.session import Session
from conftest import basic_cards

DAY_MS = 86_400_000
START_MS = 20_000 * DAY_MS + 36_000_000


class Script:
    """A face that answers as written, and lets time pass before a rating."""

    def __init__(self, ratings: list[Rated | Command], pass_time: Callable[[], None]) -> None:
        self.ratings, self.pass_time = ratings, pass_time
        self.shown: list[str] = []

    def ask(self, view: View) -> Answer | Command:
        self.shown.append(view.prompt.card.id)
        return Answer("")

    def tell(self, view: View) -> Rated | Command:
        assert view.plans
        self.pass_time()
        return self.ratings.pop(0)

    def wait(self, until_ms: int, now: Callable[[], Moment], *, undoable: bool) -> Command | None:
        del until_ms, now, undoable
        return Command("quit")

    def end(self, text: str, *, undoable: bool) -> Command:
        del text, undoable
        return Command("quit")


def test_the_interval_counts_from_the_rating_not_from_the_reveal(corpus: Callable[..., Path], tmp_path: Path) -> None:
    """An answer left open over night is saved with the day, interval and due day of the rating."""
    read = load(str(corpus(law=basic_cards("law", 1))), "here")
    unit, now = Unit("fact-law-a"), [START_MS]

    def night() -> None:
        now[0] += 3 * DAY_MS

    with open_history(str(tmp_path / "h.db"), "bar-exam", Settings(), write=True) as history:
        drill = Drill(read, history, lambda: Moment(now[0]), Script([Rated(Rating.EASY)], night))
        drill.run(Session((unit,), ()))
        (event,) = history.events()
        memory = history.state(unit).memory
    assert memory is not None
    assert memory.last_day == study_day(Moment(START_MS)) + 3
    assert memory.due_day == memory.last_day + memory.interval
    assert getattr(event, "duration", 0) == 60_000


def test_a_unit_suspended_meanwhile_is_passed_over(corpus: Callable[..., Path], tmp_path: Path) -> None:
    """The queue is a plan; what is true now decides."""
    read = load(str(corpus(law=basic_cards("law", 2))), "here")
    first, second = Unit("fact-law-a"), Unit("fact-law-b")
    face = Script([Rated(Rating.EASY)], lambda: None)
    with open_history(str(tmp_path / "h.db"), "bar-exam", Settings(), write=True) as history:
        history.act(first, "suspend", Moment(START_MS), 20_000)
        summary = Drill(read, history, lambda: Moment(START_MS), face).run(Session((first, second), ()))
    assert (face.shown, summary.total) == (["fact-law-b"], 1)
