"""`certdrill export`: the decks for Anki, and a table of how their cards compare with the exam's weights."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import click

from certdrill.cli.context import Context, corpus_line
from certdrill.cli.filters import QUERY_HELP, QueryCommand, Selection, filter_options, selected
from certdrill.cli.lock import recorded
from certdrill.cli.progress import watching
from certdrill.cli.weights import weights_of
from certdrill.corpus.load import Corpus
from certdrill.errors import NothingSelectedError, UnsoundCorpusError
from certdrill.model import Card, Unit

if TYPE_CHECKING:
    from certdrill.anki.deck import Deck
    from certdrill.anki.progress import Study
    from certdrill.corpus.lock import Lock

DAILY_NEW = 20


class Asked(NamedTuple):
    """The options of one export that say what the deck is to be."""

    layout: str
    size: int | None
    new_per_day: int | None
    retention: float | None
    with_progress: bool


@click.command(cls=QueryCommand, epilog=QUERY_HELP)
@click.argument("words", metavar="[QUERY]", nargs=-1)
@filter_options
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    help="The file to write. Default: exports/<exam>.apkg, or here; <exam>-part.apkg for a part of the cards.",
)
@click.option(
    "--layout",
    type=click.Choice(["one", "domains"]),
    default="one",
    show_default=True,
    help="One deck, on weight under every import setting; or a subdeck for each domain, with presets.",
)
@click.option("--size", type=click.IntRange(1), metavar="N", help="Only N cards, each domain its share.")
@click.option("--new-per-day", type=click.IntRange(0, 9999), metavar="N", help="New cards a day, as an Anki preset.")
@click.option("--retention", type=float, metavar="R", help="Recall to aim for, .70 to .99, as an Anki preset.")
@click.option("--with-progress", is_flag=True, help="With your schedule and review log, for a first import.")
@click.option("--weights", default="default", metavar="PROFILE", help="A weight profile of the blueprint.")
@click.pass_obj
def export(
    context: Context,
    /,
    words: tuple[str, ...],
    output: str | None,
    layout: str,
    size: int | None,
    new_per_day: int | None,
    retention: float | None,
    weights: str,
    *,
    with_progress: bool,
    **options: tuple[str, ...],
) -> None:
    """Write an exam-weighted Anki deck.

    New cards come in the proportions of the exam under every import setting. Import a later export over it: corrected
    text arrives and your progress stays. Cards retired since then go into a second small file that tags them.
    """
    from certdrill.anki import package

    corpus = context.corpus()
    if corpus.errors:
        raise UnsoundCorpusError(corpus.errors)
    by_domain = weights_of(corpus, weights)
    selection = selected(corpus, options, words)
    chosen = _chosen(context, selection)
    lock = recorded(corpus.folder, corpus.exam, [(card, corpus.record(card.id)) for card in corpus.cards], context)
    asked = Asked(layout, size, new_per_day, retention, with_progress)
    deck = _deck(context, corpus, chosen, lock, by_domain, asked)
    is_part = not selection.is_everything or size is not None
    path = output if output is not None else _default_path(corpus, is_part=is_part)
    package.write(deck, path, watching("Writing the deck"))
    click.echo(corpus_line(corpus))
    click.echo("\n".join(_table(corpus, deck.cards_by_domain(), by_domain)))
    click.echo(f"{len(deck.notes)} notes, {sum(deck.cards_by_domain().values())} cards in {path}")
    for line in [*_notes_on(asked, is_part=is_part), *_retired(corpus, lock, path)]:
        click.echo(line)


def _deck(
    context: Context, corpus: Corpus, cards: list[Card], lock: Lock, weights: dict[str, int], asked: Asked
) -> Deck:
    from certdrill.anki import deck as decks
    from certdrill.anki.presets import Preset
    from certdrill.anki.progress import FIXED, studies
    from certdrill.scheduling import Settings, checked

    retention = 0.9 if asked.retention is None else asked.retention
    settings = checked(Settings(retention=retention))
    preset = None
    if asked.layout == "domains" or asked.new_per_day is not None or asked.retention is not None:
        daily = DAILY_NEW if asked.new_per_day is None else asked.new_per_day
        name = f"{decks.deck_title(corpus.exam)}: {daily} new, {retention:.0%}"
        preset = Preset(corpus.exam.id, name, daily, retention, settings.parameters)
    progress: dict[Unit, Study] = {}
    origin = FIXED
    if asked.with_progress:
        with context.history(write=False, retention=retention) as history:
            progress, origin = studies(history.states(), history.events(), context.now(), settings)
    if asked.size is not None:
        cards = decks.picked(cards, lock.cards, weights, asked.size)
    return decks.build(
        corpus.exam,
        cards,
        corpus.content,
        lock.cards,
        weights,
        layout=asked.layout,
        preset=preset,
        progress=progress,
        origin=origin,
    )


def _default_path(corpus: Corpus, *, is_part: bool) -> str:
    name = f"{corpus.exam.id}{'-part' if is_part else ''}.apkg"
    return os.path.join("exports" if os.path.isdir("exports") else "", name)


def _notes_on(asked: Asked, *, is_part: bool) -> list[str]:
    """Return what the person has to know before importing the file."""
    lines = []
    if is_part:
        lines.append(
            "A part of the cards: imported before the whole deck, it would come first and off the exam's weights."
        )
    if asked.layout == "domains":
        lines.append(
            'Tick "Import any deck presets" when importing, and study the parent deck: without the preset Anki shows '
            "one domain after the other. FSRS itself is switched on once for all decks, in Anki's deck options."
        )
    elif asked.new_per_day is not None or asked.retention is not None:
        lines.append(
            'Tick "Import any deck presets" when importing for the new cards a day and the retention; the order of the '
            "cards needs no switch. FSRS itself is switched on once for all decks, in Anki's deck options."
        )
    if asked.with_progress:
        lines.append(
            'Tick "Import any learning progress". This works the first time only: Anki never changes the schedule of '
            "cards it has. Afterwards study in one of the two; `certdrill anki import` brings Anki's reviews home."
        )
    return lines


def _retired(corpus: Corpus, lock: Lock, path: str) -> list[str]:
    """Write the retired cards beside the deck and return how to act on them; nothing where none were exported."""
    from certdrill.anki import package
    from certdrill.anki.retired import TAG, retired_deck
    from certdrill.corpus.read import read_retired

    name = os.path.join(corpus.folder, "retired.yaml")
    if not os.path.isfile(name):
        return []
    with open(name, "rb") as file:
        deck = retired_deck(corpus.exam, lock.cards, read_retired(file.read()))
    if not deck.notes:
        return []
    stem, ending = os.path.splitext(path)
    beside = f"{stem}-retired{ending}"
    package.write(deck, beside)
    number = len(deck.notes)
    return [
        f"{number} retired card{'s' * (number > 1)} in {beside}: import it only over a deck from before. It tags those "
        f"notes; search for tag:{TAG} in Anki's Browse window and delete or suspend them."
    ]


def _chosen(context: Context, selection: Selection) -> list[Card]:
    """Return the cards with a unit that was asked for; the history is read only when that depends on it."""
    day = context.today()
    if selection.needs_history:
        with context.history(write=False) as history:
            states = history.states()
            test = selection.test(context, states, history)
            cards = [card for card in selection.cards() if selection.units(card, states, day, test)]
    else:
        test = selection.test(context, {})
        cards = [card for card in selection.cards() if selection.units(card, {}, day, test)]
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
