"""A real Anki collection to import the sample's deck into."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest

from deck_sample import EXAM, WEIGHTS


@contextmanager
def collection(folder: Path) -> Iterator[Collection]:
    """Open a new collection that introduces any number of cards a day."""
    col = Collection(str(folder / "collection.anki2"))
    try:
        col.set_config("fsrs", True)
        preset = col.decks.get_config(1)
        preset["new"]["perDay"] = 9999
        col.decks.update_config(preset)
        yield col
    finally:
        col.close()


def bring_in(col: Collection, path: Path, *, progress: bool = False, presets: bool = False) -> Any:
    """Import a package with Anki's own importer and return its log."""
    options = ImportAnkiPackageOptions(with_scheduling=progress, with_deck_configs=presets)
    return col.import_anki_package(ImportAnkiPackageRequest(package_path=str(path), options=options)).log


def new_domains(col: Collection, number: int) -> list[str]:
    """Return the domain of each of the next new cards, in the order the scheduler shows them."""
    col.decks.select(col.decks.id_for_name(EXAM.title))
    queue = col.sched.get_queued_cards(fetch_limit=number)
    titles = {title: domain for domain, title in EXAM.titles().items()}
    return [titles[col.get_card(queued.card.id).note()["Domain"]] for queued in queue.cards]


def off_weight(domains: list[str]) -> float:
    """Return how many cards any domain is off its weight in the worst prefix."""
    whole = sum(WEIGHTS.values())
    return max(
        abs(domains[:length].count(domain) - length * weight / whole)
        for length in range(1, len(domains) + 1)
        for domain, weight in WEIGHTS.items()
    )
