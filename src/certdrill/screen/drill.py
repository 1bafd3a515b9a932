"""Conduct a session over a face: ask, show the answer, record the rating, go on; every step can be undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple, Protocol

from certdrill.corpus.load import Corpus
from certdrill.errors import CertdrillError, ChangedElsewhereError
from certdrill.history.replay import Event
from certdrill.history.store import History
from certdrill.model import Card, Unit
from certdrill.scheduling import Moment, Phase, Plan, Rating, UnitState, plans, study_day
from certdrill.screen.lines import Paint
from certdrill.screen.view import Counts, View
from certdrill.study import session as sessions
from certdrill.study.prompt import Prompt, is_right, make
from certdrill.study.queue import LEECH_LAPSES, is_leech_now, is_open
from certdrill.study.session import Session

# The keys for all but answering; @ and - are Anki's, for where letters are answers.
COMMANDS = {"q": "quit", "u": "undo", "s": "suspend", "b": "bury", "@": "suspend", "-": "bury", "e": "edit"}
LONGEST_MS = 60_000  # a pause is not thinking: an answer counts at most a minute


class Answer(NamedTuple):
    """What the learner gave: letters or text, or nothing for `show me`."""

    text: str


class Rated(NamedTuple):
    """How the learner rates the answer."""

    rating: Rating


class Command(NamedTuple):
    """Anything else: quit, undo, suspend, bury or edit."""

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

    def released(self) -> AbstractContextManager[None]:
        """Give the screen to another program for a while."""
        ...


@dataclass(slots=True)
class Summary:
    """What a session did: ratings that stand by domain, how many of them were passes, and leeches it suspended.

    `left` is the number of units that were still to come when the time was up, 0 when it was not.
    """

    ratings: Counter[str] = field(default_factory=Counter)
    right: int = 0
    clock_went_back: bool = False
    leeches: list[Unit] = field(default_factory=list)
    left: int = 0

    @property
    def total(self) -> int:
        """The number of ratings that stand."""
        return sum(self.ratings.values())


class _Step(NamedTuple):
    """What undo needs: the session before, the unit, the events written, and the shown domain."""

    before: Session
    unit: Unit
    events: tuple[Event, ...]
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
        ahead_days: int = 0,
        minutes: float | None = None,
        leech: int = LEECH_LAPSES,
        fresh: Collection[Unit] = (),
        edit: Callable[[Card], Corpus] | None = None,
    ) -> None:
        self.corpus, self.history, self.clock, self.face = corpus, history, clock, face
        self.ahead_ms, self.seed, self.ahead_days, self.leech = ahead_minutes * 60_000, seed, ahead_days, leech
        self._fresh, self._edit = frozenset(fresh), edit
        self._until = None if minutes is None else clock().ms + int(minutes * 60_000)
        self.summary = Summary()
        self._steps: list[_Step] = []
        self._note = ""

    def run(self, session: Session) -> Summary:
        """Show units until none is left or the learner leaves; return what was done. Every rating is on disk."""
        try:
            while True:
                if self._until is not None and self.clock().ms >= self._until and session.left:
                    self.summary.left = session.left
                    break
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
            ready = until - self.ahead_ms
            ready = ready if self._until is None else min(ready, self._until)
            command = self.face.wait(ready, self.clock, undoable=undoable)
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
        if not self._may_show(card, state):  # another terminal has seen to it
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
        while True:  # an answer once graded is not asked again
            told = self.face.tell(told_view)
            if told == Command("undo") and not self._steps:
                told_view = replace(told_view, note="Nothing to undo in this session.")
            elif told == Command("edit"):
                after = self._edited(session, unit)
                edited = replace(prompt, content=self.corpus.content(card.id)) if after is session else prompt
                if after is not session or len(edited.content.options) + len(edited.content.steps) != len(prompt.order):
                    return after
                told_view, self._note = replace(told_view, prompt=edited, note=self._note), ""
            else:
                break
        if isinstance(told, Command):
            return self._obey(told, session, unit)
        return self._record(session, unit, state, told.rating, min(LONGEST_MS, self.clock().ms - shown_ms))

    def _view(self, session: Session, prompt: Prompt, state: UnitState) -> View:
        exam = self.corpus.exam
        goal = next((f"{one.id} {one.text}" for one in exam.objectives if one.id == prompt.card.objective), "")
        new = sum(unit in self._fresh for unit in session.waiting)
        return View(
            prompt,
            exam.titles()[prompt.card.domain],
            session.left,
            self.summary.total,
            _turn_name(state),
            self._note,
            undoable=bool(self._steps),
            counts=Counts(new, len(session.learning), len(session.waiting) - new),
            objective=goal,
            info=partial(self._info, prompt, state),
        )

    def _info(self, prompt: Prompt, state: UnitState, width: int, paint: Paint) -> list[str]:
        from certdrill.screen.info import info_lines

        card, unit = prompt.card, prompt.unit
        place = f"{self.corpus.folder}/{card.file}:{card.line}"
        events = self.history.events(unit)
        return info_lines(card, unit, place, state, events, self._today(), self.history.settings, width, paint)

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
        memory = self.history.state(unit).memory
        lapsed = memory is not None and memory.lapses > (state.memory.lapses if state.memory else 0)
        if memory and lapsed and is_leech_now(memory.lapses, self.leech):
            suspension = self.history.act(unit, "suspend", now, self._today())
            self._steps.append(_Step(session, unit, (event, suspension), card.domain, passed))
            self._count(card.domain, passed)
            self.summary.leeches.append(unit)
            self._note = f"{self._note}\nLeech: {unit} was forgotten {memory.lapses} times and is suspended.".lstrip()
            return sessions.without(session, unit)
        self._steps.append(_Step(session, unit, (event,), card.domain, passed))
        self._count(card.domain, passed)
        return sessions.after_rating(session, unit, memory, self._today()) if memory else session

    def _count(self, domain: str, passed: bool, by: int = 1) -> None:
        self.summary.ratings[domain] += by
        self.summary.right += by * passed

    def _may_show(self, card: Card, state: UnitState) -> bool:
        return is_open(card, state, self._today(), self.ahead_days)

    def _obey(self, command: Command, session: Session, unit: Unit) -> Session | None:
        if command.name == "undo":
            return self._undo(session)
        if command.name == "edit":
            return self._edited(session, unit)
        if command.name in ("suspend", "bury"):
            event = self.history.act(unit, command.name, self.clock(), self._today())
            self._steps.append(_Step(session, unit, (event,), "", passed=False))
            self._note = {"suspend": "Suspended", "bury": "Buried until tomorrow"}[command.name] + f": {unit}."
            return sessions.without(session, unit)
        return None

    def _edited(self, session: Session, unit: Unit) -> Session:
        """Open the card in the editor and go on with the corpus as it is then; a card that is gone is passed over."""
        if self._edit is None:
            self._note = "Cards cannot be edited here."
            return session
        self._note = ""
        try:
            with self.face.released():
                self.corpus = self._edit(self.corpus.card(unit.card))
        except CertdrillError as error:
            self._note = str(error)
        cards = {card.id: card for card in self.corpus.cards}
        if unit.card in cards and unit.part in cards[unit.card].units:
            return session
        self._note = f"{self._note}\n{unit} cannot be read now; `certdrill check` says why.".lstrip()
        return sessions.without(session, unit)

    def _undo(self, session: Session) -> Session:
        """Take back the last step of this session, in the history and on the screen."""
        if not self._steps:
            self._note = "Nothing to undo in this session."
            return session
        step = self._steps.pop()
        unit = step.unit
        try:
            for event in reversed(step.events):
                self.history.undo(self.clock(), self._today(), event=event)
        except ChangedElsewhereError:
            self._note = f"{unit} was changed in another terminal and is left as it is."
            return session
        if step.domain:
            self._count(step.domain, step.passed, -1)
        if len(step.events) > 1:
            self.summary.leeches.remove(unit)
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


class Cram(Drill):
    """A session that leaves schedule and log as they are: what was not known comes again until it is."""

    def _may_show(self, card: Card, state: UnitState) -> bool:
        del card, state
        return True

    def _plans(self, unit: Unit, state: UnitState, right: bool | None, now: Moment) -> dict[Rating, Plan]:
        """Return the allowed ratings; none of them leads anywhere."""
        allowed = super()._plans(unit, state, right, now)
        return dict.fromkeys(allowed, Plan(Phase.NEW, None, 0, 0, 0))

    def _record(self, session: Session, unit: Unit, state: UnitState, rating: Rating, duration: int) -> Session:
        del state, duration
        passed = rating is not Rating.AGAIN
        domain = self.corpus.card(unit.card).domain
        self._steps.append(_Step(session, unit, (), domain, passed))
        self._count(domain, passed)
        rest = sessions.without(session, unit)
        return rest if passed else rest._replace(waiting=(*rest.waiting, unit))

    def _obey(self, command: Command, session: Session, unit: Unit) -> Session | None:
        if command.name in ("suspend", "bury"):
            self._note = "Nothing is saved with --cram, so nothing is set aside."
            return session
        return super()._obey(command, session, unit)


def _turn_name(state: UnitState) -> str:
    if state.memory is None:
        return "new"
    return "review" if state.memory.phase is Phase.REVIEW else "learning"
