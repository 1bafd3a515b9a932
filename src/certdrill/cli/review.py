"""`certdrill review`: build the queue, pick the face, run the session, say what was done."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from functools import partial
from typing import NamedTuple

import click

from certdrill.cli.context import Context, corpus_line, named_editor, warn_of_problems
from certdrill.cli.filters import QUERY_HELP, QueryCommand, Selection, filter_options, look_alikes, selected
from certdrill.cli.weights import weights_of
from certdrill.corpus.load import Corpus, is_installed
from certdrill.errors import InstalledCardsError, NoEditorError, NothingSelectedError
from certdrill.history.store import History
from certdrill.model import Card, Unit
from certdrill.screen.drill import Cram, Drill, Summary
from certdrill.study.queue import DAILY_NEW, LEECH_AGAIN, LEECH_LAPSES, Queue, States, Wishes, build, rated_on
from certdrill.study.session import LEARN_AHEAD_MINUTES, Session, start

KEYS_HELP = "Keys: space or Enter shows the answer, 1-4 rate, u undoes, s suspends, b buries, q quits."
# What says how a real session is scheduled, and means nothing where nothing is.
_NOT_CRAMMED = ("ahead", "weak", "daily_new", "reviews", "leech", "learn_ahead", "retention", "weights")


class Asked(NamedTuple):
    """The options of one session that say what is studied and how it is saved."""

    limit: int | None
    daily_new: int
    reviews: int | None
    ahead: int
    weak: bool
    minutes: float | None
    leech: int
    learn_ahead: int


@click.command(cls=QueryCommand, epilog=f"{QUERY_HELP}\n\n{KEYS_HELP}")
@click.argument("words", metavar="[QUERY]", nargs=-1)
@filter_options
@click.option("--limit", type=click.IntRange(1), help="Show at most this many cards.")
@click.option(
    "--new",
    "daily_new",
    type=click.IntRange(0),
    default=DAILY_NEW,
    show_default=True,
    help="New cards a day.",
)
@click.option(
    "--reviews",
    type=click.IntRange(1),
    metavar="N",
    help="Study at most N cards a day: due ones first, new ones if there is room.",
)
@click.option(
    "--ahead", type=click.IntRange(1, 365), metavar="DAYS", help="Also what comes due within DAYS, as reviews."
)
@click.option("--cram", is_flag=True, help="All that is selected, most forgotten first; nothing is saved.")
@click.option("--weak", is_flag=True, help="The domain with most to lose in the exam first, then the next.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), metavar="M", help="Show no card after M minutes.")
@click.option(
    "--leech",
    type=click.IntRange(0),
    default=LEECH_LAPSES,
    show_default=True,
    metavar="N",
    help=f"Suspend a card forgotten N times, and after every {LEECH_AGAIN} times more; 0 never does.",
)
@click.option("--retention", type=float, default=0.9, show_default=True, help="Recall to aim for, .70 to .99.")
@click.option(
    "--learn-ahead",
    type=click.IntRange(0),
    default=LEARN_AHEAD_MINUTES,
    show_default=True,
    metavar="MINUTES",
    help="Show learning cards this early when nothing else is left.",
)
@click.option("--weights", default="default", metavar="PROFILE", help="A weight profile of the blueprint.")
@click.option("--seed", type=int, help="Fix the order of reviews and options.")
@click.option("--plain", is_flag=True, help="Lines instead of a full screen; chosen by itself in a pipe.")
@click.pass_context
def review(
    ctx: click.Context,
    /,
    words: tuple[str, ...],
    limit: int | None,
    daily_new: int,
    reviews: int | None,
    ahead: int | None,
    minutes: float | None,
    leech: int,
    retention: float,
    learn_ahead: int,
    weights: str,
    seed: int | None,
    *,
    cram: bool,
    weak: bool,
    plain: bool,
    **options: tuple[str, ...],
) -> None:
    """Drill what is due and some new cards, every rating saved at once.

    Learning cards come first, then due reviews mixed with new cards, the domains in turn by their exam weight. When
    not all fit into --limit or --reviews, the most valuable reviews for the exam come first.
    """
    context: Context = ctx.obj
    corpus = context.corpus()
    _check_options(ctx, cram=cram)
    warn_of_problems(corpus)
    selection = selected(corpus, options, words)
    if selection.is_empty(context):
        raise NothingSelectedError
    by_domain = weights_of(corpus, weights)
    seed = context.today() if seed is None else seed
    asked = Asked(limit, daily_new, reviews, ahead or 0, weak, minutes, leech, learn_ahead)
    if cram:
        _cram(context, selection, asked, seed, plain=plain)
        return
    first_run = not os.path.exists(context.history_path)
    with context.history(write=True, retention=retention) as history:
        if first_run:
            click.echo(f"Your history is kept in {context.history_path}", err=True)
        queue = _queue(context, selection, history, by_domain, asked, seed)
        if not queue.main and not queue.learning:
            click.echo(f"{corpus_line(corpus)}\nNothing to study now; `certdrill due` shows what comes when.")
            return
        with _face(plain) as face:
            drill = Drill(
                corpus, history, context.now, face,
                ahead_minutes=learn_ahead, seed=seed, ahead_days=asked.ahead, minutes=minutes, leech=leech,
                fresh=queue.fresh, edit=partial(_edit, context),
            )  # fmt: skip
            summary = drill.run(start(queue))
        click.echo("\n".join([*summary_lines(corpus, history, summary, context), *_leech_lines(summary, leech)]))


def _edit(context: Context, card: Card) -> Corpus:
    """Open a card at its line in the person's editor and return the corpus as it is afterwards.

    Raises InstalledCardsError, NoEditorError or EditorFailedError, and BrokenExamError.
    """
    from certdrill.cli.editor import run

    corpus = context.corpus()
    path = os.path.join(corpus.folder, card.file)
    if is_installed(corpus.folder):
        raise InstalledCardsError(corpus.folder)
    if not named_editor():
        raise NoEditorError(f"{path}:{card.line}")
    run(named_editor(), path, card.line)
    return context.corpus_again()


def _check_options(ctx: click.Context, *, cram: bool) -> None:
    """Refuse options on the command line that say nothing together."""
    given = {
        option.name for option in ctx.command.params
        if ctx.get_parameter_source(option.name or "") is click.core.ParameterSource.COMMANDLINE
    }  # fmt: skip
    for option in ctx.command.params:
        if cram and option.name in given and option.name in _NOT_CRAMMED:
            raise click.UsageError(f"--cram saves nothing, so {option.opts[0]} has no effect; leave out one of the two")


def _queue(
    context: Context, selection: Selection, history: History, weights: dict[str, int], asked: Asked, seed: int
) -> Queue:
    """Return what is to be studied, and say which domains come first when that was asked for."""
    from certdrill.study import value

    corpus, day, states, settings = selection.corpus, context.today(), history.states(), history.settings
    shares: dict[str, float] = {}

    def worth(unit: Unit) -> float:
        if not shares:
            shares.update(value.unit_shares(corpus.cards, weights))
        memory = states[unit].memory
        return value.value(memory, shares[corpus.card(unit.card).domain], day, settings) if memory else 0.0

    loss = value.predicted_loss(corpus.cards, weights, states, day, settings) if asked.weak else {}
    if asked.weak:
        click.echo("Most to lose in the exam first: " + _ranking(selection, loss))
    test = selection.test(context, states, history)
    wishes = Wishes(test, asked.ahead, asked.reviews, worth, look_alikes(corpus), domains=tuple(loss))
    return build(
        selection.cards(),
        corpus.cards,
        states,
        day=day,
        weights=weights,
        rated_today=rated_on(states, day),
        daily_new=asked.daily_new,
        limit=asked.limit,
        seed=seed,
        wanted=selection.filters.states,
        wishes=wishes,
    )


def _ranking(selection: Selection, loss: dict[str, float]) -> str:
    titles, domains = selection.corpus.exam.titles(), {card.domain for card in selection.cards()}
    return ", ".join(f"{titles[domain]} {part:.1%}" for domain, part in loss.items() if domain in domains)


def _cram(context: Context, selection: Selection, asked: Asked, seed: int, *, plain: bool) -> None:
    """Show the selected units, most forgotten first; the history is only read."""
    from certdrill.study.value import most_forgotten

    with context.history(write=False) as history:
        states, day = history.states(), context.today()
        test = selection.test(context, states, history)
        wanted = [unit for card in selection.cards() for unit in selection.units(card, states, day, test)]
        if not selection.asks_for("suspended", "leech"):
            wanted = [unit for unit in wanted if not _is_suspended(unit, states)]
        if not wanted:
            raise NothingSelectedError
        units = most_forgotten(wanted, states, day, history.settings)[: asked.limit]
        click.echo("Cramming: nothing is saved, schedule and log stay as they are.", err=True)
        with _face(plain) as face:
            drill = Cram(selection.corpus, history, context.now, face, seed=seed, minutes=asked.minutes)
            summary = drill.run(Session(tuple(units), ()))
    lines = [f"{summary.total} rated, {summary.right} remembered. Nothing was saved: --cram changes no schedule."]
    click.echo("\n".join([*lines, *_time_lines(summary)]))


def _is_suspended(unit: Unit, states: States) -> bool:
    return unit in states and states[unit].suspended


def _time_lines(summary: Summary) -> list[str]:
    return [f"Time is up, with {summary.left} still to come in this session."] if summary.left else []


def _leech_lines(summary: Summary, leech: int) -> list[str]:
    """Return which leeches were suspended and where it is said what to do about them."""
    if not summary.leeches:
        return []
    number, names = len(summary.leeches), ", ".join(map(str, summary.leeches))
    query = "is:leech" if leech >= LEECH_LAPSES else f"'is:suspended prop:lapses>={leech}'"
    return [f"{number} leech{'es' * (number > 1)} suspended: {names}. `certdrill cards {query}` lists them."]


def summary_lines(corpus: Corpus, history: History, summary: Summary, context: Context) -> list[str]:
    """Return what a session did, by domain, and when the next card is due."""
    lines = [f"{summary.total} rated, {summary.right} remembered. Everything is saved."]
    for domain, title in corpus.exam.titles().items():
        if summary.ratings[domain]:
            lines.append(f"  {summary.ratings[domain]:>4}  {title}")
    lines += _time_lines(summary)
    if summary.clock_went_back:
        lines.append("The clock of this machine went back during the session; the times are kept as it showed them.")
    now, today = context.now(), context.today()
    known = {card.id for card in corpus.cards}
    memories = [
        state.memory for unit, state in history.states().items()
        if state.memory and not state.suspended and unit.card in known
    ]  # fmt: skip
    waits = [memory.due_at - now.ms for memory in memories if not memory.interval and memory.due_day <= today]
    days = [memory.due_day - today for memory in memories if memory.due_day > today]
    left = sum(bool(memory.interval) and memory.due_day <= today for memory in memories)
    if left:
        lines.append(f"Still due today: {left}.")
    if waits:
        lines.append(f"Next: {len(waits)} learning, the first {_in_minutes(min(waits))}.")
    elif days:
        first = min(days)
        when = "tomorrow" if first == 1 else f"in {first} days"
        lines.append(f"Next: {days.count(first)} due {when}.")
    return lines


def _in_minutes(wait_ms: int) -> str:
    minutes = -(-wait_ms // 60_000)
    return "now" if minutes <= 0 else f"in {minutes} min"


def _face(plain: bool):  # type: ignore[no-untyped-def]  # the two faces share a protocol, not a context manager
    if plain or not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM", "dumb") == "dumb":
        from certdrill.screen.plain import PlainFace

        return nullcontext(PlainFace(sys.stdin, sys.stdout))
    from certdrill.screen.terminal import terminal

    return terminal()
