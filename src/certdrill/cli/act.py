"""`certdrill suspend`, `unsuspend`, `bury`, `unbury` and `reset` by query; `certdrill undo` takes events back."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import NamedTuple

import click

from certdrill.cli.context import Context
from certdrill.cli.filters import QUERY_HELP, QueryCommand, Selection, query_of
from certdrill.corpus.load import Corpus
from certdrill.corpus.select import Filters
from certdrill.errors import (
    ChangedElsewhereError,
    HiddenItemError,
    NothingSelectedError,
    NothingToUndoError,
    UnknownNameError,
)
from certdrill.history.replay import Action, Event, Review
from certdrill.history.store import History
from certdrill.model import Unit
from certdrill.scheduling import NEW, Moment, Rating, UnitState

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+(#[a-z0-9]+)?")
MOST_NAMED = 10  # units named one by one after an action


class _Deed(NamedTuple):
    """What a command does: its help, how it is reported, and whether it changes anything about a unit on a day."""

    doc: str
    done: str
    changes: Callable[[UnitState, int], bool]


_DEEDS = {
    "suspend": _Deed(
        "Take cards out of the drill until they are unsuspended.",
        "Suspended",
        lambda state, _: not state.suspended,
    ),
    "unsuspend": _Deed(
        "Bring suspended cards back, their memory as it was.",
        "Back in the drill",
        lambda state, _: state.suspended,
    ),
    "bury": _Deed(
        "Leave cards out until tomorrow.", "Buried until tomorrow", lambda state, day: state.buried_day < day
    ),
    "unbury": _Deed("Bring buried cards back today.", "Back today", lambda state, day: state.buried_day >= day),
    "reset": _Deed("Make cards new again; their log is kept.", "New again", lambda state, _: state.memory is not None),
}


def _command(action: str) -> click.Command:
    deed = _DEEDS[action]
    more = "\n\nSeveral ids are alternatives; ID#c1 names one unit of a card. `certdrill undo` takes it back."
    if action == "unbury":
        more = more.rpartition(" `")[0]  # it is itself an undo

    @click.command(action, cls=QueryCommand, help=deed.doc + more, epilog=QUERY_HELP)
    @click.argument("words", metavar="QUERY...", nargs=-1, required=True)
    @click.option("--dry-run", is_flag=True, help="List what would change, and change nothing.")
    @click.pass_obj
    def command(context: Context, words: tuple[str, ...], *, dry_run: bool) -> None:
        selection = _selected(context.corpus(), words)
        if selection.is_empty(context):
            raise NothingSelectedError
        with context.history(write=not dry_run) as history:
            matching, units = _units(context, selection, history, deed)
            if not matching:
                raise NothingSelectedError
            if not dry_run:
                with history.together():
                    for unit in units:
                        _act(history, unit, action, context.now(), context.today())
        click.echo("\n".join(_report(deed, matching, units, dry_run=dry_run)))

    return command


def _selected(corpus: Corpus, words: tuple[str, ...]) -> Selection:
    """Read the words; ids are taken as such, so that a mistyped one is refused and not looked for as a text."""
    names = " ".join(words).split()
    if not names:
        raise click.UsageError("an empty query would mean every card; say id:* if that is what you want")
    if all(_ID.fullmatch(name) for name in names):
        for name in names:
            card = corpus.card(name.partition("#")[0])
            units = [str(Unit(card.id, part)) for part in card.units]
            if card.form:
                raise HiddenItemError(card.id, card.form)
            if name not in (card.id, *units):
                raise UnknownNameError("unit", name, units)
    return Selection(corpus, Filters(), query_of(corpus, words))


def _units(context: Context, selection: Selection, history: History, deed: _Deed) -> tuple[list[Unit], list[Unit]]:
    """Return the units that match, and those of them for which the deed changes anything."""
    states, day = history.states(), context.today()
    test = selection.test(context, states, history)
    matching = [unit for card in selection.cards() for unit in selection.units(card, states, day, test)]
    return matching, [unit for unit in matching if deed.changes(states.get(unit, NEW), day)]


def _act(history: History, unit: Unit, action: str, now: Moment, day: int) -> None:
    if action == "unbury":
        _unbury(history, unit, now, day)
    else:
        history.act(unit, action, now, day)


def _unbury(history: History, unit: Unit, now: Moment, day: int) -> None:
    """Undo what buries a unit; later events of the unit stand, also where the store undoes only the last."""
    for burial in reversed(_standing(history.events(unit))):
        if isinstance(burial, Action) and burial.action == "bury" and burial.day >= day:
            try:
                history.undo(now, day, event=burial)
            except ChangedElsewhereError:
                last = max(event.ordered_at for event in history.events(unit))
                history.add([
                    burial._replace(
                        id=os.urandom(16).hex(), ordered_at=max(now.ms, last + 1), action="undo", target=burial.id,
                        acted_at=now.ms, utc_offset=now.offset, day=day, device=history.device,
                    )
                ])  # fmt: skip


def _report(deed: _Deed, matching: list[Unit], units: list[Unit], *, dry_run: bool) -> list[str]:
    """Return what was, or would be, done to which units."""
    if not units:
        return [f"Nothing to change: of {_counted(matching)} each is so already."]
    if dry_run:
        return [*map(str, units), f"{deed.done}: {_counted(units)}, were it not for --dry-run; nothing was changed."]
    named = ", ".join(map(str, units[:MOST_NAMED]))
    more = f" and {len(units) - MOST_NAMED} more" if len(units) > MOST_NAMED else ""
    return [f"{deed.done}: {named}{more} ({_counted(units)})"]


def _counted(units: list[Unit]) -> str:
    cards = len({unit.card for unit in units})
    if cards == len(units):
        return f"{cards} card{'s' * (cards > 1)}"
    return f"{len(units)} units of {cards} card{'s' * (cards > 1)}"


def _standing(log: list[Event]) -> list[Event]:
    """Return the events of a log that no undo has taken back and that are none themselves, in order."""
    undone = {getattr(event, "target", None) for event in log}
    return [event for event in log if event.id not in undone and getattr(event, "action", "") != "undo"]


suspend = _command("suspend")
unsuspend = _command("unsuspend")
bury = _command("bury")
unbury = _command("unbury")
reset = _command("reset")


@click.command()
@click.option("--steps", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="Go N events back.")
@click.option("--dry-run", is_flag=True, help="List what would be taken back, and change nothing.")
@click.pass_obj
def undo(context: Context, steps: int, *, dry_run: bool) -> None:
    """Take back the last rating, suspension, burial or reset; again takes back the one before.

    Each is an event of its own, whichever card it was about and whenever it was; the latest goes first.
    """
    with context.history(write=not dry_run) as history:
        if dry_run:
            targets = _standing(history.events())[: -steps - 1 : -1]
            for event in targets:
                click.echo(f"Would take back: {_named(event)}")
        else:
            targets = []
            while len(targets) < steps:
                try:
                    targets.append(history.undo(context.now(), context.today()))
                except NothingToUndoError:
                    break
                click.echo(f"Taken back: {_named(targets[-1])}")
    if not targets:
        raise NothingToUndoError
    if len(targets) < steps:
        click.echo(f"There was no more: {len(targets)} of {steps} steps.")


def _named(event: Event) -> str:
    what = Rating(event.rating).name.capitalize() if isinstance(event, Review) else event.action
    return f"{what} of {Unit(event.card, event.part)}"
