"""The package in the hands of Anki's own importer, scheduler and renderer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from anki.collection import Collection

from anki_sample import bring_in, collection, new_domains, off_weight
from certdrill.anki import package
from certdrill.anki.notetypes import note_type
from certdrill.anki.package import write
from certdrill.model import KINDS
from deck_sample import EXAM, NOW_MS, SIZES, card, deck, locked, sample

LATER_MS = NOW_MS + 60_000_000
SOUND = ("Database rebuilt and optimized.", True)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the deck of 330 cards of all kinds in domains of unequal size."""
    path = tmp_path_factory.mktemp("exported") / "deck.apkg"
    write(deck(sample()), str(path))
    return path


@pytest.fixture
def col(tmp_path: Path) -> Iterator[Collection]:
    """Open an empty collection."""
    with collection(tmp_path) as opened:
        yield opened


def card_rows(col: Collection) -> list[Any]:
    """Return everything the collection knows of its cards."""
    return [tuple(row) for row in col.db.execute("SELECT * FROM cards ORDER BY id")]


def study(col: Collection, number: int) -> list[int]:
    """Answer the next cards with Easy and return their ids."""
    col.decks.select(col.decks.id_for_name(EXAM.title))
    done = []
    for _ in range(number):
        shown = col.sched.getCard()
        col.sched.answerCard(shown, 4)
        done.append(shown.id)
    return done


def note_of(col: Collection, name: str) -> Any:
    """Return the note of one of our cards."""
    (found,) = col.find_notes(f"Uid:{name}")
    return col.get_note(found)


@pytest.mark.parametrize("presets", [False, True])
@pytest.mark.parametrize("progress", [False, True])
def test_new_cards_come_in_the_exams_proportions(
    col: Collection, exported: Path, *, progress: bool, presets: bool
) -> None:
    """Under any of the import's switches all notes are new and no prefix of 50 cards is a card off the weights."""
    log = bring_in(col, exported, progress=progress, presets=presets)
    assert (len(log.new), len(log.updated), len(log.duplicate), len(log.conflicting)) == (330, 0, 0, 0)
    assert col.card_count() == sum(deck(sample()).cards_by_domain().values()) == 442
    assert col.fix_integrity() == SOUND
    shown = new_domains(col, 50)
    assert len(shown) == 50
    assert off_weight(shown) < 1


def test_every_card_has_two_sides(col: Collection, exported: Path) -> None:
    """No side of any card is an error message in place of the card."""
    bring_in(col, exported)
    for found in col.find_cards(""):
        sides = col.get_card(found).render_output()
        for html in (sides.question_text, sides.answer_text):
            assert "has a problem" not in html
            assert "is blank" not in html
            assert 'class="certdrill' in html
    assert not col.media.check().missing


def test_anki_keeps_what_we_wrote(col: Collection, exported: Path) -> None:
    """Deck name, tags, fields, ids and times are the same after the import: Anki found nothing to put right."""
    bring_in(col, exported)
    built = deck(sample())
    names = [found.name for found in col.decks.all_names_and_ids()]
    assert sorted(names) == ["Default", EXAM.title]
    for note in built.notes[::7]:
        kept = col.get_note(note.id)
        assert (kept.guid, kept.mod, kept.fields) == (note.guid, note.changed, list(note.fields))
        assert sorted(kept.tags) == list(note.tags)
        assert [one.due for one in kept.cards()] == [one.position for one in note.cards]
        assert [one.id for one in kept.cards()] == [note.id + 1 + one.ord for one in note.cards]
    assert len(col.find_notes("tag:made-up-exam::govern")) == SIZES["govern"]


def test_anki_sorts_by_what_we_computed(col: Collection, tmp_path: Path) -> None:
    """The sort field and checksum are the ones Anki computes itself."""
    text = "Is **a<b** & `c`\u00a0[sound:x]\nso 'é' {{x}}?"
    built = deck([card("basic", "just-one-card", front=text)])
    write(built, str(tmp_path / "deck.apkg"))
    bring_in(col, tmp_path / "deck.apkg")
    ours = (package._shown(built.notes[0].fields[0]), package._checksum(package._shown(built.notes[0].fields[0])))
    assert tuple(col.db.first("SELECT sfld, csum FROM notes")) == ours
    note = col.get_note(built.notes[0].id)
    note["Explanation"] = "touched, so that Anki computes again"
    col.update_note(note)
    assert tuple(col.db.first("SELECT sfld, csum FROM notes")) == ours


@pytest.mark.parametrize(
    "text",
    [
        "[sound:a.mp3] [anki:tts lang=en_US]x[/anki:tts] [[type:Answer]] [latex]x[/latex] [$]y[/$]",
        "a<b then c>d, <script>alert(1)</script> & <!-- this",
        "{{Question}} {{#x}} {{c1::y}} }}",
        "std::vector<int> v{{1, 2}};",
    ],
)
def test_text_that_means_something_to_anki_is_shown_as_written(col: Collection, tmp_path: Path, text: str) -> None:
    """Inside a question, an answer to type and a deletion, Anki's own syntax is text."""
    hidden = text.replace("{{", "{ {").replace("}}", "} }")
    cards = [
        card("basic", "one-basic-card", front=text),
        card("typed", "one-typed-card", answer=text),
        card("cloze", "one-cloze-card", text=f"x {{{{c1::{hidden}::a hint}}}} y"),
    ]
    cards[2] = (cards[2][0]._replace(units=("c1",)), cards[2][1])
    write(deck(cards), str(tmp_path / "deck.apkg"))
    bring_in(col, tmp_path / "deck.apkg")
    for name, seen in (("one-basic-card", text), ("one-cloze-card", hidden)):
        (shown,) = (one.render_output() for one in note_of(col, name).cards())
        assert seen in unescape(re.sub("<[^>]*>", "", shown.answer_text))
        assert not shown.question_av_tags
        assert not shown.answer_av_tags
    assert "[a hint]" in note_of(col, "one-cloze-card").cards()[0].render_output().question_text
    assert unescape(note_of(col, "one-typed-card")["Answer"]) == text


def test_a_second_import_changes_nothing(col: Collection, exported: Path) -> None:
    """Importing the same package again finds only duplicates."""
    bring_in(col, exported)
    study(col, 5)
    before = card_rows(col)
    log = bring_in(col, exported)
    assert (len(log.new), len(log.updated), len(log.duplicate), len(log.conflicting)) == (0, 0, 330, 0)
    assert card_rows(col) == before


def test_an_update_brings_our_changes_and_keeps_the_learners(col: Collection, tmp_path: Path) -> None:
    """Edited text arrives, the learner's edits and schedule stay, and new cards come in proportion."""
    first = sample()
    lock = locked(first)
    write(deck(first, lock), str(tmp_path / "one.apkg"))
    bring_in(col, tmp_path / "one.apkg")
    studied = study(col, 10)
    order = [col.get_card(one).note()["Domain"] for one in studied]
    mine = note_of(col, "apps-card-3")
    mine["Explanation"] = "my own words"
    col.update_note(mine)
    before = {row[0]: row for row in card_rows(col)}

    changed = [
        (head, {**record, "front": "A better question?"} if head.id == "design-card-0" else record)
        for head, record in first
    ]
    second = [*(card("basic", f"later-{name}-{at}", name) for name in ("govern", "apps") for at in range(9)), *changed]
    write(deck(second, locked(second, lock, LATER_MS)), str(tmp_path / "two.apkg"))
    log = bring_in(col, tmp_path / "two.apkg")

    assert (len(log.new), len(log.updated), len(log.duplicate), len(log.conflicting)) == (18, 1, 329, 0)
    assert note_of(col, "design-card-0")["Question"] == "A better question?"
    assert note_of(col, "apps-card-3")["Explanation"] == "my own words"
    assert {row[0]: row for row in card_rows(col) if row[0] in before} == before
    assert col.fix_integrity() == SOUND
    names = [found.name for found in col.models.all_names_and_ids() if found.name.startswith("certdrill")]
    assert sorted(names) == sorted(f"certdrill {kind}" for kind in KINDS)
    titles = {title: domain for domain, title in EXAM.titles().items()}
    assert off_weight([titles[title] for title in order] + new_domains(col, 40)) < 1


def test_a_changed_look_arrives_in_place(
    col: Collection, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer note type brings its styling, template and field names to the notes there are."""
    bring_in(col, exported)
    before = card_rows(col)

    def newer(kind: str) -> Any:
        found = note_type(kind)
        fields = (*found.fields[:-1], found.fields[-1]._replace(name="Renamed"))
        sides = (found.templates[0]._replace(name="Renamed side"), *found.templates[1:])
        return found._replace(changed=found.changed + 1, css="/* new */", fields=fields, templates=sides)

    monkeypatch.setattr(package, "note_type", newer)
    write(deck(sample()), str(tmp_path / "new-look.apkg"))
    log = bring_in(col, tmp_path / "new-look.apkg")
    assert len(log.conflicting) == 0
    ours = [kind for kind in col.models.all() if kind["name"].startswith("certdrill")]
    assert len(ours) == len(KINDS)
    for kind in ours:
        assert kind["css"] == "/* new */"
        assert kind["flds"][-1]["name"] == "Renamed"
        assert kind["tmpls"][0]["name"] == "Renamed side"
    assert [row[:4] for row in card_rows(col)] == [row[:4] for row in before]
