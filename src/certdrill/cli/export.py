"""`certdrill export`: the deck for Anki, and a table of how its cards compare with the exam's weights."""

from __future__ import annotations

import os

import click

from certdrill.cli.context import Context, corpus_line
from certdrill.cli.filters import filter_options, resolved
from certdrill.cli.lock import recorded
from certdrill.cli.review import weights_of
from certdrill.corpus.load import Corpus
from certdrill.corpus.select import Filters, matching
from certdrill.errors import NothingSelectedError, UnsoundCorpusError
from certdrill.model import Card


@click.command()
@filter_options
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    help="The file to write. Default: exports/<exam>.apkg, or here; <exam>-part.apkg with filters.",
)
@click.option("--weights", default="default", metavar="PROFILE", help="A weight profile of the blueprint.")
@click.pass_obj
def export(context: Context, /, output: str | None, weights: str, **options: tuple[str, ...]) -> None:
    """Write an exam-weighted Anki deck.

    New cards come in the proportions of the exam under every import setting. Import a later export over it: corrected
    text arrives and your progress stays.
    """
    from certdrill.anki import deck as decks
    from certdrill.anki import package

    corpus = context.corpus()
    if corpus.errors:
        raise UnsoundCorpusError(corpus.errors)
    by_domain = weights_of(corpus, weights)
    filters = resolved(corpus, options)
    chosen = _chosen(context, corpus, filters)
    lock = recorded(corpus.folder, corpus.exam, [(card, corpus.record(card.id)) for card in corpus.cards], context)
    deck = decks.build(corpus.exam, [(card, corpus.content(card.id)) for card in chosen], lock.cards, by_domain)
    name = f"{corpus.exam.id}{'-part' if any(filters) else ''}.apkg"
    path = output if output is not None else os.path.join("exports" if os.path.isdir("exports") else "", name)
    package.write(deck, path)
    click.echo(corpus_line(corpus))
    counts = deck.cards_by_domain()
    click.echo("\n".join(_table(corpus, counts, by_domain)))
    click.echo(f"{len(deck.notes)} notes, {sum(counts.values())} cards in {path}")
    if any(filters):
        click.echo(
            "A part of the cards: imported before the whole deck, it would come first and off the exam's weights."
        )


def _chosen(context: Context, corpus: Corpus, filters: Filters) -> list[Card]:
    """Return the cards to export; the history is read only when a state was asked for."""
    cards = matching(corpus.cards, filters)
    if filters.states:
        from certdrill.study.queue import units_in_state

        with context.history(write=False) as history:
            states = history.states()
        cards = [card for card in cards if units_in_state(card, states, filters.states, context.today())]
    if not cards:
        raise NothingSelectedError
    return cards


def _table(corpus: Corpus, counts: dict[str, int], weights: dict[str, int]) -> list[str]:
    """Return how many Anki cards each domain got, beside its weight."""
    titles = corpus.exam.titles()
    whole, total = sum(weights.values()), max(1, sum(counts.values()))
    width = max(len(title) for title in titles.values())
    lines = [f"{'':{width}}  cards  share  weight"]
    for domain, title in titles.items():
        number = counts.get(domain, 0)
        lines.append(f"{title:{width}}  {number:>5}  {number / total:>5.0%}  {weights[domain] / whole:>6.0%}")
    return lines
