"""Subdecks, presets and a deck of a given size, in the hands of Anki's own importer and scheduler."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from anki.collection import Collection
from hypothesis import given
from hypothesis import strategies as st

from anki_sample import bring_in, collection, off_weight
from certdrill.anki.deck import picked
from certdrill.anki.package import write
from certdrill.anki.presets import Preset
from certdrill.weighting import shares
from deck_sample import EXAM, SIZES, WEIGHTS, deck, locked, sample

PRESET = Preset(EXAM.id, "Made-Up: 50 new, 92%", new_per_day=50, retention=0.92, parameters=(0.5,) * 21)
PARENT = "Made-Up Exam (by domain)"


@pytest.fixture(scope="module")
def by_domain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 330 cards of unequal domains as a parent deck and a subdeck for each domain."""
    path = tmp_path_factory.mktemp("layouts") / "deck.apkg"
    write(deck(sample(), layout="domains", preset=PRESET), str(path))
    return path


@pytest.fixture
def col(tmp_path: Path) -> Iterator[Collection]:
    """Open an empty collection."""
    with collection(tmp_path) as opened:
        yield opened


def preset_of(col: Collection, name: str) -> dict[str, Any]:
    """Return the deck options that hold for a deck."""
    return col.decks.config_dict_for_deck_id(col.decks.id_for_name(name))


def first_domains(col: Collection, name: str, number: int) -> list[str]:
    """Return the domains of the first new cards of a deck, in the scheduler's order."""
    col.decks.select(col.decks.id_for_name(name))
    titles = {title: domain for domain, title in EXAM.titles().items()}
    queue = col.sched.get_queued_cards(fetch_limit=number)
    return [titles[col.get_card(one.card.id).note()["Domain"]] for one in queue.cards]


@pytest.mark.parametrize("progress", [False, True])
def test_subdecks_keep_the_weights_with_their_presets(col: Collection, by_domain: Path, *, progress: bool) -> None:
    """With the presets ticked, a day's new cards of the parent follow the weights in every beginning."""
    log = bring_in(col, by_domain, progress=progress, presets=True)
    assert (len(log.new), len(log.conflicting)) == (330, 0)
    names = {found.name for found in col.decks.all_names_and_ids()}
    assert names == {"Default", PARENT, *(f"{PARENT}::{title}" for title in EXAM.titles().values())}
    shown = first_domains(col, PARENT, 50)
    assert len(shown) == 50
    assert off_weight(shown) < 1
    assert col.fix_integrity()[1]


def test_presets_carry_what_was_asked_for(col: Collection, by_domain: Path) -> None:
    """New cards a day by weight, gathered by ascending position, retention and FSRS parameters arrive."""
    bring_in(col, by_domain, progress=True, presets=True)
    daily = {title: preset_of(col, f"{PARENT}::{title}")["new"]["perDay"] for title in EXAM.titles().values()}
    assert list(daily.values()) == list(shares(WEIGHTS, 50).values())
    whole = preset_of(col, PARENT)
    assert (whole["new"]["perDay"], whole["newGatherPriority"], whole["newSortOrder"]) == (50, 1, 1)
    assert whole["desiredRetention"] == pytest.approx(0.92)
    assert whole["fsrsParams6"] == pytest.approx([0.5] * 21)


def test_without_the_presets_subdecks_come_one_by_one(col: Collection, by_domain: Path) -> None:
    """That is why the export names the switch: Anki then gathers deck by deck."""
    bring_in(col, by_domain, presets=False)
    assert off_weight(first_domains(col, PARENT, 50)) > 10


@pytest.mark.parametrize("presets", [False, True])
def test_one_deck_with_a_preset_holds_either_way(col: Collection, tmp_path: Path, *, presets: bool) -> None:
    """A preset on the single deck changes new cards a day where it is taken, and never the order."""
    write(deck(sample(), preset=PRESET), str(tmp_path / "one.apkg"))
    bring_in(col, tmp_path / "one.apkg", presets=presets)
    assert (preset_of(col, EXAM.title)["name"] == PRESET.name) is presets
    shown = first_domains(col, EXAM.title, 60)
    assert len(shown) == (50 if presets else 60)
    assert off_weight(shown) < 1


def test_other_values_are_another_preset(col: Collection, tmp_path: Path) -> None:
    """Anki never updates a preset it has, so a changed one arrives beside it."""
    for number, preset in enumerate((PRESET, PRESET._replace(new_per_day=10))):
        write(deck(sample(), preset=preset), str(tmp_path / f"{number}.apkg"))
        bring_in(col, tmp_path / f"{number}.apkg", presets=True)
    assert preset_of(col, EXAM.title)["new"]["perDay"] == 10


@given(st.dictionaries(st.sampled_from(tuple(WEIGHTS)), st.integers(0, 12), min_size=1), st.integers(1, 60))
def test_a_deck_of_some_size_has_the_exams_shares(sizes: dict[str, int], size: int) -> None:
    """Each domain gives its share, or all it has; the others then share the rest, and nothing is left unused."""
    cards = sample(sizes)
    chosen = picked([head for head, _ in cards], locked(cards).cards, WEIGHTS, size)
    got = Counter(card.domain for card in chosen)
    assert len(chosen) == min(size, len(cards))
    exact = shares(WEIGHTS, size)
    if all(sizes.get(domain, 0) >= exact[domain] for domain in WEIGHTS):
        assert {domain: got[domain] for domain in WEIGHTS} == exact
    assert all(got[domain] >= min(sizes.get(domain, 0), exact[domain]) for domain in WEIGHTS)


def test_the_front_of_each_list_is_picked() -> None:
    """Of 45 cards each domain gives the first of its own, as the queue would."""
    cards = sample(SIZES)
    chosen = picked([head for head, _ in cards], locked(cards).cards, WEIGHTS, 45)
    assert [card.id for card in chosen if card.domain == "govern"] == [f"govern-card-{at}" for at in range(4)]
    assert Counter(card.domain for card in chosen) == Counter(shares(WEIGHTS, 45))
