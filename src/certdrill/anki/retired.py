"""Retired cards as a deck of their own: importing it tells the notes a learner has that they were taken out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from certdrill.anki.deck import AnkiCard, Deck, Note, Place, deck_title, tags, template_number
from certdrill.anki.hypertext import literal
from certdrill.anki.identity import fixed_id, guid
from certdrill.anki.notes import COMMON, OWN
from certdrill.corpus.lock import Entry
from certdrill.model import Card, Exam

TAG = "certdrill::retired"


def retired_deck(exam: Exam, entries: Mapping[str, Entry], retired: Mapping[str, Mapping[str, Any]]) -> Deck:
    """Return the notes of all retired cards that may have been exported: their text is the reason, their tag `TAG`.

    `retired` maps ids to their records of retired.yaml. Existing cards keep their schedule when it is imported.
    """
    place = Place(fixed_id("deck", exam.id, "retired"), f"{deck_title(exam)} (retired)")
    gone = sorted((entry.seen, card) for card, entry in entries.items() if card in retired and entry.order)
    notes = [_note(exam, card, entries[card], retired[card]) for _, card in gone]
    return Deck(
        places=(place,),
        homes={note.domain: place.id for note in notes},
        kinds=tuple(sorted({note.kind for note in notes})),
        counts={place.title: sum(len(note.cards) for note in notes)},
        notes=notes,
    )


def _note(exam: Exam, card: str, entry: Entry, record: Mapping[str, Any]) -> Note:
    parts = sorted(entry.order, key=template_number)
    head = Card(card, entry.kind, entry.domain)
    day = datetime.fromisoformat(record["date"]).replace(tzinfo=UTC)
    return Note(
        card=card,
        kind=entry.kind,
        domain=entry.domain,
        guid=guid(exam.id, card),
        id=entry.seen,
        changed=max(entry.changed + 1, int(day.timestamp())),
        fields=_fields(head, parts, record),
        tags=tuple(sorted({*tags(exam, head), TAG})),
        cards=tuple(AnkiCard(template_number(part), entry.order[part]) for part in parts),
    )


def _fields(card: Card, parts: list[str], record: Mapping[str, Any]) -> tuple[str, ...]:
    said = f"This card was retired on {record['date']}: {record['reason']}"
    if record.get("replaced_by"):
        said += f" It was replaced by {record['replaced_by']}."
    todo = "Delete or suspend it."
    own = {
        "cloze": (" ".join([literal(said), *(f"{{{{{part}::{todo}}}}}" for part in parts)]),),
        "typed": (literal(said), "", todo),
        "choice": (literal(said), "", "", todo, ""),
        "order": (literal(said), "", todo),
    }.get(card.kind, (literal(said), literal(said) if card.kind == "reversed" else todo))
    common = {"Uid": card.id, "Explanation": "" if card.kind != "reversed" else todo}
    return (*own, *(common.get(name, "") for name in COMMON))[: len(OWN[card.kind]) + len(COMMON)]
