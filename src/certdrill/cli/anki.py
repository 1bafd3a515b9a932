"""`certdrill anki import`: bring the reviews made in Anki home, after saying what will be added."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click

from certdrill.cli.context import Context, warn_of_problems
from certdrill.cli.due import iso_day
from certdrill.corpus.files import LOCK
from certdrill.corpus.load import Corpus

if TYPE_CHECKING:
    from certdrill.anki.inbox import Arrivals, Inbox


@click.group()
def anki() -> None:
    """Bring reviews made in Anki home."""


@anki.command("import")
@click.argument("path", metavar="FILE", type=click.Path())
@click.option("--dry-run", is_flag=True, help="Say what would be added, and add nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def import_(context: Context, path: str, *, dry_run: bool, as_json: bool) -> None:
    """Add the reviews made in Anki to your history.

    FILE is an .apkg or .colpkg exported from Anki with "Include scheduling information" ticked, or the
    collection.anki2 of an Anki that is closed. Reviews that are known add nothing, so that a file can be imported
    again and files may overlap. Cards set aside in Anki are not set aside here.
    """
    from certdrill.anki.inbox import arrivals, open_inbox

    corpus = context.corpus()
    now = context.now()
    inbox = open_inbox(path, corpus.exam, corpus.cards, _gone(corpus), now.offset)
    with context.history(write=not dry_run) as history:
        found = arrivals(inbox, corpus.exam.id, history.events(), history.settings, now.ms)
        report = _report(path, corpus, inbox, found)
        if not as_json:
            warn_of_problems(corpus)
            click.echo("\n".join(lines(report)))
        added = 0 if dry_run or not found.events else history.add(found.events)
    if as_json:
        click.echo(json.dumps({**report, "added": added}, indent=1))
    elif dry_run:
        click.echo("A dry run: nothing was added.")
    elif added:
        click.echo(f"Added to {context.history_path}")


def lines(report: dict[str, Any]) -> list[str]:
    """Return what an import brings, in words."""
    first, last = report["from"], report["to"]
    days = "" if first is None else f", on {first}" if first == last else f", from {first} to {last}"
    new = f"{_count(report['reviews'], 'review')} of {_count(report['cards'], 'card')} to add{days}"
    shown = [
        new if report["reviews"] or report["resets"] else "No new review",
        f"{_count(report['resets'], 'reset')} to add" if report["resets"] else "",
        f"{_count(report['known'], 'row')} of Anki's log known already" if report["known"] else "",
        f"{_count(report['later'], 'row')} dated after now left out; is a clock wrong?" if report["later"] else "",
        f"{_count(report['foreign_notes'], 'note')} not of this exam" if report["foreign_notes"] else "",
        f"{_count(report['gone_notes'], 'note')} of cards that are gone here" if report["gone_notes"] else "",
        f"{_count(report['differing_memories'], 'memory', 'memories')} not as in Anki, which has FSRS "
        "parameters of its own or a part of the log only; due days are Anki's"
        if report["differing_memories"]
        else "",
    ]
    return [line for line in shown if line]


def _report(path: str, corpus: Corpus, inbox: Inbox, found: Arrivals) -> dict[str, Any]:
    """Return what an import brings, as --json prints it."""
    days = [review.day for review in found.reviews]
    return {
        "schema": 1,
        "file": path,
        "exam": corpus.exam.id,
        "reviews": len(found.reviews),
        "cards": len({(event.card, event.part) for event in found.reviews}),
        "from": iso_day(min(days)) if days else None,
        "to": iso_day(max(days)) if days else None,
        "resets": len(found.resets),
        "known": found.known,
        "later": found.later,
        "foreign_notes": inbox.foreign,
        "gone_notes": inbox.gone,
        "differing_memories": found.differing,
    }


def _gone(corpus: Corpus) -> set[str]:
    """Return the ids of cards that were exported once, and are retired, broken or taken out by now."""
    from certdrill.corpus.lock import BadLockError, parse

    try:
        with open(os.path.join(corpus.folder, LOCK), "rb") as file:
            known = set(parse(file.read()).cards)
    except (OSError, BadLockError):
        return set()
    return known - {card.id for card in corpus.cards}


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
