"""An exam's cards as one weighted deck of notes: a plain value, before anything is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import NamedTuple

from certdrill.anki.identity import fixed_id, guid
from certdrill.anki.notes import Headings, field_values, headings
from certdrill.corpus.lock import Entry
from certdrill.model import Card, Content, Exam, Unit
from certdrill.weighting import interleave


class AnkiCard(NamedTuple):
    """One card of a note: the number of its template or deletion, and its place among all new cards."""

    ord: int
    position: int


class Note(NamedTuple):
    """One card id's note; `id` is in ms, `changed` in s, both UTC and both from the lock."""

    card: str
    kind: str
    domain: str
    guid: str
    id: int
    changed: int
    fields: tuple[str, ...]
    tags: tuple[str, ...]
    cards: tuple[AnkiCard, ...]


@dataclass(frozen=True, slots=True)
class Deck:
    """One deck for one exam; its domains are tags, so that positions alone decide the order of new cards."""

    id: int
    title: str
    description: str
    domains: tuple[str, ...]
    notes: tuple[Note, ...]

    def cards_by_domain(self) -> dict[str, int]:
        """Map each domain id, in blueprint order, to its number of Anki cards."""
        counts = Counter[str]()
        for note in self.notes:
            counts[note.domain] += len(note.cards)
        return {domain: counts[domain] for domain in self.domains}


def build(
    exam: Exam,
    cards: Sequence[tuple[Card, Content]],
    entries: Mapping[str, Entry],
    weights: Mapping[str, int],
) -> Deck:
    """Return the deck of all drill cards, with new cards in the order of `weights`; mock items stay out.

    Every card needs its entry in the lock, and every card's domain a weight (KeyError otherwise).
    """
    drilled = [(card, content) for card, content in cards if not card.form]
    places = positions([card for card, _ in drilled], entries, weights)
    titles = headings(exam)
    return Deck(
        id=fixed_id("deck", exam.id),
        title=deck_title(exam),
        description=_description(exam, weights),
        domains=tuple(weights),
        notes=tuple(_note(exam, titles, card, content, entries[card.id], places) for card, content in drilled),
    )


def positions(cards: Sequence[Card], entries: Mapping[str, Entry], weights: Mapping[str, int]) -> dict[Unit, int]:
    """Map every unit to its place among the new cards: each domain's list by the lock's order, then woven."""
    lists: dict[str, list[tuple[int, Unit]]] = {domain: [] for domain in weights}
    for card in cards:
        order = entries[card.id].order
        lists[card.domain] += ((order[part], Unit(card.id, part)) for part in card.units)
    woven = interleave({domain: sorted(units) for domain, units in lists.items()}, weights)
    return {unit: position for position, (_, unit) in enumerate(woven)}


def deck_title(exam: Exam) -> str:
    """Return the exam's title as a name that Anki keeps and does not split into subdecks."""
    words = re.sub(r'[\x00-\x1f\x7f"]', " ", exam.title).split()
    return re.sub(r"\s*:(?:\s*:)+\s*", " - ", " ".join(words)).strip(" -") or exam.id


def template_number(part: str) -> int:
    """Return which template or deletion of its note asks for a unit, counted from 0."""
    if part.startswith("c"):
        return int(part[1:]) - 1
    return 1 if part == "r" else 0


def _note(exam: Exam, titles: Headings, card: Card, content: Content, entry: Entry, places: Mapping[Unit, int]) -> Note:
    return Note(
        card=card.id,
        kind=card.kind,
        domain=card.domain,
        guid=guid(exam.id, card.id),
        id=entry.seen,
        changed=entry.changed,
        fields=field_values(titles, card, content),
        tags=tags(exam, card),
        cards=tuple(AnkiCard(template_number(part), places[Unit(card.id, part)]) for part in card.units),
    )


def tags(exam: Exam, card: Card) -> tuple[str, ...]:
    """Return a note's tags: exam, domain and objective as one path; kind, level and the card's own."""
    path = "::".join(_token(part) for part in (exam.id, card.domain, card.objective) if part)
    ours = [f"certdrill::{_token(word)}" for word in (card.kind, card.level) if word]
    return tuple(sorted({path, *ours, *(_token(tag) for tag in card.tags)}))


@lru_cache(maxsize=4096)
def _token(text: str) -> str:
    """Return text as a part of a tag that Anki neither splits nor renames."""
    return re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-") or "other"


def _description(exam: Exam, weights: Mapping[str, int]) -> str:
    titles = exam.titles()
    whole = sum(weights.values())
    rows = [f"<li>{escape(titles.get(one, one))}: {weight / whole:.0%}</li>" for one, weight in weights.items()]
    return (
        f"<p>New cards come in the exam's proportions:</p><ul>{''.join(rows)}</ul>"
        "<p>That holds while new cards are gathered in order of position (Anki's default). "
        "Random order falls back to the mix of the whole deck.</p>"
        "<p>Made by certdrill. Not affiliated with or endorsed by the exam's vendor.</p>"
    )
