"""`certdrill due` and bare `certdrill`: what is due and new, by domain and day."""

from __future__ import annotations

import json
import os
from time import gmtime
from typing import Any

import click

from certdrill.cli.context import Context, corpus_line, warn_of_problems
from certdrill.cli.filters import QUERY_HELP, QueryCommand, Selection, filter_options, look_alikes, selected
from certdrill.corpus.load import Corpus
from certdrill.corpus.select import Filters
from certdrill.history.store import History
from certdrill.scheduling import NEW
from certdrill.study.queue import DAILY_NEW, Wishes, build, rated_on

COLUMNS = ("due", "learning", "new", "unseen", "suspended")
DAYS_AHEAD = 7


@click.command(cls=QueryCommand, epilog=QUERY_HELP)
@click.argument("words", metavar="[QUERY]", nargs=-1)
@filter_options
@click.option(
    "--new",
    "daily_new",
    type=click.IntRange(0),
    default=DAILY_NEW,
    show_default=True,
    help="New cards a day.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def due(context: Context, /, words: tuple[str, ...], daily_new: int, as_json: bool, **options: tuple[str, ...]) -> None:
    """Count what is due, now and for the next seven days.

    "new" are the new cards today still has room for, "unseen" all cards never rated.
    """
    corpus = context.corpus()
    selection = selected(corpus, options, words)
    with context.history(write=False) as history:
        report = count(context, corpus, history, daily_new, selection)
    if as_json:
        click.echo(json.dumps(report, indent=1))
        return
    warn_of_problems(corpus)
    click.echo(corpus_line(corpus))
    click.echo(table(corpus, report))
    click.echo(f"\n{coming_table(corpus, report)}")


def show_today(context: Context) -> None:
    """Print what today holds and how to start."""
    corpus = context.corpus()
    warn_of_problems(corpus)
    with context.history(write=False) as history:
        report = count(context, corpus, history, DAILY_NEW, Selection(corpus, Filters()))
    click.echo(corpus_line(corpus))
    click.echo(table(corpus, report))
    total = report["total"]
    if total["due"] + total["learning"] + total["new"]:
        example = corpus.exam.domains[0].id
        click.echo(f"\nStart with `certdrill review`; one domain only: `certdrill review --domain {example}`.")
    else:
        click.echo("\nNothing left for today; `certdrill due` shows the coming days.")
    begun = os.path.exists(context.history_path)
    click.echo(f"Your history {'is' if begun else 'will be'} kept in {context.history_path}")


def count(context: Context, corpus: Corpus, history: History, daily_new: int, selection: Selection) -> dict[str, Any]:
    """Return the counts of units by domain and in total, and of reviews that come due on the next seven days."""
    states, day = history.states(), context.today()
    test = selection.test(context, states, history)
    units = [(card, selection.units(card, states, day, test)) for card in selection.cards()]
    cards = [card for card, chosen in units if chosen]
    queue = build(
        cards,
        corpus.cards,
        states,
        day=day,
        weights=corpus.exam.weights(),
        rated_today=rated_on(states, day),
        daily_new=daily_new,
        wanted=selection.filters.states,
        wishes=Wishes(only=test, contrast=look_alikes(corpus), together=False),
    )
    rows = {domain: dict.fromkeys(COLUMNS, 0) for domain in corpus.exam.titles()}
    domain_of = {card.id: card.domain for card in cards}
    for column, queued in (
        ("due", queue.due),
        ("new", queue.fresh),
        ("learning", [unit for _, unit in queue.learning]),
    ):
        for unit in queued:
            rows[domain_of[unit.card]][column] += 1
    coming = {ahead: dict.fromkeys(rows, 0) for ahead in range(day + 1, day + DAYS_AHEAD + 1)}
    for card, chosen in units:
        for unit in chosen:
            state = states.get(unit, NEW)
            if state.suspended:
                rows[card.domain]["suspended"] += 1
            elif state.memory is None:
                rows[card.domain]["unseen"] += 1
            elif state.memory.due_day in coming:
                coming[state.memory.due_day][card.domain] += 1
    return {
        "schema": 1,
        "exam": corpus.exam.id,
        "from": corpus.origin,
        "day": iso_day(day),
        "domains": rows,
        "total": {column: sum(row[column] for row in rows.values()) for column in COLUMNS},
        "days": [
            {"date": iso_day(ahead), "due": sum(numbers.values()), "domains": numbers}
            for ahead, numbers in coming.items()
        ],
    }


def table(corpus: Corpus, report: dict[str, Any]) -> str:
    """Return the counts as an aligned table, one domain a line."""
    titles = corpus.exam.titles()
    rows = [(f"{titles[domain]}", corpus.exam.weights()[domain], row) for domain, row in report["domains"].items()]
    whole = sum(weight for _, weight, _ in rows)
    width = max(len("all"), *(len(title) for title, _, _ in rows))
    lines = [f"{'':{width}}  weight" + "".join(f"{column:>11}" for column in COLUMNS)]
    for title, weight, row in rows:
        lines.append(f"{title:{width}}  {weight / whole:>5.0%} " + "".join(f"{row[column]:>11}" for column in COLUMNS))
    lines.append(f"{'all':{width}}  {'':>6}" + "".join(f"{report['total'][column]:>11}" for column in COLUMNS))
    return "\n".join(lines)


def coming_table(corpus: Corpus, report: dict[str, Any]) -> str:
    """Return the reviews that come due on each of the next days, one domain a line."""
    titles = corpus.exam.titles()
    width = max(len("all"), *(len(title) for title in titles.values()))
    lines = [f"{'coming':{width}}" + "".join(f"{entry['date'][5:]:>7}" for entry in report["days"])]
    for domain, title in titles.items():
        lines.append(f"{title:{width}}" + "".join(f"{entry['domains'][domain]:>7}" for entry in report["days"]))
    lines.append(f"{'all':{width}}" + "".join(f"{entry['due']:>7}" for entry in report["days"]))
    return "\n".join(lines)


def iso_day(day: int) -> str:
    """Return a study day as the calendar date it begins on."""
    year, month, date = gmtime(day * 86_400)[:3]
    return f"{year:04}-{month:02}-{date:02}"
