"""Retired cards in Anki: tagged over a deck from before, schedule kept, and told how to act on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from anki_sample import bring_in, collection
from certdrill.anki.package import write
from certdrill.anki.retired import TAG, retired_deck
from conftest import Run
from deck_sample import EXAM, KINDS, NOW_MS, card, deck, locked

LAW = """\
domain: law
cards:
  - {id: first-law-card, kind: basic, front: What is a contract?, back: An agreement}
  - {id: second-law-card, kind: basic, front: What is an offer?, back: A proposal}
"""


def test_every_kind_is_tagged_and_keeps_its_schedule(tmp_path: Path) -> None:
    """Studied notes of all kinds get the tag and say why, their cards are as they were, and none is lost."""
    cards = [card(kind, f"one-{kind}-card") for kind in KINDS]
    lock = locked(cards)
    write(deck(cards, lock), str(tmp_path / "deck.apkg"))
    gone = {
        head.id: {"id": head.id, "date": "2027-03-01", "reason": "The page changed.", "replaced_by": "a-newer-card"}
        for head, _ in cards
    }
    retired = retired_deck(EXAM, lock.cards, gone)
    write(retired, str(tmp_path / "retired.apkg"))
    with collection(tmp_path) as col:
        bring_in(col, tmp_path / "deck.apkg")
        col.decks.select(col.decks.id_for_name(EXAM.title))
        for _ in range(5):
            col.sched.answerCard(col.sched.getCard(), 4)
        before = col.db.all("select * from cards order by id")
        log = bring_in(col, tmp_path / "retired.apkg")
        assert (len(log.new), len(log.updated), len(log.conflicting)) == (0, len(KINDS), 0)
        assert col.db.all("select * from cards order by id") == before
        assert len(col.find_notes(f"tag:{TAG}")) == len(KINDS)
        for found in col.find_cards(""):
            shown = col.get_card(found).render_output()
            assert "retired on 2027-03-01: The page changed." in shown.answer_text
            assert "a-newer-card" in shown.answer_text
            assert "has a problem" not in shown.question_text
        assert col.fix_integrity()[1]


def test_the_newer_time_wins_and_is_the_same_every_time() -> None:
    """A retired note is newer than the card ever was, whatever the date says; the clock plays no part."""
    lock = locked([card("basic", "just-one-card")])
    record = {"id": "just-one-card", "date": "2000-01-01", "reason": "Wrong."}
    notes = [retired_deck(EXAM, lock.cards, {"just-one-card": record}).notes[0] for _ in range(2)]
    assert notes[0].changed == NOW_MS // 1000 + 1
    assert notes[0] == notes[1]


def test_an_export_says_how_to_act_on_them(certdrill: Run, corpus: Callable[..., Path], tmp_path: Path) -> None:
    """The second file appears with the first retired card that was exported, and the export names the tag."""
    folder = corpus(law=LAW)
    first = certdrill("--cards", folder, "export", "-o", tmp_path / "deck.apkg")
    assert "retired" not in first.stdout
    assert not (tmp_path / "deck-retired.apkg").exists()
    assert certdrill("--cards", folder, "cards", "retire", "first-law-card", "--why", "Not asked.").returncode == 0
    second = certdrill("--cards", folder, "export", "-o", tmp_path / "deck.apkg")
    assert "1 retired card in" in second.stdout
    assert "tag:certdrill::retired" in second.stdout
    with collection(tmp_path) as col:
        bring_in(col, tmp_path / "deck-retired.apkg")
        (note,) = col.find_notes("tag:certdrill::retired")
        assert "Not asked." in col.get_note(note)["Question"]
