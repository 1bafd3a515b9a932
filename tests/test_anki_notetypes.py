"""The six note types: what never changes about them, and what a change needs."""

from __future__ import annotations

import hashlib
import re

import pytest

from certdrill.anki.identity import fixed_id, guid
from certdrill.anki.notes import field_names
from certdrill.anki.notetypes import note_type
from certdrill.model import KINDS

COMMON = ("Explanation", "Source", "Objective", "Domain", "Uid", "Extra1", "Extra2", "Extra3")
FIELDS = {
    "basic": ("Question", "Answer", *COMMON),
    "reversed": ("Front", "Back", *COMMON),
    "cloze": ("Text", *COMMON),
    "typed": ("Question", "Answer", "Accepted", *COMMON),
    "choice": ("Question", "Select", "Options", "Answer", "Reasons", *COMMON),
    "order": ("Question", "Shuffled", "Steps", *COMMON),
}
IDS = {
    "basic": 1190329972519,
    "reversed": 1617100533127,
    "cloze": 1201381484407,
    "typed": 1379140916640,
    "choice": 1404666558223,
    "order": 1238149957500,
}
DECK_ID = 1534721230098
GUID = "EAy.~]^oB6"
FIELD_AND_TEMPLATE_IDS = "2143777e980ee5f9"
# The look of each note type at each number it ever had. Add a line, never edit one that was released.
LOOKS: dict[str, dict[int, str]] = {
    "basic": {1795380000: "62576226cef4cf20", 1795400000: "5ca3ce4173a9c417"},
    "reversed": {1795380000: "393d9a4ef96ab5d9", 1795400000: "b9f64c6e135ce19c"},
    "cloze": {1795380000: "7c0c5388ddfbd8a8", 1795400000: "994920ced3792595"},
    "typed": {1795380000: "ac0055557a59ee40", 1795400000: "9f1664fa7602b3e4"},
    "choice": {1795380000: "151d19bc4e0f4e8e", 1795400000: "f061332654658e71"},
    "order": {1795380000: "45d9c2095ab8c138", 1795400000: "ed6b14f413e60295"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_ids_never_move(kind: str) -> None:
    """A note type keeps its id: with another one, Anki would never update the notes people already have."""
    assert note_type(kind).id == IDS[kind]


def test_field_and_template_ids_never_move() -> None:
    """Fields and templates keep their ids, by which Anki follows them through a change of name."""
    every = [part.id for kind in KINDS for part in (*note_type(kind).fields, *note_type(kind).templates)]
    assert len(set(every)) == len(every)
    assert hashlib.sha256(repr(every).encode()).hexdigest()[:16] == FIELD_AND_TEMPLATE_IDS


@pytest.mark.parametrize("kind", KINDS)
def test_the_list_of_fields_is_frozen(kind: str) -> None:
    """A field more or less would make a second note type beside the old one; the spare fields are for that."""
    assert field_names(kind) == FIELDS[kind]
    assert tuple(field.name for field in note_type(kind).fields) == FIELDS[kind]


def test_ids_of_decks_and_notes_never_move() -> None:
    """A deck and a note are known again by these values."""
    assert fixed_id("deck", "made-up-exam") == DECK_ID
    assert guid("made-up-exam", "chunk-overlap-purpose") == GUID


def test_ids_lie_in_the_past() -> None:
    """Read as milliseconds no id lies ahead of a clock: Anki would replace it."""
    ids = [fixed_id("any", str(number)) for number in range(1000)]
    assert min(ids) >= 1 << 40
    assert max(ids) < 1_650_000_000_000


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_look_has_a_new_number(kind: str) -> None:
    """Anki takes changed templates and styling only with a newer `changed`."""
    found = note_type(kind)
    look = repr([(side.name, side.front, side.back) for side in found.templates]) + found.css
    digest = hashlib.sha256(look.encode()).hexdigest()[:16]
    assert LOOKS[kind].get(found.changed) == digest, (
        f"the templates or the styling of {kind!r} changed: set CHANGED[{kind!r}] in notetypes.py to the present time "
        f"in seconds, and add that number with {digest!r} to LOOKS[{kind!r}] here"
    )
    assert found.changed == max(LOOKS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_templates_name_only_fields_that_exist(kind: str) -> None:
    """Anki shows an error instead of the card for an unknown field; braces in scripts count as fields too."""
    known = {*FIELDS[kind]}
    for side in note_type(kind).templates:
        for html in (side.front, side.back):
            names = re.findall(r"\{\{([^{}]*)\}\}", html)
            assert html.count("{{") == html.count("}}") == len(names)
            assert {re.sub(r"^[#/^]|^(?:cloze|type|text):", "", name) for name in names} <= known
            assert ".js */" not in html
            assert "<!-- footer" not in html


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_field_is_on_every_front(kind: str) -> None:
    """The field notes are sorted by is the question; the back repeats what the front showed, without its script."""
    for number, side in enumerate(note_type(kind).templates):
        assert FIELDS[kind][number] in side.front
        assert "FrontSide" not in side.back
        assert 'dir="auto"' in side.front
        assert 'dir="auto"' in side.back


@pytest.mark.parametrize("kind", ["choice", "order"])
def test_the_script_touches_nothing_beyond_its_card(kind: str) -> None:
    """It is one function, listens to its own buttons only and stores nothing but the pick of this session."""
    (card,) = note_type(kind).templates
    script = card.front.partition("<script>")[2].partition("</script>")[0]
    assert script == card.back.partition("<script>")[2].partition("</script>")[0]
    assert script.strip().startswith("(function () {")
    assert script.strip().endswith("})();")
    assert not re.search(r"addEventListener|localStorage|innerHTML|\b(?:const|let)\b|=>|window\.", script)
