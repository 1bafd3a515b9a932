"""Measure an export at several sizes against genanki's own writer: `python tests/bench/export.py [NOTES ...]`."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

WAYS = ("start", "ours", "genanki")


def measure(way: str, notes: int) -> str:
    """Build and write one deck in this process; return seconds, file size and peak memory as one row."""
    import genanki

    from anki_sample import WEIGHTS, deck, locked, sample
    from certdrill.anki.notes import field_names
    from certdrill.anki.package import _Model, note_type, write

    share = -(-notes // len(WEIGHTS))
    cards = [] if way == "start" else sample(dict.fromkeys(WEIGHTS, share))[:notes]
    lock = locked(cards)
    before = time.perf_counter()
    built = deck(cards, lock)
    between = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deck.apkg"
        if way == "genanki":
            warnings.simplefilter("ignore")
            models = {kind: _Model(note_type(kind)) for kind in {note.kind for note in built.notes}}
            stock = genanki.Deck(built.id, built.title)
            for note in built.notes:
                assert len(note.fields) == len(field_names(note.kind))
                stock.add_note(genanki.Note(models[note.kind], list(note.fields), tags=note.tags, guid=note.guid))
            package = genanki.Package(stock)
            tempfile.tempdir = folder  # genanki leaves its collection in the temporary directory
            package.write_to_file(str(path))
        else:
            write(built, str(path))
        end = time.perf_counter()
        size = path.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = f"{notes / (end - between):>9,.0f} {notes / (end - before):>9,.0f}" if cards else f"{'-':>9} {'-':>9}"
    return f"{between - before:6.2f} {end - between:6.2f} {rate} {size / 1e6:7.2f} {peak:7.0f}"


def main() -> None:
    """Run every way in a process of its own, since peak memory never falls."""
    if sys.argv[1:2] == ["--measure"]:
        print(measure(sys.argv[2], int(sys.argv[3])))
        return
    print("way         notes  build  write   write/s   total/s      MB  peak MB")
    for notes in [int(word) for word in sys.argv[1:]] or [10_000, 100_000]:
        for way in WAYS:
            command = [sys.executable, __file__, "--measure", way, str(notes)]
            row = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            print(f"{way:8} {notes:>8} {row}", end="", flush=True)


if __name__ == "__main__":
    main()
