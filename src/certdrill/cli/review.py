"""`certdrill review`: build the queue, pick the face, run the session, say what was done."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext

import click

from certdrill.cli.context import Context, corpus_line, warn_of_problems
from certdrill.cli.filters import filter_options, resolved
from certdrill.cli.weights import weights_of
from certdrill.corpus.load import Corpus
from certdrill.corpus.select import matching
from certdrill.errors import NothingSelectedError
from certdrill.history.store import History
from certdrill.screen.drill import Drill, Summary
from certdrill.study.queue import DAILY_NEW, build, rated_on
from certdrill.study.session import LEARN_AHEAD_MINUTES, start


@click.command(epilog="Keys: space or Enter shows the answer, 1-4 rate, u undoes, s suspends, b buries, q quits.")
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
@click.pass_obj
def review(
    context: Context,
    /,
    limit: int | None,
    daily_new: int,
    retention: float,
    learn_ahead: int,
    weights: str,
    seed: int | None,
    plain: bool,
    **options: tuple[str, ...],
) -> None:
    """Drill what is due and some new cards, every rating saved at once.

    Learning cards come first, then due reviews mixed with new cards, the domains in turn by their exam weight.
    """
    corpus = context.corpus()
    warn_of_problems(corpus)
    filters = resolved(corpus, options)
    cards = matching(corpus.cards, filters)
    if not cards:
        raise NothingSelectedError
    by_domain = weights_of(corpus, weights)
    first_run = not os.path.exists(context.history_path)
    with context.history(write=True, retention=retention) as history:
        if first_run:
            click.echo(f"Your history is kept in {context.history_path}", err=True)
        day = context.today()
        seed = day if seed is None else seed
        states = history.states()
        queue = build(
            cards,
            corpus.cards,
            states,
            day=day,
            weights=by_domain,
            rated_today=rated_on(states, day),
            daily_new=daily_new,
            limit=limit,
            seed=seed,
            wanted=filters.states,
        )
        if not queue.main and not queue.learning:
            click.echo(f"{corpus_line(corpus)}\nNothing to study now; `certdrill due` shows what comes when.")
            return
        with _face(plain) as face:
            drill = Drill(corpus, history, context.now, face, ahead_minutes=learn_ahead, seed=seed)
            summary = drill.run(start(queue))
        click.echo("\n".join(summary_lines(corpus, history, summary, context)))


def summary_lines(corpus: Corpus, history: History, summary: Summary, context: Context) -> list[str]:
    """Return what a session did, by domain, and when the next card is due."""
    lines = [f"{summary.total} rated, {summary.right} remembered. Everything is saved."]
    for domain, title in corpus.exam.titles().items():
        if summary.ratings[domain]:
            lines.append(f"  {summary.ratings[domain]:>4}  {title}")
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
