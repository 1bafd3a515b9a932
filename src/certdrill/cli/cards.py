"""`certdrill cards`: list cards, or show one with its history."""

from __future__ import annotations

import json
from typing import Any

import click

from certdrill.cli.author import edit, new, retire, retirement
from certdrill.cli.context import Context, corpus_line, warn_of_problems
from certdrill.cli.due import iso_day
from certdrill.cli.filters import QUERY_HELP, Selection, filter_options, parted, selected
from certdrill.corpus.load import Corpus
from certdrill.errors import HiddenItemError, UnknownCardError
from certdrill.history.replay import Event, Review
from certdrill.markup import plain, visible
from certdrill.model import Card, Unit
from certdrill.scheduling import NEW, Rating, UnitState
from certdrill.screen.lines import cut
from certdrill.study.prompt import make
from certdrill.study.queue import States, is_due, status

_WORDS = "certdrill.query"  # the place of the query's words in click's context


class _Cards(click.Group):
    """A group whose words are a query unless the first names a subcommand."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words of a query aside, and let the group see its options only."""
        options, words = parted(self, args)
        if words and words[0] in self.commands:
            return super().parse_args(ctx, args)
        ctx.meta[_WORDS] = words
        return super().parse_args(ctx, options)


@click.group(
    cls=_Cards, invoke_without_command=True, subcommand_metavar="[QUERY] | COMMAND [ARGS]...", epilog=QUERY_HELP
)
@filter_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def cards(ctx: click.Context, /, as_json: bool, **options: tuple[str, ...]) -> None:
    """List cards, or show one with its history.

    A card is listed when one of its units matches. Items of mock forms are listed without their question.
    """
    if ctx.invoked_subcommand is not None:
        return
    context: Context = ctx.obj
    corpus = context.corpus()
    words = ctx.meta.get(_WORDS, [])
    selection = selected(corpus, options, words)
    day = context.today()
    with context.history(write=False) as history:
        states = history.states()
        test = selection.test(context, states, history)
        found = [card for card in selection.cards() if selection.units(card, states, day, test)]
    mock = [card for card in corpus.cards if card.form] if selection.is_everything else []
    if as_json:
        rows = [_row(corpus, card, states, day) for card in (*found, *mock)]
        click.echo(
            json.dumps(
                {"schema": 1, "exam": corpus.exam.id, "from": corpus.origin, "cards": rows},
                indent=1,
                ensure_ascii=False,
            )
        )
        return
    warn_of_problems(corpus)
    click.echo(corpus_line(corpus))
    for card in found:
        number = f"{card.objective:5}" if corpus.exam.objectives else ""
        click.echo(f"{card.id:48}  {card.kind:8}  {number}{_state(card, states, day):10}  {_title(corpus, card)}")
    if mock:
        click.echo(f"and {len(mock)} items of mock forms, kept for the mock exam")
    click.echo(f"{len(found)} cards")
    click.echo("".join(line + "\n" for line in _advice(selection, found, words)), nl=False)


def _advice(selection: Selection, found: list[Card], words: list[str]) -> list[str]:
    """Return what to do about leeches, or about a subcommand mistyped into a query."""
    if found and selection.asks_for("leech"):
        return [
            "Leeches are forgotten again and again; better cards are the cure. For each, one of:",
            "  certdrill cards edit ID    make it clearer or split it in two, then unsuspend it",
            "  certdrill reset ID         learn it anew, and unsuspend it too",
            "  certdrill unsuspend ID     go on as before",
        ]
    from difflib import get_close_matches

    near = get_close_matches(words[0], cards.commands, n=1) if words and not found else []
    return [f"Did you mean `certdrill cards {near[0]}`?"] if near else []


@cards.command()
@click.argument("card_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(context: Context, card_id: str, as_json: bool) -> None:
    """Show one card, where it stands and every event of its history."""
    corpus = context.corpus()
    try:
        card = corpus.card(card_id)
    except UnknownCardError:
        if entry := retirement(corpus.folder, card_id):
            _show_retired(context, entry, as_json)
            return
        raise
    if card.form:
        raise HiddenItemError(card.id, card.form)
    with context.history(write=False) as history:
        states = {unit: state for unit, state in history.states().items() if unit.card == card.id}
        log = {unit: history.events(unit) for unit in (Unit(card.id, part) for part in card.units)}
    day = context.today()
    if as_json:
        row = _row(corpus, card, states, day)
        row["record"] = corpus.record(card.id)
        row["events"] = [event._asdict() for events in log.values() for event in events]
        click.echo(json.dumps({"schema": 1, **row}, indent=1, ensure_ascii=False))
        return
    click.echo("\n".join(_page(corpus, card)))
    for unit, events in log.items():
        click.echo(f"\n{unit}: " + _standing(states.get(unit, NEW), day))
        for event in events:
            click.echo("  " + _event_line(event))


cards.add_command(new)
cards.add_command(edit)
cards.add_command(retire)


def _show_retired(context: Context, entry: dict[str, str], as_json: bool) -> None:
    """Print when and why a card was retired, and the history it keeps."""
    with context.history(write=False) as history:
        events = [event for event in history.events() if event.card == entry["id"]]
    if as_json:
        row = {"schema": 1, "id": entry["id"], "retired": entry, "events": [event._asdict() for event in events]}
        click.echo(json.dumps(row, indent=1, ensure_ascii=False))
        return
    click.echo(f"{entry['id']} was retired on {entry['date']}: {visible(entry['reason'])}")
    if "replaced_by" in entry:
        click.echo(f"{entry['replaced_by']} took its place.")
    for unit in sorted({Unit(event.card, event.part) for event in events}):
        click.echo(f"\n{unit}: retired")
        for event in events:
            if event.part == unit.part:
                click.echo("  " + _event_line(event))


def _page(corpus: Corpus, card: Card) -> list[str]:
    from certdrill.screen.lines import Paint
    from certdrill.screen.view import View, answer_lines, question_lines

    title = corpus.exam.titles().get(card.domain, card.domain)
    tags = f" - {', '.join(card.tags)}" if card.tags else ""
    lines = [
        f"{card.id} ({card.kind}) - {title} {card.objective}{tags}",
        f"{corpus.folder}/{card.file}:{card.line}",
    ]
    content = corpus.content(card.id)
    parts = card.units if card.kind == "cloze" else card.units[:1]
    for part in parts:
        prompt = make(card, Unit(card.id, part), content, "show")
        view = View(prompt, title, 0, 0, "")
        lines += ["", *question_lines(view, 96, Paint()), "", *answer_lines(view, 96, Paint())]
    return lines


def _standing(state: UnitState, day: int) -> str:
    name = status(state)
    if state.memory is None:
        return name
    memory = state.memory
    due = f"due {iso_day(memory.due_day)}" + (" (now)" if memory.due_day <= day else "")
    return (
        f"{name}, {due}, stability {memory.stability:.1f} d, difficulty {memory.difficulty:.1f}, "
        f"{memory.reps} ratings, {memory.lapses} lapses"
    )


def _event_line(event: Event) -> str:
    from datetime import datetime, timedelta, timezone

    at = event.reviewed_at if isinstance(event, Review) else event.acted_at
    zone = timezone(timedelta(minutes=event.utc_offset))
    when = datetime.fromtimestamp(at / 1000, zone).strftime("%Y-%m-%d %H:%M")
    if not isinstance(event, Review):
        return f"{when}  {event.action}"
    length = f"{event.interval} d" if event.interval else "learning"
    return f"{when}  {Rating(event.rating).name.capitalize():6} then {length:9} {event.duration / 1000:.0f} s"


def _row(corpus: Corpus, card: Card, states: States, day: int) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": card.id,
        "kind": card.kind,
        "domain": card.domain,
        "objective": card.objective,
        "level": card.level,
        "tags": list(card.tags),
        "file": f"{corpus.folder}/{card.file}",
        "line": card.line,
    }
    if card.form:
        return {**row, "form": card.form}
    row["question"] = _title(corpus, card, 10_000)
    row["units"] = [_unit_row(card, part, states, day) for part in card.units]
    return row


def _unit_row(card: Card, part: str, states: States, day: int) -> dict[str, Any]:
    state = states.get(Unit(card.id, part), NEW)
    row: dict[str, Any] = {
        "unit": str(Unit(card.id, part)),
        "state": status(state),
        "due": is_due(card, state, day),
    }
    if state.memory:
        row["due_day"] = iso_day(state.memory.due_day)
        row["stability"] = state.memory.stability
        row["difficulty"] = state.memory.difficulty
    return row


def _state(card: Card, states: States, day: int) -> str:
    parts = [states.get(Unit(card.id, part), NEW) for part in card.units]
    if any(is_due(card, state, day) for state in parts):
        return "due"
    return status(next((state for state in parts if state.memory or state.suspended), parts[0]))


def _title(corpus: Corpus, card: Card, width: int = 60) -> str:
    content = corpus.content(card.id)
    text = content.front or content.stem or make(card, Unit(card.id, card.units[0]), content, "").question
    return cut(visible(plain(text)), width)
