from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from anki.collection import Collection

from anki_sample import bring_in, collection
from certdrill.anki.deck import build
from certdrill.anki.package import write
from certdrill.corpus.load import Corpus, load
from certdrill.corpus.lock import parse
from conftest import CARDS


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load(str(CARDS), "the built-in cards")


@pytest.fixture(scope="module")
def package(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the built-in cards' deck as `certdrill export` does."""
    lock = parse((CARDS / "ids.lock").read_bytes())
    path = tmp_path_factory.mktemp("deck") / "deck.apkg"
    write(build(corpus.exam, corpus.cards, corpus.content, lock.cards, corpus.exam.weights()), str(path))
    return path


def next_domains(col: Collection, corpus: Corpus, number: int) -> list[str]:
    """Return the domain of each of the first new cards in Anki's own queue."""
    col.decks.select(col.decks.id_for_name(corpus.exam.title))
    titles = {title: domain for domain, title in corpus.exam.titles().items()}
    queued: Any = col.sched.get_queued_cards(fetch_limit=number).cards
    return [titles[col.get_note(one.card.note_id)["Domain"]] for one in queued]


@pytest.mark.parametrize("presets", [False, True])
@pytest.mark.parametrize("progress", [False, True])
def test_the_first_fifty_cards_keep_the_exams_weights_in_every_prefix(
    corpus: Corpus, package: Path, tmp_path: Path, *, progress: bool, presets: bool
) -> None:
    """Whatever the import switches say, 14/14/30/22/8/12 holds within one card up to each of the first fifty."""
    weights = corpus.exam.weights()
    assert list(weights.values()) == [14, 14, 30, 22, 8, 12]
    with collection(tmp_path) as col:
        log = bring_in(col, package, progress=progress, presets=presets)
        assert len(log.new) == sum(not card.form for card in corpus.cards)
        domains = next_domains(col, corpus, 50)
        assert len(domains) == 50
        for number in range(1, 51):
            for domain, weight in weights.items():
                assert abs(domains[:number].count(domain) - number * weight / 100) < 1, (number, domain)


def test_every_built_in_card_renders_on_both_sides(corpus: Corpus, package: Path, tmp_path: Path) -> None:
    """No side is blank or an error, and no picture is missing."""
    with collection(tmp_path) as col:
        bring_in(col, package)
        found = col.find_cards("")
        assert len(found) == sum(len(card.units) for card in corpus.cards if not card.form)
        for card_id in found:
            sides = col.get_card(card_id).render_output()
            for html in (sides.question_text, sides.answer_text):
                assert "has a problem" not in html
                assert "is blank" not in html
                assert 'class="certdrill' in html
        assert not col.media.check().missing
