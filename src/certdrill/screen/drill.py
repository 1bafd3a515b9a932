"""Conduct a session over a face: ask, show the answer, record the rating, go on; every step can be undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from certdrill.corpus.load import Corpus
from certdrill.errors import ChangedElsewhereError
from certdrill.history.replay import Event
from certdrill.history.store import History
from certdrill.model import Unit
from certdrill.scheduling import Moment, Phase, Plan, Rating, UnitState, plans, study_day
from certdrill.screen.view import View
from certdrill.study import session as sessions
from certdrill.study.prompt import Prompt, is_right, make
from certdrill.study.queue import is_open
from certdrill.study.session import Session

# The keys for all but answering; @ and - are Anki's, for where letters are answers.
COMMANDS = {"q": "quit", "u": "undo", "s": "suspend", "b": "bury", "@": "suspend", "-": "bury"}
LONGEST_MS = 60_000  # a pause is not thinking: an answer counts at most a minute


class Answer(NamedTuple):
    """What the learner gave: letters or text, or nothing for `show me`."""

    text: str


class Rated(NamedTuple):
    """How the learner rates the answer."""

    rating: Rating


class Command(NamedTuple):
    """Anything else: quit, undo, suspend or bury."""

    name: str


class Face(Protocol):
    """Where a session is shown and answered. Raises EOFError or KeyboardInterrupt when the learner has gone."""

    def ask(self, view: View) -> Answer | Command:
        """Show the question and return what the learner gives."""
        ...

    def tell(self, view: View) -> Rated | Command:
        """Show the answer and return the learner's rating."""
        ...

    def wait(self, until_ms: int, now: Callable[[], Moment], *, undoable: bool) -> Command | None:
        """Let time pass until a learning unit is due; return a command to stop or go back. A pipe never waits."""
        ...

    def end(self, text: str, *, undoable: bool) -> Command:
        """Show that nothing is left and return `quit` or `undo`."""
        ...


@dataclass(slots=True)
class Summary:
    """What a session did: ratings that stand by domain, and how many of them were passes."""

    ratings: Counter[str] = field(default_factory=Counter)
    right: int = 0
    clock_went_back: bool = False

    @property
    def total(self) -> int:
        """The number of ratings that stand."""
        return sum(self.ratings.values())


class _Step(NamedTuple):
    """What undo needs: the session before, the event written, and the shown domain."""

    before: Session
    event: Event
    domain: str
    passed: bool


class Drill:
    """A running session: the corpus, the history and the clock it works with."""

    def __init__(
        self,
        corpus: Corpus,
        history: History,
        clock: Callable[[], Moment],
        face: Face,
        *,
        ahead_minutes: int = sessions.LEARN_AHEAD_MINUTES,
        seed: int = 0,
    ) -> None:
        self.corpus, self.history, self.clock, self.face = corpus, history, clock, face
        self.ahead_ms, self.seed = ahead_minutes * 60_000, seed
        self.summary = Summary()
        self._steps: list[_Step] = []
        self._note = ""

    def run(self, session: Session) -> Summary:
        """Show units until none is left or the learner leaves; return what was done. Every rating is on disk."""
        try:
            while True:
                unit = sessions.next_unit(session, self.clock().ms, self.ahead_ms)
                after = self._pause(session) if unit is None else self._turn(session, unit)
                if after is None:
                    break
                session = after
        except (EOFError, KeyboardInterrupt):
            pass
        return self.summary

    def _pause(self, session: Session) -> Session | None:
        """Nothing can be shown now: wait for a learning unit, or end; undo still works."""
        until = sessions.next_due(session)
        undoable = bool(self._steps)
        if until:
            command = self.face.wait(until - self.ahead_ms, self.clock, undoable=undoable)
        else:
            text, self._note = f"{self._note}\nDone for now.".lstrip(), ""
            command = self.face.end(text, undoable=undoable)
        if command is None:
            return session
        return self._undo(session) if command.name == "undo" else None

    def _turn(self, session: Session, unit: Unit) -> Session | None:
        """Show one unit and return the session after it; None when the learner quits."""
        card = self.corpus.card(unit.card)
        state = self.history.state(unit)
        if not is_open(card, state, self._today()):  # another terminal has seen to it
            return sessions.without(session, unit)
        shown_ms = self.clock().ms
        reps = state.memory.reps if state.memory else 0
        prompt = make(card, unit, self.corpus.content(card.id), f"{self.seed}/{reps}/{self._today()}")
        view = self._view(session, prompt, state)
        self._note = ""
        reply = self.face.ask(view)
        if isinstance(reply, Command):
            return self._obey(reply, session, unit)
        right = is_right(prompt, reply.text) if prompt.is_graded else None
        now = self.clock()
        choices = self._plans(unit, state, right, now)
        told_view = replace(view, note="", answer=reply.text, right=right, plans=choices, now_ms=now.ms)
        told = self.face.tell(told_view)
        while told == Command("undo") and not self._steps:  # an answer once graded is not asked again
            told = self.face.tell(replace(told_view, note="Nothing to undo in this session."))
        if isinstance(told, Command):
            return self._obey(told, session, unit)
        return self._record(session, unit, state, told.rating, min(LONGEST_MS, self.clock().ms - shown_ms))

    def _view(self, session: Session, prompt: Prompt, state: UnitState) -> View:
        title = self.corpus.exam.titles()[prompt.card.domain]
        undoable = bool(self._steps)
        return View(prompt, title, session.left, self.summary.total, _turn_name(state), self._note, undoable=undoable)

    def _plans(self, unit: Unit, state: UnitState, right: bool | None, now: Moment) -> dict[Rating, Plan]:
        """Return the ratings the learner may choose from: all four, or what the program's grade leaves."""
        day = self._day_for(state)
        choices = plans(state.memory, now, day, self.history.settings, str(unit))
        if right is None:
            return choices
        allowed: tuple[Rating, ...] = (Rating.HARD, Rating.GOOD) if right else (Rating.AGAIN,)
        return {rating: choices[rating] for rating in allowed}

    def _record(self, session: Session, unit: Unit, state: UnitState, rating: Rating, duration: int) -> Session:
        """Save the rating with what it leads to now: the answer may have been looked at for hours."""
        now = self.clock()
        card = self.corpus.card(unit.card)
        plan = plans(state.memory, now, self._day_for(state), self.history.settings, str(unit))[rating]
        try:
            event = self.history.rate(
                unit, rating, plan, now, self._today(), seen=state, rev=card.rev, duration=duration
            )
        except ChangedElsewhereError as error:
            self._note = str(error)
            return session
        if self.history.clock_went_back_by:
            self.summary.clock_went_back = True
            self._note = "The clock of this machine went back; the rating is saved with the time it shows."
        passed = rating is not Rating.AGAIN
        self._steps.append(_Step(session, event, card.domain, passed))
        self.summary.ratings[card.domain] += 1
        self.summary.right += passed
        memory = self.history.state(unit).memory
        return sessions.after_rating(session, unit, memory, self._today()) if memory else session

    def _obey(self, command: Command, session: Session, unit: Unit) -> Session | None:
        if command.name == "undo":
            return self._undo(session)
        if command.name in ("suspend", "bury"):
            event = self.history.act(unit, command.name, self.clock(), self._today())
            self._steps.append(_Step(session, event, "", passed=False))
            self._note = {"suspend": "Suspended", "bury": "Buried until tomorrow"}[command.name] + f": {unit}."
            return sessions.without(session, unit)
        return None

    def _undo(self, session: Session) -> Session:
        """Take back the last step of this session, in the history and on the screen."""
        if not self._steps:
            self._note = "Nothing to undo in this session."
            return session
        step = self._steps.pop()
        unit = Unit(step.event.card, step.event.part)
        try:
            self.history.undo(self.clock(), self._today(), event=step.event)
        except ChangedElsewhereError:
            self._note = f"{unit} was changed in another terminal and is left as it is."
            return session
        if step.domain:
            self.summary.ratings[step.domain] -= 1
            self.summary.right -= step.passed
        self._note = "Undone."
        return step.before._replace(
            last=None,
            waiting=(unit, *(other for other in step.before.waiting if other != unit)),
            learning=tuple(entry for entry in step.before.learning if entry[1] != unit),
        )

    def _today(self) -> int:
        return study_day(self.clock())

    def _day_for(self, state: UnitState) -> int:
        """Return today, or the unit's last study day when the clock has gone back behind it."""
        return max(self._today(), state.memory.last_day) if state.memory else self._today()


def _turn_name(state: UnitState) -> str:
    if state.memory is None:
        return "new"
    return "review" if state.memory.phase is Phase.REVIEW else "learning"
