"""Measure an export at several sizes against genanki's own writer: `python tests/bench/export.py [NOTES ...]`.

Ours starts from the cards as the corpus cache holds them, JSON by id: it makes the notes' HTML and writes them. genanki
is given the same HTML, made before its clock starts. Peak memory is the whole process's, all of this included.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

WAYS = ("start", "ours", "long field", "genanki")


def measure(way: str, notes: int) -> str:
    """Build and write one deck in this process; return seconds, file size and peak memory as one row."""
    from certdrill.anki.deck import build
    from certdrill.anki.package import write
    from certdrill.corpus.lock import Entry
    from certdrill.corpus.records import content_of
    from certdrill.model import Card
    from deck_sample import EXAM, KINDS, NOW_MS, UNITS, WEIGHTS, fields

    domains = tuple(WEIGHTS)
    ends = dict.fromkeys(domains, 0)

    def heads() -> Iterator[tuple[Card, Entry]]:
        for number in range(0 if way == "start" else notes):
            domain, kind = domains[number % 6], KINDS[number // 6 % 6]
            units = UNITS.get(kind, ("",))
            name = f"{domain}-card-{number}"
            order = {}
            for part in units:
                order[part] = ends[domain]
                ends[domain] += 1
            card = Card(name, kind, domain, units, f"{number % 6 + 1}.1", "apply")
            yield card, Entry(kind, 1, "", "", NOW_MS + 100 * number, NOW_MS // 1000, domain, order)

    def record(name: str) -> dict[str, object]:
        domain, _, number = name.split("-")
        kind = KINDS[int(number) // 6 % 6]
        sources = [{"url": f"https://docs.example.org/{domain}", "section": "Ends & means"}]
        whole = {"id": name, "kind": kind, **fields(kind, name), "why": f"Why {name}.", "sources": sources}
        return {**whole, "why": "a < b " * 32_000} if way == "long field" and int(number) < 10 else whole

    made = list(heads())
    cards, entries = [card for card, _ in made], {card.id: entry for card, entry in made}
    stored = {card.id: json.dumps(record(card.id)) for card in cards}
    del made
    before = time.perf_counter()
    deck = build(EXAM, cards, lambda name: content_of(json.loads(stored[name])), entries, WEIGHTS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deck.apkg"
        if way == "genanki":
            before = _write_with_genanki(deck, path)
        else:
            write(deck, str(path))
        seconds = time.perf_counter() - before
        size = path.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{seconds:8.2f} {notes / seconds if cards else 0:>9,.0f} {size / 1e6:7.2f} {peak:8.0f}"


def _write_with_genanki(deck, path: Path) -> float:  # type: ignore[no-untyped-def]
    """Write a deck with genanki's own classes and return when its work began."""
    import genanki

    from certdrill.anki.notetypes import note_type
    from certdrill.anki.package import _Model

    warnings.simplefilter("ignore")
    models = {kind: _Model(note_type(kind)) for kind in deck.kinds}
    notes = list(deck.notes)
    before = time.perf_counter()
    stock = genanki.Deck(deck.id, deck.title)
    for note in notes:
        stock.add_note(genanki.Note(models[note.kind], list(note.fields), tags=note.tags, guid=note.guid))
    tempfile.tempdir = str(path.parent)  # genanki leaves its collection in the temporary directory
    genanki.Package(stock).write_to_file(str(path))
    return before


def main() -> None:
    """Run every way in a process of its own, since peak memory never falls."""
    if sys.argv[1:2] == ["--measure"]:
        print(measure(sys.argv[2], int(sys.argv[3])))
        return
    print("way            notes  seconds   notes/s      MB  peak MB")
    for notes in [int(word) for word in sys.argv[1:]] or [10_000, 100_000]:
        for way in WAYS:
            command = [sys.executable, __file__, "--measure", way, str(notes)]
            row = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            print(f"{way:10} {notes:>9} {row}", end="", flush=True)


if __name__ == "__main__":
    main()
