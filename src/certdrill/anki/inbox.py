"""Reviews made in Anki, on their way home: which of a file's log rows are new here, and the events they become."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from certdrill.anki.deck import template_number, unit_part
from certdrill.anki.identity import guid
from certdrill.anki.progress import LEARNING_QUEUE, LEARNING_TYPE, MANUAL, NEW_TYPE, REVIEW_TYPE, LogRow, log_ids
from certdrill.anki.rows import AnkiState, collected
from certdrill.anki.unpack import unpacked
from certdrill.errors import NoAnkiReviewsError, NoNotesOfOursError
from certdrill.history.replay import Action, Event, Review, replay
from certdrill.model import Card, Exam, Unit
from certdrill.scheduling import CUTOFF_HOUR, DAY_MINUTES, MODEL, Moment, Phase, Settings, study_day

DEVICE = "anki"
AHEAD_MS = 3_600_000  # a clock may be ahead by so much; what is later still would push all later ratings there
_MOST_MS = 60_000  # the longest a rating of ours takes
_FILTERED = 3  # the kind of a log row made in a filtered deck
_RETENTION = 0.9
_TIMESTAMPS = 1_000_000_000  # a due number above this is in seconds, below it is a day
_AGREEMENT = 1e-3  # relative, beyond the rounding of what Anki stores
_ROUNDING = {"stability": 1e-4, "difficulty": 1e-3}


class Studied(NamedTuple):
    """An Anki card that asks for one of our units, and the `rev` its card has now."""

    unit: Unit
    rev: int
    card: AnkiState


class Inbox(NamedTuple):
    """What a file holds for an exam: cards with reviews, and how many notes are another's or of cards now gone.

    `first_day` is the study day from which Anki counts, `offset` in minutes east of UTC.
    """

    studied: tuple[Studied, ...]
    first_day: int
    offset: int
    foreign: int = 0
    gone: int = 0


class Arrivals(NamedTuple):
    """The events that a file adds to a history, oldest first; and what it holds beside them.

    `known` counts rows that the history has, `later` rows dated after the present, which stay out. `differing`
    counts units whose memory here is not Anki's.
    """

    events: tuple[Event, ...]
    known: int = 0
    later: int = 0
    differing: int = 0

    @property
    def reviews(self) -> list[Review]:
        """The ratings among the events."""
        return [event for event in self.events if isinstance(event, Review)]

    @property
    def resets(self) -> list[Action]:
        """The others: cards made new again."""
        return [event for event in self.events if isinstance(event, Action)]


def open_inbox(path: str, exam: Exam, cards: Iterable[Card], gone: Iterable[str], offset: int) -> Inbox:
    """Read an .apkg, .colpkg or closed collection.anki2 for an exam's `cards` and the ids of those that are `gone`.

    `offset` (minutes east of UTC) counts where the collection knows none. Raises the refusals of `unpacked` and
    `collected`, NoNotesOfOursError, and NoAnkiReviewsError for an export without scheduling.
    """
    by_guid = {guid(exam.id, card.id): card for card in cards if not card.form}
    lost = {guid(exam.id, card) for card in gone} - set(by_guid)
    with unpacked(path) as copy:
        found = collected(copy, path, by_guid.keys() | lost, offset)
    if not found.ours:
        raise NoNotesOfOursError(path, exam.title, found.notes)
    if not any(card.log for card in found.cards):
        raise NoAnkiReviewsError(path, len(found.ours))
    studied = []
    for state in found.cards:
        card = by_guid.get(state.guid)
        unit = _unit(card, state.ord) if card else None
        if card and unit and state.log:
            studied.append(Studied(unit, card.rev, state))
    return Inbox(
        studied=tuple(studied),
        first_day=found.first_day,
        offset=found.offset,
        foreign=found.notes - len(found.ours),
        gone=len(found.ours & lost),
    )


def _unit(card: Card, number: int) -> Unit | None:
    part = unit_part(card.kind, number)
    return Unit(card.id, part) if part in card.units and template_number(part) == number else None


def arrivals(inbox: Inbox, exam: str, log: Sequence[Event], settings: Settings, now_ms: int) -> Arrivals:
    """Return what `inbox` adds to the history `log` of `exam` at `now_ms`.

    Only reviews and resets travel. Suspension and burial stay where they were made: Anki keeps no time of them, so
    that nobody could tell which side's word is the later one.

    A row that our own export sent out stands under the event's number there and adds nothing, an undone one neither.
    A new row's id follows from its content, so that every import of it, on any machine, is the same event.
    """
    by_unit, known = _known(log)
    events: list[Event] = []
    seen = later = differing = 0
    for unit, group in _grouped(inbox.studied).items():
        rows = {row.id: (one, row) for one in group for row in one.card.log if _counts(row)}
        own = by_unit.get(unit, [])
        fresh = {}
        for number, (one, row) in rows.items():
            if number in known.get(unit, ()):
                seen += 1
            elif number > now_ms + AHEAD_MS:
                later += 1
            else:
                fresh[number] = _event(one, row, exam, inbox.offset, settings)
        if not fresh:
            continue
        _settle(fresh, rows, own, inbox, settings)
        events += fresh.values()
        differing += _differs(rows, [*own, *fresh.values()], settings)
    events.sort(key=lambda event: (event.ordered_at, event.id))
    return Arrivals(tuple(events), seen, later, differing)


def _known(log: Sequence[Event]) -> tuple[dict[Unit, list[Event]], dict[Unit, set[int]]]:
    """Return each unit's events, and the numbers under which Anki may have them."""
    ids = log_ids(event for event in log if not (isinstance(event, Action) and event.action == "undo"))
    by_unit: dict[Unit, list[Event]] = {}
    known: dict[Unit, set[int]] = {}
    for event in log:
        unit = Unit(event.card, event.part)
        by_unit.setdefault(unit, []).append(event)
        if isinstance(event, Review) or event.action == "reset":
            known.setdefault(unit, set()).update((ids[event.id], event.ordered_at))
    return by_unit, known


def _grouped(studied: Iterable[Studied]) -> dict[Unit, list[Studied]]:
    groups: dict[Unit, list[Studied]] = {}
    for one in studied:
        groups.setdefault(one.unit, []).append(one)
    return groups


def _is_reset(row: LogRow) -> bool:
    return row.type == MANUAL and row.ease == 0 and row.factor == 0


def _counts(row: LogRow) -> bool:
    """Tell whether a row changes a memory: a rating, unless it was a cram, or a reset."""
    rated = 1 <= row.ease <= 4 and (0 <= row.type < _FILTERED or (row.type == _FILTERED and row.factor != 0))
    return rated or _is_reset(row)


def _event(one: Studied, row: LogRow, exam: str, offset: int, settings: Settings) -> Event:
    name = sha256(f"anki\0{one.card.guid}\0{one.card.ord}\0{row.id}".encode()).hexdigest()[:32]
    day = study_day(Moment(row.id, offset))
    if _is_reset(row):
        return Action(name, row.id, exam, *one.unit, "reset", None, row.id, offset, day, DEVICE)
    phase = Phase.REVIEW if row.interval > 0 else Phase.RELEARNING if row.type else Phase.LEARNING
    due_at = 0 if phase is Phase.REVIEW else row.id - row.interval * 1000
    retention = one.card.retention or _RETENTION
    return Review(
        id=name,
        ordered_at=row.id,
        exam=exam,
        card=one.unit.card,
        part=one.unit.part,
        rev=one.rev,
        rating=row.ease,
        reviewed_at=row.id,
        utc_offset=offset,
        day=day,
        duration=max(0, min(row.time, _MOST_MS)),
        source="anki",
        device=DEVICE,
        model=MODEL,
        parameters=settings.hash,
        retention=retention if 0.7 <= retention <= 0.99 else _RETENTION,
        phase=int(phase),
        step=_step(phase, -row.interval, settings),
        interval=max(0, row.interval),
        due_day=day + row.interval if phase is Phase.REVIEW else study_day(Moment(due_at, offset)),
        due_at=due_at,
    )


def _steps(phase: Phase, settings: Settings) -> tuple[int, ...]:
    return settings.relearning_steps if phase is Phase.RELEARNING else settings.learning_steps


def _step(phase: Phase, wait: int, settings: Settings) -> int | None:
    """Return the step whose wait (seconds) was chosen: a row does not say which, and the longest that fits is it."""
    if phase is Phase.REVIEW:
        return None
    return max(0, sum(minutes * 60 <= wait for minutes in _steps(phase, settings)) - 1)


def _settle(
    fresh: dict[int, Event],
    rows: Mapping[int, tuple[Studied, LogRow]],
    own: Sequence[Event],
    inbox: Inbox,
    settings: Settings,
) -> None:
    """Let a unit's last review be due as its card says, where that review is the newest event of all that stand.

    Anki moves due days without a review: its fuzz, its load balancer, or the person.
    """
    last = max(fresh)
    review = fresh[last]
    undone = {event.target for event in own if isinstance(event, Action) and event.action == "undo"}
    stands = [
        event for event in own if event.id not in undone and (isinstance(event, Review) or event.action == "reset")
    ]
    newest = max([*stands, review], key=lambda event: (event.ordered_at, event.id))
    if last == max(rows) and newest is review and isinstance(review, Review):
        fresh[last] = _as_on_card(review, rows[last][0].card, inbox, settings)


def _as_on_card(review: Review, card: AnkiState, inbox: Inbox, settings: Settings) -> Review:
    if card.type == NEW_TYPE:
        return review
    if card.type == REVIEW_TYPE:
        length = max(1, card.interval)
        return review._replace(
            phase=int(Phase.REVIEW), step=None, interval=length, due_day=inbox.first_day + card.due, due_at=0
        )
    phase = Phase.LEARNING if card.type == LEARNING_TYPE else Phase.RELEARNING
    if card.queue == LEARNING_QUEUE or card.due > _TIMESTAMPS:
        due_at = card.due * 1000
    else:  # a step of a day or more ends when that day begins
        due_at = ((inbox.first_day + card.due) * DAY_MINUTES + CUTOFF_HOUR * 60 - inbox.offset) * 60_000
    count = len(_steps(phase, settings))
    return review._replace(
        phase=int(phase),
        step=max(0, min(count - 1, count - card.left % 1000)),
        interval=0,
        due_day=study_day(Moment(due_at, inbox.offset)),
        due_at=due_at,
    )


def _differs(rows: Mapping[int, tuple[Studied, LogRow]], log: Sequence[Event], settings: Settings) -> bool:
    """Tell whether replay gives another memory than Anki's card has, where both end with the same review."""
    one, _ = rows[max(rows)]
    memory = replay(log, settings).memory
    newest = max(event.ordered_at for event in log if isinstance(event, Review) or event.action == "reset")
    if memory is None or newest != max(rows) or one.card.stability is None or one.card.difficulty is None:
        return False
    pairs = {
        "stability": (memory.stability, one.card.stability),
        "difficulty": (memory.difficulty, one.card.difficulty),
    }
    return any(abs(ours - theirs) > ours * _AGREEMENT + _ROUNDING[name] for name, (ours, theirs) in pairs.items())
