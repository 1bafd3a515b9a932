from __future__ import annotations

import time
from pathlib import Path

import pytest
from anki.collection import Collection

from certdrill.scheduling import Phase, Rating
from test_scheduling import history, replay


@pytest.mark.parametrize(("zone", "offset"), [("UTC", 0), ("Asia/Tokyo", 540), ("Asia/Kathmandu", 345)])
def test_ankis_own_replay_of_our_logs_agrees(
    zone: str, offset: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anki computes the same stability and difficulty from 100 of our logs, each with one UTC offset."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        collection = Collection(str(tmp_path / "replay.anki2"))
        collection.set_config("fsrs", True)
        logs = {}
        for seed in range(100):
            note = collection.new_note(collection.models.by_name("Basic"))
            note["Front"] = f"card {seed}"
            collection.add_note(note, 1)
            logs[note.card_ids()[0]] = seed
        for card_id, seed in logs.items():
            _write_log(collection, card_id, seed, offset)
        for card_id, seed in logs.items():
            theirs = collection.compute_memory_state(card_id)
            ours = replay(history(seed, most=12))
            assert theirs.stability == pytest.approx(ours.stability, rel=1e-3)
            assert theirs.difficulty == pytest.approx(ours.difficulty, rel=1e-3)
        collection.close()
    finally:
        monkeypatch.undo()
        time.tzset()


def _write_log(collection: Collection, card_id: int, seed: int, offset: int) -> None:
    """Write one unit's ratings as Anki's revlog rows, at ten o'clock local time, a minute apart on one day."""
    today = (time.time() / 60 + offset - 240) // 1440
    log = history(seed, most=12)
    shift = int(today) - log[-1][0] - 1
    made: list[tuple[int, Rating]] = []
    for number, (day, rating) in enumerate(log):
        minutes = (day + shift) * 1440 + 600 - offset + number
        before = replay(made).phase if made else Phase.LEARNING
        made.append((day, rating))
        kind = {Phase.LEARNING: 0, Phase.REVIEW: 1, Phase.RELEARNING: 2}[before]
        row = (minutes * 60_000 + seed, card_id, -1, int(rating), 1, 1, 0, 1000, kind)
        collection.db.execute("insert into revlog values (?,?,?,?,?,?,?,?,?)", *row)
    collection.db.execute("update cards set type = 2, queue = 2, ivl = 1, reps = 1 where id = ?", card_id)
