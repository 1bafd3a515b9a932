"""A deck as a plain value: positions by weight, ids from the lock, tags Anki keeps."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anki_sample import off_weight
from certdrill.anki.deck import Deck, deck_title, positions, tags
from certdrill.anki.notes import field_names
from certdrill.model import Card
from deck_sample import EXAM, NOW_MS, SIZES, WEIGHTS, Cards, card, deck, locked, option, sample


def fields(built: Deck, name: str) -> dict[str, str]:
    """Return the fields of a card's note by name."""
    (note,) = (note for note in built.notes if note.card == name)
    return dict(zip(field_names(note.kind), note.fields, strict=True))


@settings(max_examples=30, deadline=None)
@given(st.fixed_dictionaries({domain: st.integers(1, 40) for domain in WEIGHTS}))
def test_every_prefix_follows_the_weights_while_all_domains_last(sizes: dict[str, int]) -> None:
    """Whatever the sizes, no prefix is a whole card off while every domain still has cards."""
    cards = [Card(f"{domain}-{number}", "basic", domain) for domain in sizes for number in range(sizes[domain])]
    lock = locked([(one, {"kind": "basic", "back": one.id}) for one in cards])
    places = positions(cards, lock.cards, WEIGHTS)
    in_order = [unit.card.partition("-")[0] for unit in sorted(places, key=places.__getitem__)]
    lasting = min(max(at for at, name in enumerate(in_order) if name == domain) for domain in sizes)
    assert off_weight(in_order[: lasting + 1]) < 1
    assert sorted(places.values()) == list(range(sum(sizes.values())))


def test_every_anki_card_has_a_position_of_its_own() -> None:
    """The two sides of a note stand apart, and all positions from 0 up are taken once."""
    built = deck(sample())
    places = [one.position for note in built.notes for one in note.cards]
    assert sorted(places) == list(range(len(places)))
    apart = [max(p) - min(p) for note in built.notes if (p := [one.position for one in note.cards])[1:]]
    assert min(apart) > 10


def test_a_profile_without_a_domain_puts_it_last() -> None:
    """A domain of weight 0 is in the deck, after all others."""
    cards = [(card("basic", f"{domain}-one-card", domain)[0]) for domain in WEIGHTS]
    lock = locked([card("basic", one.id, one.domain) for one in cards])
    places = positions(cards, lock.cards, {**WEIGHTS, "apps": 0})
    assert max(places, key=places.__getitem__).card == "apps-one-card"


def test_new_cards_stand_behind_the_old_ones_of_their_domain() -> None:
    """Adding cards never moves a card ahead of one its domain had before."""
    old = sample({**SIZES, "govern": 5})
    before = locked(old)
    new = [card("basic", f"a-new-card-{number}", "govern") for number in range(5)]
    both = deck(new + old, locked(new + old, before, NOW_MS + 9_000_000))
    places = {note.card: note.cards[0].position for note in both.notes if note.domain == "govern"}
    assert max(places[head.id] for head, _ in old if head.domain == "govern") < min(places[head.id] for head, _ in new)


def test_ids_and_times_come_from_the_lock() -> None:
    """A note's id is when its card was first seen, its time when its looks last changed."""
    cards = [card("cloze", "some-cloze-card"), card("reversed", "some-reversed-card")]
    lock = locked(cards)
    built = deck(cards, lock)
    for note in built.notes:
        assert note.id == lock.cards[note.card].seen
        assert note.changed == lock.cards[note.card].changed
        assert [one.ord for one in note.cards] == [0, 1]
    assert len({note.guid for note in built.notes}) == 2
    elsewhere = deck(cards, lock, EXAM._replace(id="another-exam"))
    assert elsewhere.id != built.id
    assert elsewhere.notes[0].guid != built.notes[0].guid


def test_a_cloze_keeps_its_own_numbers() -> None:
    """Deletion c3 is Anki's third card, whether or not there is a c2."""
    head, record = card("cloze", "sparse-cloze-card", text="{{c1::a}} and {{c3::b}}")
    built = deck([(head._replace(units=("c1", "c3")), record)])
    assert [one.ord for one in built.notes[0].cards] == [0, 2]


def test_mock_items_stay_out() -> None:
    """An item of a mock form would be spoilt by a deck."""
    drilled, item = card("basic", "a-drill-card"), card("basic", "a-mock-item", form="form-a")
    assert [note.card for note in deck([drilled, item]).notes] == ["a-drill-card"]


def test_a_deck_counts_its_cards() -> None:
    """Counts are of Anki cards by domain in blueprint order, next to the number of notes."""
    built = deck([card("cloze", "two-deletions-card", "apps"), card("basic", "one-more-card", "design")])
    assert built.cards_by_domain() == {"design": 1, "data": 0, "apps": 2, "deploy": 0, "govern": 0, "monitor": 0}
    assert len(built.notes) == 2


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("GenAI Associate: 2026", "GenAI Associate: 2026"),
        ("Exam::Part :: two", "Exam - Part - two"),
        ("Exam::", "Exam"),
        (":: ::", "made-up-exam"),
        ('  The "big"\n one\x07 ', "The big one"),
    ],
)
def test_the_deck_is_named_by_the_exam(title: str, name: str) -> None:
    """The exam's title becomes one name without subdecks, never an empty one."""
    assert deck_title(EXAM._replace(title=title)) == name


def test_the_description_says_what_the_deck_promises() -> None:
    """It names the weights, the condition they hang on, and that the vendor has no part in it."""
    text = deck([card("basic", "just-one-card")], exam=EXAM._replace(domains=EXAM.domains[:5])).description
    assert "<li>The apps domain: 30%</li>" in text
    assert "gathered in order of position" in text
    assert "Not affiliated" in text


def test_tags_are_tokens_on_one_path() -> None:
    """A note carries its domain and objective as one path, and kind, level and topics beside it."""
    head = Card("a-card", "choice", "apps", objective="3.11", level="apply", tags=("rag", "Odd tag::x"))
    assert tags(EXAM, head) == (
        "certdrill::apply",
        "certdrill::choice",
        "made-up-exam::apps::3-11",
        "odd-tag-x",
        "rag",
    )
    assert tags(EXAM, Card("a-card", "basic", "apps")) == ("certdrill::basic", "made-up-exam::apps")


@given(st.text(), st.text(), st.lists(st.text()))
def test_no_tag_is_renamed_by_anki(domain: str, objective: str, own: list[str]) -> None:
    """Whatever the words, every tag is a path of plain tokens."""
    for tag in tags(EXAM, Card("a-card", "basic", domain, objective=objective, tags=tuple(own))):
        assert re.fullmatch("[a-z0-9-]+(::[a-z0-9-]+)*", tag)


def test_options_are_shuffled_and_the_answer_follows() -> None:
    """Letters of the right options and the order of reasons match the options, whatever the order written."""
    options = [option("alpha", correct=True), option("beta"), option("gamma", correct=True), option("delta")]
    shown = fields(deck([card("choice", "pick-two-of-four", options=options)]), "pick-two-of-four")
    listed = re.findall("<li>(.*?)</li>", shown["Options"])
    assert sorted(listed) == ["alpha", "beta", "delta", "gamma"]
    assert [listed["ABCD".index(letter)] for letter in shown["Answer"].split(", ")] == [
        text for text in listed if text in ("alpha", "gamma")
    ]
    assert re.findall("<li>Because <code>(.*?)</code>", shown["Reasons"]) == listed
    assert shown["Select"] == "2"
    backwards = fields(deck([card("choice", "pick-two-of-four", options=options[::-1])]), "pick-two-of-four")
    assert backwards == shown


def test_the_right_option_may_stand_anywhere() -> None:
    """Over many items written with the right option first, each letter is right about as often."""
    items: Cards = [card("choice", f"item-number-{number}") for number in range(200)]
    built = deck(items)
    letters = [fields(built, head.id)["Answer"] for head, _ in items]
    assert all(30 < letters.count(letter) < 70 for letter in "ABCD")


def test_steps_are_mixed_on_the_front_and_ordered_on_the_back() -> None:
    """The front never shows three or more steps in the right order."""
    cards = [card("order", f"steps-of-number-{number}", steps=["one", "two", "three"]) for number in range(40)]
    built = deck(cards)
    for head, _ in cards:
        shown = fields(built, head.id)
        assert shown["Steps"] == "<ol><li>one</li><li>two</li><li>three</li></ol>"
        assert sorted(re.findall("<li>(.*?)</li>", shown["Shuffled"])) == ["one", "three", "two"]
        assert shown["Shuffled"] != "<ul><li>one</li><li>two</li><li>three</li></ul>"


def test_every_kind_fills_the_fields_of_its_note_type() -> None:
    """A note has a value for each field, a question first, and says where its card belongs."""
    built = deck(sample({"apps": 6}))
    assert {note.kind for note in built.notes} == {"basic", "reversed", "cloze", "typed", "choice", "order"}
    for note in built.notes:
        shown = fields(built, note.card)
        assert note.fields[0]
        assert shown["Uid"] == note.card
        assert shown["Domain"] == "The apps domain"
        assert shown["Objective"] == "3.1 Do apps well"
        assert shown["Explanation"] == f"Why {note.card}."
        assert 'href="https://docs.example.org/apps">Ends &amp; means</a>' in shown["Source"]


def test_the_module_does_not_load_genanki() -> None:
    """Naming the deck's types costs nothing; genanki is loaded by building or writing one."""
    code = "import sys, certdrill.anki.deck; print('genanki' in sys.modules, 'anki' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False False"
