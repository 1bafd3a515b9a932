"""`certdrill stats`: how study has gone and what is coming, on one screen or as JSON."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import Any

import click

from certdrill.cli.context import Context, corpus_line, warn_of_problems
from certdrill.cli.due import iso_day
from certdrill.cli.filters import filter_options, resolved
from certdrill.corpus.load import Corpus
from certdrill.corpus.select import matching
from certdrill.errors import NothingSelectedError
from certdrill.scheduling import NEVER
from certdrill.screen.lines import Paint
from certdrill.screen.overview import overview
from certdrill.study.queue import units_in_state
from certdrill.study.stats import WINDOW_DAYS, Answer, Share, Stats, compute


@click.command()
@filter_options
@click.option(
    "--days",
    type=click.IntRange(1),
    default=WINDOW_DAYS,
    show_default=True,
    help="Look back this many days for true retention, answers and time.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def stats(context: Context, /, days: int, as_json: bool, **options: tuple[str, ...]) -> None:
    """Show on one screen how study has gone and what is coming.

    True retention is the share of reviews of cards past learning, the first of each day, that were not rated Again.
    """
    corpus = context.corpus()
    filters = resolved(corpus, options)
    with context.history(write=False) as history:
        states, rows, settings = history.states(), history.counted(NEVER), history.settings
    day = context.today()
    units = {
        unit: card
        for card in matching(corpus.cards, filters)
        for unit in units_in_state(card, states, filters.states, day)
    }
    if not units:
        raise NothingSelectedError
    answers = map(Answer._make, rows)
    found = compute(corpus.exam, units, states, answers, day=day, settings=settings, window=days)
    if as_json:
        click.echo(json.dumps(_as_json(corpus, found), indent=1, ensure_ascii=False))
        return
    warn_of_problems(corpus)
    if not found.ever:
        which = " of these cards" if any(filters) else ""
        click.echo(f"No ratings{which} yet. Start with `certdrill review`; this screen fills day by day.")
        return
    columns, lines = shutil.get_terminal_size()
    click.echo("\n".join(overview(corpus_line(corpus), corpus.exam, found, columns, lines, _paint())))


def _paint() -> Paint:
    """Return what the output can show; click takes the styling out again where none is wanted."""
    encoding = sys.stdout.encoding.lower().replace("-", "")
    return Paint(styled=True, colour=True, symbols=encoding == "utf8" and os.environ.get("TERM") != "linux")


def _as_json(corpus: Corpus, stats: Stats) -> dict[str, Any]:
    """Return all numbers as JSON values; shares are from 0 to 1, null where there is nothing to share."""
    answered = stats.answered
    return {
        "schema": 1,
        "exam": corpus.exam.id,
        "from": corpus.origin,
        "day": iso_day(stats.day),
        "window_days": stats.window,
        "today": {**_share(stats.today), "seconds": stats.today_duration / 1000},
        "streak": {"current": stats.streak, "longest": stats.longest_streak},
        "true_retention": {
            "target": stats.target,
            "total": _share(stats.retained),
            "domains": {domain: _share(share) for domain, share in stats.retention.items()},
        },
        "forecast": [
            {"date": iso_day(day), "due": number} for day, number in enumerate(stats.forecast, start=stats.day)
        ],
        "maturity": stats.maturity,
        "weak": [{**weak._asdict(), "at_stake": weak.at_stake} for weak in stats.weak],
        "answers": {
            rating.name.lower(): {"number": number, "share": number / answered if answered else None}
            for rating, number in stats.answers.items()
        },
        "time": {
            "seconds": stats.duration / 1000,
            "days_studied": stats.days_studied,
            "seconds_a_day": stats.duration / 1000 / stats.days_studied if answered else None,
            "seconds_an_answer": stats.duration / 1000 / answered if answered else None,
        },
        "year": [
            {"date": iso_day(day), "rated": number}
            for day, number in enumerate(stats.year, start=stats.year_begins)
            if number
        ],
    }


def _share(share: Share) -> dict[str, float | None]:
    return {"rated": share.number, "remembered": share.remembered, "share": share.value}
